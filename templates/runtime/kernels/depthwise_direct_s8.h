/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DEPTHWISE_CONV_2D on int8 for a few pixels: input [N, H, W, C], weights packed offline from [1, KH, KW, C], output
 * [N, OH, OW, C].
 *
 * Pixel by pixel, four channels at a time, straight from the input: nothing is arranged beforehand, which pays where
 * few outputs share an input. The input's zero point is folded into the bias, so that cells beyond the image are the
 * zero point. Packed, for each four channels: 4 words of bias, then for each tap {channel 0, channel 2} {channel 1,
 * channel 3} of int16, as SXTB16 extracts them from a word, then 4 x {multiplier, rounding, shift}. Weights and bias
 * are doubled, because requantisation needs twice the accumulator. Channels beyond C have weights of 0.
 *
 * Source: TensorFlow Lite's reference_integer_ops::DepthwiseConvPerChannel; equal to the bit.
 * Overlap: each four channels of a pixel are read in full before they are written; see overlap_distance in
 * generator/compiler/kernels/depthwise_direct.py.
 */
#ifndef MLF_KERNELS_DEPTHWISE_DIRECT_S8_H
#define MLF_KERNELS_DEPTHWISE_DIRECT_S8_H

#include <stdint.h>

#include "requantize.h"
#include "window.h"

typedef struct {
	mlf_window window;
	int32_t input_zero_point;
	int32_t low, high; /* of the fused activation */
	const uint32_t *packed;
} mlf_depthwise_direct_s8_layer;

/* The bytes of channels, 4 or fewer. */
MLF_INLINE uint32_t mlf_depthwise_direct_s8_load(const int8_t *from, int32_t channels)
{
	uint32_t word = 0;

#if MLF_KERNELS_DSP
	if (channels == 4) {
		return mlf_load4(from);
	}
#endif
	for (int32_t i = 0; i < channels; i++) {
		word |= (uint32_t)(uint8_t)from[i] << (8 * i);
	}
	return word;
}

/* Four channels of one cell. weights: two words. */
MLF_INLINE void mlf_depthwise_direct_s8_cell(uint32_t word, const uint32_t *weights, int32_t sums[4])
{
#if MLF_KERNELS_DSP
	const int32_t even = (int32_t)mlf_even(word);
	const int32_t odd = (int32_t)mlf_odd(word);
	const int32_t first = (int32_t)weights[0];
	const int32_t second = (int32_t)weights[1];

	sums[0] = __smlabb(even, first, sums[0]);
	sums[1] = __smlabb(odd, second, sums[1]);
	sums[2] = __smlatt(even, first, sums[2]);
	sums[3] = __smlatt(odd, second, sums[3]);
#else
	for (int32_t i = 0; i < 4; i++) {
		int32_t weight = (int16_t)(uint16_t)(weights[i & 1] >> (i < 2 ? 0 : 16));

		sums[i] = mlf_add_product(sums[i], (int8_t)(uint8_t)(word >> (8 * i)), weight);
	}
#endif
}

/* The channels from one on, 4 or fewer, of one pixel. in: that channel of the image's first cell. */
MLF_KERNEL void mlf_depthwise_direct_s8_channels(const int8_t *in, const uint32_t *packed, int8_t *out,
						 int32_t channels, const mlf_pixel *pixel,
						 const mlf_depthwise_direct_s8_layer *layer)
{
	const mlf_window *const window = &layer->window;
	const uint32_t beyond = (uint32_t)(layer->input_zero_point & 0xFF) * 0x01010101U;
	const int32_t step = window->dilation_width * window->input_channels;
	const uint32_t *weights = packed + 4;
	int32_t sums[4] = {(int32_t)packed[0], (int32_t)packed[1], (int32_t)packed[2], (int32_t)packed[3]};

	for (int32_t ky = 0; ky < window->kernel_height; ky++) {
		const int32_t row = pixel->rows.first + ky * window->dilation_height;
		const int32_t inside = row >= 0 && row < window->input_height;
		const int32_t begin = inside != 0 ? pixel->columns.begin : window->kernel_width;
		const int32_t end = inside != 0 ? pixel->columns.end : window->kernel_width;
		const int32_t column = pixel->columns.first + begin * window->dilation_width;
		const int8_t *from = in;
		int32_t kx = 0;

		for (; kx < begin; kx++, weights += 2) {
			mlf_depthwise_direct_s8_cell(beyond, weights, sums);
		}
		if (kx < end) {
			from += (row * window->input_width + column) * window->input_channels;
		}
		for (; kx < end; kx++, from += step, weights += 2) {
			mlf_depthwise_direct_s8_cell(mlf_depthwise_direct_s8_load(from, channels), weights, sums);
		}
		for (; kx < window->kernel_width; kx++, weights += 2) {
			mlf_depthwise_direct_s8_cell(beyond, weights, sums);
		}
	}
	for (int32_t i = 0; i < channels; i++, weights += 3) {
		out[i] = (int8_t)mlf_requantize(sums[i], (int32_t)weights[0], (int32_t)weights[1], (int32_t)weights[2]);
	}
}

#if MLF_KERNELS_DSP
typedef struct {
	const int8_t *in;	/* the channel of the first tap's cell */
	int8_t *out;
	int32_t groups;		/* of four channels, > 0 */
	int32_t step;		/* bytes from a cell to the next */
	int32_t columns, jump;	/* of taps; bytes from behind a row's last cell to the next row's first */
	int32_t rows;
} mlf_depthwise_direct_s8_pixel;

/*
 * All groups of four channels of a pixel whose taps all lie in the image. Registers: r0 cells, r1 packed, r2-r5 sums,
 * r6 r7 inputs, r8 r9 weights, r10 step, r11 columns left, r12 out, lr rows left. Stack: 0 in, 4 out, 8 groups,
 * 12 step, 16 columns, 20 jump, 24 rows.
 */
#define MLF_DEPTHWISE_DIRECT_S8_QUANTIZE(sum) \
	"ldmia r1!, {r6-r8}\n\t" \
	"smmlar r9, " sum ", r6, r7\n\t" \
	"add r9, r9, " sum ", asr #31\n\t" \
	"asr r9, r9, r8\n\t" \
	"ssat r9, #8, r9\n\t" \
	"strb r9, [r12], #1\n\t"

static __attribute__((naked, noinline, unused)) void
mlf_depthwise_direct_s8_inside(const mlf_depthwise_direct_s8_pixel *pixel __attribute__((unused)),
			       const uint32_t *packed __attribute__((unused)))
{
	__asm volatile("push {r4-r11, lr}\n\t"
		       "ldmia r0, {r2-r8}\n\t"
		       "push {r2-r8}\n"
		       "1:\n\t"
		       "ldrd r0, r12, [sp]\n\t"
		       "ldrd r10, r11, [sp, #12]\n\t"
		       "ldr lr, [sp, #24]\n\t"
		       "ldmia r1!, {r2-r5}\n"
		       "2:\n\t"
		       "ldr r6, [r0]\n\t"
		       "ldmia r1!, {r8, r9}\n\t"
		       "add r0, r10\n\t"
		       "sxtb16 r7, r6, ror #8\n\t"
		       "sxtb16 r6, r6\n\t"
		       "smlabb r2, r6, r8, r2\n\tsmlatt r4, r6, r8, r4\n\t"
		       "smlabb r3, r7, r9, r3\n\tsmlatt r5, r7, r9, r5\n\t"
		       "subs r11, #1\n\t"
		       "bne 2b\n\t"
		       "ldrd r11, r8, [sp, #16]\n\t"
		       "add r0, r8\n\t"
		       "subs lr, #1\n\t"
		       "bne 2b\n\t"
		       MLF_DEPTHWISE_DIRECT_S8_QUANTIZE("r2") MLF_DEPTHWISE_DIRECT_S8_QUANTIZE("r3")
		       MLF_DEPTHWISE_DIRECT_S8_QUANTIZE("r4") MLF_DEPTHWISE_DIRECT_S8_QUANTIZE("r5")
		       "ldr r0, [sp]\n\t"
		       "ldr r2, [sp, #8]\n\t"
		       "add r0, #4\n\t"
		       "strd r0, r12, [sp]\n\t"
		       "subs r2, #1\n\t"
		       "str r2, [sp, #8]\n\t"
		       "bne 1b\n\t"
		       "add sp, #28\n\t"
		       "pop {r4-r11, pc}\n\t");
}
#endif

MLF_KERNEL void mlf_depthwise_direct_s8(const int8_t *in, int8_t *out, const mlf_depthwise_direct_s8_layer *layer)
{
	const mlf_window *const window = &layer->window;
	const int32_t words = 16 + 2 * window->kernel_height * window->kernel_width;
	const int32_t channels = window->input_channels;
	const int32_t pixels = mlf_window_pixels(window);
	int8_t *to = out;

	for (int32_t number = 0; number < pixels; number++, to += channels) {
		const mlf_pixel pixel = mlf_window_pixel(window, number);
		const uint32_t *packed = layer->packed;
		int32_t c = 0;

#if MLF_KERNELS_DSP
		if (channels >= 4 && pixel.rows.begin == 0 && pixel.rows.end == window->kernel_height &&
		    pixel.columns.begin == 0 && pixel.columns.end == window->kernel_width) {
			const int32_t step = window->dilation_width * channels;
			const int32_t cell = pixel.rows.first * window->input_width + pixel.columns.first;
			const mlf_depthwise_direct_s8_pixel inside = {
				.in = in + pixel.image + cell * channels,
				.out = to,
				.groups = channels / 4,
				.step = step,
				.columns = window->kernel_width,
				.jump = window->dilation_height * window->input_width * channels -
					window->kernel_width * step,
				.rows = window->kernel_height,
			};

			mlf_depthwise_direct_s8_inside(&inside, packed);
			c = channels & ~3;
			packed += c / 4 * words;
		}
#endif
		for (; c < channels; c += 4, packed += words) {
			mlf_depthwise_direct_s8_channels(in + pixel.image + c, packed, to + c,
							 channels - c < 4 ? channels - c : 4, &pixel, layer);
		}
	}
	if (layer->low > -128 || layer->high < 127) {
		mlf_clamp_s8(out, (int32_t)(to - out), layer->low, layer->high);
	}
}

#endif
