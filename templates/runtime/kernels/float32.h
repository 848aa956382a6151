/* SPDX-License-Identifier: Apache-2.0 */
/* Clamps, casts and dot products that the kernels on floats share. */
#ifndef MLF_KERNELS_FLOAT32_H
#define MLF_KERNELS_FLOAT32_H

#include <math.h>
#include <stdint.h>

#include "requantize.h"

/* A fused activation; NaN stays NaN. */
MLF_INLINE float mlf_clamp_f32(float value, float low, float high)
{
	return value < low ? low : value > high ? high : value;
}

/* Rounds towards zero. Values beyond the range become its nearest end; NaN becomes 0. */
MLF_INLINE int32_t mlf_cut_s32(float value)
{
	if (!(value > -2147483648.0f)) {
		return value != value ? 0 : INT32_MIN;
	}
	return value < 2147483648.0f ? (int32_t)value : INT32_MAX;
}

MLF_INLINE int64_t mlf_cut_s64(float value)
{
	if (!(value > -9223372036854775808.0f)) {
		return value != value ? 0 : INT64_MIN;
	}
	return value < 9223372036854775808.0f ? (int64_t)value : INT64_MAX;
}

/* The remainder of a division that rounds down: it has the divisor's sign. */
MLF_INLINE float mlf_floor_mod_f32(float a, float b)
{
	float rest = fmodf(a, b);

	return (rest < 0.0F) != (b < 0.0F) && (rest < 0.0F || rest > 0.0F) ? rest + b : rest;
}

/* sums[i] += the product of in and row i of four rows of weights, which lie stride elements apart. */
MLF_INLINE void mlf_dot4_f32(const float *in, const float *weights, int32_t stride, int32_t count, float sums[4])
{
	const float *first = weights;
	const float *second = first + stride;
	const float *third = second + stride;
	const float *fourth = third + stride;
	float a = sums[0];
	float b = sums[1];
	float c = sums[2];
	float d = sums[3];

	for (int32_t i = 0; i < count; i++) {
		float value = in[i];

		a += value * first[i];
		b += value * second[i];
		c += value * third[i];
		d += value * fourth[i];
	}
	sums[0] = a;
	sums[1] = b;
	sums[2] = c;
	sums[3] = d;
}

MLF_INLINE float mlf_dot_f32(const float *in, const float *weights, int32_t count)
{
	float sum = 0.0F;

	for (int32_t i = 0; i < count; i++) {
		sum += in[i] * weights[i];
	}
	return sum;
}

#endif
