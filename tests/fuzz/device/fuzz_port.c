/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host-driven application's device under libFuzzer: the RPC server, and what connects it to models.
 * An input is a list of pieces, each with a head of 3 bytes: what it is, and its length, little
 * endian.
 */
#define main port_main
#include "host_port.c"
#undef main

#include <stdlib.h>

#include <tvm/runtime/c_backend_api.h>

#include "fuzz_app.h"

enum piece {
	FRAMED,        /* a packet's payload, framed here with the right checksum */
	RAW,           /* bytes from the host */
	THROUGH_RING,  /* the same, by way of the receive ring */
	FRAMED_BROKEN, /* a packet's payload, while writes to the host fail */
	STOP,          /* the server stops */
	PRINTED,       /* the application prints, then the task sends whole lines */
	FLUSHED,       /* the same, and sends an incomplete line too */
	RESET,         /* the device starts again, as another application */
};

/* A host may have a function timed for hours; an input may not take that long. */
#define MOST_CALLS 2000U

static uint32_t calls;

/* The linker's --wrap leads calls of the function x to __wrap_x, and those of __real_x to it. */
bool __real_rpc_call_packed(mlf_rpc_server_t *on, const mlf_rpc_function_t *function,
			    rpc_result_t *result);
bool __wrap_rpc_call_packed(mlf_rpc_server_t *on, const mlf_rpc_function_t *function,
			    rpc_result_t *result);
bool __real_rpc_run_model(mlf_rpc_server_t *on, const mlf_rpc_model_t *model);
bool __wrap_rpc_run_model(mlf_rpc_server_t *on, const mlf_rpc_model_t *model);

bool __wrap_rpc_call_packed(mlf_rpc_server_t *on, const mlf_rpc_function_t *function,
			    rpc_result_t *result)
{
	calls++;
	return calls > MOST_CALLS ? rpc_fail(on, "enough")
				  : __real_rpc_call_packed(on, function, result);
}

bool __wrap_rpc_run_model(mlf_rpc_server_t *on, const mlf_rpc_model_t *model)
{
	calls++;
	return calls > MOST_CALLS ? rpc_fail(on, "enough") : __real_rpc_run_model(on, model);
}

static uint8_t wire[2U * 65536U + 64U];

static uint16_t crc_table[256];

/* CRC-16/CCITT-FALSE, a byte at a time: inputs are many. */
static uint16_t crc_of(uint16_t crc, uint8_t byte)
{
	return (uint16_t)(((uint32_t)crc << 8) ^ crc_table[(crc >> 8) ^ byte]);
}

static void fill_crc_table(void)
{
	for (uint32_t byte = 0; byte < 256U; byte++) {
		uint32_t crc = byte << 8;

		for (uint32_t bit = 0; bit < 8U; bit++) {
			crc = (crc & 0x8000U) != 0U ? (crc << 1) ^ 0x1021U : crc << 1;
		}
		crc_table[byte] = (uint16_t)crc;
	}
}

static uint32_t framed(const uint8_t *payload, uint32_t size_bytes)
{
	uint32_t at = 2;
	uint32_t in_crc = 0;
	uint16_t crc = 0xFFFFU;

	wire[0] = 0xFF;
	wire[1] = 0xFD;
	for (uint32_t i = 0; i < size_bytes + 6U; i++) {
		uint8_t byte;

		if (i < 4U) {
			byte = (uint8_t)(size_bytes >> (8U * i));
		} else if (i < size_bytes + 4U) {
			byte = payload[i - 4U];
		} else {
			for (; in_crc < at && i == size_bytes + 4U; in_crc++) {
				crc = crc_of(crc, wire[in_crc]);
			}
			byte = (uint8_t)(i == size_bytes + 4U ? crc : crc >> 8);
		}
		wire[at++] = byte;
		if (byte == 0xFFU) {
			wire[at++] = 0xFF;
		}
	}
	return at;
}

static void start(uint32_t which)
{
	sent_bytes = 0;
	if (which == NUM_APPS) {
		if (mlf_rpc_init(&server, &wrong_app, &port, packet, sizeof(packet), 0) == MLF_RPC_OK) {
			abort();
		}
		which = 0;
	}
	(void)mlf_rpc_start_models(app_models[which].models, app_models[which].count);
	(void)mlf_rpc_init(&server, apps[which].app, apps[which].port, packet, sizeof(packet),
			   (uint8_t)which);
}

static void take(enum piece kind, const uint8_t *data, uint32_t length)
{
	sent_bytes = 0;
	switch (kind) {
	case FRAMED:
		(void)mlf_rpc_feed(&server, wire, framed(data, length));
		break;
	case THROUGH_RING:
		(void)through_ring(data, length);
		break;
	case FRAMED_BROKEN:
		broken = true;
		(void)mlf_rpc_feed(&server, wire, framed(data, length));
		broken = false;
		break;
	case STOP:
		(void)mlf_rpc_stop(&server);
		break;
	case PRINTED:
	case FLUSHED:
		for (uint32_t i = 0; i < length; i++) {
			mlf_rpc_console_put((char)data[i]);
		}
		mlf_rpc_console_flush(&server, kind == FLUSHED);
		break;
	case RESET:
		start(length != 0U ? data[0] % (NUM_APPS + 1U) : 0U);
		break;
	case RAW:
	default:
		(void)mlf_rpc_feed(&server, data, length);
		break;
	}
}

#ifdef LOCK_STEP
/* For recording sessions with the application whose number is the argument. */
int main(int argc, char **argv)
{
	const uint32_t which = argc > 1 ? (uint32_t)(argv[1][0] - '0') : 0U;

	offered = apps[which].app;
	connected = apps[which].port;
	(void)mlf_rpc_start_models(app_models[which].models, app_models[which].count);
	return lock_step();
}
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
	size_t at = 0;

	if (crc_table[1] == 0U) {
		fill_crc_table();
	}
	memset(model_in, 0, sizeof(model_in));
	runs = 0;
	ticks = 0;
	clock_us = 0;
	calls = 0;
	error_text = "";
	start(0);
	/* What the console still holds of the input before. */
	mlf_rpc_console_flush(&server, true);
	while (size_bytes - at >= 3U) {
		const uint8_t kind = data[at];
		uint32_t length = (uint32_t)data[at + 1U] | ((uint32_t)data[at + 2U] << 8);

		at += 3U;
		if (length > size_bytes - at) {
			length = (uint32_t)(size_bytes - at);
		}
		take(kind, &data[at], length);
		at += length;
	}
	return 0;
}
