/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FULLY_CONNECTED on int8: input [ROWS, K], weights packed offline from [N, K], output [ROWS, N].
 *
 * Four outputs at a time read the input once. Packed, for each four outputs: 4 words of bias, then for each four
 * inputs 4 words of weights, one for each output; outputs beyond a multiple of four: a word of bias, then their
 * weights alone. Weights beyond K are 0. The input's zero point is folded into the bias.
 * The quantisation's rows are mlf_requant, or mlf_requant_exact in the exact form: one for all outputs, or one each.
 *
 * A row of outputs must not lie over its row of inputs, which is read again and again.
 */
#ifndef MLF_KERNELS_FULLY_CONNECTED_S8_H
#define MLF_KERNELS_FULLY_CONNECTED_S8_H

#include <stdint.h>

#include "requantize.h"

typedef struct {
	int32_t rows, inputs, outputs;
	int16_t output_zero_point; /* of the exact form; the other has it in the rounding */
	int16_t low, high;	   /* of the fused activation */
	int16_t per_channel;
	const uint32_t *packed;
	const int32_t *quantisation;
} mlf_fully_connected_s8_layer;

MLF_INLINE int32_t mlf_fully_connected_s8_byte(uint32_t word, int32_t number)
{
	return (int8_t)(uint8_t)(word >> (8 * number));
}

/* The sum of four inputs at a time with weights that lie stride words apart. */
MLF_INLINE int32_t mlf_fully_connected_s8_sum(const int8_t *in, const uint32_t *weights, int32_t inputs,
					      int32_t stride, int32_t sum)
{
	for (int32_t k = 0; k < inputs; k += 4, weights += stride) {
#if MLF_KERNELS_DSP
		uint32_t four = mlf_load4(in + k);

		sum = (int32_t)__smlad((int16x2_t)mlf_even(four), (int16x2_t)mlf_even(*weights), sum);
		sum = (int32_t)__smlad((int16x2_t)mlf_odd(four), (int16x2_t)mlf_odd(*weights), sum);
#else
		for (int32_t i = 0; i < 4; i++) {
			sum += in[k + i] * mlf_fully_connected_s8_byte(*weights, i);
		}
#endif
	}
	return sum;
}

#if MLF_KERNELS_DSP

typedef struct {
	int8_t *out;
	int8_t *end;			/* where out stops: a multiple of four outputs, > 0 */
	const int8_t *in;
	int32_t fours;			/* inputs / 4, rounded up */
	const int32_t *quantisation;
	int32_t next;			/* bytes from a row of quantisation to the next, or 0 */
} mlf_fully_connected_s8_block;

/* r2-r5 sums, r6-r9 weights, r10 r11 inputs as int16, r12 a weight pair, lr behind the inputs */
#define MLF_FULLY_CONNECTED_S8_OUTPUT(sum, weights) \
	"sxtb16 r12, " weights "\n\t" \
	"smlad " sum ", r10, r12, " sum "\n\t" \
	"sxtb16 " weights ", " weights ", ror #8\n\t" \
	"smlad " sum ", r11, " weights ", " sum "\n\t"

#define MLF_FULLY_CONNECTED_S8_QUANTIZE(sum) \
	"ldmia r6, {r7-r9}\n\t" \
	"add r6, r11\n\t" \
	"lsl " sum ", " sum ", #1\n\t" \
	"smmlar r12, " sum ", r7, r8\n\t" \
	"add r12, r12, " sum ", asr #31\n\t" \
	"asr r12, r12, r9\n\t" \
	"ssat r12, #8, r12\n\t" \
	"strb r12, [r10], #1\n\t"

/* Stack: 0 out, 4 end, 8 in, 12 entry, 16 quantisation, 20 next. The jump takes what is beyond a multiple of 4. */
static __attribute__((naked, noinline, unused)) void
mlf_fully_connected_s8_fours(const mlf_fully_connected_s8_block *block __attribute__((unused)),
			     const uint32_t *packed __attribute__((unused)))
{
	__asm volatile("push {r4-r11, lr}\n\t"
		       "ldmia r0, {r2-r7}\n\t"
		       "add lr, r4, r5, lsl #2\n\t"
		       "sub r5, #1\n\t"
		       "and r5, #3\n\t"
		       "rsb r5, #3\n\t"
		       "movs r8, #80\n\t"
		       "adr r9, 2f\n\t"
		       "mla r5, r5, r8, r9\n\t"
		       "orr r5, #1\n\t"
		       "push {r2-r7}\n"
		       "1:\n\t"
		       "ldr r0, [sp, #8]\n\t"
		       "ldmia r1!, {r2-r5}\n\t"
		       "ldr pc, [sp, #12]\n\t"
		       ".balign 4\n"
		       "2:\n\t"
		       ".rept 4\n\t"
		       "ldr r10, [r0], #4\n\t"
		       "ldmia r1!, {r6-r9}\n\t"
		       "sxtb16 r11, r10, ror #8\n\t"
		       "sxtb16 r10, r10\n\t"
		       MLF_FULLY_CONNECTED_S8_OUTPUT("r2", "r6")
		       MLF_FULLY_CONNECTED_S8_OUTPUT("r3", "r7")
		       MLF_FULLY_CONNECTED_S8_OUTPUT("r4", "r8")
		       MLF_FULLY_CONNECTED_S8_OUTPUT("r5", "r9")
		       ".endr\n\t"
		       "cmp r0, lr\n\t"
		       "bne 2b\n\t"
		       "ldr r10, [sp]\n\t"
		       "ldrd r6, r11, [sp, #16]\n\t"
		       MLF_FULLY_CONNECTED_S8_QUANTIZE("r2")
		       MLF_FULLY_CONNECTED_S8_QUANTIZE("r3")
		       MLF_FULLY_CONNECTED_S8_QUANTIZE("r4")
		       MLF_FULLY_CONNECTED_S8_QUANTIZE("r5")
		       "str r6, [sp, #16]\n\t"
		       "str r10, [sp]\n\t"
		       "ldr r12, [sp, #4]\n\t"
		       "cmp r10, r12\n\t"
		       "bne 1b\n\t"
		       "add sp, #24\n\t"
		       "pop {r4-r11, pc}\n\t");
}
#endif

MLF_INLINE void mlf_fully_connected_s8_run(const int8_t *in, int8_t *out, void *scratch,
					   const mlf_fully_connected_s8_layer *layer, int32_t exact)
{
	const int32_t inputs = (layer->inputs + 3) & ~3;
	const int32_t whole = layer->outputs & ~3;
	const int32_t columns = exact != 0 ? 2 : 3;

	for (int32_t row = 0; row < layer->rows; row++, in += layer->inputs, out += layer->outputs) {
		const uint32_t *weights = layer->packed;
		const int8_t *from = in;
		int32_t first = 0;

		if (inputs != layer->inputs) {
			int8_t *copy = (int8_t *)scratch;

			for (int32_t k = 0; k < inputs; k++) {
				copy[k] = k < layer->inputs ? in[k] : 0;
			}
			from = copy;
		}
#if MLF_KERNELS_DSP
		if (exact == 0 && whole != 0) {
			const mlf_fully_connected_s8_block block = {
				.out = out,
				.end = out + whole,
				.in = from,
				.fours = inputs / 4,
				.quantisation = layer->quantisation,
				.next = layer->per_channel != 0 ? 12 : 0,
			};

			mlf_fully_connected_s8_fours(&block, weights);
			weights += whole * (1 + inputs / 4);
			first = whole;
		}
#endif
		for (int32_t n = first; n < layer->outputs; n++) {
			const int32_t *quantisation =
				layer->quantisation + (layer->per_channel != 0 ? columns * n : 0);
			const int32_t stride = n < whole ? 4 : 1;
			int32_t place = n < whole ? n % 4 : 0;
			int32_t sum = mlf_fully_connected_s8_sum(from, weights + place + stride, inputs, stride,
								 (int32_t)weights[place]);

			if (exact != 0) {
				sum = mlf_rescale(sum, quantisation[0], quantisation[1]);
				out[n] = (int8_t)mlf_clamp(sum + layer->output_zero_point, -128, 127);
			} else {
				out[n] = (int8_t)mlf_requantize(2 * sum, quantisation[0], quantisation[1],
								quantisation[2]);
			}
			if (place == stride - 1) {
				weights += stride * (1 + inputs / 4);
			}
		}
	}
	if (layer->low > -128 || layer->high < 127) {
		int32_t count = layer->rows * layer->outputs;

		mlf_clamp_s8(out - count, count, layer->low, layer->high);
	}
}

/* scratch: inputs rounded up to a multiple of 4 bytes where they are none; else unused. */
MLF_KERNEL void mlf_fully_connected_s8(const int8_t *in, int8_t *out, void *scratch,
				       const mlf_fully_connected_s8_layer *layer)
{
	mlf_fully_connected_s8_run(in, out, scratch, layer, 0);
}

/* Any scale, and sums up to 2^31. */
MLF_KERNEL void mlf_fully_connected_s8_exact(const int8_t *in, int8_t *out, void *scratch,
					     const mlf_fully_connected_s8_layer *layer)
{
	mlf_fully_connected_s8_run(in, out, scratch, layer, 1);
}

#endif
