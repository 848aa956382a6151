/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layer between the RPC server and the models of a host-driven application: guarded
 * calls of operators and whole models, and console output as messages for the host's log.
 */
#ifndef MLF_RPC_HOST_H_
#define MLF_RPC_HOST_H_

#include <mlf/mlf.h>
#include <mlf/rpc_server.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An operator, and the memory that it may request while it runs: resource of mlf_rpc_call_operator. */
typedef struct mlf_rpc_operator {
	mlf_rpc_packed_fn call;
	mlf_arena_t arena;     /* serves TVMBackendAllocWorkspace */
	uint32_t num_arguments; /* all of them tensors */
} mlf_rpc_operator_t;

/*
 * Calls an operator after checking that its arguments are as many tensors with memory as it
 * reads, because TVM's code checks neither. Returns -1 for wrong arguments, otherwise the
 * operator's return code.
 */
int32_t mlf_rpc_call_operator(void *args, int32_t *type_codes, int32_t num_args, void *ret_value,
			      int32_t *ret_type_code, void *resource);

/*
 * Runs a whole model on the host's tensors: inputs, then outputs, each copied from or to
 * the model's own tensors. resource: the const mlf_model_t.
 */
int32_t mlf_rpc_call_model(void *args, int32_t *type_codes, int32_t num_args, void *ret_value,
			   int32_t *ret_type_code, void *resource);

/* Runs a model on its own tensors: mlf_rpc_model_t.run. context: the const mlf_model_t. */
int32_t mlf_rpc_run_model(void *context);

/* Returns the memory of one tensor among a call's arguments. */
void *mlf_rpc_tensor_data(void *args, uint32_t index);

/*
 * Console output on its way to the host: the serving task sends all lines, whichever task
 * prints them. Output that does not fit is dropped.
 */
#define MLF_RPC_CONSOLE_BYTES 256U
#define MLF_RPC_CONSOLE_LINE_BYTES 128U

/* From any context, one caller at a time; the port ensures that. */
void mlf_rpc_console_put(char byte);

/* Sends the complete lines and, if all is true, an incomplete one. From the serving task. */
void mlf_rpc_console_flush(mlf_rpc_server_t *server, bool all);

/* Initialises all models. Returns false and logs a line if a model is not placed as planned. */
bool mlf_rpc_start_models(const mlf_model_t *const *models, uint32_t count);

/*
 * Provided by the port: serves hosts on the board's console and never returns. The generated
 * mlf_rpc_app.h declares what it offers and its buffers.
 */
__attribute__((noreturn)) void mlf_rpc_serve(void);

#ifdef __cplusplus
}
#endif

#endif /* MLF_RPC_HOST_H_ */
