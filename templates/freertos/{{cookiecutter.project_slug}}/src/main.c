/* Generated once by {{ cookiecutter.project.generator | c_comment }}; yours from here on. */
#include <FreeRTOS.h>
#include <task.h>

#include <mlf_port.h>
{% if cookiecutter.project.host_driven %}
#include <mlf/rpc_host.h>
{% else %}

#include "mlf_models.h"
#include "mlf_samples.h"
{% endif %}

#define MODEL_STACK_BYTES {{ cookiecutter.project.stack_bytes | c_int }}U

{% if cookiecutter.project.host_driven %}
/* Hosts are served on the console's UART; mlf_print() writes to their log. Interrupts and other tasks keep running. */
static void run_models(void *unused)
{
	(void)unused;
	mlf_rpc_serve();
}
{% else %}
static void run_models(void *unused)
{
	static const mlf_sample_io_t io = {.print = mlf_print, .now_us = mlf_now_us};

	(void)unused;
{% include "main_body.c" %}
	vTaskSuspend(NULL);
}
{% endif %}

int main(void)
{
	static StaticTask_t task;
	static StackType_t stack[MODEL_STACK_BYTES / sizeof(StackType_t)];

	mlf_port_start();
	(void)xTaskCreateStatic(run_models, "models", sizeof(stack) / sizeof(stack[0]), NULL, 1, stack, &task);
	vTaskStartScheduler();
	return 0;
}
