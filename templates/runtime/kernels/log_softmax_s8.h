/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LOG_SOFTMAX over the last dimension of int8 [rows, depth]. Output scale 1/16, zero point 127.
 *
 * Source: TensorFlow Lite's reference_ops::LogSoftmax on int8, in gemmlowp's fixed point; equal to the bit.
 * Overlap: the output may start where the input starts; each row is read twice before it is written.
 */
#ifndef MLF_KERNELS_LOG_SOFTMAX_S8_H
#define MLF_KERNELS_LOG_SOFTMAX_S8_H

#include <stdint.h>

#include "fixed_point.h"
#include "requantize.h"

typedef struct {
	int32_t rows, depth;
	mlf_requant_exact scale;   /* from a difference of inputs to Q5.26 */
	mlf_requant_exact inverse; /* from Q5.26 to a difference of inputs */
	int32_t least;             /* difference that counts */
	const int32_t *exponentials; /* by distance to the greatest element, Q0.31; 0 for those too far away */
} mlf_log_softmax_s8_layer;

/* The logarithm, in Q5.26, of a number >= 1 in Q12.19. */
MLF_KERNEL int32_t mlf_fixed_log(int32_t value)
{
	const int32_t quarter = 1 << 23;             /* 1/4 in Q6.25 */
	const int32_t fourth_root = 1805811301;      /* of 1/2; this and what follows in Q0.31 */
	const int32_t square_root = 1518500250;
	int32_t zeros = mlf_leading_zeros((uint32_t)value);
	int32_t lower = mlf_fixed_mul(value, square_root);
	int32_t lower_zeros = mlf_leading_zeros((uint32_t)lower) - 1;
	int32_t first = mlf_fixed_shift(mlf_fixed_mul(mlf_fixed_shift(value, zeros - 1), square_root), 1);
	int32_t second = mlf_fixed_shift(value, lower_zeros);
	int32_t first_power = (12 - zeros) * (1 << 25) + quarter;
	int32_t second_power = (12 - lower_zeros) * (1 << 25) - quarter;
	int32_t r = first < second ? first : second;
	int32_t power = first_power > second_power ? first_power : second_power;
	int32_t p = (int32_t)(((int64_t)r + fourth_root + 1) / 2);
	int32_t q = 2 * (r - fourth_root);
	int32_t square = mlf_fixed_mul(q, q);
	int32_t above = mlf_fixed_mul(q, r) + mlf_fixed_mul(mlf_fixed_mul(q, square), 117049297);
	int32_t below = mlf_fixed_mul(p, 1057819769 + q + mlf_fixed_mul(127690142, square)) +
			mlf_fixed_mul(638450708, q);
	int32_t quotient = mlf_fixed_mul(mlf_fixed_divide(above, 6), mlf_fixed_reciprocal(below));

	return mlf_fixed_shift(mlf_fixed_mul(power, 1488522236) + quotient, 1);
}

MLF_KERNEL void mlf_log_softmax_s8(const int8_t *in, int8_t *out, const mlf_log_softmax_s8_layer *layer)
{
	for (int32_t row = 0; row < layer->rows; row++, in += layer->depth, out += layer->depth) {
		int32_t greatest = in[0];
		uint32_t sum = 0;
		int32_t logarithm;
		int32_t least;

		for (int32_t i = 1; i < layer->depth; i++) {
			greatest = in[i] > greatest ? in[i] : greatest;
		}
		for (int32_t i = 0; i < layer->depth; i++) {
			/* Q12.19: fewer than 4,096 elements that are all the greatest fit. */
			sum += ((uint32_t)layer->exponentials[greatest - in[i]] + (1U << 11)) >> 12;
		}
		logarithm = mlf_fixed_log((int32_t)sum);
		least = mlf_rescale(logarithm + INT32_MIN, layer->inverse.multiplier, layer->inverse.shift);
		least = least > layer->least - 1 ? least : layer->least - 1;
		for (int32_t i = 0; i < layer->depth; i++) {
			int32_t difference = in[i] - greatest;
			int32_t scaled = mlf_rescale(difference, layer->scale.multiplier, layer->scale.shift);

			out[i] = -128;
			if (difference > least) {
				out[i] = (int8_t)mlf_clamp(mlf_fixed_divide(scaled - logarithm, 22) + 127, -128, 127);
			}
		}
	}
}

#endif
