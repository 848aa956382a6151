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
	int32_t batches;
	int32_t input_height, input_width, input_channels;
	int32_t output_height, output_width, output_channels;
	int32_t kernel_height, kernel_width;
	int32_t stride_height, stride_width;
	int32_t dilation_height, dilation_width;
	int32_t pad_top, pad_left;
	int32_t groups;
	int32_t wide, low, high;
	const int8_t *weights; /* [C_OUT, KH, KW, C / groups] */
	const int64_t *bias;   /* [C_OUT] */
	const mlf_scale_s16 *scales;
} mlf_conv_s16_layer;

/* One output before its bias. in: of the group's first channel. weights: of the output channel. */
MLF_INLINE int64_t mlf_conv_s16_sum(const int16_t *in, const int8_t *weights, mlf_taps rows, mlf_taps columns,
				    const mlf_conv_s16_layer *layer)
{
	const int32_t depth = layer->input_channels / layer->groups;
	/* The taps of a row are one run where their cells lie one behind the other. */
	const int32_t whole = layer->dilation_width == 1 && layer->groups == 1 && columns.end > columns.begin;
	const int32_t run = whole != 0 ? (columns.end - columns.begin) * depth : depth;
	const int32_t end = whole != 0 ? columns.begin + 1 : columns.end;
	int64_t sum = 0;

	for (int32_t y = rows.begin; y < rows.end; y++) {
		for (int32_t x = columns.begin; x < end; x++) {
			int32_t row = rows.first + y * layer->dilation_height;
			int32_t column = columns.first + x * layer->dilation_width;

			sum += mlf_dot_s16(in + (row * layer->input_width + column) * layer->input_channels,
					   weights + (y * layer->kernel_width + x) * depth, run);
		}
	}
	return sum;
}

MLF_KERNEL void mlf_conv_s16(const int16_t *in, int16_t *out, const mlf_conv_s16_layer *layer)
{
	const int32_t depth = layer->input_channels / layer->groups;
	const int32_t taps = layer->kernel_height * layer->kernel_width * depth;
	const int32_t filters = layer->output_channels / layer->groups;
	const int32_t pixels = layer->batches * layer->output_height * layer->output_width;
	const int32_t image = layer->input_height * layer->input_width * layer->input_channels;

	for (int32_t pixel = 0; pixel < pixels; pixel++) {
		int32_t x = pixel % layer->output_width;
		int32_t y = pixel / layer->output_width % layer->output_height;
		const int16_t *from = in + pixel / (layer->output_width * layer->output_height) * image;
		mlf_taps rows = mlf_window_taps(y, layer->stride_height, layer->pad_top, layer->kernel_height,
						layer->dilation_height, layer->input_height);
		mlf_taps columns = mlf_window_taps(x, layer->stride_width, layer->pad_left, layer->kernel_width,
						   layer->dilation_width, layer->input_width);

		for (int32_t channel = 0; channel < layer->output_channels; channel++) {
			int64_t sum = mlf_conv_s16_sum(from + channel / filters * depth,
						       layer->weights + channel * taps, rows, columns, layer);

			*out++ = mlf_requantize_s16(sum + layer->bias[channel], layer->scales + channel, layer->wide,
						    layer->low, layer->high);
		}
	}
}

#endif
