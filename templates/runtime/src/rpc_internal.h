/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the RPC server's sources; not for applications. */
#ifndef MLF_RPC_INTERNAL_H_
#define MLF_RPC_INTERNAL_H_

#include <stdbool.h>
#include <stddef.h>

#include <mlf/rpc_server.h>

/* Codes of requests and answers: TVM's src/runtime/minrpc/rpc_reference.h. */
enum rpc_code {
	RPC_SHUTDOWN = 1,
	RPC_INIT_SERVER = 2,
	RPC_CALL_FUNC = 3,
	RPC_RETURN = 4,
	RPC_EXCEPTION = 5,
	RPC_COPY_FROM_REMOTE = 6,
	RPC_COPY_TO_REMOTE = 7,
	RPC_COPY_ACK = 8,
	RPC_GET_GLOBAL_FUNC = 9,
	RPC_FREE_HANDLE = 10,
	RPC_DEV_SET_DEVICE = 11,
	RPC_DEV_GET_ATTR = 12,
	RPC_DEV_ALLOC_DATA = 13,
	RPC_DEV_FREE_DATA = 14,
	RPC_DEV_STREAM_SYNC = 15,
	RPC_COPY_AMONG_REMOTE = 16,
	RPC_DEV_ALLOC_DATA_WITH_SCOPE = 17,
	RPC_DEV_CREATE_STREAM = 18,
	RPC_DEV_FREE_STREAM = 19,
	RPC_DEV_SET_STREAM = 20,
	RPC_DEV_GET_CURRENT_STREAM = 21,
};

/* What fits in a handle's index. */
#define RPC_MAX_FUNCTIONS 2048U
#define RPC_MAX_MODELS 32U
#define RPC_MAX_TENSORS 256U

#define RPC_MAX_PACKET_BYTES 0x100000U

/*
 * The control path is optimised for size at any -O level, because transfers and the model's
 * run take far longer. Static functions that only these call follow them.
 */
#define RPC_SMALL __attribute__((cold))

/* Text of bounded length; the rest is cut off. */
typedef struct rpc_text {
	char *at;
	char *end;
} rpc_text_t;

/* size_bytes: 1 or more, for the final 0. */
void rpc_text_begin(rpc_text_t *text, char *data, uint32_t size_bytes) RPC_SMALL;

/* %s string, %u and %x uint32_t, %d int32_t; nothing else. */
void rpc_text_add(rpc_text_t *text, const char *format, ...) RPC_SMALL;

/* Composes the error message of the answer. Always returns false, for `return rpc_fail(...)`. */
bool rpc_fail(mlf_rpc_server_t *server, const char *format, ...) RPC_SMALL;
bool rpc_fail_operator(mlf_rpc_server_t *server, const char *name, int32_t code) RPC_SMALL;

/* A request's bytes, read in order. */
typedef struct rpc_reader {
	uint8_t *at;
	uint8_t *end;
} rpc_reader_t;

/* Returns false, with an error message, if the request is too short. */
bool rpc_read(mlf_rpc_server_t *server, rpc_reader_t *reader, void *value,
	      uint32_t size_bytes) RPC_SMALL;
bool rpc_read_bytes(mlf_rpc_server_t *server, rpc_reader_t *reader, uint8_t **data,
		    uint32_t *size_bytes) RPC_SMALL;

/* Reads arguments into server->values and codes. Data handles in tensors become addresses. */
bool rpc_read_args(mlf_rpc_server_t *server, rpc_reader_t *reader) RPC_SMALL;

/* A tensor's fields; its shape goes to server->dims. The handle is not yet resolved. */
bool rpc_read_tensor(mlf_rpc_server_t *server, rpc_reader_t *reader, DLTensor *tensor,
		     uint64_t *handle) RPC_SMALL;

/*
 * Whether the arguments are these, a letter each: i integer, s string, m module or null,
 * d device, t tensor, y data type, o handle or null, n string or null.
 */
bool rpc_expect(mlf_rpc_server_t *server, const char *letters) RPC_SMALL;

/* The size of a dense tensor; false if it does not fit in 32 bits. */
bool rpc_tensor_bytes(mlf_rpc_server_t *server, const DLTensor *tensor,
		      uint32_t *size_bytes) RPC_SMALL;

/*
 * Handles are 32 bits, never 0: kind, number of the session, index. What the index means is
 * the kind's affair.
 */
enum rpc_kind {
	RPC_FUNCTION = 1,
	RPC_MODULE = 2,
	RPC_DATA = 3,
};

uint32_t rpc_handle(const mlf_rpc_server_t *server, enum rpc_kind kind, uint32_t index) RPC_SMALL;
bool rpc_open(mlf_rpc_server_t *server, uint64_t handle, enum rpc_kind kind,
	      uint32_t *index) RPC_SMALL;

/* Data handles: a block that the host allocated, or a tensor of a model. */
uint32_t rpc_block_handle(const mlf_rpc_server_t *server, uint32_t block) RPC_SMALL;
bool rpc_open_block(mlf_rpc_server_t *server, uint64_t handle, uint32_t *block) RPC_SMALL;

/* The address of size_bytes bytes from offset on, if all of them are there. */
bool rpc_open_data(mlf_rpc_server_t *server, uint64_t handle, uint64_t offset_bytes,
		   uint64_t size_bytes, uint8_t **address) RPC_SMALL;

/* A model's tensor: its inputs are numbered from 0 on, then its outputs. */
const mlf_rpc_tensor_t *rpc_model_tensor(const mlf_rpc_model_t *model, uint32_t index) RPC_SMALL;

uint32_t rpc_tensor_handle(const mlf_rpc_server_t *server, uint32_t model,
			   uint32_t index) RPC_SMALL;

/* What a call returns. Modules, functions and a model's tensor are handles in value.v_int64. */
typedef struct rpc_result {
	TVMValue value;
	const mlf_rpc_tensor_t *tensor; /* with kTVMNDArrayHandle */
	int32_t code;
} rpc_result_t;

/* The application's functions and modules, and a call of one. */
const mlf_rpc_function_t *rpc_find_function(const mlf_rpc_function_t *functions, uint32_t count,
					    const char *name, uint32_t *index) RPC_SMALL;
bool rpc_call_packed(mlf_rpc_server_t *server, const mlf_rpc_function_t *function,
		     rpc_result_t *result) RPC_SMALL;
bool rpc_run_model(mlf_rpc_server_t *server, const mlf_rpc_model_t *model) RPC_SMALL;

uint32_t rpc_module_handle(const mlf_rpc_server_t *server, uint32_t model) RPC_SMALL;

/* *model: whose module the handle is; NULL for the system library's. */
bool rpc_open_module(mlf_rpc_server_t *server, uint64_t handle,
		     const mlf_rpc_model_t **model) RPC_SMALL;

/* The part of the packet buffer that no request lies in, aligned to 8 bytes; it may be none. */
uint8_t *rpc_scratch(const mlf_rpc_server_t *server, uint32_t *size_bytes) RPC_SMALL;

/* Function handles: 0 with no error when there is no function of the name. */
uint32_t rpc_find_global(const mlf_rpc_server_t *server, const char *name) RPC_SMALL;
bool rpc_call(mlf_rpc_server_t *server, uint32_t function, rpc_result_t *result) RPC_SMALL;
void rpc_free_function(mlf_rpc_server_t *server, uint32_t function) RPC_SMALL;

/* Time evaluators, from the arguments of runtime.RPCTimeEvaluator. number: at most 11 bits. */
bool rpc_timer_create(mlf_rpc_server_t *server, uint32_t *number) RPC_SMALL;
bool rpc_timer_run(mlf_rpc_server_t *server, uint32_t number, rpc_result_t *result) RPC_SMALL;
void rpc_timer_free(mlf_rpc_server_t *server, uint32_t number) RPC_SMALL;

/* Answers one request; returns false if the answer is server->error instead. */
bool rpc_dispatch(mlf_rpc_server_t *server, uint32_t code, rpc_reader_t *reader) RPC_SMALL;

/* Type codes of TVM's ABI that an answer of one value holds. */
enum rpc_type {
	RPC_INT = kTVMArgInt,
	RPC_HANDLE = kTVMOpaqueHandle,
};

/* Answers. Each is one message; returns false, with an error message, if the result can't be sent. */
void rpc_reply_exception(mlf_rpc_server_t *server, const char *message) RPC_SMALL;
void rpc_reply_null(mlf_rpc_server_t *server) RPC_SMALL;
void rpc_reply_one(mlf_rpc_server_t *server, enum rpc_type type, uint32_t value) RPC_SMALL;
void rpc_reply_data(mlf_rpc_server_t *server, const uint8_t *data, uint32_t size_bytes) RPC_SMALL;
bool rpc_reply_result(mlf_rpc_server_t *server, const rpc_result_t *result) RPC_SMALL;

#endif /* MLF_RPC_INTERNAL_H_ */
