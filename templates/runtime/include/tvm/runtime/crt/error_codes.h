/* SPDX-License-Identifier: Apache-2.0 */
/* The error codes that kernels of TVM's Arm schedules return. */
#ifndef TVM_RUNTIME_CRT_ERROR_CODES_H_
#define TVM_RUNTIME_CRT_ERROR_CODES_H_

typedef enum {
	kTvmErrorNoError = 0,
	kTvmErrorFunctionCallNumArguments = 0x0800, /* category 8: function calls */
	kTvmErrorFunctionCallWrongArgType = 0x0801,
	kTvmErrorFunctionCallNotImplemented = 0x0802,
	kTvmErrorFunctionCallInvalidArg = 0x0803,
} tvm_crt_error_t;

#endif /* TVM_RUNTIME_CRT_ERROR_CODES_H_ */
