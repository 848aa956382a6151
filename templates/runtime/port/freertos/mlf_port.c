/* SPDX-License-Identifier: Apache-2.0 */
#include <FreeRTOS.h>
#include <task.h>

#include "mlf_port_internal.h"

#define POLLS 2000000U /* the slowest of what is waited for takes a few milliseconds */

_Static_assert(MLF_PRIORITY_BITS == __NVIC_PRIO_BITS, "the board file's priority_bits are not the part's");

extern const uint32_t mlf_vectors[]; /* linker script */

void vApplicationStackOverflowHook(TaskHandle_t task, char *name);
void vApplicationIdleHook(void);

void mlf_port_start(void)
{
	/* A boot loader or the boot pins may have left another table, or an alias of this one. */
	SCB->VTOR = (uint32_t)(uintptr_t)mlf_vectors;
	__DSB();
	mlf_board_start();
	/* Without these every fault arrives as a hard fault, which hides its cause. */
	SCB->SHCSR |= SCB_SHCSR_USGFAULTENA_Msk | SCB_SHCSR_BUSFAULTENA_Msk | SCB_SHCSR_MEMFAULTENA_Msk;
}

void mlf_print(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\n') {
			MLF_PRINT_BYTE('\r');
		}
		MLF_PRINT_BYTE(*text);
	}
}

void mlf_print_hex(uint32_t number)
{
	static const char digits[] = "0123456789abcdef";

	for (uint32_t shift = 32U; shift > 0U; shift -= 4U) {
		MLF_PRINT_BYTE(digits[(number >> (shift - 4U)) & 15U]);
	}
}

void mlf_print_decimal(uint32_t number)
{
	char text[11];
	uint32_t at = sizeof(text) - 1U;

	text[at] = '\0';
	do {
		text[--at] = (char)('0' + (char)(number % 10U));
		number /= 10U;
	} while (number != 0U);
	mlf_print(&text[at]);
}

void mlf_stop(const char *why)
{
	__disable_irq();
	mlf_print("\nmlf: stopped: ");
	mlf_print(why);
	mlf_print("\nmlf: end, 1 failures\n");
	MLF_PRINT_LAST();
	for (;;) {
		__WFI();
	}
}

void mlf_assert_failed(const char *function, int line)
{
	__disable_irq();
	mlf_print("\nmlf: assertion failed in ");
	mlf_print(function);
	mlf_print(", line ");
	mlf_print_decimal((uint32_t)line);
	mlf_stop("assertion failed");
}

void mlf_wait_for(const volatile uint32_t *reg, uint32_t mask, uint32_t wanted, const char *what)
{
	for (uint32_t polls = 0; (*reg & mask) != wanted; polls++) {
		if (polls == POLLS) {
			mlf_stop(what);
		}
	}
}

void mlf_busy_wait_us(uint32_t us)
{
	/* One pass takes more than one cycle on any core. */
	for (volatile uint32_t passes = us * (MLF_CPU_HZ / 1000000U); passes > 0U; passes--) {
	}
}

void vApplicationStackOverflowHook(TaskHandle_t task, char *name)
{
	(void)task;
	__disable_irq();
	mlf_print("\nmlf: the stack of task '");
	mlf_print(name);
	mlf_print("' is too small: generate with a larger --stack-bytes");
	mlf_stop("stack overflow");
}

void vApplicationIdleHook(void)
{
	__DSB();
	__WFI();
}
