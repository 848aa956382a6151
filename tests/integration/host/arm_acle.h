/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arm's DSP instructions as portable C, after the Arm C Language Extensions (IHI 0053): what archives
 * compiled for a Cortex-M7 call. The archives ask for pkhbt and pkhtb by inline assembly or by these macros.
 */
#ifndef TEST_ARM_ACLE_H_
#define TEST_ARM_ACLE_H_

#include <stdint.h>

static inline int32_t acle_half(uint32_t value, int top)
{
	return (int16_t)(top ? value >> 16 : value & 0xFFFFU);
}

static inline uint32_t acle_sxtb16(uint32_t value)
{
	uint32_t low = (uint32_t)(int32_t)(int8_t)(value & 0xFFU) & 0xFFFFU;
	uint32_t high = (uint32_t)(int32_t)(int8_t)((value >> 16) & 0xFFU) & 0xFFFFU;

	return (high << 16) | low;
}

static inline int32_t acle_add(int32_t a, int32_t b)
{
	return (int32_t)((uint32_t)a + (uint32_t)b);
}

static inline int32_t acle_multiply(uint32_t a, uint32_t b, int32_t sum, int top)
{
	return acle_add(acle_half(a, top) * acle_half(b, top), sum);
}

#define __sxtb16(x) ((int32_t)acle_sxtb16((uint32_t)(x)))
#define __smlad(a, b, c) \
	acle_multiply((uint32_t)(a), (uint32_t)(b), acle_multiply((uint32_t)(a), (uint32_t)(b), (c), 0), 1)
#define __builtin_arm_smlabb(a, b, c) acle_multiply((uint32_t)(a), (uint32_t)(b), (c), 0)
#define __builtin_arm_smlatt(a, b, c) acle_multiply((uint32_t)(a), (uint32_t)(b), (c), 1)

/* The archive's own definitions of the rest are inline assembly: keep them out. */
#define ARM_CPU_INTRINSICS_EXIST
#define __ror(x, n) acle_ror((uint32_t)(x), (n))
#define __pkhbt(a, b, n) (((uint32_t)(a) & 0xFFFFU) | (((uint32_t)(b) << (n)) & 0xFFFF0000U))
#define __pkhtb(a, b, n) \
	(((uint32_t)(a) & 0xFFFF0000U) | ((uint32_t)((int32_t)(b) >> (n)) & 0xFFFFU))

static inline uint32_t acle_ror(uint32_t value, uint32_t by)
{
	by %= 32U;
	return by == 0U ? value : (value >> by) | (value << (32U - by));
}

#endif /* TEST_ARM_ACLE_H_ */
