/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AVERAGE_POOL_2D and MAX_POOL_2D on int8: input [1, H, W, C], output [1, OH, OW, C]. Cells beyond the image do not
 * count. Averages round half away from zero, or up.
 *
 * Source: TensorFlow Lite's reference_integer_ops::AveragePool and ::MaxPool; equal to the bit.
 * Overlap: pixels are computed in order, channels of a pixel in order, each from that channel alone;
 * overlap_distance in generator/compiler/kernels/pool.py computes from that how far the output may reach.
 */
#ifndef MLF_KERNELS_POOL_S8_H
#define MLF_KERNELS_POOL_S8_H

#include <stdint.h>

#include "requantize.h"

typedef struct {
	int32_t input_height, input_width, channels;
	int32_t output_height, output_width;
	int32_t kernel_height, kernel_width;
	int16_t stride_height, stride_width;
	int16_t pad_top, pad_left;
	int16_t low, high; /* of the fused activation */
} mlf_pool_s8_layer;

/* The part of a window that is inside the image. */
typedef struct {
	const int8_t *first; /* channel 0 of its first cell */
	int32_t height, width;
	int32_t step; /* bytes from a cell to the next, */
	int32_t jump; /* and from behind a row of cells to the next row */
} mlf_pool_s8_window;

/* up: halves are rounded up, as the averages of uint8 are, and not away from zero. */
MLF_INLINE int8_t mlf_pool_s8_divide(int32_t sum, int32_t count, int32_t up)
{
	if (up != 0) {
		return (int8_t)((sum + 128 * count + count / 2) / count - 128);
	}
	return (int8_t)((sum > 0 ? sum + count / 2 : sum - count / 2) / count);
}

MLF_INLINE int8_t mlf_pool_s8_average(const int8_t *from, const mlf_pool_s8_window *window, int32_t up)
{
	int32_t sum = 0;

	for (int32_t y = 0; y < window->height; y++, from += window->jump) {
		for (int32_t x = 0; x < window->width; x++, from += window->step) {
			sum += *from;
		}
	}
	return mlf_pool_s8_divide(sum, window->height * window->width, up);
}

MLF_INLINE int8_t mlf_pool_s8_greatest(const int8_t *from, const mlf_pool_s8_window *window)
{
	int8_t most = -128;

	for (int32_t y = 0; y < window->height; y++, from += window->jump) {
		for (int32_t x = 0; x < window->width; x++, from += window->step) {
			most = *from > most ? *from : most;
		}
	}
	return most;
}

#if MLF_KERNELS_DSP

/* Four channels. Their sums are kept in int16 for a row of cells, or 255 of them, at a time. */
MLF_INLINE void mlf_pool_s8_average4(const int8_t *from, const mlf_pool_s8_window *window, int8_t *out,
				      int32_t up)
{
	const int32_t count = window->height * window->width;
	int32_t sums[4] = {0, 0, 0, 0};
	uint32_t even = 0;
	uint32_t odd = 0;
	int32_t held = 0;

	for (int32_t y = 0; y < window->height; y++, from += window->jump) {
		for (int32_t left = window->width; left > 0;) {
			int32_t part = left < 255 - held ? left : 255 - held;

			held += part;
			left -= part;
			for (; part > 0; part--, from += window->step) {
				uint32_t word = mlf_load4(from);

				even = (uint32_t)__sxtab16((int16x2_t)even, (int8x4_t)word);
				__asm("sxtab16 %0, %0, %1, ror #8" : "+r"(odd) : "r"(word));
			}
			if (held == 255 || (left == 0 && y + 1 == window->height)) {
				sums[0] += (int16_t)(uint16_t)even;
				sums[1] += (int16_t)(uint16_t)odd;
				sums[2] += (int32_t)even >> 16;
				sums[3] += (int32_t)odd >> 16;
				even = 0;
				odd = 0;
				held = 0;
			}
		}
	}
	for (int32_t i = 0; i < 4; i++) {
		out[i] = mlf_pool_s8_divide(sums[i], count, up);
	}
}

MLF_INLINE void mlf_pool_s8_greatest4(const int8_t *from, const mlf_pool_s8_window *window, int8_t *out)
{
	uint32_t most = 0x80808080U;

	for (int32_t y = 0; y < window->height; y++, from += window->jump) {
		for (int32_t x = 0; x < window->width; x++, from += window->step) {
			uint32_t other = mlf_load4(from);

			__asm volatile("ssub8 r12, %0, %1\n\tsel %0, %0, %1" : "+r"(most) : "r"(other) : "r12", "cc");
		}
	}
	*(mlf_word *)out = most;
}
#endif

MLF_INLINE void mlf_pool_s8_run(const int8_t *in, int8_t *out, const mlf_pool_s8_layer *layer, int32_t greatest,
				int32_t up)
{
	const int32_t channels = layer->channels;
	int8_t *to = out;

	for (int32_t y = 0; y < layer->output_height; y++) {
		int32_t top = y * layer->stride_height - layer->pad_top;
		int32_t bottom = top + layer->kernel_height;

		top = top < 0 ? 0 : top;
		bottom = bottom > layer->input_height ? layer->input_height : bottom;
		for (int32_t x = 0; x < layer->output_width; x++) {
			int32_t left = x * layer->stride_width - layer->pad_left;
			int32_t right = left + layer->kernel_width;
			mlf_pool_s8_window window;
			int32_t c = 0;

			left = left < 0 ? 0 : left;
			right = right > layer->input_width ? layer->input_width : right;
			window.first = in + (top * layer->input_width + left) * channels;
			window.height = bottom - top;
			window.width = right - left;
			window.step = channels;
			window.jump = (layer->input_width - window.width) * channels;
			if (window.jump == 0) {
				window.width *= window.height;
				window.height = 1;
			}
#if MLF_KERNELS_DSP
			for (; c + 4 <= channels; c += 4) {
				if (greatest != 0) {
					mlf_pool_s8_greatest4(window.first + c, &window, to + c);
				} else {
					mlf_pool_s8_average4(window.first + c, &window, to + c, up);
				}
			}
#endif
			for (; c < channels; c++) {
				to[c] = greatest != 0 ? mlf_pool_s8_greatest(window.first + c, &window)
						      : mlf_pool_s8_average(window.first + c, &window, up);
			}
			to += channels;
		}
	}
	if (layer->low > -128 || layer->high < 127) {
		mlf_clamp_s8(out, (int32_t)(to - out), layer->low, layer->high);
	}
}

MLF_KERNEL void mlf_pool_s8_average_2d(const int8_t *in, int8_t *out, const mlf_pool_s8_layer *layer)
{
	mlf_pool_s8_run(in, out, layer, 0, 0);
}

MLF_KERNEL void mlf_pool_s8_average_up_2d(const int8_t *in, int8_t *out, const mlf_pool_s8_layer *layer)
{
	mlf_pool_s8_run(in, out, layer, 0, 1);
}

MLF_KERNEL void mlf_pool_s8_max_2d(const int8_t *in, int8_t *out, const mlf_pool_s8_layer *layer)
{
	mlf_pool_s8_run(in, out, layer, 1, 0);
}

#endif
