/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LOCAL_RESPONSE_NORMALIZATION on floats [rows, depth]: out = in / (bias + alpha * sum of squares) ^ beta, with the sum
 * over the channels from one radius before to just below one radius behind.
 *
 * Source: LiteRT's reference_ops::LocalResponseNormalization.
 * Overlap: none; neighbours are read again for every channel.
 */
#ifndef MLF_KERNELS_LOCAL_RESPONSE_F32_H
#define MLF_KERNELS_LOCAL_RESPONSE_F32_H

#include <math.h>
#include <stdint.h>

#include "requantize.h"

typedef struct {
	int32_t rows, depth, radius;
	float bias, alpha, beta;
} mlf_local_response_f32_layer;

MLF_KERNEL void mlf_local_response_f32(const float *in, float *out, const mlf_local_response_f32_layer *layer)
{
	for (int32_t row = 0; row < layer->rows; row++, in += layer->depth, out += layer->depth) {
		for (int32_t channel = 0; channel < layer->depth; channel++) {
			int32_t first = mlf_clamp(channel - layer->radius, 0, layer->depth);
			int32_t end = mlf_clamp(channel + layer->radius, 0, layer->depth);
			float sum = 0.0F;

			for (int32_t i = first; i < end; i++) {
				sum += in[i] * in[i];
			}
			out[channel] = in[channel] * powf(layer->bias + layer->alpha * sum, -layer->beta);
		}
	}
}

#endif
