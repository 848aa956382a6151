/* Uses more stack than there is: a little, and slowly, so that whoever looks at intervals sees it. */
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
	if ((uintptr_t)&frame[0] < k_current_get()->stack_info.start + 8U) {
		k_busy_wait(100000);
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
