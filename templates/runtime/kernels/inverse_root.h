/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 1 over a root by Newton's method in fixed point. value: 0 and 1 both give the multiplier of 1.
 *
 * Source: TensorFlow Lite's GetInvSqrtQuantizedMultiplierExp; equal to the bit.
 */
#ifndef MLF_KERNELS_INVERSE_ROOT_H
#define MLF_KERNELS_INVERSE_ROOT_H

#include <stdint.h>

#include "fixed_point.h"
#include "requantize.h"

/* 1 / sqrt(value), as a multiplier and a shift to the left. */
MLF_KERNEL mlf_requant_exact mlf_inverse_root(int32_t value)
{
	mlf_requant_exact result = {.multiplier = INT32_MAX, .shift = 0};
	int32_t shift = 11;
	int32_t x = 1 << 28;
	int32_t whole;
	int32_t half;

	if (value <= 1) {
		return result;
	}
	for (; value >= (1 << 29); value /= 4) {
		shift++;
	}
	for (; value < (1 << 27); value *= 4) {
		shift--;
	}
	whole = value >> 1;
	half = (whole >> 1) + (whole & 1);
	for (int32_t step = 0; step < 5; step++) {
		/* x^3 has 9 integer bits, the products below have 6; all go back to 3. */
		int32_t cube = mlf_fixed_shift(mlf_fixed_mul(mlf_fixed_mul(x, x), x), 6);

		x = mlf_fixed_shift(mlf_fixed_mul((1 << 28) + (1 << 27), x) - mlf_fixed_mul(half, cube), 3);
	}
	x = mlf_fixed_mul(x, 1518500250);
	if (shift < 0) {
		x = (int32_t)((uint32_t)x << -shift);
		shift = 0;
	}
	result.multiplier = x;
	result.shift = -shift;
	return result;
}

/* 1 / sqrt(value) in quanta of the output; multiplier, shift: of 1 / (sqrt(input scale) * output scale). */
MLF_KERNEL int16_t mlf_rsqrt_s16(int32_t value, int32_t multiplier, int32_t shift)
{
	const int32_t kept = 20; /* bits behind the point between the two scalings */
	mlf_requant_exact root;
	int32_t result;

	if (value <= 0) {
		return 32767;
	}
	root = mlf_inverse_root(value);
	result = mlf_rescale(1, root.multiplier, root.shift + kept);
	return (int16_t)mlf_clamp(mlf_rescale(result, multiplier, shift - kept), -32768, 32767);
}

#endif
