/* SPDX-License-Identifier: Apache-2.0 */
/* The tables that `*_get_c_metadata` of a packed AOT model returns. Layout fixed by the ABI. */
#ifndef TVM_RUNTIME_METADATA_TYPES_H_
#define TVM_RUNTIME_METADATA_TYPES_H_

#include <inttypes.h>
#include <tvm/runtime/c_runtime_api.h>

#ifdef __cplusplus
extern "C" {
#endif

struct TVMTensorInfo {
	const char *name;
	const int64_t *shape;
	int64_t num_shape;
	DLDataType dtype;
};

struct TVMConstantInfo {
	const char *name_hint;
	int64_t byte_offset;
	int64_t data_len;
	const void *data_bytes;
};

struct TVMMetadata {
	int64_t version;
	const struct TVMTensorInfo *inputs;
	int64_t num_inputs;
	const struct TVMTensorInfo *outputs;
	int64_t num_outputs;
	const struct TVMTensorInfo *workspace_pools;
	int64_t num_workspace_pools;
	const struct TVMConstantInfo *constant_pools;
	int64_t num_constant_pools;
	const char *mod_name;
};

#ifdef __cplusplus
}
#endif

#endif /* TVM_RUNTIME_METADATA_TYPES_H_ */
