/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "rpc_internal.h"

/* TVM's DeviceAttrKind: does the device exist? */
#define ATTR_EXIST 0

/* TVM aligns what it allocates by shape to this, or to an element if that is larger. */
#define TENSOR_ALIGNMENT_BYTES 16U

#define SCOPE_PREFIX "global."

RPC_SMALL static bool init_server(mlf_rpc_server_t *server, rpc_reader_t *reader)
{
	uint8_t *version;
	uint32_t size_bytes;

	if (!rpc_read_bytes(server, reader, &version, &size_bytes) ||
	    !rpc_read_args(server, reader)) {
		return false;
	}
	if (server->num_args != 0U) {
		return rpc_fail(server, "the device can't open sessions to other devices");
	}
	rpc_reply_null(server);
	return true;
}

RPC_SMALL static bool call_function(mlf_rpc_server_t *server, rpc_reader_t *reader)
{
	uint64_t handle = 0;
	uint32_t function;
	rpc_result_t result;

	return rpc_read(server, reader, &handle, sizeof(handle)) &&
	       rpc_open(server, handle, RPC_FUNCTION, &function) && rpc_read_args(server, reader) &&
	       rpc_call(server, function, &result) && rpc_reply_result(server, &result);
}

/* A tensor and a number of bytes in it: both copies begin with these. */
RPC_SMALL static bool read_span(mlf_rpc_server_t *server, rpc_reader_t *reader, uint8_t **address,
		      uint32_t *size_bytes)
{
	DLTensor tensor;
	uint64_t handle = 0;
	uint64_t length = 0;

	server->num_dims = 0;
	if (!rpc_read_tensor(server, reader, &tensor, &handle) ||
	    !rpc_read(server, reader, &length, sizeof(length)) ||
	    !rpc_open_data(server, handle, tensor.byte_offset, length, address)) {
		return false;
	}
	*size_bytes = (uint32_t)length;
	return true;
}

RPC_SMALL static bool copy_from_remote(mlf_rpc_server_t *server, rpc_reader_t *reader)
{
	uint8_t *address;
	uint32_t size_bytes;

	if (!read_span(server, reader, &address, &size_bytes)) {
		return false;
	}
	rpc_reply_data(server, address, size_bytes);
	return true;
}

RPC_SMALL static bool copy_to_remote(mlf_rpc_server_t *server, rpc_reader_t *reader)
{
	uint8_t *address;
	uint32_t size_bytes;

	if (!read_span(server, reader, &address, &size_bytes) ||
	    !rpc_read(server, reader, address, size_bytes)) {
		return false;
	}
	rpc_reply_null(server);
	return true;
}

RPC_SMALL static bool copy_on_device(mlf_rpc_server_t *server)
{
	const DLTensor *from = server->values[0].v_handle;
	const DLTensor *to = server->values[1].v_handle;
	uint32_t from_bytes;
	uint32_t to_bytes;

	if (from->data == NULL || to->data == NULL) {
		return rpc_fail(server, "a tensor in the copy has no memory");
	}
	if (!rpc_tensor_bytes(server, from, &from_bytes) ||
	    !rpc_tensor_bytes(server, to, &to_bytes)) {
		return false;
	}
	if (from_bytes != to_bytes) {
		return rpc_fail(server, "a tensor of %u bytes can't be copied to one of %u",
				from_bytes, to_bytes);
	}
	memmove(to->data, from->data, to_bytes);
	rpc_reply_null(server);
	return true;
}

RPC_SMALL static bool allocate(mlf_rpc_server_t *server, uint32_t pool, uint32_t size_bytes,
		     uint32_t alignment_bytes)
{
	const mlf_rpc_pool_t *where = &server->memory.pools[pool];
	uint32_t block;

	switch (mlf_rpc_memory_take(&server->memory, pool, size_bytes, alignment_bytes, &block)) {
	case MLF_RPC_OK:
		rpc_reply_one(server, RPC_HANDLE, rpc_block_handle(server, block));
		return true;
	case MLF_RPC_ERR_NO_BLOCK:
		return rpc_fail(server, "out of memory: the device can't have more than %u blocks",
				(uint32_t)MLF_RPC_CONFIG_MAX_BLOCKS);
	case MLF_RPC_ERR_ARGUMENT:
		return rpc_fail(server, "the alignment is out of range or not a power of two");
	default:
		break;
	}
	return rpc_fail(server,
			"out of memory: %u bytes do not fit in pool '%s', which has %u bytes free",
			size_bytes, where->name,
			where->size_bytes - mlf_rpc_memory_used(&server->memory, pool));
}

static bool has_pool(mlf_rpc_server_t *server)
{
	return server->memory.num_pools != 0U ||
	       rpc_fail(server, "out of memory: the device has no pool to allocate from");
}

RPC_SMALL static bool alloc_data(mlf_rpc_server_t *server)
{
	const int64_t size_bytes = server->values[1].v_int64;
	const int64_t alignment_bytes = server->values[2].v_int64;

	if (size_bytes < 0 || size_bytes > (int64_t)UINT32_MAX || alignment_bytes < 0 ||
	    alignment_bytes > (int64_t)UINT32_MAX) {
		return rpc_fail(server, "the size or alignment is out of range");
	}
	return has_pool(server) &&
	       allocate(server, 0, (uint32_t)size_bytes, (uint32_t)alignment_bytes);
}

/* A scope is a pool's name, with or without TVM's prefix; none is the first pool. */
static bool find_scope(mlf_rpc_server_t *server, uint32_t *pool)
{
	const char *scope = server->codes[1] == (int32_t)kTVMStr ? server->values[1].v_str : "";

	*pool = 0;
	if (scope[0] == '\0' || strcmp(scope, "global") == 0) {
		return true;
	}
	if (strncmp(scope, SCOPE_PREFIX, sizeof(SCOPE_PREFIX) - 1U) == 0) {
		scope += sizeof(SCOPE_PREFIX) - 1U;
	}
	for (; *pool < server->memory.num_pools; (*pool)++) {
		if (strcmp(server->memory.pools[*pool].name, scope) == 0) {
			return true;
		}
	}
	return rpc_fail(server, "there is no memory pool '%s'", scope);
}

RPC_SMALL static bool alloc_scoped(mlf_rpc_server_t *server)
{
	const DLTensor *tensor = server->values[0].v_handle;
	uint32_t size_bytes;
	uint32_t pool;

	return has_pool(server) && find_scope(server, &pool) &&
	       rpc_tensor_bytes(server, tensor, &size_bytes) &&
	       allocate(server, pool, size_bytes, TENSOR_ALIGNMENT_BYTES);
}

RPC_SMALL static bool free_data(mlf_rpc_server_t *server)
{
	uint32_t block;

	if (!rpc_open_block(server, (uint64_t)server->values[1].v_int64, &block)) {
		return false;
	}
	mlf_rpc_memory_free(&server->memory, block);
	rpc_reply_null(server);
	return true;
}

RPC_SMALL static bool free_handle(mlf_rpc_server_t *server)
{
	const uint64_t handle = (uint64_t)server->values[0].v_int64;
	uint32_t index;

	switch (server->values[1].v_int64) {
	case kTVMPackedFuncHandle:
		if (!rpc_open(server, handle, RPC_FUNCTION, &index)) {
			return false;
		}
		rpc_free_function(server, index);
		break;
	case kTVMModuleHandle:
		if (!rpc_open(server, handle, RPC_MODULE, &index)) {
			return false;
		}
		break;
	default:
		return rpc_fail(server, "only functions and modules have handles to free");
	}
	rpc_reply_null(server);
	return true;
}

RPC_SMALL static bool get_attr(mlf_rpc_server_t *server)
{
	if (server->values[1].v_int64 == ATTR_EXIST) {
		rpc_reply_one(server, RPC_INT, 1);
	} else {
		rpc_reply_null(server);
	}
	return true;
}

RPC_SMALL static bool reply_null(mlf_rpc_server_t *server)
{
	rpc_reply_null(server);
	return true;
}

RPC_SMALL static bool get_global(mlf_rpc_server_t *server)
{
	rpc_reply_one(server, RPC_HANDLE, rpc_find_global(server, server->values[0].v_str));
	return true;
}

RPC_SMALL static bool no_stream(mlf_rpc_server_t *server)
{
	rpc_reply_one(server, RPC_HANDLE, 0);
	return true;
}

/* Requests whose body is a list of arguments, from RPC_GET_GLOBAL_FUNC on. */
static const struct {
	const char *arguments;
	bool (*run)(mlf_rpc_server_t *server);
} calls[] = {
	{"s", get_global},      /* RPC_GET_GLOBAL_FUNC */
	{"oi", free_handle},    /* RPC_FREE_HANDLE */
	{"d", reply_null},      /* RPC_DEV_SET_DEVICE */
	{"di", get_attr},       /* RPC_DEV_GET_ATTR */
	{"diiy", alloc_data},   /* RPC_DEV_ALLOC_DATA */
	{"do", free_data},      /* RPC_DEV_FREE_DATA */
	{"do", reply_null},     /* RPC_DEV_STREAM_SYNC */
	{"tto", copy_on_device}, /* RPC_COPY_AMONG_REMOTE */
	{"tn", alloc_scoped},   /* RPC_DEV_ALLOC_DATA_WITH_SCOPE */
	{"d", no_stream},       /* RPC_DEV_CREATE_STREAM */
	{"do", reply_null},     /* RPC_DEV_FREE_STREAM */
	{"do", reply_null},     /* RPC_DEV_SET_STREAM */
	{"d", no_stream},       /* RPC_DEV_GET_CURRENT_STREAM */
};

bool rpc_dispatch(mlf_rpc_server_t *server, uint32_t code, rpc_reader_t *reader)
{
	const uint32_t call = code - (uint32_t)RPC_GET_GLOBAL_FUNC;

	switch (code) {
	case RPC_INIT_SERVER:
		return init_server(server, reader);
	case RPC_CALL_FUNC:
		return call_function(server, reader);
	case RPC_COPY_FROM_REMOTE:
		return copy_from_remote(server, reader);
	case RPC_COPY_TO_REMOTE:
		return copy_to_remote(server, reader);
	default:
		break;
	}
	if (call >= sizeof(calls) / sizeof(calls[0])) {
		return rpc_fail(server, "request code %u is unknown", code);
	}
	return rpc_read_args(server, reader) && rpc_expect(server, calls[call].arguments) &&
	       calls[call].run(server);
}
