/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device's side of host-driven execution: a small RPC server that TVM's clients (0.8 to
 * 0.18: create_local_graph_executor, create_local_aot_executor, time evaluation) and mlfgen's
 * own client drive over a byte stream. It implements version 0.8.0 of the minimal RPC protocol.
 *
 *     static uint8_t packet[2048];
 *     static mlf_rpc_server_t server;
 *
 *     mlf_rpc_init(&server, &app, &port, packet, sizeof(packet), seed);
 *     for (;;) {
 *             n = mlf_rpc_ring_read(&ring, bytes, sizeof(bytes));
 *             mlf_rpc_feed(&server, bytes, n);
 *     }
 *
 * What a session allocates is freed when it ends or the next one starts, and handles of an
 * old session are refused. Every error of the host is reported to the host; nothing here
 * aborts, recurses or uses a heap. Call all functions from one task.
 */
#ifndef MLF_RPC_SERVER_H_
#define MLF_RPC_SERVER_H_

#include <tvm/runtime/c_runtime_api.h>

#include <mlf/rpc_memory.h>
#include <mlf/rpc_ring.h>
#include <mlf/rpc_session.h>

#ifdef __cplusplus
extern "C" {
#endif

/* TVM's own host can't receive a packet with more payload than this. */
#define MLF_RPC_TVM_PACKET_BYTES 2048U
#define MLF_RPC_MIN_PACKET_BYTES 256U

/* The signature that TVM's C code generator gives packed functions. 0 is success. */
typedef int32_t (*mlf_rpc_packed_fn)(void *args, int32_t *type_codes, int32_t num_args,
				     void *ret_value, int32_t *ret_type_code, void *resource);

typedef struct mlf_rpc_function {
	const char *name;
	mlf_rpc_packed_fn call;
	void *resource; /* its last argument */
} mlf_rpc_function_t;

/* An input or output of a model, in static memory. */
typedef struct mlf_rpc_tensor {
	const char *name;
	void *data;
	const uint32_t *shape; /* outermost dimension first */
	uint32_t size_bytes;
	DLDataType dtype;
	uint8_t ndim;
} mlf_rpc_tensor_t;

/* A model that runs as a whole. TVM's client knows the first one as "default" as well. */
typedef struct mlf_rpc_model {
	const char *name;
	const mlf_rpc_tensor_t *inputs;
	const mlf_rpc_tensor_t *outputs;
	int32_t (*run)(void *context); /* returns 0, or an error code */
	void *context;
	uint8_t num_inputs;
	uint8_t num_outputs;
} mlf_rpc_model_t;

/* What an application offers; constant. */
typedef struct mlf_rpc_app {
	const mlf_rpc_function_t *functions; /* of the system library: the models' operators */
	const mlf_rpc_function_t *globals;   /* functions that the host looks up by name alone */
	const mlf_rpc_model_t *models;
	const mlf_rpc_pool_t *pools; /* the scopes to allocate from; the first is the default */
	uint16_t num_functions;      /* at most 2048 */
	uint16_t num_globals;        /* at most 2048 */
	uint8_t num_models;          /* at most 32 */
	uint8_t num_pools;
} mlf_rpc_app_t;

/* What the server needs from the machine. */
typedef struct mlf_rpc_port {
	mlf_rpc_write_fn write;
	uint32_t (*now_us)(void *context); /* free-running, wraps at 2^32; NULL: no timing */
	const char *(*last_error)(void);   /* the message of a failed operator; NULL: none */
	const mlf_rpc_ring_t *ring;        /* the ring whose lost bytes are reported; NULL: none */
	void *context;                     /* passed to write and now_us */
} mlf_rpc_port_t;

/* A time evaluator: a function to time, and how to time it. */
typedef struct mlf_rpc_timer {
	const mlf_rpc_function_t *function; /* NULL: the model */
	const mlf_rpc_model_t *model;       /* both NULL: the entry is free */
	uint32_t number;
	uint32_t repeat;
	uint32_t min_repeat_us;
	uint32_t max_zero_times;
	uint8_t serial; /* counts the uses of this entry */
} mlf_rpc_timer_t;

/* A byte string as TVM's ABI passes it. */
typedef struct mlf_rpc_bytes {
	const char *data;
	size_t size;
} mlf_rpc_bytes_t;

typedef struct mlf_rpc_server {
	mlf_rpc_session_t session;
	mlf_rpc_decoder_t decoder;
	mlf_rpc_memory_t memory;
	const mlf_rpc_app_t *app;
	mlf_rpc_port_t port;
	uint8_t *packet;
	uint32_t packet_bytes;
	uint32_t filled_bytes; /* of an incomplete request, at the packet's start */
	uint32_t skip_bytes;   /* still to be received of a request that is too long */
	uint32_t oversize;     /* requests that were too long */
	uint32_t num_args;
	uint32_t num_dims;
	TVMValue values[MLF_RPC_CONFIG_MAX_ARGS];
	int32_t codes[MLF_RPC_CONFIG_MAX_ARGS];
	union {
		DLTensor tensor;
		mlf_rpc_bytes_t bytes;
	} boxes[MLF_RPC_CONFIG_MAX_ARGS];
	int64_t dims[MLF_RPC_CONFIG_MAX_DIMS];
	mlf_rpc_timer_t timers[MLF_RPC_CONFIG_MAX_TIMERS];
	char error[MLF_RPC_CONFIG_ERROR_BYTES];
} mlf_rpc_server_t;

/*
 * packet: packet_bytes bytes, at least MLF_RPC_MIN_PACKET_BYTES; more than
 * MLF_RPC_TVM_PACKET_BYTES is of no use to TVM's clients. seed: any byte that differs from
 * reset to reset. Tells the host that any earlier session is over. Returns
 * MLF_RPC_ERR_ARGUMENT if app or port is invalid, or MLF_RPC_ERR_WRITE.
 */
mlf_rpc_status_t mlf_rpc_init(mlf_rpc_server_t *server, const mlf_rpc_app_t *app,
			      const mlf_rpc_port_t *port, uint8_t *packet, uint32_t packet_bytes,
			      uint8_t seed);

/*
 * Takes any number of received bytes and answers the requests that they complete. Returns
 * MLF_RPC_ERR_WRITE if an answer could not be sent; the server continues.
 */
mlf_rpc_status_t mlf_rpc_feed(mlf_rpc_server_t *server, const uint8_t *data, uint32_t size_bytes);

/* Sends a line for the host's log; packed functions may call it. */
mlf_rpc_status_t mlf_rpc_log(mlf_rpc_server_t *server, const char *text);

/* Ends the session and tells the host, before a reset or a sleep. */
mlf_rpc_status_t mlf_rpc_stop(mlf_rpc_server_t *server);

#ifdef __cplusplus
}
#endif

#endif /* MLF_RPC_SERVER_H_ */
