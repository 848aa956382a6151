/* SPDX-License-Identifier: Apache-2.0 */
/* Products of int8 vectors, for layers whose weights stay as the model has them. */
#ifndef MLF_KERNELS_DOT_S8_H
#define MLF_KERNELS_DOT_S8_H

#include <stdint.h>

#include "requantize.h"

#if MLF_KERNELS_DSP
/* Four of each. offsets: what is added to the values, twice. */
MLF_INLINE int32_t mlf_dot_s8_four(const int8_t *values, const int8_t *weights, uint32_t offsets, int32_t sum)
{
	uint32_t four = mlf_load4(values);
	uint32_t word = mlf_load4(weights);
	uint32_t even = (uint32_t)__sxtab16((int16x2_t)offsets, (int8x4_t)four);
	uint32_t odd;

	__asm("sxtab16 %0, %1, %2, ror #8" : "=r"(odd) : "r"(offsets), "r"(four));
	sum = (int32_t)__smlad((int16x2_t)even, (int16x2_t)mlf_even(word), sum);
	return (int32_t)__smlad((int16x2_t)odd, (int16x2_t)mlf_odd(word), sum);
}
#endif

/* sum and the products of count values, less their zero point, and weights. Wraps. */
MLF_KERNEL int32_t mlf_dot_s8(const int8_t *values, const int8_t *weights, int32_t count, int32_t zero_point,
			      int32_t sum)
{
#if MLF_KERNELS_DSP
	const uint32_t offsets = (uint32_t)(-zero_point & 0xFFFF) * 0x10001U;

	for (; count >= 16; count -= 16, values += 16, weights += 16) {
		sum = mlf_dot_s8_four(values, weights, offsets, sum);
		sum = mlf_dot_s8_four(values + 4, weights + 4, offsets, sum);
		sum = mlf_dot_s8_four(values + 8, weights + 8, offsets, sum);
		sum = mlf_dot_s8_four(values + 12, weights + 12, offsets, sum);
	}
	for (; count >= 4; count -= 4, values += 4, weights += 4) {
		sum = mlf_dot_s8_four(values, weights, offsets, sum);
	}
#endif
	for (; count > 0; count--) {
		sum = mlf_add_product(sum, *values++ - zero_point, *weights++);
	}
	return sum;
}

#endif
