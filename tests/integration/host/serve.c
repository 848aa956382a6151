/* A host-driven application's device on this computer: packets on standard input and output. */
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "mlf_rpc_app.h"

static mlf_rpc_server_t server;

static int32_t transmit(void *unused, const uint8_t *data, uint32_t size_bytes)
{
	(void)unused;
	while (size_bytes > 0U) {
		const ssize_t count = write(STDOUT_FILENO, data, size_bytes);

		if (count <= 0) {
			return -1;
		}
		data += count;
		size_bytes -= (uint32_t)count;
	}
	return 0;
}

static uint32_t now_us(void *unused)
{
	(void)unused;
	return (uint32_t)((uint64_t)clock() * 1000000U / (uint64_t)CLOCKS_PER_SEC);
}

static void print(const char *text)
{
	for (; *text != '\0'; text++) {
		mlf_rpc_console_put(*text);
	}
}

int main(void)
{
	static const mlf_rpc_port_t port = {
		.write = transmit, .now_us = now_us, .last_error = mlf_last_error, .ring = &mlf_rpc_ring};
	uint8_t bytes[256];
	ssize_t count;

	if (mlf_rpc_init(&server, &mlf_rpc_app, &port, mlf_rpc_packet, sizeof(mlf_rpc_packet), 1U) != MLF_RPC_OK ||
	    !mlf_rpc_app_start()) {
		return 1;
	}
	print("the device is up\r\n\nhalf a line");
	while ((count = read(STDIN_FILENO, bytes, sizeof(bytes))) > 0) {
		mlf_rpc_console_flush(&server, false);
		(void)mlf_rpc_ring_write(&mlf_rpc_ring, bytes, (uint32_t)count);
		count = (ssize_t)mlf_rpc_ring_read(&mlf_rpc_ring, bytes, sizeof(bytes));
		(void)mlf_rpc_feed(&server, bytes, (uint32_t)count);
	}
	return 0;
}
