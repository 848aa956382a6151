/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Floats to int8, uint8 or int16: the value over the scale, rounded half away from zero, plus the zero point, clamped.
 * Any float is allowed; NaN becomes the least integer.
 *
 * Source: TensorFlow Lite's reference_ops::AffineQuantize.
 * Overlap: the output may start where the input starts; each float is read before its integer is written.
 */
#ifndef MLF_KERNELS_QUANTIZE_H
#define MLF_KERNELS_QUANTIZE_H

#include <math.h>
#include <stdint.h>

#include "requantize.h"

MLF_INLINE int32_t mlf_quantize_one(float value, float scale, int32_t zero_point, int32_t low, int32_t high)
{
	const float rounded = roundf(value / scale);

	/* Beyond these, the sum is clamped whatever the zero point; NaN fails both comparisons. */
	if (!(rounded > -65536.0f)) {
		return low;
	}
	if (!(rounded < 65536.0f)) {
		return high;
	}
	return mlf_clamp((int32_t)rounded + zero_point, low, high);
}

MLF_KERNEL void mlf_quantize_s8(const float *in, int8_t *out, int32_t count, float scale, int32_t zero_point)
{
	for (int32_t i = 0; i < count; i++) {
		out[i] = (int8_t)mlf_quantize_one(in[i], scale, zero_point, -128, 127);
	}
}

MLF_KERNEL void mlf_quantize_u8(const float *in, uint8_t *out, int32_t count, float scale, int32_t zero_point)
{
	for (int32_t i = 0; i < count; i++) {
		out[i] = (uint8_t)mlf_quantize_one(in[i], scale, zero_point, 0, 255);
	}
}

MLF_KERNEL void mlf_quantize_s16(const float *in, int16_t *out, int32_t count, float scale, int32_t zero_point)
{
	for (int32_t i = 0; i < count; i++) {
		out[i] = (int16_t)mlf_quantize_one(in[i], scale, zero_point, -32768, 32767);
	}
}

#endif
