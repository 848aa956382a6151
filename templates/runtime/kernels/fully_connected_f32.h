/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FULLY_CONNECTED on floats: input [rows, inputs], weights [outputs, inputs], bias [outputs], output [rows, outputs].
 *
 * Sums are float32 in the order of inputs, four outputs at a time, so that an input is loaded once for four products.
 *
 * Source: TensorFlow Lite's reference_ops::FullyConnected.
 * Overlap: none; a row is read again for every four outputs.
 */
#ifndef MLF_KERNELS_FULLY_CONNECTED_F32_H
#define MLF_KERNELS_FULLY_CONNECTED_F32_H

#include <stdint.h>

#include "float32.h"

typedef struct {
	int32_t rows, inputs, outputs;
	float low, high; /* of the fused activation */
} mlf_fully_connected_f32_layer;

/* weights: [outputs, inputs]. bias: [outputs], or null. */
MLF_KERNEL void mlf_fully_connected_f32(const float *in, const float *weights, const float *bias, float *out,
					const mlf_fully_connected_f32_layer *layer)
{
	const int32_t inputs = layer->inputs;

	for (int32_t row = 0; row < layer->rows; row++, in += inputs) {
		for (int32_t channel = 0; channel < layer->outputs;) {
			int32_t count = layer->outputs - channel >= 4 ? 4 : 1;
			float sums[4] = {0.0F, 0.0F, 0.0F, 0.0F};

			if (count == 4) {
				mlf_dot4_f32(in, weights + channel * inputs, inputs, inputs, sums);
			} else {
				sums[0] = mlf_dot_f32(in, weights + channel * inputs, inputs);
			}
			for (int32_t i = 0; i < count; i++) {
				float sum = bias != 0 ? sums[i] + bias[channel + i] : sums[i];

				*out++ = mlf_clamp_f32(sum, layer->low, layer->high);
			}
			channel += count;
		}
	}
}

#endif
