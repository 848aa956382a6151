/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CONV_2D on floats: input [N, H, W, C], weights [C_OUT, KH, KW, C / groups], bias [C_OUT], output [N, OH, OW, C_OUT].
 *
 * Sums are float32, row by row of the window, which may differ from the reference's in the last bits. Cells beyond the
 * image count as 0.
 *
 * Source: TensorFlow Lite's reference_ops::Conv.
 * Overlap: none; windows share cells.
 */
#ifndef MLF_KERNELS_CONV_F32_H
#define MLF_KERNELS_CONV_F32_H

#include <stdint.h>

#include "float32.h"
#include "window.h"

typedef struct {
	mlf_window window;
	int32_t groups;
	float low, high; /* of the fused activation */
} mlf_conv_f32_layer;

/* count channels, 4 or 1. weights: of the first of the channels, stride elements from one channel to the next. */
MLF_INLINE void mlf_conv_f32_channels(const float *in, const float *weights, int32_t stride, int32_t count,
				      const mlf_runs *runs, float sums[4])
{
	const float *row = in + runs->input;
	const float *row_weights = weights + runs->weights;

	for (int32_t y = 0; y < runs->rows; y++, row += runs->input_row, row_weights += runs->weights_row) {
		const float *from = row;
		const float *taps = row_weights;

		for (int32_t x = 0; x < runs->runs; x++, from += runs->input_run, taps += runs->weights_run) {
			if (count == 4) {
				mlf_dot4_f32(from, taps, stride, runs->length, sums);
			} else {
				sums[0] += mlf_dot_f32(from, taps, runs->length);
			}
		}
	}
}

/* weights: [C_OUT, KH, KW, C / groups]. bias: [C_OUT], or null. */
MLF_KERNEL void mlf_conv_f32(const float *in, const float *weights, const float *bias, float *out,
			     const mlf_conv_f32_layer *layer)
{
	const mlf_window *const window = &layer->window;
	const int32_t depth = window->input_channels / layer->groups;
	const int32_t stride = window->kernel_height * window->kernel_width * depth;
	const int32_t filters = window->output_channels / layer->groups;
	const int32_t pixels = mlf_window_pixels(window);

	for (int32_t pixel = 0; pixel < pixels; pixel++) {
		const mlf_runs runs = mlf_window_runs(window, pixel, depth);

		for (int32_t group = 0; group < layer->groups; group++) {
			for (int32_t filter = 0; filter < filters;) {
				int32_t channel = group * filters + filter;
				int32_t count = filters - filter >= 4 ? 4 : 1;
				float sums[4] = {0.0F, 0.0F, 0.0F, 0.0F};

				if (count == 4) {
					mlf_conv_f32_channels(in + group * depth, weights + channel * stride, stride, 4,
							      &runs, sums);
				} else {
					mlf_conv_f32_channels(in + group * depth, weights + channel * stride, stride, 1,
							      &runs, sums);
				}
				for (int32_t i = 0; i < count; i++) {
					float sum = bias != 0 ? sums[i] + bias[channel + i] : sums[i];

					*out++ = mlf_clamp_f32(sum, layer->low, layer->high);
				}
				filter += count;
			}
		}
	}
}

#endif
