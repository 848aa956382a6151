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

/* The taps of one pixel: in runs whose cells lie one behind the other. */
typedef struct {
	const float *from;	/* the first run's input, of the group's first channel */
	int32_t skip;		/* weights before those of the first run */
	int32_t rows, runs;	/* of runs; runs in a row */
	int32_t length;		/* of a run */
	int32_t from_row, from_run, weight_row, weight_run; /* elements from one to the next */
} mlf_conv_f32_runs;

/* count channels, 4 or 1. weights: of the first of the channels, stride elements from one channel to the next. */
MLF_INLINE void mlf_conv_f32_channels(const mlf_conv_f32_runs *runs, int32_t offset, const float *weights,
				      int32_t stride, int32_t count, float sums[4])
{
	const float *row = runs->from + offset;
	const float *row_weights = weights + runs->skip;

	for (int32_t y = 0; y < runs->rows; y++, row += runs->from_row, row_weights += runs->weight_row) {
		const float *from = row;
		const float *taps = row_weights;

		for (int32_t x = 0; x < runs->runs; x++, from += runs->from_run, taps += runs->weight_run) {
			if (count == 4) {
				mlf_dot4_f32(from, taps, stride, runs->length, sums);
			} else {
				sums[0] += mlf_dot_f32(from, taps, runs->length);
			}
		}
	}
}

MLF_INLINE mlf_conv_f32_runs mlf_conv_f32_find(const float *in, int32_t y, int32_t x, const mlf_conv_f32_layer *layer)
{
	const mlf_taps rows = mlf_window_taps(y, layer->stride_height, layer->pad_top, layer->kernel_height,
					      layer->dilation_height, layer->input_height);
	const mlf_taps columns = mlf_window_taps(x, layer->stride_width, layer->pad_left, layer->kernel_width,
						 layer->dilation_width, layer->input_width);
	const int32_t depth = layer->input_channels / layer->groups;
	const int32_t whole = layer->dilation_width == 1 && layer->groups == 1;
	const int32_t across = columns.end > columns.begin ? columns.end - columns.begin : 0;
	const int32_t row = rows.first + rows.begin * layer->dilation_height;
	const int32_t column = columns.first + columns.begin * layer->dilation_width;
	mlf_conv_f32_runs runs = {
		.from = in,
		.skip = (rows.begin * layer->kernel_width + columns.begin) * depth,
		.rows = across > 0 ? rows.end - rows.begin : 0,
		.runs = whole != 0 ? 1 : across,
		.length = whole != 0 ? across * depth : depth,
		.from_row = layer->dilation_height * layer->input_width * layer->input_channels,
		.from_run = layer->dilation_width * layer->input_channels,
		.weight_row = layer->kernel_width * depth,
		.weight_run = depth,
	};

	if (runs.rows > 0) {
		runs.from += (row * layer->input_width + column) * layer->input_channels;
	}
	return runs;
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
		const mlf_conv_f32_runs runs = mlf_conv_f32_find(from, y, x, layer);

		for (int32_t group = 0; group < layer->groups; group++) {
			for (int32_t filter = 0; filter < filters;) {
				int32_t channel = group * filters + filter;
				int32_t count = filters - filter >= 4 ? 4 : 1;
				float sums[4] = {0.0F, 0.0F, 0.0F, 0.0F};

				if (count == 4) {
					mlf_conv_f32_channels(&runs, group * depth, weights + channel * stride, stride, 4,
							      sums);
				} else {
					mlf_conv_f32_channels(&runs, group * depth, weights + channel * stride, stride, 1,
							      sums);
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
