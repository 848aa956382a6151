/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AVERAGE_POOL_2D, MAX_POOL_2D and L2_POOL_2D on floats: input [N, H, W, C], output [N, OH, OW, C]. Cells beyond the
 * image do not count; every window has a cell in it.
 *
 * Source: TensorFlow Lite's reference_ops::AveragePool, ::MaxPool, ::L2Pool.
 * Overlap: none; windows may share cells.
 */
#ifndef MLF_KERNELS_POOL_F32_H
#define MLF_KERNELS_POOL_F32_H

#include <stdint.h>

#include "float32.h"
#include "window.h"

typedef enum { MLF_POOL_AVERAGE, MLF_POOL_MAX, MLF_POOL_L2 } mlf_pool_f32_kind;

typedef struct {
	mlf_pool_f32_kind kind;
	mlf_window window;
	float low, high; /* of the fused activation */
} mlf_pool_f32_layer;

/* One channel of one pixel. in: the channel of the image's first cell. */
MLF_INLINE float mlf_pool_f32_value(const float *in, mlf_taps rows, mlf_taps columns,
				    const mlf_pool_f32_layer *layer)
{
	int32_t count = (rows.end - rows.begin) * (columns.end - columns.begin);
	float result = layer->kind == MLF_POOL_MAX ? -INFINITY : 0.0F;

	for (int32_t y = rows.begin; y < rows.end; y++) {
		for (int32_t x = columns.begin; x < columns.end; x++) {
			int32_t cell = (rows.first + y) * layer->window.input_width + columns.first + x;
			float value = in[cell * layer->window.input_channels];

			switch (layer->kind) {
			case MLF_POOL_MAX:
				result = value > result ? value : result;
				break;
			case MLF_POOL_L2:
				result += value * value;
				break;
			default:
				result += value;
			}
		}
	}
	if (layer->kind == MLF_POOL_MAX) {
		return result;
	}
	result /= (float)count;
	return layer->kind == MLF_POOL_L2 ? sqrtf(result) : result;
}

MLF_KERNEL void mlf_pool_f32(const float *in, float *out, const mlf_pool_f32_layer *layer)
{
	const mlf_window *const window = &layer->window;
	const int32_t pixels = mlf_window_pixels(window);

	for (int32_t number = 0; number < pixels; number++) {
		const mlf_pixel pixel = mlf_window_pixel(window, number);

		for (int32_t channel = 0; channel < window->input_channels; channel++) {
			float value = mlf_pool_f32_value(in + pixel.image + channel, pixel.rows, pixel.columns, layer);

			*out++ = mlf_clamp_f32(value, layer->low, layer->high);
		}
	}
}

#endif
