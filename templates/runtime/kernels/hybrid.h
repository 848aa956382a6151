/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Floats as int8 with a scale computed at run time, for layers with float activations and int8 weights.
 *
 * Source: LiteRT's tensor_utils::SymmetricQuantizeFloats and AsymmetricQuantizeFloats.
 * Overlap: the int8 values must not touch the floats, which are read twice.
 */
#ifndef MLF_KERNELS_HYBRID_H
#define MLF_KERNELS_HYBRID_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "dot_s8.h"
#include "requantize.h"

/* value = scale * (quantum - zero_point) */
typedef struct {
	float scale;
	int32_t zero_point;
} mlf_moment;

/* Zero point 0, quanta -127 .. 127. */
MLF_KERNEL mlf_moment mlf_quantize_symmetric(const float *in, int8_t *out, int32_t count)
{
	mlf_moment found = {1.0F, 0};
	float range = 0.0F;

	for (int32_t i = 0; i < count; i++) {
		range = fabsf(in[i]) > range ? fabsf(in[i]) : range;
	}
	if (range > 0.0F) {
		float inverse = 127.0F / range;

		found.scale = range / 127.0F;
		for (int32_t i = 0; i < count; i++) {
			out[i] = (int8_t)mlf_clamp((int32_t)roundf(in[i] * inverse), -127, 127);
		}
	} else {
		memset(out, 0, (size_t)count);
	}
	return found;
}

/* Quanta -128 .. 127 from the least to the greatest value and 0. */
MLF_KERNEL mlf_moment mlf_quantize_asymmetric(const float *in, int8_t *out, int32_t count)
{
	mlf_moment found = {1.0F, 0};
	float least = 0.0F;
	float most = 0.0F;

	for (int32_t i = 0; i < count; i++) {
		least = in[i] < least ? in[i] : least;
		most = in[i] > most ? in[i] : most;
	}
	if (least < most) {
		double scale = ((double)most - (double)least) / 255.0;
		double from_least = -128.0 - (double)least / scale;
		double from_most = 127.0 - (double)most / scale;
		double point;
		float inverse;

		/* The end with the smaller error decides. */
		point = 128.0 - (double)least / scale < 127.0 + (double)most / scale ? from_least : from_most;
		found.scale = (float)scale;
		found.zero_point = point <= -128.0 ? -128 : point >= 127.0 ? 127 : (int32_t)round(point);
		inverse = 1.0F / found.scale;
		for (int32_t i = 0; i < count; i++) {
			float value = (float)found.zero_point + in[i] * inverse;

			out[i] = (int8_t)mlf_clamp((int32_t)roundf(value), -128, 127);
		}
	} else {
		memset(out, 0, (size_t)count);
	}
	return found;
}

#endif
