/* SPDX-License-Identifier: Apache-2.0 */
/*
 * L2_NORMALIZATION on int8 [rows, depth]: each row over the root of the sum of its squares. Output scale 1/128, zero
 * point 0. depth is at most 32,768, so that sums of squares fit in int32.
 *
 * Source: TensorFlow Lite's reference_integer_ops::L2Normalization; equal to the bit.
 * Overlap: the output may start where the input starts; a row is read before it is written.
 */
#ifndef MLF_KERNELS_L2_NORMALIZATION_S8_H
#define MLF_KERNELS_L2_NORMALIZATION_S8_H

#include <stdint.h>

#include "inverse_root.h"
#include "requantize.h"

MLF_KERNEL void mlf_l2_normalization_s8(const int8_t *in, int8_t *out, int32_t rows, int32_t depth, int32_t zero_point)
{
	for (; rows > 0; rows--, in += depth, out += depth) {
		mlf_requant_exact scale;
		int32_t sum = 0;

		for (int32_t i = 0; i < depth; i++) {
			sum += (in[i] - zero_point) * (in[i] - zero_point);
		}
		scale = mlf_inverse_root(sum);
		for (int32_t i = 0; i < depth; i++) {
			int32_t value = mlf_rescale(in[i] - zero_point, scale.multiplier, scale.shift + 7);

			out[i] = (int8_t)mlf_clamp(value, -128, 127);
		}
	}
}

#endif
