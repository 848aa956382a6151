/* Two FreeRTOS tasks that compute in floats while the tick slices them; every result is checked. */
#include <stdint.h>

#include "FreeRTOS.h"
#include "task.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define CHECKS 1000
#define STACK_WORDS 256

extern uint32_t _stack_top, _data, _data_end, _data_source, _bss, _bss_end;

void Reset_Handler(void);
void SVC_Handler(void);
void PendSV_Handler(void);
void SysTick_Handler(void);
void assertion_failed(const char *file, int line);
void vApplicationStackOverflowHook(TaskHandle_t task, char *name);

static void fault(void);

__attribute__((section(".vectors"), used)) static void *const vectors[16] = {
	&_stack_top, (void *)Reset_Handler, (void *)fault, (void *)fault, (void *)fault, (void *)fault,
	(void *)fault, 0, 0, 0, 0, (void *)SVC_Handler, (void *)fault, 0, (void *)PendSV_Handler,
	(void *)SysTick_Handler,
};

static StaticTask_t task_blocks[2], reporter_block;
static StackType_t stacks[2][STACK_WORDS], reporter_stack[STACK_WORDS];
static float expected[2];
static volatile unsigned checks[2], wrong[2], switches;
static volatile int current;

static void put(const char *text)
{
	for (; *text != '\0'; text++) {
		while ((REGISTER(0x4001101C) & (1u << 7)) == 0) {
		}
		REGISTER(0x40011028) = (uint8_t)*text;
	}
}

static void put_number(unsigned value)
{
	char digits[11];
	int at = 10;

	digits[at] = '\0';
	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value != 0);
	put(&digits[at]);
}

void assertion_failed(const char *file, int line)
{
	put("assertion failed: ");
	put(file);
	put(":");
	put_number((unsigned)line);
	put("\nEND\n");
	for (;;) {
	}
}

void vApplicationStackOverflowHook(TaskHandle_t task, char *name)
{
	(void)task;
	put("stack overflow: ");
	put(name);
	put("\nEND\n");
	for (;;) {
	}
}

static void fault(void)
{
	put("fault\nEND\n");
	for (;;) {
	}
}

/* Volatile, so that every check computes anew. */
static volatile float seeds[] = {1.0f, 2.0f, 3.0f};

/* Enough live values that a lost FPU register shows. */
static float series(int id)
{
	float x = seeds[id];
	float a = x, b = x + 1.0f, c = x + 2.0f, d = x + 3.0f;
	float e = x + 4.0f, f = x + 5.0f, g = x + 6.0f, h = x + 7.0f;

	for (int i = 0; i < 400; i++) {
		a = a * 0.5f + b;
		b = b * 0.25f + c;
		c = c * 0.125f + d;
		d = d * 0.5f + e;
		e = e * 0.25f + f;
		f = f * 0.125f + g;
		g = g * 0.5f + h;
		h = h * 0.25f + x;
	}
	return a + b + c + d + e + f + g + h;
}

static void check(void *argument)
{
	int id = (int)(intptr_t)argument;

	for (;;) {
		if (checks[id] < CHECKS) {
			if (series(id) != expected[id]) {
				wrong[id]++;
			}
			checks[id]++;
		}
		if (current != id) {
			current = id;
			switches++;
		}
	}
}

static void report(void *argument)
{
	(void)argument;
	while (checks[0] < CHECKS || checks[1] < CHECKS) {
		vTaskDelay(5);
	}
	put("checks ");
	put_number(checks[0] + checks[1]);
	put(", wrong ");
	put_number(wrong[0] + wrong[1]);
	put(switches > 100 ? ", sliced\nEND\n" : ", not sliced\nEND\n");
	for (;;) {
		vTaskDelay(1000);
	}
}

void Reset_Handler(void)
{
	REGISTER(0xE000ED88) |= 0xFu << 20;
	__asm volatile("dsb\n isb" ::: "memory");
	for (uint32_t *to = &_data, *from = &_data_source; to < &_data_end; to++, from++) {
		*to = *from;
	}
	for (uint32_t *to = &_bss; to < &_bss_end; to++) {
		*to = 0;
	}
	REGISTER(0x40011000) = 0x0D;
	expected[0] = series(0);
	expected[1] = series(1);
	(void)xTaskCreateStatic(check, "one", STACK_WORDS, (void *)0, 1, stacks[0], &task_blocks[0]);
	(void)xTaskCreateStatic(check, "two", STACK_WORDS, (void *)1, 1, stacks[1], &task_blocks[1]);
	(void)xTaskCreateStatic(report, "report", STACK_WORDS, 0, 2, reporter_stack, &reporter_block);
	vTaskStartScheduler();
	for (;;) {
	}
}
