/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RESIZE_BILINEAR on uint8: [N, H, W, C] to [N, OH, OW, C], computed in floats; halves are rounded up.
 *
 * Source: LiteRT's reference_ops::ResizeBilinear, in its order of float32 products; equal to the bit.
 * Overlap: none; outputs share cells.
 */
#ifndef MLF_KERNELS_RESIZE_U8_H
#define MLF_KERNELS_RESIZE_U8_H

#include <stdint.h>

#include "requantize.h"
#include "resize_f32.h"

MLF_KERNEL void mlf_resize_bilinear_u8(const uint8_t *in, uint8_t *out, const mlf_resize_f32_layer *layer)
{
	const int32_t channels = layer->channels;
	const int32_t row = layer->input_width * channels;
	const int32_t rows = layer->batches * layer->output_height;

	for (int32_t number = 0; number < rows; number++) {
		const uint8_t *image = in + number / layer->output_height * layer->input_height * row;
		mlf_between y = mlf_resize_f32_between(number % layer->output_height, layer->scale_height,
						       layer->half_pixel_centers, layer->input_height);

		for (int32_t column = 0; column < layer->output_width; column++) {
			mlf_between x = mlf_resize_f32_between(column, layer->scale_width, layer->half_pixel_centers,
							       layer->input_width);
			const uint8_t *top = image + y.lower * row;
			const uint8_t *bottom = image + y.upper * row;
			int32_t left = x.lower * channels;
			int32_t right = x.upper * channels;
			float above = 1.0F - y.fraction;
			float before = 1.0F - x.fraction;

			for (int32_t i = 0; i < channels; i++) {
				float value = (float)top[left + i] * above * before;

				value += (float)bottom[left + i] * y.fraction * before;
				value += (float)top[right + i] * above * x.fraction;
				value += (float)bottom[right + i] * y.fraction * x.fraction;
				*out++ = (uint8_t)mlf_clamp((int32_t)(value + 0.5F), 0, 255);
			}
		}
	}
}

#endif
