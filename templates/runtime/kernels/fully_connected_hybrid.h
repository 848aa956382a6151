/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FULLY_CONNECTED on floats with int8 weights: input [rows, inputs], weights [outputs, inputs], output [rows, outputs].
 *
 * Each row is quantised at run time, to scratch (hybrid.h); sums are int32, exact, and scaled as floats.
 *
 * Source: LiteRT's reference kernel of hybrid dense layers; equal to the bit.
 * Overlap: none; the next row is read when outputs of this one have been written.
 */
#ifndef MLF_KERNELS_FULLY_CONNECTED_HYBRID_H
#define MLF_KERNELS_FULLY_CONNECTED_HYBRID_H

#include <stdint.h>

#include "float32.h"
#include "hybrid.h"

typedef struct {
	int32_t rows, inputs, outputs;
	int32_t asymmetric;
	float low, high;       /* of the fused activation */
	const int8_t *weights; /* [outputs, inputs] */
	const float *scales;   /* [outputs], of the weights */
	const float *bias;     /* [outputs] */
} mlf_fully_connected_hybrid_layer;

/* quantized: [inputs] of scratch. */
MLF_KERNEL void mlf_fully_connected_hybrid(const float *in, float *out, int8_t *quantized,
					   const mlf_fully_connected_hybrid_layer *layer)
{
	for (int32_t row = 0; row < layer->rows; row++, in += layer->inputs) {
		mlf_moment moment = layer->asymmetric != 0 ? mlf_quantize_asymmetric(in, quantized, layer->inputs)
							   : mlf_quantize_symmetric(in, quantized, layer->inputs);

		for (int32_t channel = 0; channel < layer->outputs; channel++) {
			int32_t sum = mlf_dot_s8(quantized, layer->weights + channel * layer->inputs, layer->inputs,
						 moment.zero_point, 0);
			float value = (float)sum * (moment.scale * layer->scales[channel]);

			*out++ = mlf_clamp_f32(value + layer->bias[channel], layer->low, layer->high);
		}
	}
}

#endif
