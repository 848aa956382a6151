/* SPDX-License-Identifier: Apache-2.0 */
/* A flag that only one caller can hold at a time, from any thread or interrupt. */
#ifndef MLF_LOCK_H_
#define MLF_LOCK_H_

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Returns false at once if another caller holds it. */
static inline bool mlf_lock_take(atomic_flag *flag)
{
#if defined(__ARM_ARCH_6M__)
	/* Without exclusive loads GCC makes a plain load and store of an atomic_flag. */
	uint32_t primask;
	bool held;

	__asm__ volatile("mrs %0, primask\n\tcpsid i" : "=r"(primask) : : "memory");
	held = atomic_flag_test_and_set_explicit(flag, memory_order_acquire);
	__asm__ volatile("msr primask, %0" : : "r"(primask) : "memory");
	return !held;
#else
	return !atomic_flag_test_and_set_explicit(flag, memory_order_acquire);
#endif
}

static inline void mlf_lock_release(atomic_flag *flag)
{
	atomic_flag_clear_explicit(flag, memory_order_release);
}

#endif /* MLF_LOCK_H_ */
