/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "rpc_internal.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the protocol is little endian");
_Static_assert(sizeof(TVMValue) == 8, "TVM's ABI has values of 8 bytes");
_Static_assert(MLF_RPC_CONFIG_MAX_ARGS >= 11, "a time evaluator has 11 arguments");

#define MAX_RANK 32

bool rpc_read_bytes(mlf_rpc_server_t *server, rpc_reader_t *reader, uint8_t **data,
		    uint32_t *size_bytes)
{
	uint64_t length = 0;

	if (!rpc_read(server, reader, &length, sizeof(length))) {
		return false;
	}
	if (length > (uint64_t)(reader->end - reader->at)) {
		(void)rpc_fail(server, "the request ends early");
		return false; /* for analysers that see one file at a time */
	}
	*data = reader->at;
	*size_bytes = (uint32_t)length;
	reader->at += *size_bytes;
	return true;
}

bool rpc_read(mlf_rpc_server_t *server, rpc_reader_t *reader, void *value, uint32_t size_bytes)
{
	if (size_bytes > (uint32_t)(reader->end - reader->at)) {
		(void)rpc_fail(server, "the request ends early");
		return false; /* for analysers that see one file at a time */
	}
	memcpy(value, reader->at, size_bytes);
	reader->at += size_bytes;
	return true;
}

/* The device's type is an int on the wire; an enum may be a byte here. */
static bool read_device(mlf_rpc_server_t *server, rpc_reader_t *reader, DLDevice *device)
{
	int32_t fields[2];

	if (!rpc_read(server, reader, fields, sizeof(fields))) {
		return false;
	}
	if (fields[0] != (int32_t)kDLCPU || fields[1] != 0) {
		return rpc_fail(server, "the only device is cpu(0)");
	}
	*device = (DLDevice){.device_type = kDLCPU, .device_id = 0};
	return true;
}

bool rpc_read_tensor(mlf_rpc_server_t *server, rpc_reader_t *reader, DLTensor *tensor,
		     uint64_t *handle)
{
	memset(tensor, 0, sizeof(*tensor));
	if (!rpc_read(server, reader, handle, sizeof(*handle)) ||
	    !read_device(server, reader, &tensor->device) ||
	    !rpc_read(server, reader, &tensor->ndim, sizeof(tensor->ndim)) ||
	    !rpc_read(server, reader, &tensor->dtype, sizeof(tensor->dtype))) {
		return false;
	}
	if (tensor->ndim < 0 || tensor->ndim > MAX_RANK ||
	    (uint32_t)tensor->ndim > MLF_RPC_CONFIG_MAX_DIMS - server->num_dims) {
		return rpc_fail(server, "the tensors have too many dimensions");
	}
	tensor->shape = &server->dims[server->num_dims];
	server->num_dims += (uint32_t)tensor->ndim;
	return rpc_read(server, reader, tensor->shape, (uint32_t)tensor->ndim * 8U) &&
	       rpc_read(server, reader, &tensor->byte_offset, sizeof(tensor->byte_offset));
}

bool rpc_tensor_bytes(mlf_rpc_server_t *server, const DLTensor *tensor, uint32_t *size_bytes)
{
	uint32_t total = ((uint32_t)tensor->dtype.bits * tensor->dtype.lanes + 7U) / 8U;

	for (int32_t i = 0; i < tensor->ndim; i++) {
		const int64_t extent = tensor->shape[i];

		if (extent < 0 || extent > (int64_t)UINT32_MAX ||
		    (extent != 0 && total > UINT32_MAX / (uint32_t)extent)) {
			return rpc_fail(server, "the tensor's shape is out of range");
		}
		total *= (uint32_t)extent;
	}
	*size_bytes = total;
	return true;
}

static bool read_tensor_arg(mlf_rpc_server_t *server, rpc_reader_t *reader, uint32_t arg)
{
	DLTensor *tensor = &server->boxes[arg].tensor;
	uint64_t handle;
	uint32_t size_bytes = 0;
	uint8_t *address = NULL;

	server->values[arg].v_handle = tensor;
	if (!rpc_read_tensor(server, reader, tensor, &handle) ||
	    !rpc_tensor_bytes(server, tensor, &size_bytes)) {
		return false;
	}
	if (handle == 0U) {
		return true;
	}
	if (!rpc_open_data(server, handle, tensor->byte_offset, size_bytes, &address)) {
		return false;
	}
	/* Operators expect a tensor to begin where its data pointer says. */
	tensor->data = address;
	tensor->byte_offset = 0;
	return true;
}

static bool read_text_arg(mlf_rpc_server_t *server, rpc_reader_t *reader, uint32_t arg)
{
	uint8_t *data;
	uint32_t size_bytes;

	if (!rpc_read_bytes(server, reader, &data, &size_bytes)) {
		return false;
	}
	if (server->codes[arg] == (int32_t)kTVMBytes) {
		server->boxes[arg].bytes =
			(mlf_rpc_bytes_t){.data = (const char *)data, .size = size_bytes};
		server->values[arg].v_handle = &server->boxes[arg].bytes;
		return true;
	}
	/* Its length has already been read: one byte of it makes room for the final 0. */
	memmove(data - 1, data, size_bytes);
	data--;
	data[size_bytes] = 0;
	server->values[arg].v_str = (const char *)data;
	return true;
}

static bool fail_type(mlf_rpc_server_t *server, uint32_t arg)
{
	return rpc_fail(server, "argument %u has the wrong type code %d", arg,
			server->codes[arg]);
}

static bool read_arg(mlf_rpc_server_t *server, rpc_reader_t *reader, uint32_t arg)
{
	TVMValue *value = &server->values[arg];

	value->v_int64 = 0;
	switch (server->codes[arg]) {
	case kTVMArgInt:
	case kDLUInt:
	case kTVMArgFloat:
	case kTVMArgBool:
	case kTVMDataType: /* and 4 bytes of padding */
	case kTVMOpaqueHandle:
	case kTVMModuleHandle:
	case kTVMPackedFuncHandle:
		return rpc_read(server, reader, value, sizeof(*value));
	case kTVMNullptr:
		return true;
	case kDLDevice:
		return read_device(server, reader, &value->v_device);
	case kTVMDLTensorHandle:
		return read_tensor_arg(server, reader, arg);
	case kTVMStr:
	case kTVMBytes:
		return read_text_arg(server, reader, arg);
	default:
		return fail_type(server, arg);
	}
}

bool rpc_read_args(mlf_rpc_server_t *server, rpc_reader_t *reader)
{
	uint32_t count = 0;

	server->num_args = 0;
	server->num_dims = 0;
	if (!rpc_read(server, reader, &count, sizeof(count))) {
		return false;
	}
	if (count > MLF_RPC_CONFIG_MAX_ARGS) {
		return rpc_fail(server, "there are %u arguments, but the device accepts only %u",
				count, (uint32_t)MLF_RPC_CONFIG_MAX_ARGS);
	}
	if (!rpc_read(server, reader, server->codes, count * (uint32_t)sizeof(server->codes[0]))) {
		return false;
	}
	for (uint32_t i = 0; i < count; i++) {
		if (!read_arg(server, reader, i)) {
			return false;
		}
	}
	server->num_args = count;
	return true;
}

/* Type codes that fit each letter, a bit each. */
static const struct {
	char letter;
	uint16_t codes;
} letters_of[] = {
	{'i', 1U << kTVMArgInt | 1U << kTVMArgBool},
	{'s', 1U << kTVMStr},
	{'n', 1U << kTVMStr | 1U << kTVMNullptr},
	{'m', 1U << kTVMModuleHandle | 1U << kTVMNullptr},
	{'d', 1U << kDLDevice},
	{'t', 1U << kTVMDLTensorHandle},
	{'y', 1U << kTVMDataType},
	{'o', 1U << kTVMOpaqueHandle | 1U << kTVMNullptr},
};

static bool fits(char letter, int32_t code)
{
	uint32_t i = 0;

	while (letters_of[i].letter != letter) {
		i++;
	}
	return ((uint32_t)letters_of[i].codes >> code & 1U) != 0U;
}

bool rpc_expect(mlf_rpc_server_t *server, const char *letters)
{
	uint32_t count = 0;

	for (; letters[count] != '\0'; count++) {
		if (count < server->num_args && !fits(letters[count], server->codes[count])) {
			return fail_type(server, count);
		}
	}
	if (server->num_args != count) {
		return rpc_fail(server, "there are %u arguments instead of %u", server->num_args, count);
	}
	return true;
}
