/* Generated once by mlfgen VERSION; yours from here on. */
#include <FreeRTOS.h>
#include <task.h>

#include <mlf_port.h>

#include "mlf_models.h"
#include "mlf_samples.h"

#define MODEL_STACK_BYTES 4096U

static void run_models(void *unused)
{
	static const mlf_sample_io_t io = {.print = mlf_print, .now_us = mlf_now_us};

	(void)unused;
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
	vTaskSuspend(NULL);
}

int main(void)
{
	static StaticTask_t task;
	static StackType_t stack[MODEL_STACK_BYTES / sizeof(StackType_t)];

	mlf_port_start();
	(void)xTaskCreateStatic(run_models, "models", sizeof(stack) / sizeof(stack[0]), NULL, 1, stack, &task);
	vTaskStartScheduler();
	return 0;
}
