/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RESIZE_BILINEAR on floats: input [N, H, W, C], output [N, OH, OW, C]; no dimension is 0.
 *
 * Source: TensorFlow Lite's reference_ops::ResizeBilinear, in its order of float32 products.
 * Overlap: none; outputs share cells.
 */
#ifndef MLF_KERNELS_RESIZE_F32_H
#define MLF_KERNELS_RESIZE_F32_H

#include <math.h>
#include <stdint.h>

#include "requantize.h"

typedef struct {
	int32_t batches;
	int32_t input_height, input_width, channels;
	int32_t output_height, output_width;
	float scale_height, scale_width; /* input cells for each output cell */
	int32_t half_pixel_centers;
} mlf_resize_f32_layer;

/* Between which two cells an output lies, and how far behind the lower one. */
typedef struct {
	int32_t lower, upper;
	float fraction;
} mlf_between;

MLF_INLINE mlf_between mlf_resize_f32_between(int32_t at, float scale, int32_t half_pixel_centers, int32_t size)
{
	float place = half_pixel_centers != 0 ? ((float)at + 0.5F) * scale - 0.5F : (float)at * scale;
	mlf_between found;

	found.lower = (int32_t)floorf(place);
	found.lower = found.lower > 0 ? found.lower : 0;
	found.upper = (int32_t)ceilf(place);
	found.upper = found.upper < size - 1 ? found.upper : size - 1;
	found.lower = found.lower < size - 1 ? found.lower : size - 1;
	found.fraction = place - (float)found.lower;
	return found;
}

MLF_KERNEL void mlf_resize_bilinear_f32(const float *in, float *out, const mlf_resize_f32_layer *layer)
{
	const int32_t channels = layer->channels;
	const int32_t row = layer->input_width * channels;
	const int32_t rows = layer->batches * layer->output_height;

	for (int32_t number = 0; number < rows; number++) {
		const float *image = in + number / layer->output_height * layer->input_height * row;
		mlf_between y = mlf_resize_f32_between(number % layer->output_height, layer->scale_height,
						       layer->half_pixel_centers, layer->input_height);

		for (int32_t column = 0; column < layer->output_width; column++) {
			mlf_between x = mlf_resize_f32_between(column, layer->scale_width, layer->half_pixel_centers,
							       layer->input_width);
			const float *top = image + y.lower * row;
			const float *bottom = image + y.upper * row;
			int32_t left = x.lower * channels;
			int32_t right = x.upper * channels;

			for (int32_t i = 0; i < channels; i++) {
				*out++ = (top[left + i] * (1.0F - y.fraction) + bottom[left + i] * y.fraction) *
						 (1.0F - x.fraction) +
					 (top[right + i] * (1.0F - y.fraction) + bottom[right + i] * y.fraction) *
						 x.fraction;
			}
		}
	}
}

#endif
