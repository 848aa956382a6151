/* Fails in the way that WAY chooses, with interrupts of its own on the way there. */
#include <stdbool.h>
#include <string.h>

#include <cortex_m.h>
#include <mlf_port.h>

#define NOTHING_THERE 0x9F000000U
#define OURS 7U
#define NOBODYS 8U

static volatile bool came;

void mlf_interrupt_7(void);

void mlf_interrupt_7(void)
{
	came = true;
}

static void raise_interrupt(uint32_t number)
{
	cm_enable_interrupt(number, 0x80U);
	CM_NVIC_ISPR(number) = CM_NVIC_BIT(number);
	cm_dsb();
	cm_isb();
}

/* As deep as the stack is, a frame at a time: the compiler must not make a loop of it. */
static uint32_t descend(volatile uint32_t depth)
{
	volatile uint32_t frame[4] = {depth, depth, depth, depth};

	return depth == 0U ? 0U : descend(depth - 1U) + frame[depth % 4U];
}

int main(void)
{
	const uint32_t before_us = mlf_now_us();

	mlf_port_start();
	raise_interrupt(OURS);
	mlf_print(came ? "interrupt came\n" : "interrupt lost\n");
	for (uint32_t ticks = 0; ticks < 5U; ticks++) {
		mlf_idle();
	}
	mlf_print(mlf_now_us() - before_us >= 4000U ? "slept\n" : "time stood still\n");
	switch (WAY) {
	case 0:
		*(volatile uint32_t *)NOTHING_THERE = 1U;
		break;
	case 1:
		__asm volatile("udf #0");
		break;
	case 2:
		(void)descend(1000000U);
		break;
	case 3:
		raise_interrupt(NOBODYS);
		break;
	default:
		return 0;
	}
	mlf_print("still here\nmlf: end, 0 failures\n");
	return 0;
}
