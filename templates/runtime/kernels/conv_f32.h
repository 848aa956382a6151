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
	int32_t batches;
	int32_t input_height, input_width, input_channels;
	int32_t output_height, output_width, output_channels;
	int32_t kernel_height, kernel_width;
	int32_t stride_height, stride_width;
	int32_t dilation_height, dilation_width;
	int32_t pad_top, pad_left;
	int32_t groups;
	float low, high; /* of the fused activation */
} mlf_conv_f32_layer;

/* count channels, 4 or 1, of one pixel. in: of the group's first channel. weights: of the first of the channels. */
MLF_INLINE void mlf_conv_f32_channels(const float *in, const float *weights, int32_t count, mlf_taps rows,
				      mlf_taps columns, float sums[4], const mlf_conv_f32_layer *layer)
{
	const int32_t depth = layer->input_channels / layer->groups;
	const int32_t stride = layer->kernel_height * layer->kernel_width * depth;
	/* The taps of a row are one run where their cells lie one behind the other. */
	const int32_t whole = layer->dilation_width == 1 && layer->groups == 1 && columns.end > columns.begin;
	const int32_t run = whole != 0 ? (columns.end - columns.begin) * depth : depth;
	const int32_t end = whole != 0 ? columns.begin + 1 : columns.end;

	for (int32_t y = rows.begin; y < rows.end; y++) {
		for (int32_t x = columns.begin; x < end; x++) {
			int32_t row = rows.first + y * layer->dilation_height;
			int32_t column = columns.first + x * layer->dilation_width;
			const float *from = in + (row * layer->input_width + column) * layer->input_channels;
			const float *taps = weights + (y * layer->kernel_width + x) * depth;

			if (count == 4) {
				mlf_dot4_f32(from, taps, stride, run, sums);
			} else {
				sums[0] += mlf_dot_f32(from, taps, run);
			}
		}
	}
}

/* weights: [C_OUT, KH, KW, C / groups]. bias: [C_OUT], or null. */
MLF_KERNEL void mlf_conv_f32(const float *in, const float *weights, const float *bias, float *out,
			     const mlf_conv_f32_layer *layer)
{
	const int32_t depth = layer->input_channels / layer->groups;
	const int32_t stride = layer->kernel_height * layer->kernel_width * depth;
	const int32_t filters = layer->output_channels / layer->groups;
	const int32_t pixels = layer->batches * layer->output_height * layer->output_width;
	const int32_t image = layer->input_height * layer->input_width * layer->input_channels;

	for (int32_t pixel = 0; pixel < pixels; pixel++) {
		int32_t x = pixel % layer->output_width;
		int32_t y = pixel / layer->output_width % layer->output_height;
		const float *from = in + pixel / (layer->output_width * layer->output_height) * image;
		mlf_taps rows = mlf_window_taps(y, layer->stride_height, layer->pad_top, layer->kernel_height,
						layer->dilation_height, layer->input_height);
		mlf_taps columns = mlf_window_taps(x, layer->stride_width, layer->pad_left, layer->kernel_width,
						   layer->dilation_width, layer->input_width);

		for (int32_t group = 0; group < layer->groups; group++) {
			for (int32_t filter = 0; filter < filters;) {
				int32_t channel = group * filters + filter;
				int32_t count = filters - filter >= 4 ? 4 : 1;
				float sums[4] = {0.0F, 0.0F, 0.0F, 0.0F};

				if (count == 4) {
					mlf_conv_f32_channels(from + group * depth, weights + channel * stride, 4, rows,
							      columns, sums, layer);
				} else {
					mlf_conv_f32_channels(from + group * depth, weights + channel * stride, 1, rows,
							      columns, sums, layer);
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
