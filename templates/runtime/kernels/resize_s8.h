/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RESIZE_BILINEAR on int8: [N, H, W, C] to [N, OH, OW, C], in 10-bit fixed point; halves are rounded away from zero.
 *
 * Source: TensorFlow Lite's reference_ops::ResizeBilinearInteger; equal to the bit.
 * Overlap: none; outputs share cells.
 */
#ifndef MLF_KERNELS_RESIZE_S8_H
#define MLF_KERNELS_RESIZE_S8_H

#include <stdint.h>

#include "requantize.h"

typedef struct {
	int32_t images, input_height, input_width, channels;
	int32_t output_height, output_width;
	int32_t scale_height, scale_width; /* input cells for each output cell, times 2^10 */
	int32_t half_pixel_centers;
} mlf_resize_s8_layer;

/* Between which two cells, and how far from the first in 1/1024; less than 0 before the first cell. */
typedef struct {
	int32_t lower, upper, part;
} mlf_resize_s8_place;

MLF_INLINE mlf_resize_s8_place mlf_resize_s8_find(int32_t cell, int32_t scale, int32_t size, int32_t half)
{
	const int32_t scaled = cell * scale + (half != 0 ? scale / 2 - 512 : 0);
	mlf_resize_s8_place place;

	place.lower = mlf_clamp(scaled / 1024, 0, size - 1);
	place.upper = mlf_clamp((scaled + 1023) / 1024, 0, size - 1);
	place.part = scaled - 1024 * place.lower;
	return place;
}

MLF_KERNEL void mlf_resize_bilinear_s8(const int8_t *in, int8_t *out, const mlf_resize_s8_layer *layer)
{
	const int32_t channels = layer->channels;
	const int32_t row = layer->input_width * channels;

	for (int32_t n = 0; n < layer->images; n++, in += layer->input_height * row) {
		for (int32_t y = 0; y < layer->output_height; y++) {
			const mlf_resize_s8_place v = mlf_resize_s8_find(y, layer->scale_height, layer->input_height,
									 layer->half_pixel_centers);

			for (int32_t x = 0; x < layer->output_width; x++) {
				const mlf_resize_s8_place h = mlf_resize_s8_find(
					x, layer->scale_width, layer->input_width, layer->half_pixel_centers);
				const int8_t *const top = in + v.lower * row;
				const int8_t *const bottom = in + v.upper * row;
				const int32_t left = h.lower * channels;
				const int32_t right = h.upper * channels;

				for (int32_t c = 0; c < channels; c++) {
					int32_t sum = top[left + c] * (1024 - v.part) * (1024 - h.part);

					sum += bottom[left + c] * v.part * (1024 - h.part);
					sum += top[right + c] * (1024 - v.part) * h.part;
					sum += bottom[right + c] * v.part * h.part;
					*out++ = (int8_t)((sum + (sum > 0 ? 1 << 19 : -(1 << 19))) / (1 << 20));
				}
			}
		}
	}
}

#endif
