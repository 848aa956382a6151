/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of the DLPack ABI (v0.7) that TVM's generated C uses.
 * Layout is fixed by the ABI; do not reorder members.
 */
#ifndef DLPACK_DLPACK_H_
#define DLPACK_DLPACK_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
	kDLCPU = 1,
} DLDeviceType;

typedef struct {
	DLDeviceType device_type;
	int32_t device_id;
} DLDevice;

typedef enum {
	kDLInt = 0U,
	kDLUInt = 1U,
	kDLFloat = 2U,
	kDLOpaqueHandle = 3U,
} DLDataTypeCode;

typedef struct {
	uint8_t code;   /* DLDataTypeCode */
	uint8_t bits;   /* of one lane */
	uint16_t lanes; /* 1 for scalars */
} DLDataType;

typedef struct {
	void *data;
	DLDevice device;
	int32_t ndim;
	DLDataType dtype;
	int64_t *shape;   /* outermost dimension first */
	int64_t *strides; /* in elements; NULL: compact, row-major */
	uint64_t byte_offset;
} DLTensor;

#ifdef __cplusplus
}
#endif

#endif /* DLPACK_DLPACK_H_ */
