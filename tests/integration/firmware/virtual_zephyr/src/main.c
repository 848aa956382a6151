/* Two float threads that slice each other, a sleep, and console input by interrupt. */
#include <zephyr/device.h>
#include <zephyr/drivers/uart.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>
#include <zephyr/timing/timing.h>

#define CHECKS 1000
#define STACK_BYTES 1024

K_THREAD_STACK_ARRAY_DEFINE(stacks, 2, STACK_BYTES);
static struct k_thread threads[2];
static struct k_sem done;
static struct k_sem line_ready;
static volatile int current;
static volatile unsigned switches;
static unsigned wrong[2];
static char line[32];
static unsigned line_length;

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

static void check(void *id_pointer, void *expected_pointer, void *unused)
{
	int id = (int)(intptr_t)id_pointer;
	float expected = *(float *)expected_pointer;

	ARG_UNUSED(unused);
	for (int i = 0; i < CHECKS; i++) {
		if (series(id) != expected) {
			wrong[id]++;
		}
		if (current != id) {
			current = id;
			switches++;
		}
	}
	k_sem_give(&done);
}

static void receive(const struct device *port, void *unused)
{
	unsigned char byte;

	ARG_UNUSED(unused);
	while (uart_irq_update(port) && uart_irq_rx_ready(port)) {
		if (uart_fifo_read(port, &byte, 1) != 1) {
			break;
		}
		if (byte == '\n') {
			k_sem_give(&line_ready);
		} else if (line_length < sizeof(line) - 1) {
			line[line_length++] = byte;
		}
	}
}

int main(void)
{
	static float expected[2];
	const struct device *port = DEVICE_DT_GET(DT_CHOSEN(zephyr_console));

	expected[0] = series(0);
	expected[1] = series(1);
	k_sem_init(&done, 0, 2);
	k_sem_init(&line_ready, 0, 1);
	for (intptr_t id = 0; id < 2; id++) {
		k_thread_create(&threads[id], stacks[id], STACK_BYTES, check, (void *)id, &expected[id], NULL,
				K_PRIO_PREEMPT(5), K_FP_REGS, K_NO_WAIT);
	}
	k_sem_take(&done, K_FOREVER);
	k_sem_take(&done, K_FOREVER);
	printk("wrong %u, sliced %s\n", wrong[0] + wrong[1], switches > 10 ? "yes" : "no");

	int64_t before = k_uptime_get();

	k_sleep(K_MSEC(50));
	int64_t slept_ms = k_uptime_get() - before;

	printk("slept %s\n", slept_ms >= 50 && slept_ms <= 52 ? "50 ms" : "wrong");

	timing_init();
	timing_start();
	timing_t start = timing_counter_get();
	expected[0] = series(2);
	timing_t end = timing_counter_get();

	printk("cycles %s\n", timing_cycles_get(&start, &end) > 400 * 16 ? "counted" : "missing");

	uart_irq_callback_user_data_set(port, receive, NULL);
	uart_irq_rx_enable(port);
	k_sem_take(&line_ready, K_FOREVER);
	printk("line '%s'\nEND\n", line);
	return 0;
}
