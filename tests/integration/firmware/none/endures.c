#include "endures.h"

#define PAINT 0xA5A5A5A5U
#define IN_USE_BYTES 256U /* below the caller's frame, for what is under way while painting */

extern uint32_t mlf_stack_end[];

static void paint(void)
{
	uint32_t here;
	uintptr_t end = (uintptr_t)&here - IN_USE_BYTES;

	for (volatile uint32_t *word = mlf_stack_end; (uintptr_t)word < end; word++) {
		*word = PAINT;
	}
}

static uint32_t stack_left_bytes(void)
{
	const uint32_t *word = mlf_stack_end;

	while (*word == PAINT) {
		word++;
	}
	return (uint32_t)((uintptr_t)word - (uintptr_t)mlf_stack_end);
}

int main(void)
{
	mlf_port_start();
	paint();
	endure();
	for (;;) {
		mlf_idle();
	}
}
