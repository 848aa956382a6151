/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TRANSPOSE_CONV on floats: input [N, H, W, C], weights [C_OUT, KH, KW, C], bias [C_OUT], output [N, OH, OW, C_OUT].
 *
 * Each output gathers the taps that reach it, so that no sums wait in memory.
 *
 * Source: TensorFlow Lite's reference_ops::TransposeConv.
 * Overlap: none; outputs share cells.
 */
#ifndef MLF_KERNELS_TRANSPOSE_CONV_F32_H
#define MLF_KERNELS_TRANSPOSE_CONV_F32_H

#include <stdint.h>

#include "float32.h"

typedef struct {
	int32_t batches;
	int32_t input_height, input_width, input_channels;
	int32_t output_height, output_width, output_channels;
	int32_t kernel_height, kernel_width;
	int32_t stride_height, stride_width;
	int32_t pad_top, pad_left;
	float low, high; /* of the fused activation */
} mlf_transpose_conv_f32_layer;

/* One output. in: of the image. weights: of the channel. */
MLF_INLINE float mlf_transpose_conv_f32_sum(const float *in, const float *weights, int32_t y, int32_t x,
					    const mlf_transpose_conv_f32_layer *layer)
{
	const int32_t channels = layer->input_channels;
	float sum = 0.0F;

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
			sum += mlf_dot_f32(in + (row * layer->input_width + column) * channels,
					   weights + (ky * layer->kernel_width + kx) * channels, channels);
		}
	}
	return sum;
}

/* weights: [C_OUT, KH, KW, C]. bias: [C_OUT], or null. */
MLF_KERNEL void mlf_transpose_conv_f32(const float *in, const float *weights, const float *bias, float *out,
				       const mlf_transpose_conv_f32_layer *layer)
{
	const int32_t image = layer->input_height * layer->input_width * layer->input_channels;
	const int32_t taps = layer->kernel_height * layer->kernel_width * layer->input_channels;

	for (int32_t batch = 0; batch < layer->batches; batch++, in += image) {
		for (int32_t y = 0; y < layer->output_height; y++) {
			for (int32_t x = 0; x < layer->output_width; x++) {
				for (int32_t channel = 0; channel < layer->output_channels; channel++) {
					float sum = mlf_transpose_conv_f32_sum(in, weights + channel * taps, y, x, layer);

					sum += bias != 0 ? bias[channel] : 0.0F;
					*out++ = mlf_clamp_f32(sum, layer->low, layer->high);
				}
			}
		}
	}
}

#endif
