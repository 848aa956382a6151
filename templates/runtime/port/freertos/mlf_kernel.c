/* SPDX-License-Identifier: Apache-2.0 */
/* What the port needs from the kernel, and the kernel from the port. */
#include <FreeRTOS.h>
#include <task.h>

#include "cortex_m.h"
#include "mlf_kernel.h"
#include "mlf_port_internal.h"

#define CYCLES_PER_US (MLF_CPU_HZ / 1000000U)
#define US_PER_TICK (1000000U / configTICK_RATE_HZ)

_Static_assert(MLF_CPU_HZ % 1000000U == 0U, "a microsecond must be a whole number of cycles");
_Static_assert(1000000U % configTICK_RATE_HZ == 0U, "a tick must be a whole number of microseconds");

void vApplicationStackOverflowHook(TaskHandle_t task, char *name);
void vApplicationIdleHook(void);

/* ---- time: from the kernel's tick and its timer, which keep counting while the core sleeps */

void mlf_time_start(void)
{
	/* The kernel starts the timer with its scheduler. */
}

uint32_t mlf_now_us(void)
{
	TickType_t ticks;
	uint32_t cycles;

	do {
		ticks = xTaskGetTickCount();
		cycles = CM_SYST_RVR - CM_SYST_CVR;
	} while (ticks != xTaskGetTickCount());
	return ticks * US_PER_TICK + cycles / CYCLES_PER_US;
}

/* ---- errors */

const char *mlf_task_name(void)
{
	return pcTaskGetName(NULL);
}

void mlf_assert_failed(const char *function, int line)
{
	cm_disable_interrupts();
	mlf_print("\nmlf: assertion failed in ");
	mlf_print(function);
	mlf_print(", line ");
	mlf_print_decimal((uint32_t)line);
	mlf_stop("assertion failed");
}

void vApplicationStackOverflowHook(TaskHandle_t task, char *name)
{
	(void)task;
	cm_disable_interrupts();
	mlf_print("\nmlf: the stack of task '");
	mlf_print(name);
	mlf_print("' is too small: generate with a larger --stack-bytes");
	mlf_stop("stack overflow");
}

/* ---- the idle task */

void vApplicationIdleHook(void)
{
	mlf_idle();
}

/* Kernels before V11 request this memory; configKERNEL_PROVIDED_STATIC_MEMORY makes later ones use their own. */
#if tskKERNEL_VERSION_MAJOR < 11
void vApplicationGetIdleTaskMemory(StaticTask_t **task, StackType_t **stack, uint32_t *stack_words);

void vApplicationGetIdleTaskMemory(StaticTask_t **task, StackType_t **stack, uint32_t *stack_words)
{
	static StaticTask_t idle;
	static StackType_t idle_stack[configMINIMAL_STACK_SIZE];

	*task = &idle;
	*stack = idle_stack;
	*stack_words = configMINIMAL_STACK_SIZE;
}
#endif
