/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DEPTHWISE_CONV_2D on int8: input [1, H, W, C], weights packed offline from [1, KH, KW, C * M], output
 * [1, OH, OW, C * M]; output channel c * M + m comes from input channel c.
 *
 * Four channels at a time, from top to bottom, two output rows per step. scratch contains the input rows that a step
 * needs of these channels as words {row 2j, row 2j + 1} of int16, [channel][column][slot], with the padding: a few
 * rows, not the plane. The input's zero point is folded into the bias, so that padding is the zero point.
 * Packed, for each output channel: {multiplier, rounding, shift, bias}, then for each kernel column its taps in pairs
 * from the top {0, 1} {2, 3} .., a last odd one beside 0. Kernels of 3 x 3 with strides of 1 or 2 have {0, 1} {1, 2}.
 * Weights and bias are doubled, because requantisation needs twice the accumulator; not in the exact form, whose
 * words of requantisation are {multiplier, shift, zero point}.
 *
 * Source: TensorFlow Lite's reference_integer_ops::DepthwiseConvPerChannel; equal to the bit.
 * Overlap: with M = 1 the output may start where the input starts, if overlaps in
 * generator/compiler/kernels/depthwise.py agrees, but nowhere else within the input, because channels are not read in
 * memory order.
 */
#ifndef MLF_KERNELS_DEPTHWISE_S8_H
#define MLF_KERNELS_DEPTHWISE_S8_H

#include <stdint.h>

#include "requantize.h"

typedef struct {
	int32_t input_height, input_width, input_channels;
	int32_t output_height, output_width;
	int32_t multiplier;
	int16_t kernel_height, kernel_width;
	int16_t stride_height, stride_width;
	int16_t dilation_height, dilation_width;
	int16_t pad_top, pad_left;
	int16_t input_zero_point;
	int16_t low, high; /* of the fused activation */
	int16_t slots;	   /* words of a column: pairs of rows that two output rows need */
	int32_t columns;   /* of the padded image, as far as the kernel reaches */
	const uint32_t *packed;
} mlf_depthwise_s8_layer;

/* The arguments of a step. */
typedef struct {
	const uint32_t *rows;	/* of the first channel, [channel][column][slot] */
	const uint32_t *packed;
	int8_t *out;		/* channel 0 of the first pixel of the upper row */
	int32_t pixel;		/* bytes from a pixel to the next */
	int32_t lower;		/* bytes from the upper row to the lower, 0 if there is none */
	int32_t channels;	/* output channels to compute */
} mlf_depthwise_s8_step;

MLF_INLINE int32_t mlf_depthwise_s8_low(uint32_t pair)
{
	return (int16_t)(uint16_t)pair;
}

MLF_INLINE int32_t mlf_depthwise_s8_high(uint32_t pair)
{
	return (int16_t)(uint16_t)(pair >> 16);
}

MLF_INLINE int32_t mlf_depthwise_s8_dot(uint32_t a, uint32_t b, int32_t sum)
{
#if MLF_KERNELS_DSP
	return (int32_t)__smlad((int16x2_t)a, (int16x2_t)b, sum);
#else
	sum = mlf_add_product(sum, mlf_depthwise_s8_low(a), mlf_depthwise_s8_low(b));
	return mlf_add_product(sum, mlf_depthwise_s8_high(a), mlf_depthwise_s8_high(b));
#endif
}

MLF_INLINE int8_t mlf_depthwise_s8_result(int32_t sum, const uint32_t *quantisation, int32_t exact)
{
	const int32_t multiplier = (int32_t)quantisation[0];

	if (exact != 0) {
		int32_t scaled = mlf_rescale(sum, multiplier, (int32_t)quantisation[1]);

		return (int8_t)mlf_clamp(mlf_add_zero_point(scaled, (int32_t)quantisation[2]), -128, 127);
	}
	return (int8_t)mlf_requantize(sum, multiplier, (int32_t)quantisation[1], (int32_t)quantisation[2]);
}

/* One row of an image, or of the padding above and below: the bytes of count channels, 4 at most. */
MLF_INLINE uint32_t mlf_depthwise_s8_load(const int8_t *from, int32_t count)
{
	uint32_t word = 0;

	for (int32_t i = 0; i < count; i++) {
		word |= (uint32_t)(uint8_t)from[i] << (8 * i);
	}
	return word;
}

/*
 * Copies a pair of rows into one slot of all columns in the image. from, steps: of the rows, bytes from a pixel to
 * the next. plane, column: words from a channel and a column to the next.
 */
MLF_INLINE void mlf_depthwise_s8_fill(uint32_t *to, const int8_t *const from[2], const int32_t steps[2],
				      int32_t columns, int32_t plane, int32_t column, int32_t count)
{
	const int8_t *upper = from[0];
	const int8_t *lower = from[1];

	for (int32_t x = 0; x < columns; x++, upper += steps[0], lower += steps[1], to += column) {
		uint32_t a = mlf_depthwise_s8_load(upper, count);
		uint32_t b = mlf_depthwise_s8_load(lower, count);

		for (int32_t i = 0; i < count; i++) {
			int32_t above = (int8_t)(uint8_t)(a >> (8 * i));
			int32_t below = (int8_t)(uint8_t)(b >> (8 * i));

			to[i * plane] = ((uint32_t)above & 0xFFFFU) | ((uint32_t)below << 16);
		}
	}
}

/* The last pairs of rows of each column become the first. */
MLF_INLINE void mlf_depthwise_s8_keep(uint32_t *column, const uint32_t *end, int32_t slots, int32_t stride)
{
	const int32_t kept = slots - stride;

	if (kept == 1) {
		for (; column != end; column += slots) {
			column[0] = column[stride];
		}
		return;
	}
	if (kept == 2) {
		for (; column != end; column += slots) {
			column[0] = column[stride];
			column[1] = column[stride + 1];
		}
		return;
	}
	for (; column != end; column += slots) {
		for (int32_t k = 0; k < kept; k++) {
			column[k] = column[k + stride];
		}
	}
}

#if MLF_KERNELS_DSP

typedef struct {
	const int8_t *upper, *lower;
	uint32_t *to;
	int32_t columns;	/* > 0 */
	int32_t upper_step, lower_step; /* bytes from a pixel to the next */
	int32_t plane, column;	/* bytes from a channel, and from a column, to the next */
} mlf_depthwise_s8_pairs;

/* mlf_depthwise_s8_fill for four channels. */
static __attribute__((naked, noinline, unused)) void
mlf_depthwise_s8_fill4(const mlf_depthwise_s8_pairs *pairs __attribute__((unused)))
{
	__asm volatile("push {r4-r11, lr}\n\t"
		       "ldmia r0, {r0-r6, r8}\n\t"
		       "add r7, r6, r6, lsl #1\n"
		       "1:\n\t"
		       "ldr r9, [r0]\n\tldr r10, [r1]\n\t"
		       "add r0, r4\n\tadd r1, r5\n\t"
		       "sxtb16 r11, r9\n\tsxtb16 r9, r9, ror #8\n\t"
		       "sxtb16 r12, r10\n\tsxtb16 r10, r10, ror #8\n\t"
		       "pkhbt lr, r11, r12, lsl #16\n\tstr lr, [r2]\n\t"
		       "pkhbt lr, r9, r10, lsl #16\n\tstr lr, [r2, r6]\n\t"
		       "pkhtb r12, r12, r11, asr #16\n\tstr r12, [r2, r6, lsl #1]\n\t"
		       "pkhtb r10, r10, r9, asr #16\n\tstr r10, [r2, r7]\n\t"
		       "add r2, r8\n\t"
		       "subs r3, #1\n\t"
		       "bne 1b\n\t"
		       "pop {r4-r11, pc}\n\t");
}
#endif

/* Any kernel, two rows of one output channel. */
MLF_INLINE void mlf_depthwise_s8_any(const mlf_depthwise_s8_layer *layer, const uint32_t *rows,
				     const uint32_t *packed, int8_t *out, int32_t pixel, int32_t lower,
				     int32_t exact)
{
	const int32_t pairs = ((layer->kernel_height - 1) * layer->dilation_height + 2) / 2;
	const int32_t skip = layer->stride_height / 2;
	const int32_t odd = layer->stride_height % 2;
	const int32_t across = layer->dilation_width * layer->slots;

	for (int32_t x = 0; x < layer->output_width; x++, out += pixel, rows += layer->stride_width * layer->slots) {
		const uint32_t *weights = packed + 4;
		const uint32_t *from = rows;
		int32_t upper_sum = (int32_t)packed[3];
		int32_t lower_sum = upper_sum;

		for (int32_t kx = 0; kx < layer->kernel_width; kx++, from += across) {
			for (int32_t i = 0; i < pairs; i++) {
				uint32_t weight = *weights++;

				upper_sum = mlf_depthwise_s8_dot(from[i], weight, upper_sum);
				if (odd == 0) {
					lower_sum = mlf_depthwise_s8_dot(from[i + skip], weight, lower_sum);
				} else {
					lower_sum = mlf_add_product(lower_sum, mlf_depthwise_s8_high(from[i + skip]),
								    mlf_depthwise_s8_low(weight));
					if (i + skip + 1 < layer->slots) {
						lower_sum = mlf_add_product(lower_sum,
									    mlf_depthwise_s8_low(from[i + skip + 1]),
									    mlf_depthwise_s8_high(weight));
					}
				}
			}
		}
		/* Without a lower row, both have the same place. */
		out[lower] = mlf_depthwise_s8_result(lower_sum, packed, exact);
		out[0] = mlf_depthwise_s8_result(upper_sum, packed, exact);
	}
}

MLF_KERNEL void mlf_depthwise_s8_step_any(const mlf_depthwise_s8_layer *layer, const mlf_depthwise_s8_step *step,
					  int32_t exact)
{
	const int32_t words =
		4 + layer->kernel_width * (((layer->kernel_height - 1) * layer->dilation_height + 2) / 2);
	const int32_t plane = layer->columns * layer->slots;

	for (int32_t c = 0; c < step->channels; c++) {
		mlf_depthwise_s8_any(layer, step->rows + c / layer->multiplier * plane, step->packed + c * words,
				     step->out + c, step->pixel, step->lower, exact);
	}
}

#if MLF_KERNELS_DSP

/*
 * 3 x 3. Registers: r0 rows, r1 out, r2 upper sum, r3 lower sum, r4-r9 weights, r10-r12 lr other.
 * Stack: 0 multiplier, 4 rounding, 8 shift, 12 bias, 16 pixel, 20 lower, 24 end of rows, 28 packed, 32 out,
 * 36 channels, 40 columns' bytes.
 */
#define MLF_DEPTHWISE_S8_ENTER \
	"push {r4-r11, lr}\n\t" \
	"sub sp, #44\n\t" \
	"ldmia r0, {r0, r2-r6}\n\t" /* rows packed out pixel lower channels; r1: bytes of a row's columns */ \
	"str r1, [sp, #40]\n\t" \
	"add r1, r0\n\t" \
	"str r4, [sp, #16]\n\t" \
	"str r5, [sp, #20]\n\t" \
	"str r1, [sp, #24]\n\t" \
	"strd r2, r3, [sp, #28]\n\t" \
	"str r6, [sp, #36]\n" \
	"1:\n\t" \
	"ldrd lr, r1, [sp, #28]\n\t" \
	"ldmia lr!, {r2, r3, r10, r11}\n\t" \
	"stmia sp, {r2, r3, r10, r11}\n\t" \
	"ldmia lr!, {r4-r9}\n\t" \
	"add r2, r1, #1\n\t" \
	"strd lr, r2, [sp, #28]\n" \
	"2:\n\t" \
	"ldr r2, [sp, #12]\n\t"

#define MLF_DEPTHWISE_S8_QUANTIZE(acc) \
	"smmlar lr, " acc ", r10, r11\n\t" \
	"add lr, lr, " acc ", asr #31\n\t" \
	"asr lr, lr, r12\n\t" \
	"ssat " acc ", #8, lr\n\t"

/* gap: bytes from the end of one channel's output columns to the next channel's first, as text */
#define MLF_DEPTHWISE_S8_LEAVE(gap) \
	"ldmia sp, {r10-r12}\n\t" \
	MLF_DEPTHWISE_S8_QUANTIZE("r2") MLF_DEPTHWISE_S8_QUANTIZE("r3") \
	"ldrd r10, r11, [sp, #16]\n\t" \
	"ldr r12, [sp, #24]\n\t" \
	"strb r3, [r1, r11]\n\t" \
	"strb r2, [r1]\n\t" \
	"add r1, r10\n\t" \
	"cmp r0, r12\n\t" \
	"bne 2b\n\t" \
	"ldrd r2, r3, [sp, #36]\n\t" \
	"add r0, #" gap "\n\t" \
	"add r3, r0\n\t" \
	"str r3, [sp, #24]\n\t" \
	"subs r2, #1\n\t" \
	"str r2, [sp, #36]\n\t" \
	"bne 1b\n\t" \
	"add sp, #44\n\t" \
	"pop {r4-r11, pc}\n\t"

/* a kernel column: upper pair, lower pair, {tap 0, tap 1}, {tap 1, tap 2} */
#define MLF_DEPTHWISE_S8_COLUMN(p, q, a, b) \
	"smlad r2, " p ", " a ", r2\n\tsmlatb r3, " p ", " a ", r3\n\t" \
	"smlabt r2, " q ", " b ", r2\n\tsmlad r3, " q ", " b ", r3\n\t"

#define MLF_DEPTHWISE_S8_STRIDE1(p, q) \
	"ldmia r0!, {r10, r11}\n\t" \
	"smlatb r3, " p ", r4, r2\n\tsmlad r2, " p ", r4, r2\n\t" \
	"smlabt r2, " q ", r5, r2\n\tsmlad r3, " q ", r5, r3\n\t" \
	"ldrd r10, r11, [r0]\n\t" MLF_DEPTHWISE_S8_COLUMN(p, q, "r6", "r7") \
	"ldrd r10, r11, [r0, #8]\n\t" MLF_DEPTHWISE_S8_COLUMN(p, q, "r8", "r9")

#define MLF_DEPTHWISE_S8_COLUMN2(p, r, a, b) \
	"smlad r2, " p ", " a ", r2\n\tsmlabt r2, r11, " b ", r2\n\t" \
	"smlad r3, r11, " a ", r3\n\tsmlabt r3, " r ", " b ", r3\n\t"

#define MLF_DEPTHWISE_S8_STRIDE2(p, r) \
	"ldmia r0!, {r10-r12}\n\t" \
	"smlad r3, r11, r4, r2\n\tsmlabt r3, " r ", r5, r3\n\t" \
	"smlad r2, " p ", r4, r2\n\tsmlabt r2, r11, r5, r2\n\t" \
	"ldmia r0!, {r10-r12}\n\t" MLF_DEPTHWISE_S8_COLUMN2(p, r, "r6", "r7") \
	"ldmia r0, {r10-r12}\n\t" MLF_DEPTHWISE_S8_COLUMN2(p, r, "r8", "r9")

/* Stride 1, the upper pair of rows in slot 0. bytes: of the columns at which outputs start. */
static __attribute__((naked, noinline, unused)) void
mlf_depthwise_s8_step_1(const mlf_depthwise_s8_step *step __attribute__((unused)),
			int32_t bytes __attribute__((unused)))
{
	__asm volatile(MLF_DEPTHWISE_S8_ENTER MLF_DEPTHWISE_S8_STRIDE1("r10", "r11")
		       MLF_DEPTHWISE_S8_LEAVE("16"));
}

/* Stride 1, the upper pair of rows in slot 1. */
static __attribute__((naked, noinline, unused)) void
mlf_depthwise_s8_step_1_swapped(const mlf_depthwise_s8_step *step __attribute__((unused)),
				int32_t bytes __attribute__((unused)))
{
	__asm volatile(MLF_DEPTHWISE_S8_ENTER MLF_DEPTHWISE_S8_STRIDE1("r11", "r10")
		       MLF_DEPTHWISE_S8_LEAVE("16"));
}

/* Stride 2, the upper pair of rows in slot 0. */
static __attribute__((naked, noinline, unused)) void
mlf_depthwise_s8_step_2(const mlf_depthwise_s8_step *step __attribute__((unused)),
			int32_t bytes __attribute__((unused)))
{
	__asm volatile(MLF_DEPTHWISE_S8_ENTER MLF_DEPTHWISE_S8_STRIDE2("r10", "r12")
		       MLF_DEPTHWISE_S8_LEAVE("12"));
}

/* Stride 2, the upper pair of rows in slot 2. */
static __attribute__((naked, noinline, unused)) void
mlf_depthwise_s8_step_2_swapped(const mlf_depthwise_s8_step *step __attribute__((unused)),
				int32_t bytes __attribute__((unused)))
{
	__asm volatile(MLF_DEPTHWISE_S8_ENTER MLF_DEPTHWISE_S8_STRIDE2("r12", "r10")
		       MLF_DEPTHWISE_S8_LEAVE("12"));
}

/*
 * Any kernel without dilation across, of up to 10 rows, with a stride of 1 or 2 down. Registers: r0 rows, r1 weights,
 * r2 upper sum, r3 lower sum, r4-r8 a column's rows, r9-r12 its weights, lr columns left.
 */
typedef struct {
	int32_t columns;	/* of the kernel */
	int32_t back;		/* bytes from behind an output's columns to the next output's first */
	int32_t span;		/* bytes of the columns at which outputs start */
	int32_t pixel, lower;	/* as in mlf_depthwise_s8_step */
	const uint32_t *rows;
	int8_t *out;
	int32_t channels;	/* output channels, > 0 */
	int32_t plane;		/* bytes from a channel's rows to the next one's */
	const uint32_t *packed;
} mlf_depthwise_s8_channels;

/*
 * Stack: 0 multiplier, 4 rounding, 8 shift, 12 bias, 16 weights, then mlf_depthwise_s8_channels from 20 on: 20 columns,
 * 24 back, 28 span, 32 pixel, 36 lower, 40 rows, 44 out, 48 channels, 52 plane, 56 packed; 60 where the channel ends.
 */
#define MLF_DEPTHWISE_S8_FUNCTION(name, column) \
	static __attribute__((naked, noinline, unused)) void name( \
		const mlf_depthwise_s8_channels *channels __attribute__((unused))) \
	{ \
		__asm volatile("push {r4-r11, lr}\n\t" \
			       "sub sp, #68\n\t" \
			       "ldmia r0, {r1-r10}\n\t" \
			       "add r11, sp, #20\n\t" \
			       "stmia r11, {r1-r10}\n" \
			       "1:\n\t" \
			       "ldr lr, [sp, #56]\n\t" \
			       "ldmia lr!, {r2-r5}\n\t" \
			       "stmia sp, {r2-r5}\n\t" \
			       "str lr, [sp, #16]\n\t" \
			       "ldrd r0, r4, [sp, #40]\n\t" \
			       "ldr r5, [sp, #28]\n\t" \
			       "add r5, r0\n\t" \
			       "strd r5, r4, [sp, #60]\n" \
			       "2:\n\t" \
			       "ldrd r2, r1, [sp, #12]\n\t" \
			       "ldr lr, [sp, #20]\n\t" \
			       "mov r3, r2\n" \
			       "3:\n\t" column \
			       "subs lr, #1\n\t" \
			       "bne 3b\n\t" \
			       "ldmia sp, {r10-r12}\n\t" \
			       MLF_DEPTHWISE_S8_QUANTIZE("r2") MLF_DEPTHWISE_S8_QUANTIZE("r3") \
			       "ldrd r4, r5, [sp, #32]\n\t" \
			       "ldrd r6, r7, [sp, #60]\n\t" \
			       "strb r3, [r7, r5]\n\t" \
			       "strb r2, [r7]\n\t" \
			       "ldr r8, [sp, #24]\n\t" \
			       "add r7, r4\n\t" \
			       "str r7, [sp, #64]\n\t" \
			       "add r0, r8\n\t" \
			       "cmp r0, r6\n\t" \
			       "bne 2b\n\t" \
			       "str r1, [sp, #56]\n\t" \
			       "ldrd r4, r5, [sp, #40]\n\t" \
			       "ldrd r6, r7, [sp, #48]\n\t" \
			       "add r4, r7\n\t" \
			       "add r5, #1\n\t" \
			       "strd r4, r5, [sp, #40]\n\t" \
			       "subs r6, #1\n\t" \
			       "str r6, [sp, #48]\n\t" \
			       "bne 1b\n\t" \
			       "add sp, #68\n\t" \
			       "pop {r4-r11, pc}\n\t"); \
	}

/* a pair of taps with the rows at, and with those one below: {x, y} is in one word, or its halves in two */
#define MLF_DEPTHWISE_S8_TAPS(rows, taps) "smlad r2, " rows ", " taps ", r2\n\tsmlatb r3, " rows ", " taps ", r3\n\t"
#define MLF_DEPTHWISE_S8_NEXT(rows, taps) "smlabt r3, " rows ", " taps ", r3\n\t"
/* the same for a stride of 2: the lower output takes the next pair of rows */
#define MLF_DEPTHWISE_S8_BOTH(rows, next, taps) \
	"smlad r2, " rows ", " taps ", r2\n\tsmlad r3, " next ", " taps ", r3\n\t"

/* Stride 1, by the number of taps down. */
MLF_DEPTHWISE_S8_FUNCTION(mlf_depthwise_s8_down_1_taps_1, "ldr r4, [r0], #4\n\tldr r9, [r1], #4\n\t"
			  MLF_DEPTHWISE_S8_TAPS("r4", "r9"))
MLF_DEPTHWISE_S8_FUNCTION(mlf_depthwise_s8_down_1_taps_2, "ldmia r0!, {r4-r5}\n\tldr r9, [r1], #4\n\t"
			  MLF_DEPTHWISE_S8_TAPS("r4", "r9") MLF_DEPTHWISE_S8_NEXT("r5", "r9"))
MLF_DEPTHWISE_S8_FUNCTION(mlf_depthwise_s8_down_1_taps_3, "ldmia r0!, {r4-r5}\n\tldmia r1!, {r9-r10}\n\t"
			  MLF_DEPTHWISE_S8_TAPS("r4", "r9") MLF_DEPTHWISE_S8_NEXT("r5", "r9")
			  MLF_DEPTHWISE_S8_TAPS("r5", "r10"))
MLF_DEPTHWISE_S8_FUNCTION(mlf_depthwise_s8_down_1_taps_4, "ldmia r0!, {r4-r6}\n\tldmia r1!, {r9-r10}\n\t"
			  MLF_DEPTHWISE_S8_TAPS("r4", "r9") MLF_DEPTHWISE_S8_NEXT("r5", "r9")
			  MLF_DEPTHWISE_S8_TAPS("r5", "r10") MLF_DEPTHWISE_S8_NEXT("r6", "r10"))
MLF_DEPTHWISE_S8_FUNCTION(mlf_depthwise_s8_down_1_taps_5, "ldmia r0!, {r4-r6}\n\tldmia r1!, {r9-r11}\n\t"
			  MLF_DEPTHWISE_S8_TAPS("r4", "r9") MLF_DEPTHWISE_S8_NEXT("r5", "r9")
			  MLF_DEPTHWISE_S8_TAPS("r5", "r10") MLF_DEPTHWISE_S8_NEXT("r6", "r10")
			  MLF_DEPTHWISE_S8_TAPS("r6", "r11"))
MLF_DEPTHWISE_S8_FUNCTION(mlf_depthwise_s8_down_1_taps_6, "ldmia r0!, {r4-r7}\n\tldmia r1!, {r9-r11}\n\t"
			  MLF_DEPTHWISE_S8_TAPS("r4", "r9") MLF_DEPTHWISE_S8_NEXT("r5", "r9")
			  MLF_DEPTHWISE_S8_TAPS("r5", "r10") MLF_DEPTHWISE_S8_NEXT("r6", "r10")
			  MLF_DEPTHWISE_S8_TAPS("r6", "r11") MLF_DEPTHWISE_S8_NEXT("r7", "r11"))
MLF_DEPTHWISE_S8_FUNCTION(mlf_depthwise_s8_down_1_taps_7, "ldmia r0!, {r4-r7}\n\tldmia r1!, {r9-r12}\n\t"
			  MLF_DEPTHWISE_S8_TAPS("r4", "r9") MLF_DEPTHWISE_S8_NEXT("r5", "r9")
			  MLF_DEPTHWISE_S8_TAPS("r5", "r10") MLF_DEPTHWISE_S8_NEXT("r6", "r10")
			  MLF_DEPTHWISE_S8_TAPS("r6", "r11") MLF_DEPTHWISE_S8_NEXT("r7", "r11")
			  MLF_DEPTHWISE_S8_TAPS("r7", "r12"))
MLF_DEPTHWISE_S8_FUNCTION(mlf_depthwise_s8_down_1_taps_8, "ldmia r0!, {r4-r8}\n\tldmia r1!, {r9-r12}\n\t"
			  MLF_DEPTHWISE_S8_TAPS("r4", "r9") MLF_DEPTHWISE_S8_NEXT("r5", "r9")
			  MLF_DEPTHWISE_S8_TAPS("r5", "r10") MLF_DEPTHWISE_S8_NEXT("r6", "r10")
			  MLF_DEPTHWISE_S8_TAPS("r6", "r11") MLF_DEPTHWISE_S8_NEXT("r7", "r11")
			  MLF_DEPTHWISE_S8_TAPS("r7", "r12") MLF_DEPTHWISE_S8_NEXT("r8", "r12"))
/* Stride 2, an even number of taps: a last odd one has 0 beside it. */
MLF_DEPTHWISE_S8_FUNCTION(mlf_depthwise_s8_down_2_taps_2, "ldmia r0!, {r4-r5}\n\tldr r9, [r1], #4\n\t"
			  MLF_DEPTHWISE_S8_BOTH("r4", "r5", "r9"))
MLF_DEPTHWISE_S8_FUNCTION(mlf_depthwise_s8_down_2_taps_4, "ldmia r0!, {r4-r6}\n\tldmia r1!, {r9-r10}\n\t"
			  MLF_DEPTHWISE_S8_BOTH("r4", "r5", "r9") MLF_DEPTHWISE_S8_BOTH("r5", "r6", "r10"))
MLF_DEPTHWISE_S8_FUNCTION(mlf_depthwise_s8_down_2_taps_6, "ldmia r0!, {r4-r7}\n\tldmia r1!, {r9-r11}\n\t"
			  MLF_DEPTHWISE_S8_BOTH("r4", "r5", "r9") MLF_DEPTHWISE_S8_BOTH("r5", "r6", "r10")
			  MLF_DEPTHWISE_S8_BOTH("r6", "r7", "r11"))
MLF_DEPTHWISE_S8_FUNCTION(mlf_depthwise_s8_down_2_taps_8, "ldmia r0!, {r4-r8}\n\tldmia r1!, {r9-r12}\n\t"
			  MLF_DEPTHWISE_S8_BOTH("r4", "r5", "r9") MLF_DEPTHWISE_S8_BOTH("r5", "r6", "r10")
			  MLF_DEPTHWISE_S8_BOTH("r6", "r7", "r11") MLF_DEPTHWISE_S8_BOTH("r7", "r8", "r12"))
MLF_DEPTHWISE_S8_FUNCTION(mlf_depthwise_s8_down_2_taps_10, "ldmia r0!, {r4-r7}\n\tldmia r1!, {r9-r11}\n\t"
			  MLF_DEPTHWISE_S8_BOTH("r4", "r5", "r9") MLF_DEPTHWISE_S8_BOTH("r5", "r6", "r10")
			  MLF_DEPTHWISE_S8_BOTH("r6", "r7", "r11") "ldmia r0!, {r4-r5}\n\tldmia r1!, {r9-r10}\n\t"
			  MLF_DEPTHWISE_S8_BOTH("r7", "r4", "r9") MLF_DEPTHWISE_S8_BOTH("r4", "r5", "r10"))

#else

/* 3 x 3 with a stride of 1 or 2; swapped: whether the pairs of rows lie in the slots from the last to the first. */
MLF_INLINE void mlf_depthwise_s8_step_portable(const mlf_depthwise_s8_layer *layer,
					       const mlf_depthwise_s8_step *step, int32_t stride, int32_t swapped)
{
	const int32_t slots = stride + 1;

	for (int32_t c = 0; c < step->channels; c++) {
		const uint32_t *packed = step->packed + 10 * c;
		const uint32_t *from = step->rows + c * layer->columns * slots;
		int8_t *out = step->out + c;

		for (int32_t x = 0; x < layer->output_width; x++, out += step->pixel, from += stride * slots) {
			int32_t sums[2] = {(int32_t)packed[3], (int32_t)packed[3]};

			for (int32_t kx = 0; kx < 3; kx++) {
				const uint32_t *column = from + kx * slots;
				uint32_t a = packed[4 + 2 * kx];
				uint32_t b = packed[5 + 2 * kx];
				uint32_t p = column[swapped != 0 ? slots - 1 : 0];
				uint32_t q = column[stride == 1 && swapped != 0 ? 0 : 1];

				sums[0] = mlf_depthwise_s8_dot(p, a, sums[0]) +
					  mlf_depthwise_s8_low(q) * mlf_depthwise_s8_high(b);
				if (stride == 1) {
					sums[1] = mlf_depthwise_s8_dot(q, b, sums[1]) +
						  mlf_depthwise_s8_high(p) * mlf_depthwise_s8_low(a);
				} else {
					sums[1] = mlf_depthwise_s8_dot(q, a, sums[1]) +
						  mlf_depthwise_s8_low(column[swapped != 0 ? 0 : 2]) * mlf_depthwise_s8_high(b);
				}
			}
			out[step->lower] = mlf_depthwise_s8_result(sums[1], packed, 0);
			out[0] = mlf_depthwise_s8_result(sums[0], packed, 0);
		}
	}
}

#endif

#if MLF_KERNELS_DSP
typedef void mlf_depthwise_s8_down(const mlf_depthwise_s8_channels *);

/* One of the functions above, on the channels of a step. */
MLF_KERNEL void mlf_depthwise_s8_step_down(const mlf_depthwise_s8_layer *layer, const mlf_depthwise_s8_step *step,
					   mlf_depthwise_s8_down *down)
{
	const int32_t column = 4 * layer->slots;
	mlf_depthwise_s8_channels channels = {
		.columns = layer->kernel_width,
		.back = (layer->stride_width - layer->kernel_width) * column,
		.span = layer->output_width * layer->stride_width * column,
		.pixel = step->pixel,
		.lower = step->lower,
		.rows = step->rows,
		.out = step->out,
		.channels = step->channels,
		.plane = layer->multiplier == 1 ? layer->columns * column : 0,
		.packed = step->packed,
	};
	const int32_t words = 4 + layer->kernel_width * ((layer->kernel_height * layer->dilation_height -
							  layer->dilation_height + 2) / 2);

	if (layer->multiplier == 1) {
		down(&channels);
		return;
	}
	channels.channels = layer->multiplier;
	for (int32_t c = 0; c < step->channels; c += layer->multiplier) {
		down(&channels);
		channels.rows += layer->columns * layer->slots;
		channels.packed += layer->multiplier * words;
		channels.out += layer->multiplier;
	}
}
#define MLF_DEPTHWISE_S8_DOWN(function) function
#else
typedef void mlf_depthwise_s8_down(void);
#define MLF_DEPTHWISE_S8_DOWN(function) (mlf_depthwise_s8_down *)0
#endif

/* form: 0 any kernel, 1 or 2 a 3 x 3 kernel with that stride, 3 any kernel and scale; down: for form 0, or NULL */
MLF_INLINE void mlf_depthwise_s8_run(const int8_t *in, int8_t *out, void *scratch,
				     const mlf_depthwise_s8_layer *layer, int32_t form,
				     mlf_depthwise_s8_down *down)
{
	uint32_t *const rows = (uint32_t *)scratch;
	const int32_t channels = layer->input_channels;
	const int32_t slots = form == 1 ? 2 : form == 2 ? 3 : layer->slots;
	const int32_t stride = form == 1 ? 1 : form == 2 ? 2 : layer->stride_height;
	const int32_t plane = layer->columns * slots;
	const int32_t row_bytes = layer->input_width * channels;
	const int32_t pixel = channels * layer->multiplier;
	const int32_t pairs = ((layer->kernel_height - 1) * layer->dilation_height + 2) / 2;
	const int32_t words = form == 1 || form == 2 ? 10 : 4 + layer->kernel_width * pairs;
	const int8_t zero_point = (int8_t)layer->input_zero_point;
	const int8_t beyond[4] = {zero_point, zero_point, zero_point, zero_point};
	int32_t inside = layer->columns - layer->pad_left;

	(void)down;
	inside = inside > layer->input_width ? layer->input_width : inside;
	for (int32_t i = 0; i < plane * (channels < 4 ? channels : 4); i++) {
		rows[i] = (uint32_t)(zero_point & 0xFFFF) * 0x10001U;
	}
	for (int32_t c = 0; c < channels; c += 4) {
		const int32_t count = channels - c < 4 ? channels - c : 4;
		int32_t pair = 0; /* the next to be read */

		for (int32_t y = 0; y < layer->output_height; y += 2) {
			const int32_t top = y / 2 * stride;
			const mlf_depthwise_s8_step step = {
				.rows = rows,
				.packed = layer->packed + c * layer->multiplier * words,
				.out = out + y * layer->output_width * pixel + c * layer->multiplier,
				.pixel = pixel,
				.lower = y + 1 < layer->output_height ? layer->output_width * pixel : 0,
				.channels = count * layer->multiplier,
			};

			/* The last pair of rows is the next step's first: in these two it stays where it is. */
			const int32_t swapped = (form == 1 || form == 2) && (y & 2) != 0;

			if (form != 1 && form != 2 && y != 0 && stride < slots) {
				mlf_depthwise_s8_keep(rows, rows + plane * count, slots, stride);
			}
			for (pair = pair < top ? top : pair; pair < top + slots; pair++) {
				const int8_t *from[2] = {beyond, beyond};
				int32_t steps[2] = {0, 0};
				int32_t slot = swapped != 0 ? slots - 1 - (pair - top) : pair - top;
				uint32_t *to = rows + layer->pad_left * slots + slot;

				for (int32_t i = 0; i < 2; i++) {
					int32_t row = 2 * pair + i - layer->pad_top;

					if (row >= 0 && row < layer->input_height) {
						from[i] = in + row * row_bytes + c;
						steps[i] = channels;
					}
				}
#if MLF_KERNELS_DSP
				if (count == 4 && inside > 0) {
					const mlf_depthwise_s8_pairs pairs_of_rows = {
						from[0], from[1], to, inside, steps[0], steps[1], 4 * plane, 4 * slots,
					};

					mlf_depthwise_s8_fill4(&pairs_of_rows);
					continue;
				}
#endif
				mlf_depthwise_s8_fill(to, from, steps, inside, plane, slots, count);
			}
			if (form == 1 || form == 2) {
#if MLF_KERNELS_DSP
				const int32_t bytes = layer->output_width * 4 * stride * slots;

				if (form == 1) {
					if (swapped == 0) {
						mlf_depthwise_s8_step_1(&step, bytes);
					} else {
						mlf_depthwise_s8_step_1_swapped(&step, bytes);
					}
				} else if (swapped == 0) {
					mlf_depthwise_s8_step_2(&step, bytes);
				} else {
					mlf_depthwise_s8_step_2_swapped(&step, bytes);
				}
#else
				mlf_depthwise_s8_step_portable(layer, &step, form, swapped);
#endif
			} else {
#if MLF_KERNELS_DSP
				if (down != (mlf_depthwise_s8_down *)0) {
					mlf_depthwise_s8_step_down(layer, &step, down);
					continue;
				}
#endif
				mlf_depthwise_s8_step_any(layer, &step, form == 3);
			}
		}
	}
	if (layer->low > -128 || layer->high < 127) {
		mlf_clamp_s8(out, layer->output_height * layer->output_width * pixel, layer->low, layer->high);
	}
}

/* The function for a kernel of up to 10 rows, in the DSP form: a stride of 1 or 2 down and that many taps. */
#define MLF_DEPTHWISE_S8_ENTRY(suffix) \
	static __attribute__((unused)) void mlf_depthwise_s8_stride_##suffix(const int8_t *in, int8_t *out, void *scratch, \
								      const mlf_depthwise_s8_layer *layer) \
	{ \
		mlf_depthwise_s8_any_kernel(in, out, scratch, layer, \
					    MLF_DEPTHWISE_S8_DOWN(mlf_depthwise_s8_down_##suffix)); \
	}

MLF_KERNEL void mlf_depthwise_s8_any_kernel(const int8_t *in, int8_t *out, void *scratch,
					    const mlf_depthwise_s8_layer *layer, mlf_depthwise_s8_down *down)
{
	mlf_depthwise_s8_run(in, out, scratch, layer, 0, down);
}

MLF_DEPTHWISE_S8_ENTRY(1_taps_1)
MLF_DEPTHWISE_S8_ENTRY(1_taps_2)
MLF_DEPTHWISE_S8_ENTRY(1_taps_3)
MLF_DEPTHWISE_S8_ENTRY(1_taps_4)
MLF_DEPTHWISE_S8_ENTRY(1_taps_5)
MLF_DEPTHWISE_S8_ENTRY(1_taps_6)
MLF_DEPTHWISE_S8_ENTRY(1_taps_7)
MLF_DEPTHWISE_S8_ENTRY(1_taps_8)
MLF_DEPTHWISE_S8_ENTRY(2_taps_2)
MLF_DEPTHWISE_S8_ENTRY(2_taps_4)
MLF_DEPTHWISE_S8_ENTRY(2_taps_6)
MLF_DEPTHWISE_S8_ENTRY(2_taps_8)
MLF_DEPTHWISE_S8_ENTRY(2_taps_10)

MLF_KERNEL void mlf_depthwise_s8(const int8_t *in, int8_t *out, void *scratch, const mlf_depthwise_s8_layer *layer)
{
	mlf_depthwise_s8_run(in, out, scratch, layer, 0, (mlf_depthwise_s8_down *)0);
}

MLF_KERNEL void mlf_depthwise_s8_3x3_stride1(const int8_t *in, int8_t *out, void *scratch,
					     const mlf_depthwise_s8_layer *layer)
{
	mlf_depthwise_s8_run(in, out, scratch, layer, 1, (mlf_depthwise_s8_down *)0);
}

MLF_KERNEL void mlf_depthwise_s8_3x3_stride2(const int8_t *in, int8_t *out, void *scratch,
					     const mlf_depthwise_s8_layer *layer)
{
	mlf_depthwise_s8_run(in, out, scratch, layer, 2, (mlf_depthwise_s8_down *)0);
}

MLF_KERNEL void mlf_depthwise_s8_exact(const int8_t *in, int8_t *out, void *scratch,
				       const mlf_depthwise_s8_layer *layer)
{
	mlf_depthwise_s8_run(in, out, scratch, layer, 3, (mlf_depthwise_s8_down *)0);
}

#endif
