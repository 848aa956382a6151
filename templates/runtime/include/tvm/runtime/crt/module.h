/* SPDX-License-Identifier: Apache-2.0 */
/* The function table that an archive built with `--runtime-crt-system-lib` carries. */
#ifndef TVM_RUNTIME_CRT_MODULE_H_
#define TVM_RUNTIME_CRT_MODULE_H_

#include <tvm/runtime/c_backend_api.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct TVMFuncRegistry {
	const char *names; /* count (16 bit, little endian), then NUL-terminated names */
	TVMBackendPackedCFunc *funcs;
} TVMFuncRegistry;

typedef struct TVMModule {
	const TVMFuncRegistry *registry;
} TVMModule;

const TVMModule *TVMSystemLibEntryPoint(void);

#ifdef __cplusplus
}
#endif

#endif /* TVM_RUNTIME_CRT_MODULE_H_ */
