/* SPDX-License-Identifier: Apache-2.0 */
/*
 * L2_NORMALIZATION on int8 [rows, depth]: each row over the root of the sum of its squares. Output scale 1/128, zero
 * point 0. The root is found by Newton's method in fixed point, as gemmlowp does it.
 *
 * A row is read twice before it is written: the output may start where the input starts.
 */
#ifndef MLF_KERNELS_L2_NORMALIZATION_S8_H
#define MLF_KERNELS_L2_NORMALIZATION_S8_H

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

MLF_KERNEL void mlf_l2_normalization_s8(const int8_t *in, int8_t *out, int32_t rows, int32_t depth, int32_t zero_point)
{
	for (; rows > 0; rows--, in += depth, out += depth) {
		mlf_requant_exact scale;
		int32_t sum = 0;

		for (int32_t i = 0; i < depth; i++) {
			sum += (in[i] - zero_point) * (in[i] - zero_point);
		}
		scale = mlf_inverse_root(sum);
		for (int32_t i = 0; i < depth; i++) {
			int32_t value = mlf_rescale(in[i] - zero_point, scale.multiplier, scale.shift + 7);

			out[i] = (int8_t)mlf_clamp(value, -128, 127);
		}
	}
}

#endif
