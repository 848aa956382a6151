/* SPDX-License-Identifier: Apache-2.0 */
/* Time from the core's cycle counter, which alone would wrap every few seconds. */
#include <FreeRTOS.h>
#include <task.h>

#include "mlf_port_internal.h"

#define UNLOCK 0xC5ACCE55U
#define CYCLES_PER_US (MLF_CPU_HZ / 1000000U)
#define CYCLES_PER_TICK (MLF_CPU_HZ / configTICK_RATE_HZ)

_Static_assert(MLF_CPU_HZ % 1000000U == 0U, "a microsecond is no whole number of cycles");
_Static_assert(MLF_CPU_HZ % configTICK_RATE_HZ == 0U, "a tick is no whole number of cycles");

void mlf_time_dwt_start(void)
{
	DCB->DEMCR |= DCB_DEMCR_TRCENA_Msk;
	DWT->LAR = UNLOCK;
	DWT->CYCCNT = 0U;
	DWT->CTRL |= DWT_CTRL_CYCCNTENA_Msk;
}

uint32_t mlf_now_us(void)
{
	/* The tick count tells the counter's upper half: both come from one clock, so they never part. */
	uint64_t coarse = (uint64_t)xTaskGetTickCount() * CYCLES_PER_TICK;
	int32_t fine = (int32_t)(DWT->CYCCNT - (uint32_t)coarse);

	return (uint32_t)((coarse + (uint64_t)(int64_t)fine) / CYCLES_PER_US);
}
