/* SPDX-License-Identifier: Apache-2.0 */
/* The core alone, as CMSIS wants a device described, for boards whose vendor has no device package. */
#ifndef CORTEX_M_DEVICE_H_
#define CORTEX_M_DEVICE_H_

typedef enum {
	NonMaskableInt_IRQn = -14,
	HardFault_IRQn = -13,
	MemoryManagement_IRQn = -12,
	BusFault_IRQn = -11,
	UsageFault_IRQn = -10,
	SVCall_IRQn = -5,
	DebugMonitor_IRQn = -4,
	PendSV_IRQn = -2,
	SysTick_IRQn = -1,
} IRQn_Type;

#define __FPU_PRESENT MLF_HAS_FPU
#define __MPU_PRESENT 1U
#define __VTOR_PRESENT 1U
#define __ICACHE_PRESENT 0U
#define __DCACHE_PRESENT 0U
#define __DTCM_PRESENT 0U
#define __NVIC_PRIO_BITS MLF_PRIORITY_BITS
#define __Vendor_SysTickConfig 0U

#include MLF_CORE_HEADER

#endif /* CORTEX_M_DEVICE_H_ */
