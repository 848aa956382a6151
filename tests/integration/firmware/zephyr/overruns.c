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
	if ((uintptr_t)&frame[0] < k_current_get()->stack_info.start + 512U) {
		/* The next frame would be a large one: it fills the rest, to the last word, which is the kernel's. */
		for (uintptr_t at = (uintptr_t)&frame[0] - 128U; at >= k_current_get()->stack_info.start; at -= 4U) {
			*(volatile uint32_t *)at = depth;
		}
		k_msleep(1);
		sink = 1;
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
