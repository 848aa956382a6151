/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "rpc_internal.h"

/* Before an answer's own bytes: its length (8 bytes) and its code (4 bytes). */
#define LENGTH_BYTES 8U
#define CODE_BYTES 4U

static void put(mlf_rpc_server_t *server, const void *data, uint32_t size_bytes)
{
	mlf_rpc_encoder_put(&server->session.encoder, data, size_bytes);
}

static void put_32(mlf_rpc_server_t *server, uint32_t value)
{
	put(server, &value, sizeof(value));
}

static void put_64(mlf_rpc_server_t *server, uint64_t value)
{
	put(server, &value, sizeof(value));
}

static void begin(mlf_rpc_server_t *server, enum rpc_code code, uint32_t body_bytes)
{
	mlf_rpc_session_begin(&server->session, MLF_RPC_NORMAL,
			      LENGTH_BYTES + CODE_BYTES + body_bytes);
	put_64(server, CODE_BYTES + body_bytes);
	put_32(server, (uint32_t)code);
}

static void end(mlf_rpc_server_t *server)
{
	/* The status stays in the encoder; mlf_rpc_feed() returns it. */
	(void)mlf_rpc_encoder_end(&server->session.encoder);
}

/* Bytes that fit in an answer beside the header, the length and the code. */
static uint32_t room_bytes(const mlf_rpc_server_t *server)
{
	return server->packet_bytes - MLF_RPC_HEADER_BYTES - LENGTH_BYTES - CODE_BYTES;
}

static bool fail_room(mlf_rpc_server_t *server, uint32_t size_bytes)
{
	return rpc_fail(server, "the answer would be %u bytes, but only %u fit", size_bytes,
			room_bytes(server));
}

void rpc_reply_exception(mlf_rpc_server_t *server, const char *message)
{
	const uint32_t size_bytes = (uint32_t)strlen(message);

	begin(server, RPC_EXCEPTION, 16U + size_bytes);
	put_32(server, 1);
	put_32(server, kTVMStr);
	put_64(server, size_bytes);
	put(server, message, size_bytes);
	end(server);
}

void rpc_reply_null(mlf_rpc_server_t *server)
{
	begin(server, RPC_RETURN, 8U);
	put_32(server, 1);
	put_32(server, kTVMNullptr);
	end(server);
}

void rpc_reply_one(mlf_rpc_server_t *server, enum rpc_type type, uint32_t value)
{
	begin(server, RPC_RETURN, 16U);
	put_32(server, 1);
	put_32(server, (uint32_t)type);
	put_64(server, value);
	end(server);
}

void rpc_reply_data(mlf_rpc_server_t *server, const uint8_t *data, uint32_t size_bytes)
{
	if (size_bytes > room_bytes(server)) {
		(void)fail_room(server, size_bytes);
		rpc_reply_exception(server, server->error);
		return;
	}
	begin(server, RPC_COPY_ACK, size_bytes);
	put(server, data, size_bytes);
	end(server);
}

/* A call's answer: the type code as an integer, then the value as wire_code. */
static bool begin_result(mlf_rpc_server_t *server, int32_t code, uint32_t num_values,
			 uint32_t wire_code, uint32_t value_bytes)
{
	/* The count, a type code for the code and for each value, the code itself. */
	const uint32_t body_bytes = 4U + 4U * (1U + num_values) + 8U + value_bytes;

	if (body_bytes > room_bytes(server)) {
		return fail_room(server, body_bytes);
	}
	begin(server, RPC_RETURN, body_bytes);
	put_32(server, 1U + num_values);
	put_32(server, kTVMArgInt);
	put_32(server, wire_code);
	if (num_values == 2U) {
		put_32(server, kTVMOpaqueHandle);
	}
	put_64(server, (uint64_t)(int64_t)code);
	return true;
}

static bool reply_text(mlf_rpc_server_t *server, int32_t code, const char *data, size_t size)
{
	/* Far more than fits, but no more than adds up within 32 bits. */
	const uint32_t size_bytes = size < INT32_MAX ? (uint32_t)size : INT32_MAX;

	if (!begin_result(server, code, 1U, (uint32_t)code, 8U + size_bytes)) {
		return false;
	}
	put_64(server, size_bytes);
	put(server, data, size_bytes);
	end(server);
	return true;
}

static bool reply_tensor(mlf_rpc_server_t *server, const rpc_result_t *result)
{
	const mlf_rpc_tensor_t *tensor = result->tensor;

	if (!begin_result(server, kTVMNDArrayHandle, 2U, kTVMDLTensorHandle,
			  40U + 8U * (uint32_t)tensor->ndim)) {
		return false;
	}
	put_64(server, (uint64_t)result->value.v_int64);
	put_32(server, kDLCPU);
	put_32(server, 0);
	put_32(server, tensor->ndim);
	put(server, &tensor->dtype, sizeof(tensor->dtype));
	for (uint32_t i = 0; i < tensor->ndim; i++) {
		put_64(server, tensor->shape[i]);
	}
	/* The offset, then the array's own handle: none, so the host won't ask to free it. */
	put_64(server, 0);
	put_64(server, 0);
	end(server);
	return true;
}

bool rpc_reply_result(mlf_rpc_server_t *server, const rpc_result_t *result)
{
	const mlf_rpc_bytes_t *bytes;
	uint32_t wire_code = (uint32_t)result->code;

	switch (result->code) {
	case kTVMNullptr:
		if (begin_result(server, kTVMNullptr, 1U, kTVMNullptr, 0U)) {
			end(server);
		}
		return true;
	case kTVMStr:
		return reply_text(server, kTVMStr, result->value.v_str,
				  strlen(result->value.v_str));
	case kTVMBytes:
		bytes = result->value.v_handle;
		return reply_text(server, kTVMBytes, bytes->data, bytes->size);
	case kTVMNDArrayHandle:
		return reply_tensor(server, result);
	case kTVMModuleHandle:
	case kTVMPackedFuncHandle:
		wire_code = kTVMOpaqueHandle;
		break;
	case kTVMArgInt:
	case kDLUInt:
	case kTVMArgFloat:
	case kTVMArgBool:
	case kTVMOpaqueHandle:
		break;
	default:
		return rpc_fail(server, "a result of type code %d can't be sent",
				result->code);
	}
	if (begin_result(server, result->code, 1U, wire_code, 8U)) {
		put_64(server, (uint64_t)result->value.v_int64);
		end(server);
	}
	return true;
}
