/* Uses more stack than there is, and lets the kernel switch threads, which is when it looks. */
#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>

#include "mlf_models.h"

/* Fills the stack as a large frame would, and a word more. */
static __noinline void overrun(void)
{
	volatile uint32_t here = 0;
	uintptr_t at = ((uintptr_t)&here & ~(uintptr_t)3U) - 256U;

	while (at >= k_current_get()->stack_info.start - 4U) {
		*(volatile uint32_t *)at = here;
		at -= 4U;
	}
	k_msleep(1);
}

int main(void)
{
	printk("%s\n", mlf_status_name(mlf_init(mlf_models[0])));
	overrun();
	printk("still here\nmlf: end, 0 failures\n");
	return 0;
}
