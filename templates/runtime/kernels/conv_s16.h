/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CONV_2D on int16 with int8 weights: input [N, H, W, C], weights [C_OUT, KH, KW, C / groups], output [N, OH, OW,
 * C_OUT].
 *
 * Zero points are 0; a bias is int64, or int32 kept as int64 (int16.h). Cells beyond the image count as 0.
 *
 * Source: TensorFlow Lite's reference_integer_ops::ConvPerChannel for int16; equal to the bit.
 * Overlap: none; windows share cells.
 */
#ifndef MLF_KERNELS_CONV_S16_H
#define MLF_KERNELS_CONV_S16_H

#include <stdint.h>

#include "int16.h"
#include "window.h"

typedef struct {
	mlf_window window;
	int32_t groups;
	int32_t wide, low, high;
	const int8_t *weights; /* [C_OUT, KH, KW, C / groups] */
	const int64_t *bias;   /* [C_OUT] */
	const mlf_scale_s16 *scales;
} mlf_conv_s16_layer;

/* One output before its bias. in: of the group's first channel. weights: of the output channel. */
MLF_INLINE int64_t mlf_conv_s16_sum(const int16_t *in, const int8_t *weights, const mlf_runs *runs)
{
	const int16_t *row = in + runs->input;
	const int8_t *row_weights = weights + runs->weights;
	int64_t sum = 0;

	for (int32_t y = 0; y < runs->rows; y++, row += runs->input_row, row_weights += runs->weights_row) {
		const int16_t *from = row;
		const int8_t *taps = row_weights;

		for (int32_t x = 0; x < runs->runs; x++, from += runs->input_run, taps += runs->weights_run) {
			sum += mlf_dot_s16(from, taps, runs->length);
		}
	}
	return sum;
}

MLF_KERNEL void mlf_conv_s16(const int16_t *in, int16_t *out, const mlf_conv_s16_layer *layer)
{
	const mlf_window *const window = &layer->window;
	const int32_t depth = window->input_channels / layer->groups;
	const int32_t taps = window->kernel_height * window->kernel_width * depth;
	const int32_t filters = window->output_channels / layer->groups;
	const int32_t pixels = mlf_window_pixels(window);

	for (int32_t pixel = 0; pixel < pixels; pixel++) {
		const mlf_runs runs = mlf_window_runs(window, pixel, depth);

		for (int32_t channel = 0; channel < window->output_channels; channel++) {
			int64_t sum = mlf_conv_s16_sum(in + channel / filters * depth,
						       layer->weights + channel * taps, &runs);

			*out++ = mlf_requantize_s16(sum + layer->bias[channel], layer->scales + channel, layer->wide,
						    layer->low, layer->high);
		}
	}
}

#endif
