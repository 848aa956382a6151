/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared by the kernels on int16 with int8 weights. Zero points are 0. Sums are int64 and rounded once where the bias
 * is int64, int32 and rounded twice where it is int32: the reference kernels do so.
 */
#ifndef MLF_KERNELS_INT16_H
#define MLF_KERNELS_INT16_H

#include <stdint.h>

#include "requantize.h"

/* Products of int16 and int8 are below 2^22, so that this many of them fit in int32. */
#define MLF_S16_BLOCK 256

/* Of one output channel. wide: a multiplier of 15 bits and a shift right; else as mlf_rescale takes them. */
typedef struct {
	int32_t multiplier, shift;
} mlf_scale_s16;

MLF_INLINE int16_t mlf_requantize_s16(int64_t sum, const mlf_scale_s16 *scale, int32_t wide, int32_t low,
				      int32_t high)
{
	int32_t value;

	if (wide != 0) {
		value = (int32_t)((sum * scale->multiplier + ((int64_t)1 << (scale->shift - 1))) >> scale->shift);
	} else {
		value = mlf_rescale((int32_t)sum, scale->multiplier, scale->shift);
	}
	return (int16_t)mlf_clamp(value, low, high);
}

/* The sum of the products. */
MLF_KERNEL int64_t mlf_dot_s16(const int16_t *in, const int8_t *weights, int32_t count)
{
	int64_t total = 0;

#if MLF_KERNELS_DSP
	for (const int16_t *const end = in + (count & ~3); in != end; in += 4, weights += 4) {
		uint32_t low = *(const mlf_word *)in;
		uint32_t high = *(const mlf_word *)(in + 2);
		uint32_t word = mlf_load4(weights);
		uint32_t even, odd;

		__asm("pkhbt %0, %1, %2, lsl #16" : "=r"(even) : "r"(low), "r"(high));
		__asm("pkhtb %0, %1, %2, asr #16" : "=r"(odd) : "r"(high), "r"(low));
		total = __smlald((int16x2_t)even, (int16x2_t)mlf_even(word), total);
		total = __smlald((int16x2_t)odd, (int16x2_t)mlf_odd(word), total);
	}
	count &= 3;
#endif
	while (count > 0) {
		int32_t block = count < MLF_S16_BLOCK ? count : MLF_S16_BLOCK;
		int32_t sum = 0;

		for (int32_t i = 0; i < block; i++) {
			sum += in[i] * weights[i];
		}
		total += sum;
		in += block;
		weights += block;
		count -= block;
	}
	return total;
}

#endif
