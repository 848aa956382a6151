/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of TVM's C runtime ABI (v0.8 to v0.18) that compiled models use.
 * Layout and codes are fixed by the ABI; nothing here allocates.
 */
#ifndef TVM_RUNTIME_C_RUNTIME_API_H_
#define TVM_RUNTIME_C_RUNTIME_API_H_

#include <dlpack/dlpack.h>
#include <stddef.h>
#include <stdint.h>

/* The application may choose a section for models' constants: one macro for each model. */
#ifdef __has_include
#if __has_include("mlf_constants.h")
#include "mlf_constants.h"
#endif
#endif

#ifndef TVM_DLL
#define TVM_DLL
#endif
#ifndef TVM_WEAK
#define TVM_WEAK __attribute__((weak))
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
	kTVMArgInt = kDLInt,
	kTVMArgFloat = kDLFloat,
	kTVMOpaqueHandle = 3U,
	kTVMNullptr = 4U,
	kTVMDataType = 5U,
	kDLDevice = 6U,
	kTVMDLTensorHandle = 7U,
	kTVMObjectHandle = 8U,
	kTVMModuleHandle = 9U,
	kTVMPackedFuncHandle = 10U,
	kTVMStr = 11U,
	kTVMBytes = 12U,
	kTVMNDArrayHandle = 13U,
	kTVMObjectRValueRefArg = 14U,
	kTVMArgBool = 15U,
} TVMArgTypeCode;

typedef union {
	int64_t v_int64;
	double v_float64;
	void *v_handle;
	const char *v_str;
	DLDataType v_type;
	DLDevice v_device;
} TVMValue;

typedef DLTensor *TVMArrayHandle;
typedef void *TVMModuleHandle;
typedef void *TVMFunctionHandle;
typedef void *TVMRetValueHandle;
typedef void *TVMStreamHandle;
typedef void *TVMObjectHandle;

/* Keeps the last message an operator reported; mlf_last_error() reads it. */
TVM_DLL void TVMAPISetLastError(const char *message);

#ifdef __cplusplus
}
#endif

#endif /* TVM_RUNTIME_C_RUNTIME_API_H_ */
