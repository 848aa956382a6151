/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ADD, SUB and MUL on int8, with or without broadcasting.
 *
 * ADD and SUB: the reference scales each input separately, then the sum. One of the two scales is the greater one and
 * halves exactly; the other input's scaled value comes from a table of 256, with both zero points in it:
 *   twice the sum = table[input of the table] + factor * other input
 * MUL: twice the product of both less their zero points.
 *
 * Sources: TensorFlow Lite's reference_integer_ops::Add and ::Mul; equal to the bit.
 * Overlap: outputs are computed in order. Where an input is not broadcast, the output may start where that input starts
 * or at any place before.
 */
#ifndef MLF_KERNELS_ELEMENTWISE_S8_H
#define MLF_KERNELS_ELEMENTWISE_S8_H

#include <stdint.h>

#include "requantize.h"

/*
 * The output has lengths[0] x lengths[1] x lengths[2] x lengths[3] elements; an input's steps are its elements from
 * one to the next along each, 0 where it is broadcast, and 0 or 1 along the last.
 */
typedef struct {
	int32_t lengths[4];
	int32_t first_steps[4], second_steps[4];
	int16_t first_zero_point, second_zero_point; /* of MUL */
	int16_t exact;		   /* whether the requantisation is mlf_requant_exact and output_zero_point */
	int16_t output_zero_point;
	int16_t low, high;	   /* of the fused activation */
	int32_t factor;		   /* of ADD and SUB, for the input that has no table */
	const int32_t *table;	   /* of ADD and SUB, by the other input's byte as uint8 */
	mlf_requant requant;	   /* or {multiplier, shift} of the exact form */
} mlf_elementwise_s8_layer;

MLF_INLINE int32_t mlf_elementwise_s8_result(int32_t doubled, const mlf_elementwise_s8_layer *layer)
{
	if (layer->exact != 0) {
		int32_t scaled = mlf_rescale(doubled >> 1, layer->requant.multiplier, layer->requant.rounding);

		return mlf_clamp(mlf_add_zero_point(scaled, layer->output_zero_point), -128, 127);
	}
	return mlf_requantize(doubled, layer->requant.multiplier, layer->requant.rounding, layer->requant.shift);
}

/* A row of count elements. straight: the input without table. */
MLF_INLINE void mlf_elementwise_s8_add_row(const int8_t *tabled, const int8_t *straight, int8_t *out,
					   int32_t count, int32_t tabled_step, int32_t straight_step,
					   const mlf_elementwise_s8_layer *layer)
{
	const int32_t *const table = layer->table;
	const int32_t factor = layer->factor;
	int32_t i = 0;

#if MLF_KERNELS_DSP
	if (tabled_step == 1 && straight_step == 1 && layer->exact == 0) {
		const int32_t multiplier = layer->requant.multiplier;
		const int32_t rounding = layer->requant.rounding;
		const int32_t shift = layer->requant.shift;

		for (; i + 4 <= count; i += 4, tabled += 4, straight += 4, out += 4) {
			uint32_t a = mlf_load4(tabled);
			uint32_t b = mlf_load4(straight);

			out[0] = (int8_t)mlf_requantize(table[a & 0xFFU] + factor * (int8_t)(uint8_t)b, multiplier,
							rounding, shift);
			out[1] = (int8_t)mlf_requantize(table[a >> 8 & 0xFFU] +
								factor * (int8_t)(uint8_t)(b >> 8),
							multiplier, rounding, shift);
			out[2] = (int8_t)mlf_requantize(table[a >> 16 & 0xFFU] +
								factor * (int8_t)(uint8_t)(b >> 16),
							multiplier, rounding, shift);
			out[3] = (int8_t)mlf_requantize(table[a >> 24] + factor * ((int32_t)b >> 24), multiplier,
							rounding, shift);
		}
	}
#endif
	for (; i < count; i++, tabled += tabled_step, straight += straight_step) {
		*out++ = (int8_t)mlf_elementwise_s8_result(table[(uint8_t)*tabled] + factor * *straight, layer);
	}
}

MLF_INLINE void mlf_elementwise_s8_mul_row(const int8_t *first, const int8_t *second, int8_t *out, int32_t count,
					   int32_t first_step, int32_t second_step,
					   const mlf_elementwise_s8_layer *layer)
{
	const int32_t first_zero_point = layer->first_zero_point;
	const int32_t second_zero_point = 2 * layer->second_zero_point;
	int32_t i = 0;

#if MLF_KERNELS_DSP
	if (first_step == 1 && second_step == 1 && layer->exact == 0) {
		const int32_t multiplier = layer->requant.multiplier;
		const int32_t rounding = layer->requant.rounding;
		const int32_t shift = layer->requant.shift;

		for (; i + 4 <= count; i += 4, first += 4, second += 4, out += 4) {
			uint32_t a = mlf_load4(first);
			uint32_t b = mlf_load4(second);

			for (int32_t k = 0; k < 4; k++) {
				int32_t x = (int8_t)(uint8_t)(a >> (8 * k)) - first_zero_point;
				int32_t y = 2 * (int8_t)(uint8_t)(b >> (8 * k)) - second_zero_point;

				out[k] = (int8_t)mlf_requantize(x * y, multiplier, rounding, shift);
			}
		}
	}
#endif
	for (; i < count; i++, first += first_step, second += second_step) {
		int32_t product = (*first - first_zero_point) * (2 * *second - second_zero_point);

		*out++ = (int8_t)mlf_elementwise_s8_result(product, layer);
	}
}

MLF_INLINE void mlf_elementwise_s8_run(const int8_t *first, const int8_t *second, int8_t *out,
				       const mlf_elementwise_s8_layer *layer, int32_t multiply)
{
	const int32_t *const a = layer->first_steps;
	const int32_t *const b = layer->second_steps;
	int8_t *to = out;

	for (int32_t i = 0; i < layer->lengths[0]; i++) {
		for (int32_t j = 0; j < layer->lengths[1]; j++) {
			for (int32_t k = 0; k < layer->lengths[2]; k++, to += layer->lengths[3]) {
				const int8_t *from = first + i * a[0] + j * a[1] + k * a[2];
				const int8_t *with = second + i * b[0] + j * b[1] + k * b[2];

				if (multiply != 0) {
					mlf_elementwise_s8_mul_row(from, with, to, layer->lengths[3], a[3], b[3],
								   layer);
				} else {
					mlf_elementwise_s8_add_row(from, with, to, layer->lengths[3], a[3], b[3],
								   layer);
				}
			}
		}
	}
	if (layer->low > -128 || layer->high < 127) {
		mlf_clamp_s8(out, (int32_t)(to - out), layer->low, layer->high);
	}
}

/* ADD and SUB; first: the input of the table. */
MLF_KERNEL void mlf_elementwise_s8_add(const int8_t *first, const int8_t *second, int8_t *out,
				       const mlf_elementwise_s8_layer *layer)
{
	mlf_elementwise_s8_run(first, second, out, layer, 0);
}

MLF_KERNEL void mlf_elementwise_s8_mul(const int8_t *first, const int8_t *second, int8_t *out,
				       const mlf_elementwise_s8_layer *layer)
{
	mlf_elementwise_s8_run(first, second, out, layer, 1);
}

#endif
