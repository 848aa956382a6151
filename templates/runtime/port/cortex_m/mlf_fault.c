/* SPDX-License-Identifier: Apache-2.0 */
/* Prints what the core recorded about a fault, then stops. Armv7-M Architecture Reference Manual, B1.5 and B3.2. */
#include <stdbool.h>
#include <stddef.h>

#include "cortex_m.h"
#include "mlf_port_internal.h"

#define FROM_PSP 4U /* EXC_RETURN: the frame is on the process stack, a task's */
#define STACKING_FAILED (CM_CFSR_MSTKERR | CM_CFSR_STKERR)

extern const uint32_t mlf_stack_end[]; /* linker script: the lowest address of the main stack */

__attribute__((noreturn, used)) static void report(const uint32_t *frame, uint32_t exc_return,
						   const uint32_t *r4_to_r11);

/* Each cause sets one bit of CFSR. */
static const struct {
	uint32_t bit;
	const char *text;
} causes[] = {
	{CM_CFSR_IACCVIOL, "instruction fetch that the memory protection forbids"},
	{CM_CFSR_DACCVIOL, "data access that the memory protection forbids"},
	{STACKING_FAILED, "no room on the stack for an exception"},
	{CM_CFSR_MUNSTKERR | CM_CFSR_UNSTKERR, "the stack was lost during an exception"},
	{CM_CFSR_MLSPERR | CM_CFSR_LSPERR, "no room on the stack for floating point state"},
	{CM_CFSR_IBUSERR, "instruction fetch from an address without memory"},
	{CM_CFSR_PRECISERR, "data access to an address without memory"},
	{CM_CFSR_IMPRECISERR, "an earlier write to an address without memory"},
	{CM_CFSR_UNDEFINSTR, "undefined instruction"},
	{CM_CFSR_INVSTATE, "branch to an address that is not Thumb code"},
	{CM_CFSR_INVPC, "invalid return from an exception"},
	{CM_CFSR_NOCP, "floating point instruction that the FPU does not have, or while it is off"},
	{CM_CFSR_UNALIGNED, "unaligned access"},
	{CM_CFSR_DIVBYZERO, "division by zero"},
};

/*
 * Passes the frame's address, EXC_RETURN and the registers that the core does not save to report(). If the stack is
 * exhausted, starts again at its top: nothing returns to what was there.
 */
__attribute__((naked)) void HardFault_Handler(void)
{
	__asm volatile("tst lr, #4\n\t"
		       "ite eq\n\t"
		       "mrseq r0, msp\n\t"
		       "mrsne r0, psp\n\t"
		       "mov r1, lr\n\t"
		       "movw r2, #:lower16:mlf_stack_low\n\t"
		       "movt r2, #:upper16:mlf_stack_low\n\t"
		       "movw r3, #:lower16:_estack\n\t"
		       "movt r3, #:upper16:_estack\n\t"
		       "cmp sp, r2\n\t"
		       "it lo\n\t"
		       "movlo sp, r3\n\t"
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
	uint32_t cfsr = CM_CFSR;
	const bool in_task = (exc_return & FROM_PSP) != 0U;
	const char *task = in_task ? mlf_task_name() : NULL;

	cm_disable_interrupts();
	mlf_print("\nmlf: fault");
	if (task != NULL) {
		mlf_print(" in task '");
		mlf_print(task);
		mlf_print("'");
	}
	if (!in_task && (uintptr_t)frame < (uintptr_t)mlf_stack_end) {
		mlf_print(": the main stack is too small");
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
	print_register(" hfsr", CM_HFSR);
	if ((cfsr & CM_CFSR_MMARVALID) != 0U) {
		print_register(" address", CM_MMFAR);
	} else if ((cfsr & CM_CFSR_BFARVALID) != 0U) {
		print_register(" address", CM_BFAR);
	}
	mlf_stop("fault");
}
