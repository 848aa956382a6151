/* SPDX-License-Identifier: Apache-2.0 */
/* Fixed-point numbers as in gemmlowp's fixedpoint.h: Qm.n has m integer and n fraction bits. */
#ifndef MLF_KERNELS_FIXED_POINT_H
#define MLF_KERNELS_FIXED_POINT_H

#include <stdint.h>

#include "requantize.h"

/* a * b of Q0.31, rounded: SaturatingRoundingDoublingHighMul, if a and b are not both INT32_MIN. */
MLF_INLINE int32_t mlf_fixed_mul(int32_t a, int32_t b)
{
	return (int32_t)(((int64_t)a * b + ((int64_t)1 << 30)) >> 31);
}

/* value * 2^bits, saturating. */
MLF_INLINE int32_t mlf_fixed_shift(int32_t value, int32_t bits)
{
	int64_t shifted = (int64_t)value * ((int64_t)1 << bits);

	return shifted > INT32_MAX ? INT32_MAX : shifted < INT32_MIN ? INT32_MIN : (int32_t)shifted;
}

#endif
