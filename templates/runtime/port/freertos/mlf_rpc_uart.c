/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts on the console's UART: received by interrupt, sent byte by byte. mlf_print goes to the host's log. */
#include <FreeRTOS.h>
#include <task.h>

#include "mlf_port_internal.h"
#include "mlf_rpc_app.h"
#include "mlf_rpc_uart.h"

#define FEED_BYTES 64U
#define FIRST_SYSTEM_CALL 11U /* exceptions below it, but reset, are faults */
#define MLF_RPC_LOG_PERIOD_MS 100U /* what other tasks print waits no longer */

static mlf_rpc_server_t server;
static TaskHandle_t task;
static volatile bool serving; /* the console carries packets from now on */

/* Whatever it is at power-up, it differs from reset to reset. */
__attribute__((section(".noinit"))) static uint8_t resets;

void mlf_rpc_received(const uint8_t *bytes, uint32_t count)
{
	BaseType_t woken = pdFALSE;

	(void)mlf_rpc_ring_write(&mlf_rpc_ring, bytes, count);
	vTaskNotifyGiveFromISR(task, &woken);
	portYIELD_FROM_ISR(woken);
}

void mlf_rpc_lost(uint32_t count)
{
	mlf_rpc_ring_add_lost(&mlf_rpc_ring, count);
}

/* The device stops: what it said last must not stay behind. */
void mlf_port_flush_messages(void)
{
	mlf_rpc_console_flush(&server, true);
}

/* From any context, also before the scheduler runs. */
void mlf_port_put_message(char byte)
{
	const uint32_t masked = __get_PRIMASK();

	if (!serving) {
		mlf_console_put(byte);
		return;
	}
	__disable_irq();
	mlf_rpc_console_put(byte);
	/* What reports a fault says more than waits for a task that will not come. */
	if (byte == '\n' && __get_IPSR() > 1U && __get_IPSR() < FIRST_SYSTEM_CALL) {
		mlf_port_flush_messages();
	}
	__set_PRIMASK(masked);
}

static int32_t transmit(void *unused, const uint8_t *data, uint32_t size_bytes)
{
	(void)unused;
	for (uint32_t i = 0; i < size_bytes; i++) {
		mlf_console_put((char)data[i]);
	}
	return 0;
}

static uint32_t now_us(void *unused)
{
	(void)unused;
	return mlf_now_us();
}

void mlf_rpc_serve(void)
{
	static const mlf_rpc_port_t port = {
		.write = transmit,
		.now_us = now_us,
		.last_error = mlf_last_error,
		.ring = &mlf_rpc_ring,
	};
	uint8_t bytes[FEED_BYTES];

	resets++;
	task = xTaskGetCurrentTaskHandle();
	if (mlf_rpc_init(&server, &mlf_rpc_app, &port, mlf_rpc_packet, sizeof(mlf_rpc_packet), resets) !=
	    MLF_RPC_OK) {
		mlf_stop("the application's tables are wrong");
	}
	serving = true;
	(void)mlf_rpc_app_start();
	mlf_console_receive_start();
	for (;;) {
		uint32_t count;

		mlf_rpc_console_flush(&server, false);
		count = mlf_rpc_ring_read(&mlf_rpc_ring, bytes, sizeof(bytes));
		if (count == 0U) {
			(void)ulTaskNotifyTake(pdTRUE, pdMS_TO_TICKS(MLF_RPC_LOG_PERIOD_MS));
			continue;
		}
		(void)mlf_rpc_feed(&server, bytes, count);
	}
}
