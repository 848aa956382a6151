/* SPDX-License-Identifier: Apache-2.0 */
/* What operators call back: workspace, served from the static arena of the model that runs. */
#ifndef TVM_RUNTIME_C_BACKEND_API_H_
#define TVM_RUNTIME_C_BACKEND_API_H_

#include <tvm/runtime/c_runtime_api.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef int (*TVMBackendPackedCFunc)(TVMValue *args, int *type_codes, int num_args,
				     TVMValue *out_ret_value, int *out_ret_tcode,
				     void *resource_handle);

/*
 * Scratch of `nbytes` bytes, aligned as the arena is, or NULL when the request does not
 * follow the memory plan. The type hint is part of the ABI and not used.
 */
TVM_DLL void *TVMBackendAllocWorkspace(int device_type, int device_id, uint64_t nbytes,
				       int dtype_code_hint, int dtype_bits_hint);

/* Gives scratch back, latest first. 0, or -1 when `ptr` is not the latest. */
TVM_DLL int TVMBackendFreeWorkspace(int device_type, int device_id, void *ptr);

#ifdef __cplusplus
}
#endif

#endif /* TVM_RUNTIME_C_BACKEND_API_H_ */
