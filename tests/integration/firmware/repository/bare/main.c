/* SPDX-License-Identifier: Apache-2.0 */
/* A firmware of somebody else: start-up and UART of its own. It runs the models that are put into it. */
#include <stdint.h>

#if __has_include("mlf_models.h")
#include <mlf/sample.h>

#include "mlf_models.h"
#include "mlf_samples.h"
#endif

/* Of the CMSDK APB UART (Arm DDI 0479, 4.3): DATA, STATE, CTRL. */
static volatile uint32_t *const uart = (volatile uint32_t *)0x40004000UL;

static void print(const char *text)
{
	for (; *text != '\0'; text++) {
		while ((uart[1] & 1U) != 0U) {
		}
		uart[0] = (uint32_t)*text;
	}
}

#if __has_include("mlf_models.h")
static uint32_t now_us(void)
{
	return 0U;
}
#endif

int main(void)
{
	uart[4] = 16U;
	uart[2] = 1U;
	print("firmware: started\n");
#if __has_include("mlf_models.h")
	static const mlf_sample_io_t io = {.print = print, .now_us = now_us};

	for (uint32_t i = 0; i < mlf_num_models; i++) {
		if (mlf_init(mlf_models[i]) != MLF_OK) {
			print("firmware: a model can't be initialised\n");
		}
	}
	(void)mlf_sample_run_all(mlf_samples, mlf_num_samples, &io);
#endif
	for (;;) {
	}
}
