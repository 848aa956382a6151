/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernels on floats share. */
#ifndef MLF_KERNELS_FLOAT32_H
#define MLF_KERNELS_FLOAT32_H

#include <math.h>
#include <stdint.h>

#include "requantize.h"

/* A fused activation; not-a-number stays what it is. */
MLF_INLINE float mlf_clamp_f32(float value, float low, float high)
{
	return value < low ? low : value > high ? high : value;
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
