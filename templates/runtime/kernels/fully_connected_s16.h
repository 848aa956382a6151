/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FULLY_CONNECTED on int16 with int8 weights: input [rows, inputs], weights [outputs, inputs], output [rows, outputs].
 *
 * Zero points are 0; a bias is int64, or int32 kept as int64 (int16.h).
 *
 * Source: TensorFlow Lite's reference_integer_ops::FullyConnected for int16; equal to the bit.
 * Overlap: none; a row is read again for every output.
 */
#ifndef MLF_KERNELS_FULLY_CONNECTED_S16_H
#define MLF_KERNELS_FULLY_CONNECTED_S16_H

#include <stdint.h>

#include "int16.h"

typedef struct {
	int32_t rows, inputs, outputs;
	int32_t wide, low, high;
	const int8_t *weights; /* [outputs, inputs] */
	const int64_t *bias;   /* [outputs] */
	const mlf_scale_s16 *scales;
} mlf_fully_connected_s16_layer;

MLF_KERNEL void mlf_fully_connected_s16(const int16_t *in, int16_t *out, const mlf_fully_connected_s16_layer *layer)
{
	for (int32_t row = 0; row < layer->rows; row++, in += layer->inputs) {
		for (int32_t channel = 0; channel < layer->outputs; channel++) {
			int64_t sum = mlf_dot_s16(in, layer->weights + channel * layer->inputs, layer->inputs);

			*out++ = mlf_requantize_s16(sum + layer->bias[channel], layer->scales + channel, layer->wide,
						    layer->low, layer->high);
		}
	}
}

#endif
