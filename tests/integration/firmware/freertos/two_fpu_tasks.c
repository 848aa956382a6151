/* Two tasks of one priority compute in floats, in more registers than a task switch may lose unnoticed. */
#include <stdbool.h>
#include <string.h>

#include <FreeRTOS.h>
#include <task.h>

#include <mlf_port.h>

#define CHECKS 500U
#define ROUNDS 1000U

static float expected[2];
static volatile float seeds[2] = {1.0f, 2.0f}; /* volatile: or the compiler computes once */
static volatile uint32_t wrong, switches, finished, last;

static float churn(float seed)
{
	float a = seed, b = seed + 1.0f, c = seed + 2.0f, d = seed + 3.0f;
	float e = seed + 4.0f, f = seed + 5.0f, g = seed + 6.0f, h = seed + 7.0f;

	for (uint32_t i = 0; i < ROUNDS; i++) {
		a = a * 0.5f + b * 0.25f;
		b = b * 0.5f + c * 0.25f + 0.125f;
		c = c * 0.5f + d * 0.25f;
		d = d * 0.5f + e * 0.25f + 0.25f;
		e = e * 0.5f + f * 0.25f;
		f = f * 0.5f + g * 0.25f + 0.5f;
		g = g * 0.5f + h * 0.25f;
		h = h * 0.5f + a * 0.25f + seed;
	}
	return a + b + c + d + e + f + g + h;
}

static void compute(void *argument)
{
	uint32_t me = *(const uint32_t *)argument;

	for (uint32_t i = 0; i < CHECKS; i++) {
		float got = churn(seeds[me]);

		if (memcmp(&got, &expected[me], sizeof(got)) != 0) {
			wrong++;
		}
		if (last != me) {
			last = me;
			switches++;
		}
	}
	taskENTER_CRITICAL();
	finished++;
	taskEXIT_CRITICAL();
	if (finished == 2U) {
		mlf_print(switches > 10U ? "switched\n" : "NOT SWITCHED\n");
		mlf_print(wrong == 0U && switches > 10U ? "mlf: end, 0 failures\n" : "mlf: end, 1 failures\n");
	}
	vTaskSuspend(NULL);
}

int main(void)
{
	static const uint32_t numbers[2] = {0U, 1U};
	static StaticTask_t tasks[2];
	static StackType_t stacks[2][256];

	mlf_port_start();
	for (uint32_t i = 0; i < 2U; i++) {
		expected[i] = churn(seeds[i]);
		(void)xTaskCreateStatic(compute, "fpu", 256U, (void *)(uintptr_t)&numbers[i], 1U, stacks[i],
					&tasks[i]);
	}
	vTaskStartScheduler();
	return 0;
}
