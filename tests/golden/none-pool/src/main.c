/* Generated once by mlfgen VERSION; yours from here on. */
#include <mlf_port.h>

#include "mlf_models.h"
#include "mlf_samples.h"

int main(void)
{
	static const mlf_sample_io_t io = {.print = mlf_print, .now_us = mlf_now_us};

	mlf_port_start();
	/*
	 * Runs every model on the recorded inputs of model/src/mlf_samples.c. In a product this
	 * becomes, for one model:
	 *
	 *     mlf_init(&model);
	 *     fill mlf_input(&model, 0)->data, or mlf_quantize(mlf_input(&model, 0), 0, values, n);
	 *     mlf_run(&model);
	 *     read mlf_output(&model, 0)->data, or mlf_dequantize(mlf_output(&model, 0), 0, values, n);
	 */
	(void)mlf_sample_run_all(mlf_samples, mlf_num_samples, &io);
	for (;;) {
		mlf_idle();
	}
}
