/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The logistic function and tanh of int16 fixed-point numbers without tables: exp by a polynomial around -1/8 and
 * factors for each power of two, division by Newton's method. A number with b integer bits stands for raw / 2^(15 - b).
 *
 * Source: gemmlowp's fixedpoint.h; equal to the bit.
 */
#ifndef MLF_KERNELS_SIGMOID_S16_H
#define MLF_KERNELS_SIGMOID_S16_H

#include <stdint.h>

#include "requantize.h"

/* a * b / 2^15, to the nearest, halves up; in int16's range. */
MLF_INLINE int32_t mlf_high_mul_s16(int32_t a, int32_t b)
{
	int32_t product = (a * b + (1 << 14)) >> 15;

	return product > 32767 ? 32767 : product;
}

/* value / 2^exponent, halves away from zero. */
MLF_INLINE int32_t mlf_divide_by_power(int32_t value, int32_t exponent)
{
	int32_t mask = (int32_t)(((uint32_t)1 << exponent) - 1U);
	int32_t rest = value & mask;

	return (value >> exponent) + (rest > (mask >> 1) + (value < 0 ? 1 : 0) ? 1 : 0);
}

/* exp of a <= 0, with 0 integer bits. */
MLF_INLINE int32_t mlf_exp_s16(int32_t a, int32_t integer_bits)
{
	/* exp(-2^n) with 0 integer bits, n = -2 .. 3; that of n = 4 is 0. */
	static const int16_t factors[] = {25520, 19875, 12055, 4435, 600, 11, 0};
	const int32_t fraction = 15 - integer_bits;
	const int32_t quarter = 1 << (fraction - 2);
	const int32_t part = (a & (quarter - 1)) - quarter;
	const int32_t x = part * (1 << integer_bits) + (1 << 12);
	const int32_t x2 = mlf_high_mul_s16(x, x);
	const int32_t x3 = mlf_high_mul_s16(x2, x);
	const int32_t x4 = mlf_high_mul_s16(x2, x2);
	int32_t series = mlf_high_mul_s16(mlf_divide_by_power(x4, 2) + x3, 10923);
	int32_t result;

	if (a == 0) {
		return 32767;
	}
	if (integer_bits > 5 && a < -(1 << (20 - integer_bits))) {
		return 0;
	}
	series = mlf_divide_by_power(series + x2, 1);
	result = mlf_clamp(28918 + mlf_high_mul_s16(28918, x + series), -32768, 32767);
	for (int32_t n = -2; n < integer_bits && n <= 4; n++) {
		if (((part - a) >> (fraction + n) & 1) != 0) {
			result = mlf_high_mul_s16(result, factors[n + 2]);
		}
	}
	return result;
}

/* 2 / (1 + a) for 0 <= a < 1 with 0 integer bits; the result has 2. */
MLF_INLINE int32_t mlf_two_over_one_plus_s16(int32_t a)
{
	const int32_t half = (a + 32767 + 1) / 2;
	int32_t x = 23130 + mlf_high_mul_s16(half, -15420);

	for (int32_t i = 0; i < 3; i++) {
		int32_t rest = (1 << 13) - mlf_high_mul_s16(half, x);

		x += mlf_clamp(mlf_high_mul_s16(x, rest) * 4, -32768, 32767);
	}
	return x;
}

/* With 0 integer bits. */
MLF_INLINE int16_t mlf_fixed_logistic_s16(int32_t value, int32_t integer_bits)
{
	int32_t result;

	if (value == 0) {
		return 1 << 14;
	}
	result = mlf_two_over_one_plus_s16(mlf_exp_s16(value > 0 ? -value : value, integer_bits));
	result = mlf_clamp(result * 2, -32768, 32767);
	return (int16_t)(value > 0 ? result : 32767 - result);
}

/* With 0 integer bits. */
MLF_INLINE int16_t mlf_fixed_tanh_s16(int32_t value, int32_t integer_bits)
{
	int32_t result;

	if (value == 0) {
		return 0;
	}
	result = mlf_two_over_one_plus_s16(mlf_exp_s16(value > 0 ? -value : value, integer_bits + 1));
	result = mlf_clamp((result - (1 << 13)) * 4, -32768, 32767);
	return (int16_t)(value > 0 ? result : -result);
}

#endif
