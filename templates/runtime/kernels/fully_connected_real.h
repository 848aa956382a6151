/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FULLY_CONNECTED of networks that were uint8: int8 [ROWS, K] with int16 weights [N, K] to int8 [ROWS, N]. Sums are
 * scaled as real numbers, as in LiteRT's reference kernel, which no fixed-point multiplication reproduces exactly.
 * The input's zero point is folded into the bias.
 */
#ifndef MLF_KERNELS_FULLY_CONNECTED_REAL_H
#define MLF_KERNELS_FULLY_CONNECTED_REAL_H

#include <math.h>
#include <stdint.h>

#include "requantize.h"

typedef struct {
	int32_t rows, inputs, outputs;
	int32_t output_zero_point;
	int32_t low, high; /* of the fused activation */
	const int32_t *bias;
	const int16_t *weights;
} mlf_fully_connected_real_layer;

/* scale: of the sums. */
MLF_KERNEL void mlf_fully_connected_real(const int8_t *in, int8_t *out, double scale,
					 const mlf_fully_connected_real_layer *layer)
{
	for (int32_t row = 0; row < layer->rows; row++, in += layer->inputs) {
		const int16_t *weight = layer->weights;

		for (int32_t n = 0; n < layer->outputs; n++) {
			int32_t sum = layer->bias[n];
			double real;

			for (int32_t k = 0; k < layer->inputs; k++) {
				sum += in[k] * *weight++;
			}
			real = round(sum * scale) + layer->output_zero_point;
			real = real < layer->low ? layer->low : real;
			*out++ = (int8_t)(real > layer->high ? layer->high : real);
		}
	}
}

#endif
