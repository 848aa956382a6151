/* SPDX-License-Identifier: Apache-2.0 */
/* Free-running microseconds, which wrap at 2^32. */
#ifndef MLF_CLOCK_H_
#define MLF_CLOCK_H_

#include <stdint.h>

#include <zephyr/kernel.h>

static inline uint32_t mlf_now_us(void)
{
	/* The ticks give the upper half of the cycle counter, which alone would wrap every few seconds. */
	const uint64_t coarse = k_ticks_to_cyc_floor64((uint64_t)k_uptime_ticks());
	const int32_t fine = (int32_t)(k_cycle_get_32() - (uint32_t)coarse);

	return (uint32_t)k_cyc_to_us_floor64(coarse + (uint64_t)(int64_t)fine);
}

#endif /* MLF_CLOCK_H_ */
