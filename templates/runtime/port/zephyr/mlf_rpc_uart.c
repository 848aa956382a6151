/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts on Zephyr's console UART: received by interrupt, sent byte by byte. printk goes to the host's log. */
#include <zephyr/devicetree.h>
#include <zephyr/drivers/uart.h>
#include <zephyr/fatal.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/printk-hooks.h>

#include "mlf_clock.h"
#include "mlf_rpc_app.h"

#if DT_HAS_CHOSEN(zephyr_console)
#define HOST_UART DT_CHOSEN(zephyr_console)
#elif DT_HAS_CHOSEN(zephyr_shell_uart)
#define HOST_UART DT_CHOSEN(zephyr_shell_uart)
#else
#error "the devicetree does not choose a UART: set zephyr,console in an overlay"
#endif

#define FEED_BYTES 64U

static const struct device *const uart = DEVICE_DT_GET(HOST_UART);
static mlf_rpc_server_t server;
static K_SEM_DEFINE(work, 0, 1);

/* Its value at power-up is arbitrary, but it differs from reset to reset. */
static __noinit uint8_t resets;

static void receive(const struct device *device, void *unused)
{
	uint8_t bytes[16];
	int count;

	ARG_UNUSED(unused);
	while (uart_irq_update(device) > 0 && uart_irq_rx_ready(device) > 0) {
		count = uart_fifo_read(device, bytes, sizeof(bytes));
		if (count <= 0) {
			break;
		}
		(void)mlf_rpc_ring_write(&mlf_rpc_ring, bytes, (uint32_t)count);
	}
	count = uart_err_check(device);
	if (count > 0 && ((uint32_t)count & (uint32_t)UART_ERROR_OVERRUN) != 0U) {
		mlf_rpc_ring_add_lost(&mlf_rpc_ring, 1U);
	}
	k_sem_give(&work);
}

/* A byte that came before interrupts were enabled raises none, and on some UARTs blocks all later ones. */
static void start_receiving(void)
{
	const unsigned int key = irq_lock();

	(void)uart_irq_callback_user_data_set(uart, receive, NULL);
	uart_irq_rx_enable(uart);
	receive(uart, NULL);
	irq_unlock(key);
}

static int32_t transmit(void *unused, const uint8_t *data, uint32_t size_bytes)
{
	ARG_UNUSED(unused);
	for (uint32_t i = 0; i < size_bytes; i++) {
		uart_poll_out(uart, data[i]);
	}
	return 0;
}

static uint32_t now_us(void *unused)
{
	ARG_UNUSED(unused);
	return mlf_now_us();
}

static int print(int byte)
{
	const unsigned int key = irq_lock();

	mlf_rpc_console_put((char)byte);
	irq_unlock(key);
	k_sem_give(&work);
	return byte;
}

/* Overrides Zephyr's weak function, so that the host learns why its device has gone silent. */
void k_sys_fatal_error_handler(unsigned int reason, const struct arch_esf *frame)
{
	ARG_UNUSED(frame);
	printk("fatal error %u: the device has stopped\n", reason);
	mlf_rpc_console_flush(&server, true);
	k_fatal_halt(reason);
}

void mlf_rpc_serve(void)
{
	static const mlf_rpc_port_t port = {
		.write = transmit,
		.now_us = now_us,
		.last_error = mlf_last_error,
		.ring = &mlf_rpc_ring,
	};
	mlf_rpc_status_t status;
	uint8_t bytes[FEED_BYTES];

	resets++;
	status = mlf_rpc_init(&server, &mlf_rpc_app, &port, mlf_rpc_packet, sizeof(mlf_rpc_packet), resets);
	__printk_hook_install(print);
	if (status != MLF_RPC_OK) {
		/* Without a server, nothing can be reported, but a debugger sees this frame. */
		k_panic();
	}
	(void)mlf_rpc_app_start();
	start_receiving();
	for (;;) {
		uint32_t count;

		mlf_rpc_console_flush(&server, false);
		count = mlf_rpc_ring_read(&mlf_rpc_ring, bytes, sizeof(bytes));
		if (count == 0U) {
			(void)k_sem_take(&work, K_FOREVER);
			continue;
		}
		(void)mlf_rpc_feed(&server, bytes, count);
	}
}
