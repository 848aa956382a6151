/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DIV of int8 elements, less their zero points: a product with the divisor's reciprocal. A divisor of 0 gives 0, where
 * the reference kernel stops the program; so do quotients so small that it shifts by 32 bits or more.
 *
 * Source: TensorFlow Lite's reference_ops::DivElementwise; equal to the bit.
 */
#ifndef MLF_KERNELS_DIVIDE_S8_H
#define MLF_KERNELS_DIVIDE_S8_H

#include <stdint.h>

#include "fixed_point.h"
#include "requantize.h"

/* a / b times a scale. |a|, |b| <= 255. */
MLF_KERNEL int32_t mlf_divide_s8(int32_t a, int32_t b, int32_t multiplier, int32_t shift)
{
	uint32_t divisor = (uint32_t)(b < 0 ? -b : b);
	int32_t dividend = b < 0 ? -a : a;
	int32_t zeros = mlf_leading_zeros(divisor);
	int32_t headroom = mlf_leading_zeros((uint32_t)(dividend < 0 ? ~dividend : dividend)) - 1;
	int32_t inverse;
	int32_t quotient;

	if (a == 0 || b == 0) {
		return 0;
	}
	inverse = mlf_fixed_reciprocal((int32_t)((divisor << zeros) - ((uint32_t)1 << 31)));
	quotient = mlf_fixed_mul((int32_t)((uint32_t)dividend << headroom), inverse);
	shift -= 31 - zeros + headroom;
	return shift < -31 ? 0 : mlf_rescale(quotient, multiplier, shift);
}

#endif
