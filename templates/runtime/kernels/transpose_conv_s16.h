/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TRANSPOSE_CONV on int16 with int8 weights: input [N, H, W, C], weights [C_OUT, KH, KW, C], output [N, OH, OW, C_OUT].
 *
 * Each output gathers the taps that reach it, so that no sums wait in memory. Zero points are 0; a bias is int64, or
 * int32 kept as int64 (int16.h).
 *
 * Source: TensorFlow Lite's reference_integer_ops::TransposeConv for int16; equal to the bit.
 * Overlap: none; outputs share cells.
 */
#ifndef MLF_KERNELS_TRANSPOSE_CONV_S16_H
#define MLF_KERNELS_TRANSPOSE_CONV_S16_H

#include <stdint.h>

#include "int16.h"

typedef struct {
	int32_t batches;
	int32_t input_height, input_width, input_channels;
	int32_t output_height, output_width, output_channels;
	int32_t kernel_height, kernel_width;
	int32_t stride_height, stride_width;
	int32_t pad_top, pad_left;
	int32_t wide, low, high;
	const int8_t *weights; /* [C_OUT, KH, KW, C] */
	const int64_t *bias;   /* [C_OUT] */
	const mlf_scale_s16 *scales;
} mlf_transpose_conv_s16_layer;

/* One output before its bias. in: of the image. weights: of the channel. */
MLF_INLINE int64_t mlf_transpose_conv_s16_sum(const int16_t *in, const int8_t *weights, int32_t y, int32_t x,
					      const mlf_transpose_conv_s16_layer *layer)
{
	const int32_t channels = layer->input_channels;
	int64_t sum = 0;

	for (int32_t ky = 0; ky < layer->kernel_height; ky++) {
		int32_t row = y + layer->pad_top - ky;

		if (row < 0 || row % layer->stride_height != 0 || row / layer->stride_height >= layer->input_height) {
			continue;
		}
		row /= layer->stride_height;
		for (int32_t kx = 0; kx < layer->kernel_width; kx++) {
			int32_t column = x + layer->pad_left - kx;

			if (column < 0 || column % layer->stride_width != 0 ||
			    column / layer->stride_width >= layer->input_width) {
				continue;
			}
			column /= layer->stride_width;
			sum += mlf_dot_s16(in + (row * layer->input_width + column) * channels,
					   weights + (ky * layer->kernel_width + kx) * channels, channels);
		}
	}
	return sum;
}

MLF_KERNEL void mlf_transpose_conv_s16(const int16_t *in, int16_t *out, const mlf_transpose_conv_s16_layer *layer)
{
	const int32_t image = layer->input_height * layer->input_width * layer->input_channels;
	const int32_t taps = layer->kernel_height * layer->kernel_width * layer->input_channels;
	const int32_t pixels = layer->output_height * layer->output_width;

	for (int32_t batch = 0; batch < layer->batches; batch++, in += image) {
		for (int32_t pixel = 0; pixel < pixels; pixel++) {
			for (int32_t channel = 0; channel < layer->output_channels; channel++) {
				int64_t sum = mlf_transpose_conv_s16_sum(in, layer->weights + channel * taps,
									 pixel / layer->output_width,
									 pixel % layer->output_width, layer);

				*out++ = mlf_requantize_s16(sum + layer->bias[channel], layer->scales + channel,
							    layer->wide, layer->low, layer->high);
			}
		}
	}
}

#endif
