/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SOFTMAX over the last dimension of int8 [rows, depth], in gemmlowp's fixed point; depth is less than 4,096. The
 * exponentials depend on nothing but the distance to the row's greatest element, which is one of 256: they come from a
 * table. Output scale 1/256, zero point -128, unless stated otherwise.
 *
 * Source: TensorFlow Lite's reference_ops::Softmax; equal to the bit.
 * Overlap: int8 output may start where the input starts, as a row is read in full before it is written; int16 output
 * not.
 */
#ifndef MLF_KERNELS_SOFTMAX_S8_H
#define MLF_KERNELS_SOFTMAX_S8_H

#include "fixed_point.h"
#include "requantize.h"

/* What a row's exponentials are multiplied with, and then shifted right by 35 less bits of output. */
typedef struct {
	int32_t greatest;
	int32_t scale;
	int32_t shift;
} mlf_softmax_row;

/* bits: of an output element. */
MLF_INLINE mlf_softmax_row mlf_softmax_read(const int8_t *in, int32_t depth, const int32_t *exponentials,
					    int32_t bits)
{
	mlf_softmax_row row = {.greatest = in[0]};
	uint32_t sum = 0;
	int32_t zeros = 1;

	for (int32_t i = 1; i < depth; i++) {
		row.greatest = in[i] > row.greatest ? in[i] : row.greatest;
	}
	for (int32_t i = 0; i < depth; i++) {
		/* Q12.19: fewer than 4,096 elements that are all the greatest fit. */
		sum += ((uint32_t)exponentials[row.greatest - in[i]] + (1U << 11)) >> 12;
	}
	while ((sum << zeros) < ((uint32_t)1 << 31)) {
		zeros++;
	}
	row.scale = mlf_fixed_reciprocal((int32_t)((sum << zeros) - ((uint32_t)1 << 31)));
	row.shift = 12 - zeros + 31 - bits;
	return row;
}

/* The element's share of the row, 0 .. 2^bits. */
MLF_INLINE int32_t mlf_softmax_share(mlf_softmax_row row, int32_t element, const int32_t *exponentials)
{
	int64_t share = mlf_fixed_mul(row.scale, exponentials[row.greatest - element]);

	return (int32_t)((share + ((int64_t)1 << (row.shift - 1))) >> row.shift);
}

/* exponentials: by distance to the greatest element, Q0.31; 0 for those too far away to count. */
MLF_KERNEL void mlf_softmax_s8(const int8_t *in, int8_t *out, int32_t rows, int32_t depth,
			       const int32_t *exponentials)
{
	for (; rows > 0; rows--, in += depth, out += depth) {
		const mlf_softmax_row row = mlf_softmax_read(in, depth, exponentials, 8);

		for (int32_t i = 0; i < depth; i++) {
			out[i] = (int8_t)mlf_clamp(mlf_softmax_share(row, in[i], exponentials) - 128, -128, 127);
		}
	}
}

/* Output scale 1/65536, zero point -32768. */
MLF_KERNEL void mlf_softmax_s8_s16(const int8_t *in, int16_t *out, int32_t rows, int32_t depth,
				   const int32_t *exponentials)
{
	for (; rows > 0; rows--, in += depth, out += depth) {
		const mlf_softmax_row row = mlf_softmax_read(in, depth, exponentials, 16);

		for (int32_t i = 0; i < depth; i++) {
			out[i] = (int16_t)mlf_clamp(mlf_softmax_share(row, in[i], exponentials) - 32768, -32768,
						    32767);
		}
	}
}

#endif
