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

#include "requantize.h"
#include "window.h"

typedef struct {
	int32_t batches;
	int32_t input_height, input_width, input_channels;
	int32_t output_height, output_width, output_channels;
	int32_t kernel_height, kernel_width;
	int32_t stride_height, stride_width;
	int32_t dilation_height, dilation_width;
	int32_t pad_top, pad_left;
	int32_t groups;
	int32_t input_zero_point, output_zero_point;
	int32_t low, high; /* of the fused activation */
	const int8_t *weights;
	const int32_t *bias;         /* [C_OUT] */
	const int32_t *quantisation; /* a row {multiplier, shift} for each output channel */
} mlf_conv_groups_s8_layer;

/* One output before its bias. in: of the group's first channel. weights: of the output channel. */
MLF_INLINE int32_t mlf_conv_groups_s8_sum(const int8_t *in, const int8_t *weights, mlf_taps rows, mlf_taps columns,
					  const mlf_conv_groups_s8_layer *layer)
{
	const int32_t depth = layer->input_channels / layer->groups;
	int32_t sum = 0;

	for (int32_t y = rows.begin; y < rows.end; y++) {
		for (int32_t x = columns.begin; x < columns.end; x++) {
			int32_t row = rows.first + y * layer->dilation_height;
			int32_t column = columns.first + x * layer->dilation_width;
			const int8_t *from = in + (row * layer->input_width + column) * layer->input_channels;
			const int8_t *weight = weights + (y * layer->kernel_width + x) * depth;

			for (int32_t c = 0; c < depth; c++) {
				sum = mlf_add_product(sum, from[c] - layer->input_zero_point, weight[c]);
			}
		}
	}
	return sum;
}

MLF_KERNEL void mlf_conv_groups_s8(const int8_t *in, int8_t *out, const mlf_conv_groups_s8_layer *layer)
{
	const int32_t depth = layer->input_channels / layer->groups;
	const int32_t taps = layer->kernel_height * layer->kernel_width * depth;
	const int32_t filters = layer->output_channels / layer->groups;
	const int32_t pixels = layer->batches * layer->output_height * layer->output_width;
	const int32_t image = layer->input_height * layer->input_width * layer->input_channels;

	for (int32_t pixel = 0; pixel < pixels; pixel++) {
		int32_t x = pixel % layer->output_width;
		int32_t y = pixel / layer->output_width % layer->output_height;
		const int8_t *from = in + pixel / (layer->output_width * layer->output_height) * image;
		mlf_taps rows = mlf_window_taps(y, layer->stride_height, layer->pad_top, layer->kernel_height,
						layer->dilation_height, layer->input_height);
		mlf_taps columns = mlf_window_taps(x, layer->stride_width, layer->pad_left, layer->kernel_width,
						   layer->dilation_width, layer->input_width);

		for (int32_t channel = 0; channel < layer->output_channels; channel++) {
			const int32_t *scale = layer->quantisation + 2 * channel;
			int32_t sum = mlf_conv_groups_s8_sum(from + channel / filters * depth,
							     layer->weights + channel * taps, rows, columns, layer);

			sum = mlf_rescale(mlf_add_product(sum, layer->bias[channel], 1), scale[0], scale[1]);
			*out++ = (int8_t)mlf_clamp(mlf_add_zero_point(sum, layer->output_zero_point), layer->low,
						   layer->high);
		}
	}
}

#endif
