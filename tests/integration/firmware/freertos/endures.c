#include <FreeRTOS.h>
#include <task.h>

#include "endures.h"

static uint32_t stack_left_bytes(void)
{
	return (uint32_t)uxTaskGetStackHighWaterMark(NULL) * (uint32_t)sizeof(StackType_t);
}

static void run_models(void *unused)
{
	(void)unused;
	endure();
	vTaskSuspend(NULL);
}

int main(void)
{
	static StaticTask_t task;
	static StackType_t stack[1024];

	mlf_port_start();
	(void)xTaskCreateStatic(run_models, "models", sizeof(stack) / sizeof(stack[0]), NULL, 1, stack, &task);
	vTaskStartScheduler();
	return 0;
}
