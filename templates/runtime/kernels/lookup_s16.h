/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions of int16 by tables with interpolation: TANH, LOGISTIC, SOFTMAX [rows, count]. Zero points are 0; outputs
 * have a scale of 1/32768. count is at most 32,768, so that sums of exponentials fit in int32.
 *
 * Sources: TensorFlow Lite's reference_integer_ops::Tanh and ::Logistic, reference_ops::SoftmaxInt16; equal to the bit.
 * Overlap: the output may start where the input starts; SOFTMAX keeps a row's exponentials in the output.
 */
#ifndef MLF_KERNELS_LOOKUP_S16_H
#define MLF_KERNELS_LOOKUP_S16_H

#include <stdint.h>

#include "requantize.h"

/* Scales an input to the sigmoid's table: multiplied, then shifted right with rounding. */
MLF_INLINE int32_t mlf_sigmoid_place(int32_t value, int32_t multiplier, int32_t shift)
{
	int32_t rounding = shift > 0 ? 1 << (shift - 1) : 0;

	return (value * multiplier + rounding) >> shift;
}

/* table[i] is about 65536 / (1 + exp(-i / 24)), of 256 entries. place: in 1 / (24 * 512). */
MLF_INLINE int16_t mlf_logistic_s16(int32_t place, const uint16_t *table)
{
	uint32_t size = place < 0 ? 0U - (uint32_t)place : (uint32_t)place;
	uint32_t index = size >> 9;
	uint32_t result = 0x7FFFU << 10;

	if (index < 255U) {
		uint32_t from = table[index];

		result = (from << 9) + (size & 0x1FFU) * (table[index + 1] - from);
	}
	result = place >= 0 ? result + (1U << 9) : (1U << 25) - result + (1U << 9) - 1U;
	return (int16_t)(result >> 10);
}

/* place: in 1 / (24 * 256), as tanh(x) = 2 / (1 + exp(-2 x)) - 1 */
MLF_INLINE int16_t mlf_tanh_s16(int32_t place, const uint16_t *table)
{
	uint32_t size = place < 0 ? 0U - (uint32_t)place : (uint32_t)place;
	uint32_t index = size >> 8;
	int32_t result = 0xFFFF << 8;

	if (index < 255U) {
		uint32_t from = table[index];

		result = (int32_t)((from << 8) + (size & 0xFFU) * (table[index + 1] - from));
	}
	result = place >= 0 ? result - (1 << 23) + (1 << 7) : (1 << 23) - result + (1 << 7) - 1;
	return (int16_t)(result >> 8);
}

/* table: of 513 entries, 128 inputs apart, the first for -32768. */
MLF_INLINE int16_t mlf_lookup_s16(int32_t value, const int16_t *table)
{
	int32_t index = 256 + (value >> 7);
	int32_t from = table[index];
	int32_t rest = (table[index + 1] - from) * (value & 0x7F);

	return (int16_t)(from + ((rest + (1 << 6)) >> 7));
}

/*
 * exponentials: of -10 .. 0. reciprocals: of 1 .. 2. multiplier, shift: of a difference to the greatest element. Each
 * row's exponentials wait in the output, which may lie on the input.
 */
MLF_KERNEL void mlf_softmax_s16(const int16_t *in, int16_t *out, int32_t rows, int32_t count, int32_t multiplier,
				int32_t shift, const int16_t *exponentials, const int16_t *reciprocals)
{
	for (int32_t row = 0; row < rows; row++, in += count, out += count) {
		int32_t most = -32768;
		int32_t sum = 0;
		int32_t room = 1;
		int32_t reciprocal;

		for (int32_t i = 0; i < count; i++) {
			most = in[i] > most ? in[i] : most;
		}
		for (int32_t i = 0; i < count; i++) {
			int32_t place = mlf_rescale(in[i] - most, multiplier, shift) + 32767;

			out[i] = mlf_lookup_s16(mlf_clamp(place, -32768, 32767), exponentials);
			sum += out[i];
		}
		while (room < 31 && ((uint32_t)sum << room) < 0x80000000U) {
			room++;
		}
		reciprocal = (int32_t)((((int64_t)sum << (room - 1)) + (1 << 13)) >> 14) - (1 << 15) - (1 << 16);
		reciprocal = mlf_lookup_s16(mlf_clamp(reciprocal, -32768, 32767), reciprocals);
		for (int32_t i = 0; i < count; i++) {
			int32_t right = 31 - room;
			int64_t product = (int64_t)out[i] * reciprocal + ((int64_t)1 << (right - 1));

			out[i] = (int16_t)mlf_clamp((int32_t)(product >> right), 0, 32767);
		}
	}
}

#endif
