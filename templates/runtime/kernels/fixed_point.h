/* SPDX-License-Identifier: Apache-2.0 */
/* Fixed-point numbers as in gemmlowp's fixedpoint.h: Qm.n has m integer and n fraction bits. */
#ifndef MLF_KERNELS_FIXED_POINT_H
#define MLF_KERNELS_FIXED_POINT_H

#include <stdint.h>

#include "requantize.h"

/* a * b of Q0.31, rounded: SaturatingRoundingDoublingHighMul, if a and b are not both INT32_MIN. */
MLF_INLINE int32_t mlf_fixed_mul(int32_t a, int32_t b)
{
	return (int32_t)(((int64_t)a * b + ((int64_t)1 << 30)) >> 31);
}

/* value * 2^bits, saturating. */
MLF_INLINE int32_t mlf_fixed_shift(int32_t value, int32_t bits)
{
	int64_t shifted = (int64_t)value * ((int64_t)1 << bits);

	return shifted > INT32_MAX ? INT32_MAX : shifted < INT32_MIN ? INT32_MIN : (int32_t)shifted;
}

/* value / 2^bits, ties away from zero: RoundingDivideByPOT. 0 <= bits <= 31. */
MLF_INLINE int32_t mlf_fixed_divide(int32_t value, int32_t bits)
{
	int32_t mask = (int32_t)(((uint32_t)1 << bits) - 1U);
	int32_t rest = value & mask;

	return (value >> bits) + (rest > (mask >> 1) + (value < 0 ? 1 : 0) ? 1 : 0);
}

/* Bits above the greatest one that is set; 32 of 0. */
MLF_INLINE int32_t mlf_leading_zeros(uint32_t value)
{
	int32_t zeros = 32;

	for (; value != 0U; value >>= 1) {
		zeros--;
	}
	return zeros;
}

/* 1 / (1 + x) of x in [0, 1), Q0.31: three steps of Newton's method from 48/17 - 32/17 d. */
MLF_KERNEL int32_t mlf_fixed_reciprocal(int32_t x)
{
	int32_t half = (int32_t)(((int64_t)x + INT32_MAX + 1) >> 1);
	int32_t result = 1515870810 + mlf_fixed_mul(half, -1010580540);

	for (int32_t step = 0; step < 3; step++) {
		int32_t rest = (1 << 29) - mlf_fixed_mul(half, result);

		result += mlf_fixed_shift(mlf_fixed_mul(result, rest), 2);
	}
	return mlf_fixed_shift(result, 1);
}

#endif
