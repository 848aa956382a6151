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
	mlf_window window;
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
			int32_t value = in[((rows.first + y) * layer->window.input_width + columns.first + x) * layer->window.input_channels];

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
	const mlf_window *const window = &layer->window;
	const int32_t pixels = mlf_window_pixels(window);

	for (int32_t number = 0; number < pixels; number++) {
		const mlf_pixel pixel = mlf_window_pixel(window, number);

		for (int32_t channel = 0; channel < window->input_channels; channel++) {
			int32_t value = mlf_pool_s16_value(in + pixel.image + channel, pixel.rows, pixel.columns, layer);

			*out++ = (int16_t)mlf_clamp(value, layer->low, layer->high);
		}
	}
}

#endif
