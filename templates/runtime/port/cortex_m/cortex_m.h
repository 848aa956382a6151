/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registers of an Armv7-M core that the port uses, by their names in the Armv7-M Architecture Reference Manual
 * (Arm DDI 0403E): B3.2 system control, B3.3 SysTick, B3.4 NVIC, B3.5 MPU, B4.8 cache identification, B2.2.7 and
 * B3.2.2 cache maintenance.
 */
#ifndef CORTEX_M_H_
#define CORTEX_M_H_

#include <stdint.h>

#define CM_REGISTER(address) (*(volatile uint32_t *)(address))

/* ---- system control */

#define CM_ICSR CM_REGISTER(0xE000ED04U)
#define CM_ICSR_VECTACTIVE 0x1FFU
#define CM_VTOR CM_REGISTER(0xE000ED08U)
#define CM_CCR CM_REGISTER(0xE000ED14U)
#define CM_CCR_DC (1U << 16)
#define CM_CCR_IC (1U << 17)
#define CM_SHCSR CM_REGISTER(0xE000ED24U)
#define CM_SHCSR_MEMFAULTENA (1U << 16)
#define CM_SHCSR_BUSFAULTENA (1U << 17)
#define CM_SHCSR_USGFAULTENA (1U << 18)
#define CM_CFSR CM_REGISTER(0xE000ED28U)
#define CM_CFSR_IACCVIOL (1U << 0)
#define CM_CFSR_DACCVIOL (1U << 1)
#define CM_CFSR_MUNSTKERR (1U << 3)
#define CM_CFSR_MSTKERR (1U << 4)
#define CM_CFSR_MLSPERR (1U << 5)
#define CM_CFSR_MMARVALID (1U << 7)
#define CM_CFSR_IBUSERR (1U << 8)
#define CM_CFSR_PRECISERR (1U << 9)
#define CM_CFSR_IMPRECISERR (1U << 10)
#define CM_CFSR_UNSTKERR (1U << 11)
#define CM_CFSR_STKERR (1U << 12)
#define CM_CFSR_LSPERR (1U << 13)
#define CM_CFSR_BFARVALID (1U << 15)
#define CM_CFSR_UNDEFINSTR (1U << 16)
#define CM_CFSR_INVSTATE (1U << 17)
#define CM_CFSR_INVPC (1U << 18)
#define CM_CFSR_NOCP (1U << 19)
#define CM_CFSR_UNALIGNED (1U << 24)
#define CM_CFSR_DIVBYZERO (1U << 25)
#define CM_HFSR CM_REGISTER(0xE000ED2CU)
#define CM_MMFAR CM_REGISTER(0xE000ED34U)
#define CM_BFAR CM_REGISTER(0xE000ED38U)
#define CM_CPACR CM_REGISTER(0xE000ED88U)
#define CM_CPACR_CP10_CP11_FULL (0xFU << 20)

/* ---- caches */

#define CM_CCSIDR CM_REGISTER(0xE000ED80U)
#define CM_CCSIDR_WAYS(ccsidr) ((((ccsidr) >> 3) & 0x3FFU) + 1U)
#define CM_CCSIDR_SETS(ccsidr) ((((ccsidr) >> 13) & 0x7FFFU) + 1U)
#define CM_CSSELR CM_REGISTER(0xE000ED84U)
#define CM_CSSELR_L1_DATA 0U
#define CM_ICIALLU CM_REGISTER(0xE000EF50U)
#define CM_DCISW CM_REGISTER(0xE000EF60U)

/* ---- SysTick */

#define CM_SYST_CSR CM_REGISTER(0xE000E010U)
#define CM_SYST_CSR_ENABLE (1U << 0)
#define CM_SYST_CSR_TICKINT (1U << 1)
#define CM_SYST_CSR_CLKSOURCE (1U << 2)
#define CM_SYST_RVR CM_REGISTER(0xE000E014U)
#define CM_SYST_CVR CM_REGISTER(0xE000E018U)

/* ---- NVIC */

#define CM_NVIC_ISER(interrupt) CM_REGISTER(0xE000E100U + 4U * ((interrupt) / 32U))
#define CM_NVIC_ISPR(interrupt) CM_REGISTER(0xE000E200U + 4U * ((interrupt) / 32U))
#define CM_NVIC_BIT(interrupt) (1U << ((interrupt) % 32U))
#define CM_NVIC_IPR(interrupt) (*(volatile uint8_t *)(0xE000E400U + (interrupt)))

/* ---- MPU */

#define CM_MPU_TYPE CM_REGISTER(0xE000ED90U)
#define CM_MPU_CTRL CM_REGISTER(0xE000ED94U)
#define CM_MPU_CTRL_ENABLE (1U << 0)
#define CM_MPU_CTRL_PRIVDEFENA (1U << 2)
#define CM_MPU_RBAR CM_REGISTER(0xE000ED9CU)
#define CM_MPU_RBAR_REGION(number) ((1U << 4) | (number))
#define CM_MPU_RASR CM_REGISTER(0xE000EDA0U)
#define CM_MPU_RASR_ENABLE (1U << 0)
#define CM_MPU_RASR_SIZE_SHIFT 1U
#define CM_MPU_RASR_WRITE_BACK_ALLOCATE ((1U << 19) | (1U << 17) | (1U << 16)) /* TEX 1, C and B */
#define CM_MPU_RASR_WRITE_THROUGH (1U << 17)                                   /* TEX 0, C */
#define CM_MPU_RASR_STRONGLY_ORDERED 0U
#define CM_MPU_RASR_FULL_ACCESS (3U << 24)
#define CM_MPU_RASR_READ_ONLY (6U << 24)
#define CM_MPU_RASR_NO_ACCESS 0U
#define CM_MPU_RASR_XN (1U << 28)

/* ---- instructions */

/* Accesses before it are done before those after it. */
static inline void cm_dsb(void)
{
	__asm volatile("dsb" ::: "memory");
}

/* Instructions after it are fetched anew. */
static inline void cm_isb(void)
{
	__asm volatile("isb" ::: "memory");
}

static inline void cm_wait_for_interrupt(void)
{
	__asm volatile("wfi" ::: "memory");
}

static inline void cm_disable_interrupts(void)
{
	__asm volatile("cpsid i" ::: "memory");
}

static inline uint32_t cm_primask(void)
{
	uint32_t value;

	__asm volatile("mrs %0, primask" : "=r"(value)::"memory");
	return value;
}

static inline void cm_set_primask(uint32_t value)
{
	__asm volatile("msr primask, %0" ::"r"(value) : "memory");
}

/* The number of the exception that runs, 0 for none. */
static inline uint32_t cm_ipsr(void)
{
	uint32_t value;

	__asm volatile("mrs %0, ipsr" : "=r"(value));
	return value;
}

/* ---- what takes several of them */

/* priority: as the register holds it, the implemented bits at the top. */
static inline void cm_enable_interrupt(uint32_t interrupt, uint8_t priority)
{
	CM_NVIC_IPR(interrupt) = priority;
	CM_NVIC_ISER(interrupt) = CM_NVIC_BIT(interrupt);
}

/* A region over the default map. base: a multiple of size_bytes, a power of two from 32 up. */
static inline void cm_protect(uint32_t region, uint32_t base, uint32_t size_bytes, uint32_t attributes)
{
	CM_MPU_CTRL = 0U;
	CM_MPU_RBAR = base | CM_MPU_RBAR_REGION(region);
	CM_MPU_RASR = attributes | (((uint32_t)__builtin_ctz(size_bytes) - 1U) << CM_MPU_RASR_SIZE_SHIFT) |
		      CM_MPU_RASR_ENABLE;
	CM_MPU_CTRL = CM_MPU_CTRL_PRIVDEFENA | CM_MPU_CTRL_ENABLE;
	cm_dsb();
	cm_isb();
}

#endif /* CORTEX_M_H_ */
