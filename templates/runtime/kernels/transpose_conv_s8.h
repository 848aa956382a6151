/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TRANSPOSE_CONV on int8: input [N, H, W, C], weights [C_OUT, KH, KW, C], bias [C_OUT], output [N, OH, OW, C_OUT].
 *
 * Each output gathers the taps that reach it, so that no sums wait in memory: tap (ky, kx) of input cell (iy, ix)
 * reaches the output (iy * stride - pad + ky, ix * stride - pad + kx).
 *
 * Source: TensorFlow Lite's reference_integer_ops::TransposeConv; equal to the bit.
 * Overlap: none; outputs share cells.
 */
#ifndef MLF_KERNELS_TRANSPOSE_CONV_S8_H
#define MLF_KERNELS_TRANSPOSE_CONV_S8_H

#include <stdint.h>

#include "dot_s8.h"
#include "requantize.h"

typedef struct {
	int32_t images, input_height, input_width, input_channels;
	int32_t output_height, output_width, output_channels;
	int32_t kernel_height, kernel_width;
	int16_t stride_height, stride_width;
	int16_t pad_top, pad_left;
	int16_t input_zero_point, output_zero_point;
	int16_t low, high; /* of the fused activation */
	const int8_t *weights;
	const int32_t *bias;
	const int32_t *quantisation; /* a row {multiplier, shift} for each output channel */
} mlf_transpose_conv_s8_layer;

MLF_INLINE int32_t mlf_transpose_conv_s8_sum(const int8_t *in, const int8_t *weights, int32_t y, int32_t x,
					     const mlf_transpose_conv_s8_layer *layer)
{
	const int32_t channels = layer->input_channels;
	int32_t sum = 0;

	for (int32_t ky = y % layer->stride_height; ky < layer->kernel_height; ky += layer->stride_height) {
		const int32_t row = (y - ky) / layer->stride_height;

		if (y < ky || row >= layer->input_height) {
			continue;
		}
		for (int32_t kx = x % layer->stride_width; kx < layer->kernel_width; kx += layer->stride_width) {
			const int32_t column = (x - kx) / layer->stride_width;
			const int8_t *from = in + (row * layer->input_width + column) * channels;
			const int8_t *weight = weights + (ky * layer->kernel_width + kx) * channels;

			if (x < kx || column >= layer->input_width) {
				continue;
			}
			sum = mlf_dot_s8(from, weight, channels, layer->input_zero_point, sum);
		}
	}
	return sum;
}

MLF_KERNEL void mlf_transpose_conv_s8(const int8_t *in, int8_t *out, const mlf_transpose_conv_s8_layer *layer)
{
	const int32_t taps = layer->kernel_height * layer->kernel_width * layer->input_channels;

	for (int32_t n = 0; n < layer->images; n++) {
		for (int32_t y = 0; y < layer->output_height; y++) {
			for (int32_t x = 0; x < layer->output_width; x++) {
				for (int32_t c = 0; c < layer->output_channels; c++) {
					const int32_t *row = layer->quantisation + 2 * c;
					int32_t sum = mlf_transpose_conv_s8_sum(in, layer->weights + c * taps,
										y + layer->pad_top,
										x + layer->pad_left, layer);

					sum = mlf_rescale(mlf_add_product(sum, layer->bias[c], 1), row[0], row[1]);
					*out++ = (int8_t)mlf_clamp(mlf_add_zero_point(sum, layer->output_zero_point),
								   layer->low, layer->high);
				}
			}
		}
		in += layer->input_height * layer->input_width * layer->input_channels;
	}
}

#endif
