/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time from the kernel's tick and the timer that makes it: any Cortex-M has it, and it goes on while the core sleeps,
 * which a cycle counter does not.
 */
#include <FreeRTOS.h>
#include <task.h>

#include "mlf_port_internal.h"

#define CYCLES_PER_US (MLF_CPU_HZ / 1000000U)
#define US_PER_TICK (1000000U / configTICK_RATE_HZ)

_Static_assert(MLF_CPU_HZ % 1000000U == 0U, "a microsecond is no whole number of cycles");
_Static_assert(1000000U % configTICK_RATE_HZ == 0U, "a tick is no whole number of microseconds");

void mlf_time_systick_start(void)
{
	/* The kernel starts the timer with its scheduler. */
}

uint32_t mlf_now_us(void)
{
	TickType_t ticks;
	uint32_t cycles;

	do {
		ticks = xTaskGetTickCount();
		cycles = SysTick->LOAD - SysTick->VAL;
	} while (ticks != xTaskGetTickCount());
	return ticks * US_PER_TICK + cycles / CYCLES_PER_US;
}
