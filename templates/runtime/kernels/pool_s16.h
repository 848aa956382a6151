/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AVERAGE_POOL_2D and MAX_POOL_2D on int16: input [N, H, W, C], output [N, OH, OW, C], of one scale. Cells beyond the
 * image do not count; every window has a cell in it. Averages round half away from zero.
 *
 * Source: TensorFlow Lite's reference_integer_ops::AveragePool and ::MaxPool; equal to the bit.
 * Overlap: none; windows may share cells.
 */
#ifndef MLF_KERNELS_POOL_S16_H
#define MLF_KERNELS_POOL_S16_H

#include <stdint.h>

#include "requantize.h"
#include "window.h"

typedef struct {
	int32_t max; /* the greatest value instead of the average */
	int32_t batches;
	int32_t input_height, input_width, channels;
	int32_t output_height, output_width;
	int32_t kernel_height, kernel_width;
	int32_t stride_height, stride_width;
	int32_t dilation_height, dilation_width;
	int32_t pad_top, pad_left;
	int32_t low, high; /* of the fused activation */
} mlf_pool_s16_layer;

/* One channel of one pixel. in: the channel of the image's first cell. */
MLF_INLINE int32_t mlf_pool_s16_value(const int16_t *in, mlf_taps rows, mlf_taps columns,
				      const mlf_pool_s16_layer *layer)
{
	int32_t count = (rows.end - rows.begin) * (columns.end - columns.begin);
	int32_t most = -32768;
	int64_t sum = 0;

	for (int32_t y = rows.begin; y < rows.end; y++) {
		for (int32_t x = columns.begin; x < columns.end; x++) {
			int32_t value = in[((rows.first + y) * layer->input_width + columns.first + x) * layer->channels];

			most = value > most ? value : most;
			sum += value;
		}
	}
	if (layer->max != 0) {
		return most;
	}
	return (int32_t)((sum > 0 ? sum + count / 2 : sum - count / 2) / count);
}

MLF_KERNEL void mlf_pool_s16(const int16_t *in, int16_t *out, const mlf_pool_s16_layer *layer)
{
	const int32_t pixels = layer->batches * layer->output_height * layer->output_width;
	const int32_t image = layer->input_height * layer->input_width * layer->channels;

	for (int32_t pixel = 0; pixel < pixels; pixel++) {
		int32_t x = pixel % layer->output_width;
		int32_t y = pixel / layer->output_width % layer->output_height;
		const int16_t *from = in + pixel / (layer->output_width * layer->output_height) * image;
		mlf_taps rows = mlf_window_taps(y, layer->stride_height, layer->pad_top, layer->kernel_height, 1,
						layer->input_height);
		mlf_taps columns = mlf_window_taps(x, layer->stride_width, layer->pad_left, layer->kernel_width, 1,
						   layer->input_width);

		for (int32_t channel = 0; channel < layer->channels; channel++) {
			int32_t value = mlf_pool_s16_value(from + channel, rows, columns, layer);

			*out++ = (int16_t)mlf_clamp(value, layer->low, layer->high);
		}
	}
}

#endif
