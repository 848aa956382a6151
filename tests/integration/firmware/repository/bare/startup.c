/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>

extern uint32_t stack_top, data_load, data_start, data_end, zero_start, zero_end;
int main(void);
void reset(void);

void reset(void)
{
	const uint32_t *from = &data_load;

	/* The FPU (Armv7-M Architecture Reference Manual, B3.2.20). */
	*(volatile uint32_t *)0xE000ED88UL |= 0xFU << 20;
	__asm__ volatile("dsb\n\tisb");
	for (uint32_t *to = &data_start; to < &data_end;) {
		*to++ = *from++;
	}
	for (uint32_t *to = &zero_start; to < &zero_end;) {
		*to++ = 0U;
	}
	(void)main();
}

static void stop(void)
{
	for (;;) {
	}
}

__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {
	&stack_top, (void *)reset, (void *)stop, (void *)stop, (void *)stop, (void *)stop, (void *)stop,
};
