/* SPDX-License-Identifier: Apache-2.0 */
/* Prints what the core knows of a fault, then stops. Armv7-M Architecture Reference Manual, B1.5 and B3.2. */
#include <stdbool.h>

#include <FreeRTOS.h>
#include <task.h>

#include "mlf_port_internal.h"

#define FROM_PSP 4U /* EXC_RETURN: the frame is on the process stack, a task's */
#define STACKING_FAILED (SCB_CFSR_MSTKERR_Msk | SCB_CFSR_STKERR_Msk)

/* Handlers by their names in vector tables. */
void NMI_Handler(void);
void HardFault_Handler(void);
void MemManage_Handler(void);
void BusFault_Handler(void);
void UsageFault_Handler(void);

__attribute__((noreturn, used)) static void report(const uint32_t *frame, uint32_t exc_return,
						   const uint32_t *r4_to_r11);

/* Each cause sets one bit of CFSR. */
static const struct {
	uint32_t bit;
	const char *text;
} causes[] = {
	{SCB_CFSR_IACCVIOL_Msk, "instruction fetch that the memory protection forbids"},
	{SCB_CFSR_DACCVIOL_Msk, "data access that the memory protection forbids"},
	{STACKING_FAILED, "no room on the stack for an exception"},
	{SCB_CFSR_MUNSTKERR_Msk | SCB_CFSR_UNSTKERR_Msk, "the stack was lost during an exception"},
#if MLF_HAS_FPU
	{SCB_CFSR_MLSPERR_Msk | SCB_CFSR_LSPERR_Msk, "no room on the stack for floating point state"},
#endif
	{SCB_CFSR_IBUSERR_Msk, "instruction fetch from where there is no memory"},
	{SCB_CFSR_PRECISERR_Msk, "data access to where there is no memory"},
	{SCB_CFSR_IMPRECISERR_Msk, "an earlier write to where there is no memory"},
	{SCB_CFSR_UNDEFINSTR_Msk, "undefined instruction"},
	{SCB_CFSR_INVSTATE_Msk, "branch to an address that is no Thumb code"},
	{SCB_CFSR_INVPC_Msk, "invalid return from an exception"},
	{SCB_CFSR_NOCP_Msk, "floating point instruction while the FPU is off or lacks it"},
	{SCB_CFSR_UNALIGNED_Msk, "unaligned access"},
	{SCB_CFSR_DIVBYZERO_Msk, "division by zero"},
};

/* The frame's address, EXC_RETURN and the registers that the core does not save; then report(). */
__attribute__((naked)) void HardFault_Handler(void)
{
	__asm volatile("tst lr, #4\n\t"
		       "ite eq\n\t"
		       "mrseq r0, msp\n\t"
		       "mrsne r0, psp\n\t"
		       "mov r1, lr\n\t"
		       "push {r4-r11}\n\t"
		       "mov r2, sp\n\t"
		       "b report\n\t");
}

__attribute__((naked)) void MemManage_Handler(void)
{
	__asm volatile("b HardFault_Handler");
}

__attribute__((naked)) void BusFault_Handler(void)
{
	__asm volatile("b HardFault_Handler");
}

__attribute__((naked)) void UsageFault_Handler(void)
{
	__asm volatile("b HardFault_Handler");
}

void NMI_Handler(void)
{
	mlf_stop("non-maskable interrupt");
}

static void print_register(const char *name, uint32_t value)
{
	mlf_print(name);
	mlf_print(" ");
	mlf_print_hex(value);
}

static void print_frame(const uint32_t *frame, const uint32_t *r4_to_r11)
{
	static const char *const stacked[] = {"\n  r0 ", " r1 ", " r2  ", " r3  ",
					      "\n  r12", " lr ", " pc  ", " psr "};
	static const char *const saved[] = {"\n  r4 ", " r5 ", " r6  ", " r7  ",
					    "\n  r8 ", " r9 ", " r10 ", " r11 "};

	for (uint32_t i = 0; i < 8U; i++) {
		print_register(stacked[i], frame[i]);
	}
	for (uint32_t i = 0; i < 8U; i++) {
		print_register(saved[i], r4_to_r11[i]);
	}
}

static void report(const uint32_t *frame, uint32_t exc_return, const uint32_t *r4_to_r11)
{
	uint32_t cfsr = SCB->CFSR;
	bool in_task = (exc_return & FROM_PSP) != 0U;

	__disable_irq();
	mlf_print("\nmlf: fault");
	if (in_task) {
		mlf_print(" in task '");
		mlf_print(pcTaskGetName(NULL));
		mlf_print("'");
	}
	for (uint32_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		if ((cfsr & causes[i].bit) != 0U) {
			mlf_print(": ");
			mlf_print(causes[i].text);
		}
	}
	if ((cfsr & STACKING_FAILED) == 0U) {
		print_frame(frame, r4_to_r11);
	}
	print_register("\n  sp ", (uint32_t)(uintptr_t)frame);
	print_register(" cfsr", cfsr);
	print_register(" hfsr", SCB->HFSR);
	if ((cfsr & SCB_CFSR_MMARVALID_Msk) != 0U) {
		print_register(" address", SCB->MMFAR);
	} else if ((cfsr & SCB_CFSR_BFARVALID_Msk) != 0U) {
		print_register(" address", SCB->BFAR);
	}
	mlf_stop("fault");
}
