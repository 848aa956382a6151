/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DEPTHWISE_CONV_2D on int16 with int8 weights: input [N, H, W, C], weights [KH, KW, C * M], output [N, OH, OW, C * M];
 * output channel c * M + m comes from input channel c.
 *
 * Zero points are 0; a bias is int64, or int32 kept as int64 (int16.h). Cells beyond the image count as 0.
 *
 * Source: TensorFlow Lite's reference_integer_ops::DepthwiseConvPerChannel for int16; equal to the bit.
 * Overlap: none; windows share cells.
 */
#ifndef MLF_KERNELS_DEPTHWISE_S16_H
#define MLF_KERNELS_DEPTHWISE_S16_H

#include <stdint.h>

#include "int16.h"
#include "window.h"

typedef struct {
	mlf_window window;
	int32_t multiplier;
	int32_t wide, low, high;
	const int8_t *weights; /* [KH, KW, C * multiplier] */
	const int64_t *bias;   /* [C * multiplier] */
	const mlf_scale_s16 *scales;
} mlf_depthwise_s16_layer;

/* One output before its bias. in, weights: of the channel. */
MLF_INLINE int64_t mlf_depthwise_s16_sum(const int16_t *in, const int8_t *weights, mlf_taps rows, mlf_taps columns,
					 const mlf_window *window)
{
	const int32_t outputs = window->output_channels;
	int64_t sum = 0;

	for (int32_t y = rows.begin; y < rows.end; y++) {
		for (int32_t x = columns.begin; x < columns.end; x++) {
			int32_t row = rows.first + y * window->dilation_height;
			int32_t column = columns.first + x * window->dilation_width;

			sum += in[(row * window->input_width + column) * window->input_channels] *
			       weights[(y * window->kernel_width + x) * outputs];
		}
	}
	return sum;
}

MLF_KERNEL void mlf_depthwise_s16(const int16_t *in, int16_t *out, const mlf_depthwise_s16_layer *layer)
{
	const mlf_window *const window = &layer->window;
	const int32_t pixels = mlf_window_pixels(window);

	for (int32_t number = 0; number < pixels; number++) {
		const mlf_pixel pixel = mlf_window_pixel(window, number);

		for (int32_t channel = 0; channel < window->output_channels; channel++) {
			int64_t sum = mlf_depthwise_s16_sum(in + pixel.image + channel / layer->multiplier,
							    layer->weights + channel, pixel.rows, pixel.columns, window);

			*out++ = mlf_requantize_s16(sum + layer->bias[channel], layer->scales + channel, layer->wide,
						    layer->low, layer->high);
		}
	}
}

#endif
