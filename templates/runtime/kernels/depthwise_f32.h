/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DEPTHWISE_CONV_2D on floats: input [N, H, W, C], weights [KH, KW, C * M], bias [C * M], output [N, OH, OW, C * M];
 * output channel c * M + m comes from input channel c.
 *
 * Sums are float32 and wait in the output. Cells beyond the image count as 0.
 *
 * Source: TensorFlow Lite's reference_ops::DepthwiseConv.
 * Overlap: none; windows share cells.
 */
#ifndef MLF_KERNELS_DEPTHWISE_F32_H
#define MLF_KERNELS_DEPTHWISE_F32_H

#include <stdint.h>
#include <string.h>

#include "float32.h"
#include "window.h"

typedef struct {
	int32_t batches;
	int32_t input_height, input_width, input_channels, multiplier;
	int32_t output_height, output_width;
	int32_t kernel_height, kernel_width;
	int32_t stride_height, stride_width;
	int32_t dilation_height, dilation_width;
	int32_t pad_top, pad_left;
	float low, high; /* of the fused activation */
} mlf_depthwise_f32_layer;

/* Adds one cell's products to a pixel's sums. */
MLF_INLINE void mlf_depthwise_f32_cell(const float *in, const float *weights, float *sums, int32_t channels,
				       int32_t multiplier)
{
	if (multiplier == 1) {
		mlf_multiply_add_f32(sums, in, weights, channels);
		return;
	}
	for (int32_t i = 0; i < channels; i++) {
		for (int32_t m = 0; m < multiplier; m++) {
			*sums++ += in[i] * *weights++;
		}
	}
}

/* weights: [KH, KW, C * multiplier]. bias: [C * multiplier], or null. */
MLF_KERNEL void mlf_depthwise_f32(const float *in, const float *weights, const float *bias, float *out,
				  const mlf_depthwise_f32_layer *layer)
{
	const int32_t channels = layer->input_channels;
	const int32_t outputs = channels * layer->multiplier;
	const int32_t pixels = layer->batches * layer->output_height * layer->output_width;
	const int32_t image = layer->input_height * layer->input_width * channels;

	for (int32_t pixel = 0; pixel < pixels; pixel++, out += outputs) {
		int32_t px = pixel % layer->output_width;
		int32_t py = pixel / layer->output_width % layer->output_height;
		const float *from = in + pixel / (layer->output_width * layer->output_height) * image;
		mlf_taps rows = mlf_window_taps(py, layer->stride_height, layer->pad_top, layer->kernel_height,
						layer->dilation_height, layer->input_height);
		mlf_taps columns = mlf_window_taps(px, layer->stride_width, layer->pad_left, layer->kernel_width,
						   layer->dilation_width, layer->input_width);

		for (int32_t i = 0; i < outputs; i++) {
			out[i] = 0.0F;
		}
		for (int32_t y = rows.begin; y < rows.end; y++) {
			for (int32_t x = columns.begin; x < columns.end; x++) {
				int32_t row = rows.first + y * layer->dilation_height;
				int32_t column = columns.first + x * layer->dilation_width;

				mlf_depthwise_f32_cell(from + (row * layer->input_width + column) * channels,
						       weights + (y * layer->kernel_width + x) * outputs, out, channels,
						       layer->multiplier);
			}
		}
		for (int32_t i = 0; i < outputs; i++) {
			float sum = bias != 0 ? out[i] + bias[i] : out[i];

			out[i] = mlf_clamp_f32(sum, layer->low, layer->high);
		}
	}
}

#endif
