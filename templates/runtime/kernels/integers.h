/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arithmetic on plain integers, defined for every operand: results wrap, and a division by zero gives 0, where the
 * reference kernels stop the program.
 */
#ifndef MLF_KERNELS_INTEGERS_H
#define MLF_KERNELS_INTEGERS_H

#include <stdint.h>

#include "requantize.h"

MLF_INLINE int64_t mlf_clamp_s64(int64_t value, int64_t low, int64_t high)
{
	return value < low ? low : value > high ? high : value;
}

MLF_INLINE int32_t mlf_clamp_s32(int32_t value, int32_t low, int32_t high)
{
	return mlf_clamp(value, low, high);
}

MLF_INLINE int32_t mlf_square_s32(int32_t value)
{
	return (int32_t)((uint32_t)value * (uint32_t)value);
}

/* Towards zero. */
MLF_INLINE int64_t mlf_divide_s64(int64_t a, int64_t b)
{
	if (b == 0) {
		return 0;
	}
	return b == -1 ? (int64_t)(0U - (uint64_t)a) : a / b;
}

MLF_INLINE int32_t mlf_divide_s32(int32_t a, int32_t b)
{
	if (b == 0) {
		return 0;
	}
	return b == -1 ? (int32_t)(0U - (uint32_t)a) : a / b;
}

/* The remainder of a division that rounds down: it has the divisor's sign. */
MLF_INLINE int64_t mlf_floor_mod_s64(int64_t a, int64_t b)
{
	int64_t rest = b == 0 || b == -1 ? 0 : a % b;

	return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

MLF_INLINE int32_t mlf_floor_mod_s32(int32_t a, int32_t b)
{
	int32_t rest = b == 0 || b == -1 ? 0 : a % b;

	return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

MLF_INLINE int64_t mlf_floor_divide_s64(int64_t a, int64_t b)
{
	int64_t rest = b == 0 || b == -1 ? 0 : a % b;

	return mlf_divide_s64(a, b) - (rest != 0 && (rest < 0) != (b < 0) ? 1 : 0);
}

MLF_INLINE int32_t mlf_floor_divide_s32(int32_t a, int32_t b)
{
	int32_t rest = b == 0 || b == -1 ? 0 : a % b;

	return mlf_divide_s32(a, b) - (rest != 0 && (rest < 0) != (b < 0) ? 1 : 0);
}

/* A negative exponent gives 0. */
MLF_INLINE int64_t mlf_power_s64(int64_t base, int64_t exponent)
{
	uint64_t result = exponent < 0 ? 0U : 1U;
	uint64_t factor = (uint64_t)base;

	for (int64_t left = exponent; left > 0; left /= 2) {
		result = left % 2 != 0 ? result * factor : result;
		factor *= factor;
	}
	return (int64_t)result;
}

MLF_INLINE int32_t mlf_power_s32(int32_t base, int32_t exponent)
{
	return (int32_t)(uint32_t)mlf_power_s64(base, exponent);
}

#endif
