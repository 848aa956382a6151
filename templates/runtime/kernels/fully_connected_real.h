/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FULLY_CONNECTED of networks that were uint8: int8 [ROWS, K] with weights [N, K] to int8 [ROWS, N].
 *
 * Sums are scaled as real numbers, as LiteRT's reference kernel does, which no fixed-point multiplication gives to the
 * bit. Weights are stored as int8, less weight_offset: the sum of the inputs times weight_offset is added to each
 * output's. The input's zero point is folded into the bias. Each output's sum fits in int32; sums on the way may not,
 * and wrap.
 *
 * Source: LiteRT's reference kernel of FULLY_CONNECTED; equal to the bit.
 * Overlap: none; a row is read again for every output.
 */
#ifndef MLF_KERNELS_FULLY_CONNECTED_REAL_H
#define MLF_KERNELS_FULLY_CONNECTED_REAL_H

#include <math.h>
#include <stdint.h>

#include "dot_s8.h"

typedef struct {
	int32_t rows, inputs, outputs;
	int32_t output_zero_point;
	int32_t weight_offset;
	int32_t low, high; /* of the fused activation */
	const int32_t *bias;
	const int8_t *weights;
} mlf_fully_connected_real_layer;

/* scale: of the sums. */
MLF_KERNEL void mlf_fully_connected_real(const int8_t *in, int8_t *out, double scale,
					 const mlf_fully_connected_real_layer *layer)
{
	for (int32_t row = 0; row < layer->rows; row++, in += layer->inputs) {
		const int8_t *weights = layer->weights;
		uint32_t offset = 0;

		for (int32_t k = 0; layer->weight_offset != 0 && k < layer->inputs; k++) {
			int32_t value = in[k];

			offset += (uint32_t)value;
		}
		offset *= (uint32_t)layer->weight_offset;
		for (int32_t n = 0; n < layer->outputs; n++) {
			int32_t sum = (int32_t)((uint32_t)layer->bias[n] + offset);
			double real;

			sum = mlf_dot_s8(in, weights, layer->inputs, 0, sum);
			weights += layer->inputs;
			real = round(sum * scale) + layer->output_zero_point;
			real = real < layer->low ? layer->low : real;
			*out++ = (int8_t)(real > layer->high ? layer->high : real);
		}
	}
}

#endif
