/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CONV_2D on int8: input [1, H, W, C_IN], weights packed offline from [C_OUT, KH, KW, C_IN], output [1, OH, OW, C_OUT].
 *
 * The input's zero point is folded into the bias, so that padding is a fill with the zero point. Four pixels at a
 * time are copied to int16 pairs in scratch and multiplied with two channels at a time; a pass over a block reads the
 * packed weights in exactly their order:
 *   for each two channels: 2 words of bias, then for each pair of taps
 *     int8 weights:  1 word  {channel 0 + 256 * channel 1 of i, of j}
 *     int16 weights: 2 words {channel 0 of i, of j} {channel 1 of i, of j}, twice the weights' values
 *   then 2 x 3 words of requantisation. A sum with the int16 halves of int8 weights is the sum of channel 0, which
 *   the low bytes alone give, plus 256 times that of channel 1; the same holds for the second word of bias. Taps come in
 *   fours i, i + 1, i + 2, i + 3 as the pairs (i, i + 2) and (i + 1, i + 3), as SXTB16 extracts them from a word.
 *   int16 weights and their bias are doubled, because requantisation needs twice the accumulator.
 * The exact form has int16 weights as they are.
 * Weights of uint8 models may be up to 255 apart: as int8 they are stored less weight_offset, and the inputs' sum times
 * weight_offset is added to each channel's. What stands behind the last tap is -weight_offset then, so that it cancels.
 * A last odd channel has a zero channel beside it, which is never stored.
 *
 * Source: TensorFlow Lite's reference_integer_ops::ConvPerChannel; equal to the bit.
 * Overlap: output may be written over input already read, at the distance that overlap_distance in
 * generator/compiler/kernels/conv.py computes.
 */
#ifndef MLF_KERNELS_CONV_S8_H
#define MLF_KERNELS_CONV_S8_H

#include <stdint.h>

#include "requantize.h"

typedef struct {
	int32_t input_height, input_width, input_channels;
	int32_t output_height, output_width, output_channels;
	int16_t kernel_height, kernel_width;
	int16_t stride_height, stride_width;
	int16_t dilation_height, dilation_width;
	int16_t pad_top, pad_left;
	int16_t input_zero_point;
	int16_t low, high; /* of the fused activation */
	int32_t taps;      /* kernel_height * kernel_width * input_channels, rounded up to a multiple of 4 */
	int32_t weight_offset; /* of int8 weights, else 0 */
	const uint32_t *packed;
} mlf_conv_s8_layer;

/* count > 0 bytes: a loop of few instructions, where memcpy() would take longer. */
MLF_INLINE void mlf_conv_s8_copy(int8_t *to, const int8_t *from, int32_t count)
{
	const int8_t *const end = from + count;

	do {
		*to++ = *from++;
#if MLF_KERNELS_DSP
		__asm volatile("");
#endif
	} while (from != end);
}

/*
 * The taps of one output pixel in order, beyond the image the zero point; so is what is behind the last tap, with
 * weights of 0. patch: layer->taps + 4 bytes, aligned to words. row, column: of the first tap.
 */
MLF_KERNEL void mlf_conv_s8_gather(const int8_t *in, const mlf_conv_s8_layer *layer, int32_t row, int32_t column,
				   int8_t *patch)
{
	const int32_t channels = layer->input_channels;
	const int32_t width = layer->input_width;
	const int32_t run = layer->kernel_width * channels;
	const int32_t left = column < 0 ? -column : 0;
	const int32_t right = column + layer->kernel_width > width ? width - column : layer->kernel_width;
	int8_t *to = patch;

	for (int32_t i = 0; i < layer->taps; i += 4) {
#if MLF_KERNELS_DSP
		*(mlf_word *)(patch + i) = (uint32_t)(layer->input_zero_point & 0xFF) * 0x01010101U;
		__asm volatile("");
#else
		for (int32_t k = 0; k < 4; k++) {
			patch[i + k] = (int8_t)layer->input_zero_point;
		}
#endif
	}
	for (int32_t ky = 0; ky < layer->kernel_height; ky++, row += layer->dilation_height, to += run) {
		const int8_t *from = in + (row * width + column) * channels;

		if (row < 0 || row >= layer->input_height) {
			continue;
		}
		if (layer->dilation_width == 1) {
			if (left < right) {
				mlf_conv_s8_copy(to + left * channels, from + left * channels,
						 (right - left) * channels);
			}
			continue;
		}
		for (int32_t kx = 0; kx < layer->kernel_width; kx++) {
			int32_t at = kx * layer->dilation_width;

			if (column + at >= 0 && column + at < width) {
				mlf_conv_s8_copy(to + kx * channels, from + at * channels, channels);
			}
		}
	}
}

MLF_INLINE int32_t mlf_conv_s8_half(uint32_t word, int32_t number)
{
	return (int16_t)(uint16_t)(word >> (16 * number));
}

/* The output of one channel; quantisation: that channel's 3 words. */
MLF_INLINE int8_t mlf_conv_s8_result(int32_t sum, const uint32_t *quantisation, int32_t wide, int32_t exact)
{
	const int32_t multiplier = (int32_t)quantisation[0];

	if (exact != 0) {
		int32_t scaled = mlf_rescale(sum, multiplier, (int32_t)quantisation[1]);

		return (int8_t)mlf_clamp(mlf_add_zero_point(scaled, (int32_t)quantisation[2]), -128, 127);
	}
	return (int8_t)mlf_requantize(wide != 0 ? sum : 2 * sum, multiplier, (int32_t)quantisation[1],
				      (int32_t)quantisation[2]);
}

/* What the weights' offset adds to each channel of one pixel. */
MLF_INLINE int32_t mlf_conv_s8_offset(const int8_t *patch, const mlf_conv_s8_layer *layer)
{
	int32_t sum = 0;

	for (int32_t tap = 0; layer->weight_offset != 0 && tap < layer->taps; tap++) {
		sum += patch[tap];
	}
	return mlf_add_product(0, layer->weight_offset, sum);
}

/* All channels of one pixel from its taps as int8. */
MLF_INLINE void mlf_conv_s8_pixel(const int8_t *patch, const mlf_conv_s8_layer *layer, int8_t *out,
				  int32_t wide, int32_t exact)
{
	const uint32_t *packed = layer->packed;
	const int32_t offset = wide != 0 ? 0 : mlf_conv_s8_offset(patch, layer);

	for (int32_t channel = 0; channel < layer->output_channels; channel += 2) {
		int32_t first = mlf_add_product((int32_t)packed[0], offset, 1);
		int32_t second = wide != 0 ? (int32_t)packed[1] : (int32_t)(packed[1] - packed[0]) >> 8;

		second = mlf_add_product(second, offset, 1);
		packed += 2;
		for (int32_t tap = 0; tap < layer->taps; tap += 4) {
			for (int32_t odd = 0; odd < 2; odd++) {
				int32_t a = patch[tap + odd];
				int32_t b = patch[tap + odd + 2];

				if (wide != 0) {
					first = mlf_add_product(first, a, mlf_conv_s8_half(packed[0], 0));
					first = mlf_add_product(first, b, mlf_conv_s8_half(packed[0], 1));
					second = mlf_add_product(second, a, mlf_conv_s8_half(packed[1], 0));
					second = mlf_add_product(second, b, mlf_conv_s8_half(packed[1], 1));
					packed += 2;
				} else {
					int32_t c = mlf_conv_s8_half(packed[0], 0);
					int32_t d = mlf_conv_s8_half(packed[0], 1);

					first = mlf_add_product(first, a, (int8_t)(uint8_t)c);
					first = mlf_add_product(first, b, (int8_t)(uint8_t)d);
					second = mlf_add_product(second, a, (c - (int8_t)(uint8_t)c) >> 8);
					second = mlf_add_product(second, b, (d - (int8_t)(uint8_t)d) >> 8);
					packed += 1;
				}
			}
		}
		out[channel] = mlf_conv_s8_result(first, packed, wide, exact);
		if (channel + 1 < layer->output_channels) {
			out[channel + 1] = mlf_conv_s8_result(second, packed + 3, wide, exact);
		}
		packed += 6;
	}
}

/* Pixel by pixel. scratch: layer->taps + 4 bytes. */
MLF_INLINE void mlf_conv_s8_portable(const int8_t *in, int8_t *out, void *scratch,
				     const mlf_conv_s8_layer *layer, int32_t wide, int32_t exact)
{
	int8_t *to = out;

	for (int32_t y = 0; y < layer->output_height; y++) {
		for (int32_t x = 0; x < layer->output_width; x++) {
			mlf_conv_s8_gather(in, layer, y * layer->stride_height - layer->pad_top,
					   x * layer->stride_width - layer->pad_left, (int8_t *)scratch);
			mlf_conv_s8_pixel((const int8_t *)scratch, layer, to, wide, exact);
			if (layer->low > -128 || layer->high < 127) {
				mlf_clamp_s8(to, layer->output_channels, layer->low, layer->high);
			}
			to += layer->output_channels;
		}
	}
}

/* Any scale, and sums up to 2^31; the requantisation's words are {multiplier, shift, zero point}. */
MLF_KERNEL void mlf_conv_s8_exact(const int8_t *in, int8_t *out, void *scratch, const mlf_conv_s8_layer *layer)
{
	mlf_conv_s8_portable(in, out, scratch, layer, 1, 1);
}

#if MLF_KERNELS_DSP

/* The arguments of mlf_conv_s8_block_*, which keep them on the stack in this order. */
typedef struct {
	int8_t *out;		 /* channel 0 of the first pixel */
	int32_t second, third, fourth; /* bytes from the first pixel to the others; 0 if there is none */
	int8_t *end;		 /* where out ends */
	const uint32_t *pairs;	 /* of the taps: one word for each of the four pixels; then what the offset adds to each */
	int32_t more;		 /* pairs but the first: > 0 */
} mlf_conv_s8_block;

/*
 * Registers: r4-r7 channel 0 of pixels 0-3, r8-r11 channel 1; r0 taps, r1 packed weights, r2 r3 weights, r12 lr taps.
 * The first pair of taps starts the sums from the bias. The jump enters the unrolled pairs where the rest of them is
 * a multiple of 16.
 */
#define MLF_CONV_S8_ENTER(pair_bytes) \
	"push {r4-r11, lr}\n\t" \
	"ldmia r0, {r2-r8}\n\t" \
	"adr r9, 8f\n\t" \
	"add r10, r7, r8, lsl #4\n\t" \
	"add r10, #16\n\t" /* r10: behind the last tap */ \
	"sub r8, #1\n\t" \
	"and r8, #15\n\t" \
	"rsb r8, #15\n\t" \
	"movs r11, #" #pair_bytes "\n\t" \
	"mla r9, r8, r11, r9\n\t" \
	"orr r9, #1\n\t" \
	"mov r8, r9\n\t" \
	"push {r2-r8, r10}\n\t" /* sp: out second third fourth end pairs entry last */ \
	"b 7f\n\t" \
	".balign 4\n" \
	"7:\n\t" \
	"ldr r0, [sp, #20]\n\t" \
	"ldmia r1!, {r7, r11}\n\t"

#define MLF_CONV_S8_TAPS16 "ldmia r1!, {r2, r3}\n\t"
#define MLF_CONV_S8_TAPS8 "ldr r3, [r1], #4\n\tsxtb16 r2, r3\n\t"

#define MLF_CONV_S8_FIRST \
	"ldmia r0!, {r12, lr}\n\t" \
	"smlad r4, r12, r2, r7\n\tsmlad r5, lr, r2, r7\n\t" \
	"smlad r8, r12, r3, r11\n\tsmlad r9, lr, r3, r11\n\t" \
	"ldmia r0!, {r12, lr}\n\t" \
	"smlad r6, r12, r2, r7\n\tsmlad r7, lr, r2, r7\n\t" \
	"smlad r10, r12, r3, r11\n\tsmlad r11, lr, r3, r11\n\t" \
	"ldr pc, [sp, #24]\n\t" \
	".balign 4\n" \
	"8:\n\t"

#define MLF_CONV_S8_PAIR \
	"ldmia r0!, {r12, lr}\n\t" \
	"smlad r4, r12, r2, r4\n\tsmlad r5, lr, r2, r5\n\t" \
	"smlad r8, r12, r3, r8\n\tsmlad r9, lr, r3, r9\n\t" \
	"ldmia r0!, {r12, lr}\n\t" \
	"smlad r6, r12, r2, r6\n\tsmlad r7, lr, r2, r7\n\t" \
	"smlad r10, r12, r3, r10\n\tsmlad r11, lr, r3, r11\n\t"

#define MLF_CONV_S8_LOOP \
	"ldr r2, [sp, #28]\n\t" \
	"cmp r0, r2\n\t" \
	"bne 8b\n\t"

#define MLF_CONV_S8_QUANTIZE(acc) \
	"smmlar r12, " acc ", r0, r2\n\t" \
	"add r12, r12, " acc ", asr #31\n\t" \
	"asr r12, r12, r3\n\t" \
	"ssat " acc ", #8, r12\n\t"

/* A channel's requantisation, of the sums of four pixels. */
#define MLF_CONV_S8_CHANNEL(first, second, third, fourth) \
	"ldmia r1!, {r0, r2, r3}\n\t" \
	MLF_CONV_S8_QUANTIZE(first) MLF_CONV_S8_QUANTIZE(second) \
	MLF_CONV_S8_QUANTIZE(third) MLF_CONV_S8_QUANTIZE(fourth)

/* Twice the sum of channel 1: what is beyond that of channel 0, over 128. Then twice that of channel 0. */
#define MLF_CONV_S8_DOUBLE(first, second) \
	"sub " second ", " first "\n\t" \
	"asr " second ", " second ", #7\n\t" \
	"lsl " first ", " first ", #1\n\t"

/* The same, and what the weights' offset adds to both. */
#define MLF_CONV_S8_DOUBLE_OFFSET(first, second, offset) \
	"sub " second ", " first "\n\t" \
	"asr " second ", " second ", #7\n\t" \
	"add " first ", " offset "\n\t" \
	"add " second ", " second ", " offset ", lsl #1\n\t" \
	"lsl " first ", " first ", #1\n\t"

#define MLF_CONV_S8_LEAVE \
	"ldmia sp, {r0, r2, r3, r12}\n\t" \
	"strb r7, [r0, r12]\n\tstrb r6, [r0, r3]\n\tstrb r5, [r0, r2]\n\tstrb r4, [r0], #1\n\t" \
	"strb r11, [r0, r12]\n\tstrb r10, [r0, r3]\n\tstrb r9, [r0, r2]\n\tstrb r8, [r0], #1\n\t" \
	"ldr r12, [sp, #16]\n\t" \
	"str r0, [sp]\n\t" \
	"cmp r0, r12\n\t" \
	"bne 7b\n\t" \
	"add sp, #32\n\t" \
	"pop {r4-r11, pc}\n\t"

/* Four pixels times all channels, two at a time; weights: layer->packed. */
static __attribute__((naked, noinline, unused)) void
mlf_conv_s8_block_w16(const mlf_conv_s8_block *block __attribute__((unused)),
		      const uint32_t *packed __attribute__((unused)))
{
	__asm volatile(MLF_CONV_S8_ENTER(42) MLF_CONV_S8_TAPS16 MLF_CONV_S8_FIRST
		       ".rept 16\n\t" MLF_CONV_S8_TAPS16 MLF_CONV_S8_PAIR ".endr\n\t" MLF_CONV_S8_LOOP
		       MLF_CONV_S8_CHANNEL("r4", "r5", "r6", "r7")
		       MLF_CONV_S8_CHANNEL("r8", "r9", "r10", "r11")
		       MLF_CONV_S8_LEAVE);
}

static __attribute__((naked, noinline, unused)) void
mlf_conv_s8_block_w8(const mlf_conv_s8_block *block __attribute__((unused)),
		     const uint32_t *packed __attribute__((unused)))
{
	__asm volatile(MLF_CONV_S8_ENTER(48) MLF_CONV_S8_TAPS8 MLF_CONV_S8_FIRST
		       ".rept 16\n\t" MLF_CONV_S8_TAPS8 MLF_CONV_S8_PAIR ".endr\n\t" MLF_CONV_S8_LOOP
		       "ldmia r1!, {r0, r2, r3}\n\t"
		       MLF_CONV_S8_DOUBLE("r4", "r8") MLF_CONV_S8_QUANTIZE("r4")
		       MLF_CONV_S8_DOUBLE("r5", "r9") MLF_CONV_S8_QUANTIZE("r5")
		       MLF_CONV_S8_DOUBLE("r6", "r10") MLF_CONV_S8_QUANTIZE("r6")
		       MLF_CONV_S8_DOUBLE("r7", "r11") MLF_CONV_S8_QUANTIZE("r7")
		       MLF_CONV_S8_CHANNEL("r8", "r9", "r10", "r11")
		       MLF_CONV_S8_LEAVE);
}

static __attribute__((naked, noinline, unused)) void
mlf_conv_s8_block_w8_offset(const mlf_conv_s8_block *block __attribute__((unused)),
			    const uint32_t *packed __attribute__((unused)))
{
	__asm volatile(MLF_CONV_S8_ENTER(48) MLF_CONV_S8_TAPS8 MLF_CONV_S8_FIRST
		       ".rept 16\n\t" MLF_CONV_S8_TAPS8 MLF_CONV_S8_PAIR ".endr\n\t" MLF_CONV_S8_LOOP
		       "ldmia r0, {r2, r3, r12, lr}\n\t" /* r0: behind the last tap */
		       MLF_CONV_S8_DOUBLE_OFFSET("r4", "r8", "r2") MLF_CONV_S8_DOUBLE_OFFSET("r5", "r9", "r3")
		       MLF_CONV_S8_DOUBLE_OFFSET("r6", "r10", "r12") MLF_CONV_S8_DOUBLE_OFFSET("r7", "r11", "lr")
		       MLF_CONV_S8_CHANNEL("r4", "r5", "r6", "r7")
		       MLF_CONV_S8_CHANNEL("r8", "r9", "r10", "r11")
		       MLF_CONV_S8_LEAVE);
}

/* What the weights' offset adds to the channels of each of four pixels, behind their taps. */
MLF_KERNEL void mlf_conv_s8_offsets(uint32_t *pairs, const mlf_conv_s8_layer *layer)
{
	const int16x2_t ones = 0x10001;
	const uint32_t *const end = pairs + 2 * layer->taps;
	int32_t first = 0, second = 0, third = 0, fourth = 0;

	for (; pairs != end; pairs += 4) {
		first = (int32_t)__smlad((int16x2_t)pairs[0], ones, first);
		second = (int32_t)__smlad((int16x2_t)pairs[1], ones, second);
		third = (int32_t)__smlad((int16x2_t)pairs[2], ones, third);
		fourth = (int32_t)__smlad((int16x2_t)pairs[3], ones, fourth);
	}
	pairs[0] = (uint32_t)layer->weight_offset * (uint32_t)first;
	pairs[1] = (uint32_t)layer->weight_offset * (uint32_t)second;
	pairs[2] = (uint32_t)layer->weight_offset * (uint32_t)third;
	pairs[3] = (uint32_t)layer->weight_offset * (uint32_t)fourth;
}

/* Four int8 of each of four pixels at a time -> words [pair][pixel]. count: a multiple of 4, > 0. */
static __attribute__((naked, noinline, unused)) uint32_t *
mlf_conv_s8_expand4(uint32_t *to __attribute__((unused)), const int8_t *const *from __attribute__((unused)),
		    int32_t offset __attribute__((unused)), int32_t count __attribute__((unused)))
{
	__asm volatile("push {r4-r11, lr}\n\t"
		       "mov r12, r2\n\t"
		       "mov lr, r3\n\t"
		       "ldmia r1, {r1-r4}\n\t"
		       "add r1, r12\n\tadd r2, r12\n\tadd r3, r12\n\tadd r4, r12\n\t"
		       "add lr, r1\n"
		       "1:\n\t"
		       "ldr r5, [r1], #4\n\tldr r6, [r2], #4\n\tldr r7, [r3], #4\n\tldr r8, [r4], #4\n\t"
		       "sxtb16 r9, r5\n\tsxtb16 r10, r6\n\tsxtb16 r11, r7\n\tsxtb16 r12, r8\n\t"
		       "stmia r0!, {r9-r12}\n\t"
		       "sxtb16 r5, r5, ror #8\n\tsxtb16 r6, r6, ror #8\n\t"
		       "sxtb16 r7, r7, ror #8\n\tsxtb16 r8, r8, ror #8\n\t"
		       "stmia r0!, {r5-r8}\n\t"
		       "cmp r1, lr\n\t"
		       "bne 1b\n\t"
		       "pop {r4-r11, pc}\n\t");
}

/* The same for one pixel of the four. from: NULL for a fill with the zero point pair. */
MLF_INLINE uint32_t *mlf_conv_s8_expand(uint32_t *to, const int8_t *from, int32_t count)
{
	for (const int8_t *end = from + count; from != end; from += 4, to += 8) {
		uint32_t word = mlf_load4(from);

		to[0] = mlf_even(word);
		to[4] = mlf_odd(word);
	}
	return to;
}

MLF_INLINE uint32_t *mlf_conv_s8_fill(uint32_t *to, uint32_t pair, int32_t count)
{
	for (; count > 0; count -= 4, to += 8) {
		to[0] = pair;
		to[4] = pair;
	}
	return to;
}

/* The taps of a pixel that has all of them in the image, in rows of run bytes; words after each row are read too. */
MLF_INLINE void mlf_conv_s8_patch(int8_t *to, const int8_t *from, int32_t rows, int32_t step, int32_t run)
{
	for (; rows > 0; rows--, from += step, to += run) {
		const int8_t *source = from;
		const int8_t *end = from + run;
		int8_t *target = to;

		do {
			*(mlf_word *)target = *(const mlf_word *)source;
			__asm volatile("");
			source += 4;
			target += 4;
		} while (source < end);
	}
}

/* One pixel with some taps beyond the image; channels in fours, no horizontal dilation. */
MLF_KERNEL void mlf_conv_s8_border(const int8_t *in, const mlf_conv_s8_layer *layer, int32_t row, int32_t column,
				   uint32_t *to)
{
	const int32_t channels = layer->input_channels;
	const int32_t run = layer->kernel_width * channels;
	const uint32_t pair = (uint32_t)(layer->input_zero_point & 0xFFFF) * 0x10001U;
	int32_t before = column < 0 ? -column * channels : 0;
	int32_t after = column + layer->kernel_width - layer->input_width;

	after = after > 0 ? after * channels : 0;
	before = before > run ? run : before;
	after = after > run - before ? run - before : after;
	for (int32_t ky = 0; ky < layer->kernel_height; ky++, row += layer->dilation_height) {
		if (row < 0 || row >= layer->input_height) {
			to = mlf_conv_s8_fill(to, pair, run);
			continue;
		}
		to = mlf_conv_s8_fill(to, pair, before);
		if (before + after < run) {
			to = mlf_conv_s8_expand(
				to, in + (row * layer->input_width + column) * channels + before,
				run - before - after);
		}
		to = mlf_conv_s8_fill(to, pair, after);
	}
}

/* The last channel if their number is odd: it has no partner. */
MLF_KERNEL void mlf_conv_s8_last_channel(const mlf_conv_s8_block *block, const uint32_t *packed, int32_t wide,
					  int32_t offset)
{
	const int32_t to[4] = {0, block->second, block->third, block->fourth};

	for (int32_t pixel = 3; pixel >= 0; pixel--) {
		const uint32_t *pairs = block->pairs + pixel;
		const uint32_t *weights = packed + 2;
		int32_t sum = (int32_t)packed[0];

		if (offset != 0) {
			sum = mlf_add_product(sum, (int32_t)block->pairs[4 * (block->more + 1) + pixel], 1);
		}
		for (int32_t i = 0; i <= block->more; i++, pairs += 4) {
			uint32_t weight = wide != 0 ? *weights : mlf_even(*weights);

			sum = (int32_t)__smlad((int16x2_t)*pairs, (int16x2_t)weight, sum);
			weights += wide != 0 ? 2 : 1;
		}
		block->end[to[pixel]] = (int8_t)mlf_requantize(wide != 0 ? sum : 2 * sum, (int32_t)weights[0],
							       (int32_t)weights[1], (int32_t)weights[2]);
	}
}

/*
 * scratch: 16 bytes for each 2 taps, and 16 more where the weights have an offset; then layer->taps + 4 bytes unless all
 * runs of a kernel row can be taken in words.
 */
MLF_KERNEL void mlf_conv_s8_run(const int8_t *in, int8_t *out, void *scratch, const mlf_conv_s8_layer *layer,
				int32_t wide, void (*multiply)(const mlf_conv_s8_block *, const uint32_t *))
{
	uint32_t *const pairs = (uint32_t *)scratch;
	int8_t *const patch = (int8_t *)(pairs + 2 * layer->taps + (layer->weight_offset != 0 ? 4 : 0));
	const int32_t channels = layer->input_channels;
	const int32_t run = layer->kernel_width * channels;
	const int32_t pixels = layer->output_height * layer->output_width;
	const int32_t even = layer->output_channels & ~1;
	const int32_t whole = layer->dilation_width == 1 && run % 4 == 0;
	const int32_t step = layer->dilation_height * layer->input_width * channels;
	/* of pixels whose rows of taps can be read in words */
	const int8_t *const last_word = in + layer->input_height * layer->input_width * channels -
					(layer->kernel_height - 1) * step - ((run + 3) & ~3);
	const int32_t last_row = layer->input_height - 1 - (layer->kernel_height - 1) * layer->dilation_height;
	const int32_t last_column = layer->input_width - layer->kernel_width;
	int32_t row = -layer->pad_top;
	int32_t column = -layer->pad_left;
	const int32_t dense = layer->kernel_height == 1 && layer->kernel_width == 1 && layer->stride_height == 1 &&
			      layer->stride_width == 1 && pixels == layer->input_height * layer->input_width &&
			      channels % 4 == 0;
	int32_t x = 0;

	for (int32_t first = 0; first < pixels; first += 4) {
		const int32_t count = pixels - first < 4 ? pixels - first : 4;
		const int8_t *from[4] = {in, in, in, in};
		mlf_conv_s8_block block = {
			.out = out + first * layer->output_channels,
			.second = count > 1 ? layer->output_channels : 0,
			.third = count > 2 ? 2 * layer->output_channels : 0,
			.fourth = count > 3 ? 3 * layer->output_channels : 0,
			.pairs = pairs,
			.more = layer->taps / 2 - 1,
		};
		int32_t inside = 0;

		block.end = block.out + even;
		if (dense != 0) {
			const int8_t *at = in + first * channels;

			for (int32_t p = 0; p < 4; p++) {
				from[p] = p < count ? at + p * channels : at;
			}
			(void)mlf_conv_s8_expand4(pairs, from, 0, channels);
		}
		for (int32_t p = 0; p < count && dense == 0; p++) {
			const int8_t *at = in + (row * layer->input_width + column) * channels;

			if (layer->dilation_width == 1 && row >= 0 && row <= last_row && column >= 0 &&
			    column <= last_column) {
				if (whole != 0) {
					from[p] = at;
					inside |= 1 << p;
				} else if (at <= last_word) {
					mlf_conv_s8_patch(patch, at, layer->kernel_height, step, run);
					(void)mlf_conv_s8_expand(pairs + p, patch, layer->taps);
				} else {
					mlf_conv_s8_gather(in, layer, row, column, patch);
					(void)mlf_conv_s8_expand(pairs + p, patch, layer->taps);
				}
			} else if (whole != 0 && channels % 4 == 0) {
				mlf_conv_s8_border(in, layer, row, column, pairs + p);
			} else {
				mlf_conv_s8_gather(in, layer, row, column, patch);
				(void)mlf_conv_s8_expand(pairs + p, patch, layer->taps);
			}
			column += layer->stride_width;
			if (++x == layer->output_width) {
				x = 0;
				row += layer->stride_height;
				column = -layer->pad_left;
			}
		}
		if (inside != 0) {
			uint32_t *to = pairs;
			int32_t at = 0;

			for (int32_t ky = 0; ky < layer->kernel_height; ky++, at += step) {
				if (inside == 15) {
					to = mlf_conv_s8_expand4(to, from, at, run);
					continue;
				}
				for (int32_t p = 0; p < count; p++) {
					if ((inside >> p & 1) != 0) {
						(void)mlf_conv_s8_expand(to + p, from[p] + at, run);
					}
				}
				to += 2 * run;
			}
		}
		if (layer->weight_offset != 0) {
			mlf_conv_s8_offsets(pairs, layer);
		}
		if (even != 0) {
			multiply(&block, layer->packed);
		}
		if (even != layer->output_channels) {
			const int32_t words = 8 + (wide != 0 ? layer->taps : layer->taps / 2);

			mlf_conv_s8_last_channel(&block, layer->packed + even / 2 * words, wide,
						 layer->weight_offset);
		}
		if (layer->low > -128 || layer->high < 127) {
			mlf_clamp_s8(block.out, count * layer->output_channels, layer->low, layer->high);
		}
	}
}

#endif

/* int8 weights. */
MLF_KERNEL void mlf_conv_s8(const int8_t *in, int8_t *out, void *scratch, const mlf_conv_s8_layer *layer)
{
#if MLF_KERNELS_DSP
	mlf_conv_s8_run(in, out, scratch, layer, 0, mlf_conv_s8_block_w8);
#else
	mlf_conv_s8_portable(in, out, scratch, layer, 0, 0);
#endif
}

/* int8 weights with an offset. */
MLF_KERNEL void mlf_conv_s8_u8(const int8_t *in, int8_t *out, void *scratch, const mlf_conv_s8_layer *layer)
{
#if MLF_KERNELS_DSP
	mlf_conv_s8_run(in, out, scratch, layer, 0, mlf_conv_s8_block_w8_offset);
#else
	mlf_conv_s8_portable(in, out, scratch, layer, 0, 0);
#endif
}

/* int16 weights: fewer instructions, twice the flash. */
MLF_KERNEL void mlf_conv_s8_w16(const int8_t *in, int8_t *out, void *scratch, const mlf_conv_s8_layer *layer)
{
#if MLF_KERNELS_DSP
	mlf_conv_s8_run(in, out, scratch, layer, 1, mlf_conv_s8_block_w16);
#else
	mlf_conv_s8_portable(in, out, scratch, layer, 1, 0);
#endif
}

#endif
