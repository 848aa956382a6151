/* SPDX-License-Identifier: Apache-2.0 */
/* What the port needs from a kernel, without one. */
#include <stddef.h>

#include "cortex_m.h"
#include "mlf_port_internal.h"

#define CYCLES_PER_US (MLF_CPU_HZ / 1000000U)
#define CYCLES_PER_TICK (MLF_CPU_HZ / 1000U)
#define US_PER_TICK 1000U

_Static_assert(MLF_CPU_HZ % 1000000U == 0U, "a microsecond must be a whole number of cycles");
_Static_assert(CYCLES_PER_TICK <= 0x1000000U, "a tick must fit in the timer's 24 bits");

static volatile uint32_t ticks;

/* ---- time: from the core's timer, which keeps counting while the core sleeps */

void mlf_time_start(void)
{
	CM_SYST_RVR = CYCLES_PER_TICK - 1U;
	CM_SYST_CVR = 0U;
	CM_SYST_CSR = CM_SYST_CSR_CLKSOURCE | CM_SYST_CSR_TICKINT | CM_SYST_CSR_ENABLE;
}

void SysTick_Handler(void)
{
	ticks++;
}

uint32_t mlf_now_us(void)
{
	static uint32_t last_us;
	uint32_t before;
	uint32_t cycles;
	uint32_t now_us;

	do {
		before = ticks;
		cycles = CM_SYST_RVR - CM_SYST_CVR;
	} while (before != ticks);
	now_us = before * US_PER_TICK + cycles / CYCLES_PER_US;
	/* Earlier than last time: the timer has wrapped, and its interrupt has not come yet. */
	if (last_us - now_us - 1U < US_PER_TICK) {
		now_us += US_PER_TICK;
	}
	last_us = now_us;
	return now_us;
}

const char *mlf_task_name(void)
{
	return NULL;
}
