/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts on the console's UART: received by interrupt, sent byte by byte. What is printed goes to the host's log. */
#include "cortex_m.h"
#include "mlf_port_internal.h"
#include "mlf_rpc_app.h"
#include "mlf_rpc_uart.h"

#define FEED_BYTES 64U
#define FIRST_SYSTEM_CALL 11U /* exceptions below it, but reset, are faults */

static mlf_rpc_server_t server;
static volatile bool serving; /* the console carries packets from now on */

/* Its value at power-up is arbitrary, but it differs from reset to reset. */
__attribute__((section(".noinit"))) static uint8_t resets;

void mlf_rpc_received(const uint8_t *bytes, uint32_t count)
{
	(void)mlf_rpc_ring_write(&mlf_rpc_ring, bytes, count);
	mlf_rpc_wake();
}

void mlf_rpc_lost(uint32_t count)
{
	mlf_rpc_ring_add_lost(&mlf_rpc_ring, count);
}

/* The device stops: its last message must still be sent. */
void mlf_print_last(void)
{
	mlf_rpc_console_flush(&server, true);
}

/* From any context, also before the server is ready. */
void mlf_print_byte(char byte)
{
	const uint32_t masked = cm_primask();

	if (!serving) {
		mlf_console_put(byte);
		return;
	}
	cm_disable_interrupts();
	mlf_rpc_console_put(byte);
	/* A fault report must be sent here: the task that would send it no longer runs. */
	if (byte == '\n' && cm_ipsr() > 1U && cm_ipsr() < FIRST_SYSTEM_CALL) {
		mlf_print_last();
	}
	cm_set_primask(masked);
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
	mlf_rpc_wait_start();
	if (mlf_rpc_init(&server, &mlf_rpc_app, &port, mlf_rpc_packet, sizeof(mlf_rpc_packet), resets) !=
	    MLF_RPC_OK) {
		mlf_stop("the application's tables are invalid");
	}
	serving = true;
	(void)mlf_rpc_app_start();
	mlf_console_receive_start();
	for (;;) {
		uint32_t count;

		mlf_rpc_console_flush(&server, false);
		count = mlf_rpc_ring_read(&mlf_rpc_ring, bytes, sizeof(bytes));
		if (count == 0U) {
			mlf_rpc_wait();
			continue;
		}
		(void)mlf_rpc_feed(&server, bytes, count);
	}
}
