/* SPDX-License-Identifier: Apache-2.0 */
#include "cortex_m.h"
#include "mlf_port_internal.h"

#define POLLS 2000000U /* the slowest event that the port waits for takes a few milliseconds */
#define STACK_GUARD_BYTES 32U

/* Linker script: each marks an address. */
extern const uint32_t mlf_vectors[], mlf_stack_guard[];

void mlf_port_start(void)
{
	/* A boot loader or the boot pins may have left another table, or an alias of this one. */
	CM_VTOR = (uint32_t)(uintptr_t)mlf_vectors;
	cm_dsb();
	mlf_board_start();
	mlf_time_start();
	/* Without these, every fault is taken as a hard fault, which hides its cause. */
	CM_SHCSR |= CM_SHCSR_USGFAULTENA | CM_SHCSR_BUSFAULTENA | CM_SHCSR_MEMFAULTENA;
	if (CM_MPU_TYPE != 0U) {
		cm_protect(MLF_MPU_REGION_STACK_GUARD, (uint32_t)(uintptr_t)mlf_stack_guard, STACK_GUARD_BYTES,
			   CM_MPU_RASR_XN | CM_MPU_RASR_NO_ACCESS | CM_MPU_RASR_WRITE_BACK_ALLOCATE);
	}
}

void mlf_print(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\n') {
			mlf_print_byte('\r');
		}
		mlf_print_byte(*text);
	}
}

void mlf_print_hex(uint32_t number)
{
	static const char digits[] = "0123456789abcdef";

	for (uint32_t shift = 32U; shift > 0U; shift -= 4U) {
		mlf_print_byte(digits[(number >> (shift - 4U)) & 15U]);
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
	cm_disable_interrupts();
	mlf_print("\nmlf: stopped: ");
	mlf_print(why);
	mlf_print("\nmlf: end, 1 failures\n");
	mlf_print_last();
	for (;;) {
		cm_wait_for_interrupt();
	}
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

void mlf_idle(void)
{
	cm_dsb();
	cm_wait_for_interrupt();
}
