/* SPDX-License-Identifier: Apache-2.0 */
/* Reset and vectors of a Cortex-M, for boards whose vendor has no startup file. */
#include <FreeRTOS.h>
#include <task.h>

#include "mlf_port_internal.h"

#define CORE_VECTORS 16U
#define COPROCESSORS_10_AND_11 (0xFU << 20) /* the FPU, in CPACR */

/* Linker script: each marks an address. */
extern uint32_t _estack[], _sidata[], _sdata[], _edata[], _sbss[], _ebss[];

int main(void);
void __libc_init_array(void);
void Reset_Handler(void);
void NMI_Handler(void);
void HardFault_Handler(void);
void MemManage_Handler(void);
void BusFault_Handler(void);
void UsageFault_Handler(void);
void SVC_Handler(void);
void PendSV_Handler(void);
void SysTick_Handler(void);

static void unexpected(void)
{
	mlf_print("\nmlf: nobody handles interrupt ");
	mlf_print_decimal((SCB->ICSR & SCB_ICSR_VECTACTIVE_Msk) - CORE_VECTORS);
	mlf_stop("unexpected interrupt");
}

#ifdef MLF_PRINT_MESSAGES
void mlf_console_interrupt(void); /* the console receives */
#pragma GCC diagnostic ignored "-Woverride-init"
#endif

__attribute__((section(".isr_vector"), used)) static const uintptr_t vectors[CORE_VECTORS + MLF_STARTUP_INTERRUPTS] = {
	[0] = (uintptr_t)_estack,
	[1] = (uintptr_t)Reset_Handler,
	[2] = (uintptr_t)NMI_Handler,
	[3] = (uintptr_t)HardFault_Handler,
	[4] = (uintptr_t)MemManage_Handler,
	[5] = (uintptr_t)BusFault_Handler,
	[6] = (uintptr_t)UsageFault_Handler,
	[11] = (uintptr_t)SVC_Handler,
	[12] = (uintptr_t)unexpected,
	[14] = (uintptr_t)PendSV_Handler,
	[15] = (uintptr_t)SysTick_Handler,
	[CORE_VECTORS ... CORE_VECTORS + MLF_STARTUP_INTERRUPTS - 1U] = (uintptr_t)unexpected,
#ifdef MLF_PRINT_MESSAGES
	[CORE_VECTORS + MLF_CONSOLE_INTERRUPT] = (uintptr_t)mlf_console_interrupt,
#endif
};

void Reset_Handler(void)
{
#if MLF_HAS_FPU
	/* The compiler may use floating point registers anywhere from here on. */
	SCB->CPACR |= COPROCESSORS_10_AND_11;
	__DSB();
	__ISB();
#endif
	for (uint32_t *to = _sdata, *from = _sidata; to < _edata; to++, from++) {
		*to = *from;
	}
	for (uint32_t *to = _sbss; to < _ebss; to++) {
		*to = 0U;
	}
	__libc_init_array();
	(void)main();
	mlf_stop("main() returned");
}
