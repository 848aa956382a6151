/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RESIZE_BILINEAR on int16: [N, H, W, C] to [N, OH, OW, C], in 10-bit fixed point; halves are rounded away from zero.
 *
 * Source: LiteRT's reference_ops::ResizeBilinearInteger; equal to the bit.
 * Overlap: none; outputs share cells.
 */
#ifndef MLF_KERNELS_RESIZE_S16_H
#define MLF_KERNELS_RESIZE_S16_H

#include <stdint.h>

#include "requantize.h"
#include "resize_s8.h"

/* One channel between four cells. */
MLF_INLINE int16_t mlf_resize_s16_between(const int16_t *top, const int16_t *bottom, int32_t right,
					  const mlf_resize_s8_place *v, const mlf_resize_s8_place *h)
{
	int64_t sum = (int64_t)top[0] * (1024 - v->part) * (1024 - h->part);

	sum += (int64_t)bottom[0] * v->part * (1024 - h->part);
	sum += (int64_t)top[right] * (1024 - v->part) * h->part;
	sum += (int64_t)bottom[right] * v->part * h->part;
	return (int16_t)((sum + (sum > 0 ? 1 << 19 : -(1 << 19))) / (1 << 20));
}

MLF_KERNEL void mlf_resize_bilinear_s16(const int16_t *in, int16_t *out, const mlf_resize_s8_layer *layer)
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
				const int16_t *top = in + v.lower * row + h.lower * channels;
				const int16_t *bottom = in + v.upper * row + h.lower * channels;

				for (int32_t c = 0; c < channels; c++) {
					*out++ = mlf_resize_s16_between(top + c, bottom + c,
									(h.upper - h.lower) * channels, &v, &h);
				}
			}
		}
	}
}

#endif
