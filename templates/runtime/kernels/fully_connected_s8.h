/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FULLY_CONNECTED on int8: input [ROWS, K], weights packed offline from [N, K], output [ROWS, N].
 *
 * Four outputs at a time read the input once. Packed, for each four outputs: 4 words of bias, then for each four
 * inputs 4 words of weights; outputs beyond a multiple of four, and all of the exact form: a word of bias, then a
 * word of weights for each four inputs. Weights beyond K are 0. The input's zero point is folded into the bias. Four outputs' words are
 *   in pairs: {a + 256 * b of inputs 0, 2} {a + 256 * b of 1, 3} {c + 256 * d of 0, 2} {c + 256 * d of 1, 3}, and
 *             the bias of a, of a + 256 * b, of c, of c + 256 * d: what goes beyond the sum of a, which the low bytes
 *             alone give, is 256 times that of b
 *   plain:    a word for each output
 * The quantisation's rows are mlf_requant, or mlf_requant_exact in the exact form: one for all outputs, or one each.
 *
 * Source: TensorFlow Lite Micro's reference_integer_ops::FullyConnected; equal to the bit.
 * Overlap: a row of outputs must not touch its row of inputs, which is read repeatedly; it may lie on rows before.
 */
#ifndef MLF_KERNELS_FULLY_CONNECTED_S8_H
#define MLF_KERNELS_FULLY_CONNECTED_S8_H

#include <stdint.h>

#include "dot_s8.h"
#include "requantize.h"

typedef struct {
	int32_t rows, inputs, outputs;
	int16_t output_zero_point; /* of the exact form; the other has it in the rounding */
	int16_t low, high;	   /* of the fused activation */
	int16_t per_channel;
	const uint32_t *packed;
	const int32_t *quantisation;
} mlf_fully_connected_s8_layer;

/* How weights are packed and sums requantised. */
enum {
	MLF_FULLY_CONNECTED_S8_PAIRS,
	MLF_FULLY_CONNECTED_S8_PLAIN,
	MLF_FULLY_CONNECTED_S8_EXACT, /* output by output */
};

/* Two inputs times one word, which has weights of two outputs. */
MLF_INLINE void mlf_fully_connected_s8_pair(int32_t first, int32_t second, uint32_t weights, int32_t *sums)
{
	int32_t low = (int16_t)(uint16_t)weights;
	int32_t high = (int16_t)(uint16_t)(weights >> 16);
	int32_t a = (int8_t)(uint8_t)low;
	int32_t b = (int8_t)(uint8_t)high;

	sums[0] += first * a + second * b;
	sums[1] += first * ((low - a) >> 8) + second * ((high - b) >> 8);
}

/* The sums of four outputs. */
MLF_INLINE void mlf_fully_connected_s8_sums(const int8_t *in, const uint32_t *packed, int32_t inputs, int32_t form,
					    int32_t *sums)
{
	for (int32_t i = 0; i < 4; i++) {
		sums[i] = (int32_t)packed[i];
	}
	if (form == MLF_FULLY_CONNECTED_S8_PAIRS) {
		sums[1] = (int32_t)(packed[1] - packed[0]) >> 8;
		sums[3] = (int32_t)(packed[3] - packed[2]) >> 8;
	}
	for (int32_t k = 0; k < inputs; k += 4) {
		const uint32_t *weights = packed + 4 + k;

		if (form == MLF_FULLY_CONNECTED_S8_PAIRS) {
			mlf_fully_connected_s8_pair(in[k], in[k + 2], weights[0], sums);
			mlf_fully_connected_s8_pair(in[k + 1], in[k + 3], weights[1], sums);
			mlf_fully_connected_s8_pair(in[k], in[k + 2], weights[2], sums + 2);
			mlf_fully_connected_s8_pair(in[k + 1], in[k + 3], weights[3], sums + 2);
			continue;
		}
		for (int32_t i = 0; i < 4; i++) {
			sums[i] = mlf_dot4(in + k, weights[i], sums[i]);
		}
	}
}

MLF_INLINE int8_t mlf_fully_connected_s8_result(int32_t sum, const mlf_fully_connected_s8_layer *layer, int32_t output,
						int32_t form)
{
	const int32_t exact = form == MLF_FULLY_CONNECTED_S8_EXACT;
	const int32_t *quantisation =
		layer->quantisation + (layer->per_channel != 0 ? (exact != 0 ? 2 : 3) * output : 0);

	if (exact != 0) {
		sum = mlf_rescale(sum, quantisation[0], quantisation[1]);
		return (int8_t)mlf_clamp(mlf_add_zero_point(sum, layer->output_zero_point), -128, 127);
	}
	return (int8_t)mlf_requantize((int32_t)(2U * (uint32_t)sum), quantisation[0], quantisation[1], quantisation[2]);
}

#if MLF_KERNELS_DSP

typedef struct {
	int8_t *out;
	int8_t *end;			/* where out ends: a multiple of four outputs, > 0 */
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

/* two outputs: their weights of the even inputs, then of the odd ones */
#define MLF_FULLY_CONNECTED_S8_PAIR(first, second, even, odd) \
	"sxtb16 r12, " even "\n\t" \
	"smlad " first ", r10, r12, " first "\n\tsmlad " second ", r10, " even ", " second "\n\t" \
	"sxtb16 r12, " odd "\n\t" \
	"smlad " first ", r11, r12, " first "\n\tsmlad " second ", r11, " odd ", " second "\n\t"

/* twice the sums of two outputs */
#define MLF_FULLY_CONNECTED_S8_SPLIT(first, second) \
	"sub " second ", " first "\n\t" \
	"asr " second ", " second ", #7\n\t" \
	"lsl " first ", " first ", #1\n\t"

#define MLF_FULLY_CONNECTED_S8_DOUBLE(sum) "lsl " sum ", " sum ", #1\n\t"

#define MLF_FULLY_CONNECTED_S8_QUANTIZE(sum) \
	"ldmia r6, {r7-r9}\n\t" \
	"add r6, r11\n\t" \
	"smmlar r12, " sum ", r7, r8\n\t" \
	"add r12, r12, " sum ", asr #31\n\t" \
	"asr r12, r12, r9\n\t" \
	"ssat r12, #8, r12\n\t" \
	"strb r12, [r10], #1\n\t"

/*
 * Stack: 0 out, 4 end, 8 in, 12 entry, 16 quantisation, 20 next. The jump enters the unrolled steps of four inputs
 * where the rest of them is a multiple of 4.
 */
#define MLF_FULLY_CONNECTED_S8_ENTER(step_bytes) \
	"push {r4-r11, lr}\n\t" \
	"ldmia r0, {r2-r7}\n\t" \
	"add lr, r4, r5, lsl #2\n\t" \
	"sub r5, #1\n\t" \
	"and r5, #3\n\t" \
	"rsb r5, #3\n\t" \
	"movs r8, #" #step_bytes "\n\t" \
	"adr r9, 2f\n\t" \
	"mla r5, r5, r8, r9\n\t" \
	"orr r5, #1\n\t" \
	"push {r2-r7}\n" \
	"1:\n\t" \
	"ldr r0, [sp, #8]\n\t" \
	"ldmia r1!, {r2-r5}\n\t" \
	"ldr pc, [sp, #12]\n\t" \
	".balign 4\n" \
	"2:\n\t" \
	".rept 4\n\t" \
	"ldr r10, [r0], #4\n\t" \
	"ldmia r1!, {r6-r9}\n\t" \
	"sxtb16 r11, r10, ror #8\n\t" \
	"sxtb16 r10, r10\n\t"

#define MLF_FULLY_CONNECTED_S8_LOOP \
	".endr\n\t" \
	"cmp r0, lr\n\t" \
	"bne 2b\n\t" \
	"ldr r10, [sp]\n\t" \
	"ldrd r6, r11, [sp, #16]\n\t"

#define MLF_FULLY_CONNECTED_S8_LEAVE \
	MLF_FULLY_CONNECTED_S8_QUANTIZE("r2") \
	MLF_FULLY_CONNECTED_S8_QUANTIZE("r3") \
	MLF_FULLY_CONNECTED_S8_QUANTIZE("r4") \
	MLF_FULLY_CONNECTED_S8_QUANTIZE("r5") \
	"str r6, [sp, #16]\n\t" \
	"str r10, [sp]\n\t" \
	"ldr r12, [sp, #4]\n\t" \
	"cmp r10, r12\n\t" \
	"bne 1b\n\t" \
	"add sp, #24\n\t" \
	"pop {r4-r11, pc}\n\t"

static __attribute__((naked, noinline, unused)) void
mlf_fully_connected_s8_fours_pairs(const mlf_fully_connected_s8_block *block __attribute__((unused)),
				   const uint32_t *packed __attribute__((unused)))
{
	__asm volatile(MLF_FULLY_CONNECTED_S8_ENTER(64)
		       MLF_FULLY_CONNECTED_S8_PAIR("r2", "r3", "r6", "r7")
		       MLF_FULLY_CONNECTED_S8_PAIR("r4", "r5", "r8", "r9")
		       MLF_FULLY_CONNECTED_S8_LOOP
		       MLF_FULLY_CONNECTED_S8_SPLIT("r2", "r3") MLF_FULLY_CONNECTED_S8_SPLIT("r4", "r5")
		       MLF_FULLY_CONNECTED_S8_LEAVE);
}

static __attribute__((naked, noinline, unused)) void
mlf_fully_connected_s8_fours_plain(const mlf_fully_connected_s8_block *block __attribute__((unused)),
				   const uint32_t *packed __attribute__((unused)))
{
	__asm volatile(MLF_FULLY_CONNECTED_S8_ENTER(80)
		       MLF_FULLY_CONNECTED_S8_OUTPUT("r2", "r6") MLF_FULLY_CONNECTED_S8_OUTPUT("r3", "r7")
		       MLF_FULLY_CONNECTED_S8_OUTPUT("r4", "r8") MLF_FULLY_CONNECTED_S8_OUTPUT("r5", "r9")
		       MLF_FULLY_CONNECTED_S8_LOOP
		       MLF_FULLY_CONNECTED_S8_DOUBLE("r2") MLF_FULLY_CONNECTED_S8_DOUBLE("r3")
		       MLF_FULLY_CONNECTED_S8_DOUBLE("r4") MLF_FULLY_CONNECTED_S8_DOUBLE("r5")
		       MLF_FULLY_CONNECTED_S8_LEAVE);
}
#endif

MLF_INLINE void mlf_fully_connected_s8_run(const int8_t *in, int8_t *out, void *scratch,
					   const mlf_fully_connected_s8_layer *layer, int32_t form)
{
	const int32_t inputs = (layer->inputs + 3) & ~3;
	const int32_t whole = form == MLF_FULLY_CONNECTED_S8_EXACT ? 0 : layer->outputs & ~3;

	for (int32_t row = 0; row < layer->rows; row++, in += layer->inputs, out += layer->outputs) {
		const uint32_t *packed = layer->packed;
		const int8_t *from = in;
		int32_t n = 0;

		if (inputs != layer->inputs) {
			int8_t *copy = (int8_t *)scratch;

			for (int32_t k = 0; k < inputs; k++) {
				copy[k] = k < layer->inputs ? in[k] : 0;
			}
			from = copy;
		}
#if MLF_KERNELS_DSP
		if (whole != 0) {
			const mlf_fully_connected_s8_block block = {
				.out = out,
				.end = out + whole,
				.in = from,
				.fours = inputs / 4,
				.quantisation = layer->quantisation,
				.next = layer->per_channel != 0 ? 12 : 0,
			};

			if (form == MLF_FULLY_CONNECTED_S8_PAIRS) {
				mlf_fully_connected_s8_fours_pairs(&block, packed);
			} else {
				mlf_fully_connected_s8_fours_plain(&block, packed);
			}
			packed += whole * (1 + inputs / 4);
			n = whole;
		}
#endif
		for (; n < whole; n += 4, packed += 4 + inputs) {
			int32_t sums[4];

			mlf_fully_connected_s8_sums(from, packed, inputs, form, sums);
			for (int32_t i = 0; i < 4; i++) {
				out[n + i] = mlf_fully_connected_s8_result(sums[i], layer, n + i, form);
			}
		}
		for (; n < layer->outputs; n++) {
			int32_t sum = (int32_t)*packed++;

#if MLF_KERNELS_DSP
			sum = mlf_dot_s8(from, (const int8_t *)packed, inputs, 0, sum);
			packed += inputs / 4;
#else
			for (int32_t k = 0; k < inputs; k += 4) {
				sum = mlf_dot4(from + k, *packed++, sum);
			}
#endif
			out[n] = mlf_fully_connected_s8_result(sum, layer, n, form);
		}
	}
	if (layer->low > -128 || layer->high < 127) {
		int32_t count = layer->rows * layer->outputs;

		mlf_clamp_s8(out - count, count, layer->low, layer->high);
	}
}

/* scratch: inputs rounded up to a multiple of 4 bytes if they are not one; otherwise unused. */
MLF_KERNEL void mlf_fully_connected_s8(const int8_t *in, int8_t *out, void *scratch,
				       const mlf_fully_connected_s8_layer *layer)
{
	mlf_fully_connected_s8_run(in, out, scratch, layer, MLF_FULLY_CONNECTED_S8_PAIRS);
}

/* Sums up to 2^30, weights of -128. */
MLF_KERNEL void mlf_fully_connected_s8_plain(const int8_t *in, int8_t *out, void *scratch,
					     const mlf_fully_connected_s8_layer *layer)
{
	mlf_fully_connected_s8_run(in, out, scratch, layer, MLF_FULLY_CONNECTED_S8_PLAIN);
}

/* Any scale, and sums up to 2^31. */
MLF_KERNEL void mlf_fully_connected_s8_exact(const int8_t *in, int8_t *out, void *scratch,
					     const mlf_fully_connected_s8_layer *layer)
{
	mlf_fully_connected_s8_run(in, out, scratch, layer, MLF_FULLY_CONNECTED_S8_EXACT);
}

#endif
