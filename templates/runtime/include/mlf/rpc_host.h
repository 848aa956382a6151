/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an application that a host drives puts between the RPC server and its models: guarded
 * calls of operators and whole models, and console output as messages for the host's log.
 */
#ifndef MLF_RPC_HOST_H_
#define MLF_RPC_HOST_H_

#include <mlf/mlf.h>
#include <mlf/rpc_server.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An operator, and what it may ask for while it runs: resource of mlf_rpc_call_operator. */
typedef struct mlf_rpc_operator {
	mlf_rpc_packed_fn call;
	mlf_arena_t arena;     /* serves TVMBackendAllocWorkspace */
	uint32_t num_arguments; /* all of them tensors */
} mlf_rpc_operator_t;

/*
 * Calls an operator after checking that its arguments are as many tensors with memory as it
 * reads: TVM's code looks at neither. 0, -1 for wrong arguments, or what the operator returns.
 */
int32_t mlf_rpc_call_operator(void *args, int32_t *type_codes, int32_t num_args, void *ret_value,
			      int32_t *ret_type_code, void *resource);

/*
 * Runs a whole model on tensors of the host's: inputs, then outputs, each copied from or to
 * the model's own. resource: the const mlf_model_t.
 */
int32_t mlf_rpc_call_model(void *args, int32_t *type_codes, int32_t num_args, void *ret_value,
			   int32_t *ret_type_code, void *resource);

/* Runs a model on its own tensors: mlf_rpc_model_t.run. context: the const mlf_model_t. */
int32_t mlf_rpc_run_model(void *context);

/* The memory of one tensor among a call's arguments. */
void *mlf_rpc_tensor_data(void *args, uint32_t index);

/*
 * Console output on its way to the host: lines are sent by the task that serves, whoever
 * prints them. What finds no room is dropped.
 */
#define MLF_RPC_CONSOLE_BYTES 256U
#define MLF_RPC_CONSOLE_LINE_BYTES 128U

/* From any context, one caller at a time: the port excludes the others. */
void mlf_rpc_console_put(char byte);

/* Sends the lines that are complete; with a line that is not, if all. From the serving task. */
void mlf_rpc_console_flush(mlf_rpc_server_t *server, bool all);

/* Initialises all models; false, with a line for the log, when one is not placed as planned. */
bool mlf_rpc_start_models(const mlf_model_t *const *models, uint32_t count);

/*
 * The port's: serves hosts on the board's console, for ever. Generated mlf_rpc_app.h says
 * what it offers and with which buffers.
 */
__attribute__((noreturn)) void mlf_rpc_serve(void);

#ifdef __cplusplus
}
#endif

#endif /* MLF_RPC_HOST_H_ */
