/* SPDX-License-Identifier: Apache-2.0 */
#include <mlf/rpc_host.h>

static uint8_t storage[MLF_RPC_CONSOLE_BYTES];
static mlf_rpc_ring_t text = {.bytes = storage, .size_bytes = sizeof(storage)};
static char line[MLF_RPC_CONSOLE_LINE_BYTES];
static uint32_t used;

_Static_assert(MLF_RPC_CONSOLE_LINE_BYTES <= MLF_RPC_MAX_LOG_BYTES, "a line must fit in one message");

void mlf_rpc_console_put(char byte)
{
	const uint8_t one = (uint8_t)byte;

	(void)mlf_rpc_ring_write(&text, &one, 1U);
}

static void send(mlf_rpc_server_t *server)
{
	line[used] = '\0';
	if (used != 0U) {
		(void)mlf_rpc_log(server, line);
	}
	used = 0;
}

void mlf_rpc_console_flush(mlf_rpc_server_t *server, bool all)
{
	uint8_t byte;

	while (mlf_rpc_ring_read(&text, &byte, 1U) != 0U) {
		if (byte == '\n') {
			send(server);
			continue;
		}
		if (byte != '\r') {
			line[used++] = (char)byte;
		}
		if (used == sizeof(line) - 1U) {
			send(server);
		}
	}
	if (all) {
		send(server);
	}
}

static void print(const char *words)
{
	for (; *words != '\0'; words++) {
		mlf_rpc_console_put(*words);
	}
}

bool mlf_rpc_start_models(const mlf_model_t *const *models, uint32_t count)
{
	bool good = true;

	for (uint32_t i = 0; i < count; i++) {
		const mlf_status_t status = mlf_init(models[i]);

		if (status != MLF_OK) {
			print(models[i]->name);
			print(": ");
			print(mlf_status_name(status));
			print("\n");
			good = false;
		}
	}
	return good;
}
