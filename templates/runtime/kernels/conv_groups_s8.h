/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CONV_2D on int8 in groups: input [N, H, W, C], weights [C_OUT, KH, KW, C / groups], output [N, OH, OW, C_OUT].
 *
 * Weights have zero point 0. Cells beyond the image count as the input's zero point.
 *
 * Source: TensorFlow Lite's reference_integer_ops::ConvPerChannel; equal to the bit.
 * Overlap: none; windows share cells.
 */
#ifndef MLF_KERNELS_CONV_GROUPS_S8_H
#define MLF_KERNELS_CONV_GROUPS_S8_H

#include <stdint.h>

#include "window_s8.h"

typedef struct {
	mlf_window window;
	int32_t groups;
	int32_t input_zero_point, output_zero_point;
	int32_t low, high; /* of the fused activation */
	const int8_t *weights;
	const int32_t *bias;         /* [C_OUT] */
	const int32_t *quantisation; /* a row {multiplier, shift} for each output channel */
} mlf_conv_groups_s8_layer;

MLF_KERNEL void mlf_conv_groups_s8(const int8_t *in, int8_t *out, const mlf_conv_groups_s8_layer *layer)
{
	const mlf_window *const window = &layer->window;
	const int32_t depth = window->input_channels / layer->groups;
	const int32_t taps = window->kernel_height * window->kernel_width * depth;
	const int32_t filters = window->output_channels / layer->groups;
	const int32_t pixels = mlf_window_pixels(window);

	for (int32_t pixel = 0; pixel < pixels; pixel++) {
		const mlf_runs runs = mlf_window_runs(window, pixel, depth);

		for (int32_t channel = 0; channel < window->output_channels; channel++) {
			const int32_t *scale = layer->quantisation + 2 * channel;
			int32_t sum = mlf_window_sum_s8(in + channel / filters * depth, layer->weights + channel * taps,
							layer->input_zero_point, &runs);

			sum = mlf_rescale(mlf_add_product(sum, layer->bias[channel], 1), scale[0], scale[1]);
			*out++ = (int8_t)mlf_clamp(mlf_add_zero_point(sum, layer->output_zero_point), layer->low,
						   layer->high);
		}
	}
}

#endif
