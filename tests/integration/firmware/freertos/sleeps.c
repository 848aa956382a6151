/* Microseconds over more sleep than a cycle counter of 32 bits holds, and steadily while nothing sleeps. */
#include <FreeRTOS.h>
#include <task.h>

#include <mlf_port.h>

#define SECONDS 12U

static void measure(void *unused)
{
	uint32_t failures = 0;
	uint32_t began_us, before_us;

	(void)unused;
	for (uint32_t i = 0; i < SECONDS; i++) {
		uint32_t took_us;

		began_us = mlf_now_us();
		vTaskDelay(configTICK_RATE_HZ);
		took_us = mlf_now_us() - began_us;
		if (took_us < 998000U || took_us > 1000100U) {
			failures = 1;
		}
	}
	mlf_print(failures == 0U ? "slept through\n" : "sleep was not counted\n");
	began_us = before_us = mlf_now_us();
	while (before_us - began_us < 20000U) {
		uint32_t now_us = mlf_now_us();

		if (now_us - before_us > 100U) {
			failures = 1;
			mlf_print("time leaps\n");
			break;
		}
		before_us = now_us;
	}
	mlf_print(failures == 0U ? "mlf: end, 0 failures\n" : "mlf: end, 1 failures\n");
	vTaskSuspend(NULL);
}

int main(void)
{
	static StaticTask_t task;
	static StackType_t stack[256];

	mlf_port_start();
	(void)xTaskCreateStatic(measure, "measure", sizeof(stack) / sizeof(stack[0]), NULL, 1, stack, &task);
	vTaskStartScheduler();
	return 0;
}
