/* Generated once by {{ cookiecutter.project.generator | c_comment }}; yours from here on. */
#include <FreeRTOS.h>
#include <task.h>

#include <mlf_port.h>

#include "mlf_models.h"
#include "mlf_samples.h"

#define MODEL_STACK_BYTES {{ cookiecutter.project.stack_bytes | c_int }}U

static void run_models(void *unused)
{
	static const mlf_sample_io_t io = {.print = mlf_print, .now_us = mlf_now_us};

	(void)unused;
{% include "main_body.c" %}
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
