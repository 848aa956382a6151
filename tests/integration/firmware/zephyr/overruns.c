/* Uses more stack than there is, and lets the kernel switch threads, which is when it looks. */
#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>

#include "mlf_models.h"

static volatile uint32_t sink;

static __noinline uint32_t deeper(uint32_t depth)
{
	volatile uint32_t frame[16];

	for (uint32_t i = 0; i < 16U; i++) {
		frame[i] = depth;
	}
	if ((uintptr_t)&frame[0] < k_current_get()->stack_info.start) {
		/* Nothing has stopped it yet: not even the word that the kernel looks at is left. */
		*(volatile uint32_t *)k_current_get()->stack_info.start = depth;
		k_msleep(1);
		return frame[0];
	}
	return deeper(depth + 1U) + frame[depth % 16U];
}

int main(void)
{
	printk("%s\n", mlf_status_name(mlf_init(mlf_models[0])));
	sink = deeper(0);
	printk("still here\nmlf: end, 0 failures\n");
	return 0;
}
