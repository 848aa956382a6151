/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BATCH_MATMUL on int16: left [rows, depth] by right [depth, columns] to out [rows, columns], both computed at run time,
 * for one pair of matrices. Zero points are 0; sums are int64 and rounded once.
 *
 * Either matrix may be stored transposed: its steps say how far apart elements lie.
 *
 * Source: TensorFlow Lite's reference_ops::BatchMatMul; equal to the bit.
 * Overlap: none; a row of left is read for every column.
 */
#ifndef MLF_KERNELS_BATCH_MATMUL_S16_H
#define MLF_KERNELS_BATCH_MATMUL_S16_H

#include <stdint.h>

#include "int16.h"
#include "requantize.h"

/* From an element to the next: down its column, and across its row. scale: 15 bits, and a shift right. */
typedef struct {
	int32_t rows, columns, depth;
	int32_t left_down, left_across;
	int32_t right_down, right_across;
	mlf_scale_s16 scale;
} mlf_matmul_s16_layer;

MLF_KERNEL void mlf_matmul_s16(const int16_t *left, const int16_t *right, int16_t *out,
			       const mlf_matmul_s16_layer *layer)
{
	for (int32_t i = 0; i < layer->rows; i++, left += layer->left_down) {
		for (int32_t j = 0; j < layer->columns; j++) {
			const int16_t *a = left;
			const int16_t *b = right + j * layer->right_across;
			int64_t sum = 0;

			for (int32_t k = 0; k < layer->depth; k++) {
				sum += (int32_t)*a * *b;
				a += layer->left_across;
				b += layer->right_down;
			}
			*out++ = mlf_requantize_s16(sum, &layer->scale, 1, -32768, 32767);
		}
	}
}

#endif
