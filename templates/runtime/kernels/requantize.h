/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requantisation of int32 accumulators to int8, as gemmlowp rounds twice: a rounding doubling high multiplication, then
 * a rounding right shift with ties away from zero. Two forms give the same bytes wherever both apply.
 *
 * Source: TensorFlow Lite's MultiplyByQuantizedMultiplier without single rounding, on gemmlowp's fixedpoint.h.
 */
#ifndef MLF_KERNELS_REQUANTIZE_H
#define MLF_KERNELS_REQUANTIZE_H

#include <stdint.h>

/* Right shifts of negative numbers must keep the sign, as in every compiler for microcontrollers. */
_Static_assert((-1 >> 1) == -1, "arithmetic right shift");

#if defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP && defined(__ARM_FEATURE_SIMD32) && \
	defined(__thumb2__) && defined(__GNUC__) && !defined(MLF_KERNELS_PORTABLE)
#define MLF_KERNELS_DSP 1
#include <arm_acle.h>
#else
#define MLF_KERNELS_DSP 0
#endif

#if defined(__GNUC__) && !defined(__clang__)
/* A function that a model may not call, and that is not worth inlining. */
#define MLF_KERNEL static __attribute__((unused, noinline, noclone))
#elif defined(__GNUC__)
#define MLF_KERNEL static __attribute__((unused, noinline))
#endif

#if defined(__GNUC__)
#define MLF_INLINE static inline __attribute__((unused, always_inline))
#else
#define MLF_KERNEL static
#define MLF_INLINE static inline
#endif

/*
 * The fast form: one high multiplication of the doubled accumulator, and an addition that rounds and brings in the
 * output's zero point. rounding = 2^(shift - 1) + zero_point * 2^shift, 1 <= shift <= 22. The compiler of the model
 * proves for each channel that |accumulator| < 2^30.
 */
typedef struct {
	int32_t multiplier; /* 0, or 2^30 .. 2^31 - 1 */
	int32_t rounding;
	int32_t shift;
} mlf_requant;

/* For any accumulator and any scale. shift > 0 shifts left before, < 0 right after the multiplication. */
typedef struct {
	int32_t multiplier;
	int32_t shift;
} mlf_requant_exact;

MLF_INLINE int32_t mlf_clamp(int32_t value, int32_t low, int32_t high)
{
	return value < low ? low : value > high ? high : value;
}

/* doubled: twice the accumulator. Gives -128 .. 127. */
MLF_INLINE int32_t mlf_requantize(int32_t doubled, int32_t multiplier, int32_t rounding, int32_t shift)
{
#if MLF_KERNELS_DSP
	int32_t high;

	__asm("smmlar %0, %1, %2, %3" : "=r"(high) : "r"(doubled), "r"(multiplier), "r"(rounding));
	high = (high + (doubled >> 31)) >> shift;
	__asm("ssat %0, #8, %1" : "=r"(high) : "r"(high));
	return high;
#else
	int64_t product = (int64_t)doubled * multiplier + (int64_t)0x80000000;

	return mlf_clamp(((int32_t)(product >> 32) + rounding + (doubled >> 31)) >> shift, -128, 127);
#endif
}

/* The accumulator times the scale, without zero point or clamp. Left shifts wrap. */
MLF_INLINE int32_t mlf_rescale(int32_t accumulator, int32_t multiplier, int32_t shift)
{
	int32_t left = shift > 0 ? shift : 0;
	int32_t right = shift > 0 ? 0 : -shift;
	int32_t shifted = (int32_t)((uint32_t)accumulator << left);
	int32_t high = (int32_t)(((int64_t)shifted * multiplier + ((int64_t)1 << 30)) >> 31);
	int32_t mask = (int32_t)(((uint32_t)1 << right) - 1U);
	int32_t rest = high & mask;

	return (high >> right) + (rest > (mask >> 1) + (high < 0 ? 1 : 0) ? 1 : 0);
}

/* Wraps, as the reference kernels do on every machine: a scale may be so large that mlf_rescale gives any int32. */
MLF_INLINE int32_t mlf_add_zero_point(int32_t value, int32_t zero_point)
{
	return (int32_t)((uint32_t)value + (uint32_t)zero_point);
}

/* sum + a * b. Wraps: sums on the way may leave int32 where the last one doesn't. */
MLF_INLINE int32_t mlf_add_product(int32_t sum, int32_t a, int32_t b)
{
	return (int32_t)((uint32_t)sum + (uint32_t)a * (uint32_t)b);
}

#if MLF_KERNELS_DSP
typedef uint32_t __attribute__((aligned(1), may_alias)) mlf_word;

/* Four int8 of any alignment; the first is the least significant. */
MLF_INLINE uint32_t mlf_load4(const int8_t *from)
{
	return *(const mlf_word *)from;
}

/* Bytes 0 and 2, and bytes 1 and 3, sign-extended to int16. */
MLF_INLINE uint32_t mlf_even(uint32_t word)
{
	return (uint32_t)__sxtb16((int8x4_t)word);
}

MLF_INLINE uint32_t mlf_odd(uint32_t word)
{
	uint32_t pair;

	__asm("sxtb16 %0, %1, ror #8" : "=r"(pair) : "r"(word));
	return pair;
}
#endif

/* sum and the products of four inputs with the int8 of a word, the first in its lowest byte. Wraps. */
MLF_INLINE int32_t mlf_dot4(const int8_t *in, uint32_t word, int32_t sum)
{
#if MLF_KERNELS_DSP
	uint32_t four = mlf_load4(in);

	sum = (int32_t)__smlad((int16x2_t)mlf_even(four), (int16x2_t)mlf_even(word), sum);
	return (int32_t)__smlad((int16x2_t)mlf_odd(four), (int16x2_t)mlf_odd(word), sum);
#else
	uint32_t total = (uint32_t)sum;

	for (int32_t i = 0; i < 4; i++) {
		total += (uint32_t)(in[i] * (int8_t)(uint8_t)(word >> (8 * i)));
	}
	return (int32_t)total;
#endif
}

/* Clamps what a fused activation doesn't leave the whole range of int8. */
MLF_KERNEL void mlf_clamp_s8(int8_t *values, int32_t count, int32_t low, int32_t high)
{
	int32_t i = 0;

#if MLF_KERNELS_DSP
	uint32_t lows = (uint32_t)(low & 0xFF) * 0x01010101U;
	uint32_t highs = (uint32_t)(high & 0xFF) * 0x01010101U;

	for (; i + 4 <= count; i += 4) {
		uint32_t word = mlf_load4(values + i);

		__asm volatile("ssub8 r12, %0, %1\n\tsel %0, %0, %1\n\t"
			       "ssub8 r12, %2, %0\n\tsel %0, %0, %2"
			       : "+r"(word)
			       : "r"(lows), "r"(highs)
			       : "r12", "cc");
		*(mlf_word *)(values + i) = word;
	}
#endif
	for (; i < count; i++) {
		values[i] = (int8_t)mlf_clamp(values[i], low, high);
	}
}

#endif
