/* SPDX-License-Identifier: Apache-2.0 */
/* Starts, before main(), the drivers of memories that Zephyr leaves alone. */
#include <zephyr/init.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>

#include "mlf_driver.h"

#define POLLS 2000000U /* the slowest of what is waited for takes a few milliseconds */

void mlf_wait_for(const volatile uint32_t *reg, uint32_t mask, uint32_t wanted, const char *what)
{
	for (uint32_t polls = 0; (*reg & mask) != wanted; polls++) {
		if (polls == POLLS) {
			printk("mlf: stopped: %s\n", what);
			k_panic();
		}
	}
}

void mlf_busy_wait_us(uint32_t us)
{
	k_busy_wait(us);
}

static int start(void)
{
	mlf_board_start();
	return 0;
}

SYS_INIT(start, POST_KERNEL, CONFIG_KERNEL_INIT_PRIORITY_DEFAULT);
