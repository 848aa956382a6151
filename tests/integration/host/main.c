/* SPDX-License-Identifier: Apache-2.0 */
/* A generated application's models as a program for this computer: runs the recorded input sets. */
#include <stdio.h>
#include <time.h>

#include "mlf_models.h"
#include "mlf_samples.h"

static void print(const char *text)
{
	(void)fputs(text, stdout);
}

static uint32_t now_us(void)
{
	return (uint32_t)((uint64_t)clock() * 1000000U / CLOCKS_PER_SEC);
}

int main(void)
{
	static const mlf_sample_io_t io = {.print = print, .now_us = now_us};

	(void)mlf_sample_run_all(mlf_samples, mlf_num_samples, &io);
	return 0;
}
