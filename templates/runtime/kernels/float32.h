/* SPDX-License-Identifier: Apache-2.0 */
/* Clamps, casts and dot products that the kernels on floats share. */
#ifndef MLF_KERNELS_FLOAT32_H
#define MLF_KERNELS_FLOAT32_H

#include <math.h>
#include <stdint.h>

#include "requantize.h"

#if defined(__ARM_FEATURE_FMA) && defined(__ARM_FP) && (__ARM_FP & 4) && defined(__thumb2__) && \
	defined(__GNUC__) && !defined(MLF_KERNELS_PORTABLE)
#define MLF_KERNELS_FMA 1
#else
#define MLF_KERNELS_FMA 0
#endif

/* A fused activation; NaN stays NaN. */
MLF_INLINE float mlf_clamp_f32(float value, float low, float high)
{
	return value < low ? low : value > high ? high : value;
}

/* Rounds towards zero. Values beyond the range become its nearest end; NaN becomes 0. */
MLF_INLINE int32_t mlf_cut_s32(float value)
{
	if (!(value > -2147483648.0f)) {
		return value != value ? 0 : INT32_MIN;
	}
	return value < 2147483648.0f ? (int32_t)value : INT32_MAX;
}

MLF_INLINE int64_t mlf_cut_s64(float value)
{
	if (!(value > -9223372036854775808.0f)) {
		return value != value ? 0 : INT64_MIN;
	}
	return value < 9223372036854775808.0f ? (int64_t)value : INT64_MAX;
}

/* The remainder of a division that rounds down: it has the divisor's sign. */
MLF_INLINE float mlf_floor_mod_f32(float a, float b)
{
	float rest = fmodf(a, b);

	return (rest < 0.0F) != (b < 0.0F) && (rest < 0.0F || rest > 0.0F) ? rest + b : rest;
}

/* sums[i] += the product of in and row i of four rows of weights, which lie stride elements apart. */
MLF_KERNEL void mlf_dot4_f32(const float *in, const float *weights, int32_t stride, int32_t count, float sums[4])
{
	const float *first = weights;
	const float *second = first + stride;
	const float *third = second + stride;
	const float *fourth = third + stride;
	const float *const end = in + count;
	float a = sums[0];
	float b = sums[1];
	float c = sums[2];
	float d = sums[3];

#if MLF_KERNELS_FMA
	for (const float *const fours = in + (count & ~3); in != fours;) {
		__asm volatile("vldmia %0!, {s16-s19}\n\tvldmia %1!, {s20-s23}\n\tvldmia %2!, {s24-s27}\n\t"
			       "vfma.f32 %5, s16, s20\n\tvfma.f32 %6, s16, s24\n\t"
			       "vfma.f32 %5, s17, s21\n\tvfma.f32 %6, s17, s25\n\t"
			       "vfma.f32 %5, s18, s22\n\tvfma.f32 %6, s18, s26\n\t"
			       "vfma.f32 %5, s19, s23\n\tvfma.f32 %6, s19, s27\n\t"
			       "vldmia %3!, {s20-s23}\n\tvldmia %4!, {s24-s27}\n\t"
			       "vfma.f32 %7, s16, s20\n\tvfma.f32 %8, s16, s24\n\t"
			       "vfma.f32 %7, s17, s21\n\tvfma.f32 %8, s17, s25\n\t"
			       "vfma.f32 %7, s18, s22\n\tvfma.f32 %8, s18, s26\n\t"
			       "vfma.f32 %7, s19, s23\n\tvfma.f32 %8, s19, s27"
			       : "+r"(in), "+r"(first), "+r"(second), "+r"(third), "+r"(fourth), "+t"(a), "+t"(b),
				 "+t"(c), "+t"(d)
			       :
			       : "memory", "s16", "s17", "s18", "s19", "s20", "s21", "s22", "s23", "s24", "s25",
				 "s26", "s27");
	}
#endif
	while (in != end) {
		float value = *in++;

		a += value * *first++;
		b += value * *second++;
		c += value * *third++;
		d += value * *fourth++;
	}
	sums[0] = a;
	sums[1] = b;
	sums[2] = c;
	sums[3] = d;
}

MLF_KERNEL float mlf_dot_f32(const float *in, const float *weights, int32_t count)
{
	const float *const end = in + count;
	float sum = 0.0F;

#if MLF_KERNELS_FMA
	for (const float *const fours = in + (count & ~3); in != fours;) {
		__asm volatile("vldmia %0!, {s16-s19}\n\tvldmia %1!, {s20-s23}\n\t"
			       "vfma.f32 %2, s16, s20\n\tvfma.f32 %2, s17, s21\n\t"
			       "vfma.f32 %2, s18, s22\n\tvfma.f32 %2, s19, s23"
			       : "+r"(in), "+r"(weights), "+t"(sum)
			       :
			       : "memory", "s16", "s17", "s18", "s19", "s20", "s21", "s22", "s23");
	}
#endif
	while (in != end) {
		sum += *in++ * *weights++;
	}
	return sum;
}

/* sums[i] += value * weights[i] */
MLF_INLINE void mlf_scale_add_f32(float *sums, float value, const float *weights, int32_t count)
{
	const float *const end = weights + count;

#if MLF_KERNELS_FMA
	for (const float *const fours = weights + (count & ~3); weights != fours;) {
		__asm volatile("vldmia %0!, {s20-s23}\n\tvldmia %1, {s24-s27}\n\t"
			       "vfma.f32 s24, %2, s20\n\tvfma.f32 s25, %2, s21\n\t"
			       "vfma.f32 s26, %2, s22\n\tvfma.f32 s27, %2, s23\n\t"
			       "vstmia %1!, {s24-s27}"
			       : "+r"(weights), "+r"(sums)
			       : "t"(value)
			       : "memory", "s20", "s21", "s22", "s23", "s24", "s25", "s26", "s27");
	}
#endif
	while (weights != end) {
		*sums++ += value * *weights++;
	}
}

/* sums[i] += in[i] * weights[i] */
MLF_KERNEL void mlf_multiply_add_f32(float *sums, const float *in, const float *weights, int32_t count)
{
	const float *const end = in + count;

#if MLF_KERNELS_FMA
	for (const float *const fours = in + (count & ~3); in != fours;) {
		__asm volatile("vldmia %0!, {s16-s19}\n\tvldmia %1!, {s20-s23}\n\tvldmia %2, {s24-s27}\n\t"
			       "vfma.f32 s24, s16, s20\n\tvfma.f32 s25, s17, s21\n\t"
			       "vfma.f32 s26, s18, s22\n\tvfma.f32 s27, s19, s23\n\t"
			       "vstmia %2!, {s24-s27}"
			       : "+r"(in), "+r"(weights), "+r"(sums)
			       :
			       : "memory", "s16", "s17", "s18", "s19", "s20", "s21", "s22", "s23", "s24", "s25",
				 "s26", "s27");
	}
#endif
	while (in != end) {
		*sums++ += *in++ * *weights++;
	}
}

#endif
