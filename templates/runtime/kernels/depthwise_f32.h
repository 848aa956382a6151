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
	mlf_window window;
	int32_t multiplier;
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
	for (int32_t i = 0; i < channels; i++, sums += multiplier, weights += multiplier) {
		mlf_scale_add_f32(sums, in[i], weights, multiplier);
	}
}

/* weights: [KH, KW, C * multiplier]. bias: [C * multiplier], or null. */
MLF_KERNEL void mlf_depthwise_f32(const float *in, const float *weights, const float *bias, float *out,
				  const mlf_depthwise_f32_layer *layer)
{
	const mlf_window *const window = &layer->window;
	const int32_t channels = window->input_channels;
	const int32_t outputs = window->output_channels;
	const int32_t pixels = mlf_window_pixels(window);

	for (int32_t number = 0; number < pixels; number++, out += outputs) {
		const mlf_pixel pixel = mlf_window_pixel(window, number);
		const mlf_taps rows = pixel.rows;
		const mlf_taps columns = pixel.columns;

		for (int32_t i = 0; i < outputs; i++) {
			out[i] = 0.0F;
		}
		for (int32_t y = rows.begin; y < rows.end; y++) {
			for (int32_t x = columns.begin; x < columns.end; x++) {
				int32_t row = rows.first + y * window->dilation_height;
				int32_t column = columns.first + x * window->dilation_width;

				mlf_depthwise_f32_cell(in + pixel.image + (row * window->input_width + column) * channels,
						       weights + (y * window->kernel_width + x) * outputs, out, channels,
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
