/* SPDX-License-Identifier: Apache-2.0 */
#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>

#ifdef CONFIG_MLF
#include <mlf/sample.h>

#include "mlf_models.h"
#include "mlf_samples.h"

static void print(const char *text)
{
	printk("%s", text);
}

static uint32_t now_us(void)
{
	return 0U;
}
#endif

int main(void)
{
	printk("firmware: started\n");
#ifdef CONFIG_MLF
	static const mlf_sample_io_t io = {.print = print, .now_us = now_us};

	for (uint32_t i = 0; i < mlf_num_models; i++) {
		if (mlf_init(mlf_models[i]) != MLF_OK) {
			printk("firmware: a model can't be initialised\n");
		}
	}
	(void)mlf_sample_run_all(mlf_samples, mlf_num_samples, &io);
#endif
	return 0;
}
