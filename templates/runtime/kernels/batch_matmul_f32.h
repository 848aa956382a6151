/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BATCH_MATMUL on floats: left [rows, depth] by right [depth, columns] to out [rows, columns], for one pair of
 * matrices.
 *
 * Either matrix may be stored transposed: its steps say how far apart elements lie. Sums are float32, in the order of
 * depth, which the reference's may not be.
 *
 * Source: TensorFlow Lite's reference_ops::BatchMatMul.
 * Overlap: none; a row of left is read for every column.
 */
#ifndef MLF_KERNELS_BATCH_MATMUL_F32_H
#define MLF_KERNELS_BATCH_MATMUL_F32_H

#include <stdint.h>

#include "requantize.h"

/* Elements from one row, and from one column, to the next. */
typedef struct {
	int32_t row, column;
} mlf_steps;

/* out [rows, columns] = left [rows, depth] x right [depth, columns] */
MLF_KERNEL void mlf_matmul_f32(const float *left, mlf_steps left_steps, const float *right, mlf_steps right_steps,
			       float *out, int32_t rows, int32_t depth, int32_t columns)
{
	for (int32_t row = 0; row < rows; row++) {
		for (int32_t column = 0; column < columns; column++) {
			const float *from_left = left + row * left_steps.row;
			const float *from_right = right + column * right_steps.column;
			float sum = 0.0F;

			for (int32_t i = 0; i < depth; i++) {
				sum += *from_left * *from_right;
				from_left += left_steps.column;
				from_right += right_steps.row;
			}
			*out++ = sum;
		}
	}
}

#endif
