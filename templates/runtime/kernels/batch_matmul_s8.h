/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BATCH_MATMUL on int8: left [rows, depth] by right [depth, columns] to out [rows, columns], both computed at run time,
 * for one pair of matrices.
 *
 * Either matrix may be stored transposed: its steps say how far apart elements lie. depth is so small that sums fit in
 * int32, which the compiler checks.
 *
 * Source: TensorFlow Lite's reference_ops::BatchMatMul; equal to the bit.
 * Overlap: none; a row of left is read for every column.
 */
#ifndef MLF_KERNELS_BATCH_MATMUL_S8_H
#define MLF_KERNELS_BATCH_MATMUL_S8_H

#include <stdint.h>

#include "dot_s8.h"
#include "requantize.h"

/* From an element to the next: down its column, and across its row. */
typedef struct {
	int32_t rows, columns, depth;
	int32_t left_down, left_across;
	int32_t right_down, right_across;
	int16_t left_zero_point, right_zero_point, output_zero_point;
	mlf_requant_exact requant;
} mlf_matmul_s8_layer;

/* left [rows, depth] x right [depth, columns] = out [rows, columns] */
MLF_KERNEL void mlf_matmul_s8(const int8_t *left, const int8_t *right, int8_t *out, const mlf_matmul_s8_layer *layer)
{
	for (int32_t i = 0; i < layer->rows; i++, left += layer->left_down) {
		for (int32_t j = 0; j < layer->columns; j++) {
			const int8_t *a = left;
			const int8_t *b = right + j * layer->right_across;
			int32_t sum = 0;
			int32_t k = 0;

			if (layer->left_across == 1 && layer->right_down == 1 && layer->right_zero_point == 0) {
				sum = mlf_dot_s8(a, b, layer->depth, layer->left_zero_point, 0);
				k = layer->depth;
			}
			for (; k < layer->depth; k++) {
				sum = mlf_add_product(sum, *a - layer->left_zero_point, *b - layer->right_zero_point);
				a += layer->left_across;
				b += layer->right_down;
			}
			sum = mlf_rescale(sum, layer->requant.multiplier, layer->requant.shift);
			*out++ = (int8_t)mlf_clamp(mlf_add_zero_point(sum, layer->output_zero_point), -128, 127);
		}
	}
}

#endif
