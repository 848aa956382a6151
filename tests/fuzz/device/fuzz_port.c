/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device's RPC server under libFuzzer. An input is a list of pieces, each with a head of 3
 * bytes: how it arrives (0: framed here, with the right checksum; 1: as it is; 2: as it is, through
 * the ring; 3: framed, while writes fail; 4: the server stops) and its length, little endian.
 */
#define main port_main
#include "host_port.c"
#undef main

#include "rpc_internal.h"

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

static uint32_t framed(const uint8_t *payload, uint32_t size_bytes)
{
	uint32_t at = 0;
	uint16_t crc = 0xFFFFU;
	uint8_t head[4];
	uint8_t tail[2];
	const struct {
		const uint8_t *data;
		uint32_t size;
	} parts[] = {{head, 4}, {payload, size_bytes}, {tail, 2}};

	for (uint32_t i = 0; i < 4U; i++) {
		head[i] = (uint8_t)(size_bytes >> (8U * i));
	}
	wire[at++] = 0xFF;
	wire[at++] = 0xFD;
	for (uint32_t part = 0; part < 3U; part++) {
		if (part == 2U) {
			for (uint32_t i = 0; i < at; i++) {
				crc = (uint16_t)(crc ^ ((uint32_t)wire[i] << 8));
				for (uint32_t bit = 0; bit < 8U; bit++) {
					crc = (uint16_t)((crc & 0x8000U) != 0U ? ((uint32_t)crc << 1) ^ 0x1021U
									       : (uint32_t)crc << 1);
				}
			}
			tail[0] = (uint8_t)crc;
			tail[1] = (uint8_t)(crc >> 8);
		}
		for (uint32_t i = 0; i < parts[part].size; i++) {
			wire[at++] = parts[part].data[i];
			if (parts[part].data[i] == 0xFFU) {
				wire[at++] = 0xFF;
			}
		}
	}
	return at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
	size_t at = 0;

	memset(model_in, 0, sizeof(model_in));
	runs = 0;
	ticks = 0;
	clock_us = 0;
	calls = 0;
	error_text = "";
	(void)mlf_rpc_init(&server, &app, &port, packet, sizeof(packet), 0);
	while (size_bytes - at >= 3U) {
		const uint8_t kind = data[at];
		uint32_t length = (uint32_t)data[at + 1U] | ((uint32_t)data[at + 2U] << 8);

		at += 3U;
		if (length > size_bytes - at) {
			length = (uint32_t)(size_bytes - at);
		}
		sent_bytes = 0;
		broken = kind == 3U;
		if (kind == 0U || kind == 3U) {
			(void)mlf_rpc_feed(&server, wire, framed(&data[at], length));
		} else if (kind == 2U) {
			(void)through_ring(&data[at], length);
		} else if (kind == 4U) {
			(void)mlf_rpc_stop(&server);
		} else {
			(void)mlf_rpc_feed(&server, &data[at], length);
		}
		broken = false;
		at += length;
	}
	return 0;
}
