/* A task that fails in the way that WAY chooses. */
#include <string.h>

#include <FreeRTOS.h>
#include <task.h>

#include <mlf_port.h>

#define NOTHING_THERE 0x9F000000U

static void overrun(StackType_t *end)
{
	/* As far below the stack as a local array that is too large would reach. */
	(void)memset(end, 0, 16U);
	vTaskDelay(1U);
}

static void fail(void *stack)
{
	switch (WAY) {
	case 0:
		*(volatile uint32_t *)NOTHING_THERE = 1U;
		break;
	case 1:
		__asm volatile("udf #0");
		break;
	case 2:
		overrun(stack);
		break;
	default:
		configASSERT(stack == NULL);
		break;
	}
	mlf_print("still here\nmlf: end, 0 failures\n");
	vTaskSuspend(NULL);
}

int main(void)
{
	static StaticTask_t task;
	static StackType_t stack[256];

	mlf_port_start();
	(void)xTaskCreateStatic(fail, "culprit", 256U, stack, 1U, stack, &task);
	vTaskStartScheduler();
	return 0;
}
