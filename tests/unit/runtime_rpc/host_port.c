/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The RPC server on a PC, for tests.
 *
 * Without an argument it works in lock step: a command on standard input, one answer on
 * standard output, so that a test knows when the device has nothing more to say.
 *
 *     'F' n bytes    feed                     -> status, sent bytes
 *     'R' n bytes    through the ring         -> status, sent bytes
 *     'I' n bytes    re-init, seed in byte 0  -> status, sent bytes
 *     'W' 1 byte     1: writes fail from now  -> status, sent bytes
 *     'S' 0          stop                     -> status, sent bytes
 *
 * n and both parts of the answer's head (status, count) are 4 bytes, little endian.
 * With the argument "stream" it is a device on standard input and output, byte for byte.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <mlf/rpc_server.h>

#ifndef PACKET_BYTES
#define PACKET_BYTES 512
#endif
#define MAX_COMMAND_BYTES (1U << 20)

static uint8_t packet[PACKET_BYTES];
static mlf_rpc_server_t server;

static uint8_t sent[1U << 22];
static uint32_t sent_bytes;
static bool streaming;
static bool broken;

static uint32_t clock_us;

MLF_RPC_RING_DEFINE(ring, MLF_RPC_RING_MIN_BYTES(PACKET_BYTES), PACKET_BYTES);

static int32_t write_out(void *context, const uint8_t *data, uint32_t size_bytes)
{
	(void)context;
	if (broken) {
		return -1;
	}
	if (streaming) {
		return fwrite(data, 1, size_bytes, stdout) == size_bytes && fflush(stdout) == 0
			       ? 0
			       : -1;
	}
	if (size_bytes > sizeof(sent) - sent_bytes) {
		return -1;
	}
	memcpy(sent + sent_bytes, data, size_bytes);
	sent_bytes += size_bytes;
	return 0;
}

/* Time that only passes when a function takes some: tests get the same figures every time. */
static uint32_t now_us(void *context)
{
	(void)context;
	if (streaming) {
		struct timespec now;

		(void)clock_gettime(CLOCK_MONOTONIC, &now);
		return (uint32_t)((uint64_t)now.tv_sec * 1000000U + (uint64_t)now.tv_nsec / 1000U);
	}
	return clock_us;
}

static const char *error_text = "";

static const char *last_error(void)
{
	return error_text;
}

static int32_t echo(void *args, int32_t *codes, int32_t count, void *ret, int32_t *ret_code,
		    void *resource)
{
	(void)resource;
	if (count != 1) {
		error_text = "echo takes one argument";
		return -1;
	}
	*(TVMValue *)ret = *(TVMValue *)args;
	*ret_code = codes[0];
	return 0;
}

static int32_t add(void *args, int32_t *codes, int32_t count, void *ret, int32_t *ret_code,
		   void *resource)
{
	const TVMValue *values = args;

	(void)codes;
	(void)resource;
	((TVMValue *)ret)->v_int64 = 0;
	for (int32_t i = 0; i < count; i++) {
		((TVMValue *)ret)->v_int64 = (int64_t)((uint64_t)((TVMValue *)ret)->v_int64 +
						       (uint64_t)values[i].v_int64);
	}
	*ret_code = kTVMArgInt;
	return 0;
}

static int32_t fail(void *args, int32_t *codes, int32_t count, void *ret, int32_t *ret_code,
		    void *resource)
{
	(void)args;
	(void)codes;
	(void)count;
	(void)ret;
	(void)ret_code;
	error_text = resource;
	return -7;
}

static int32_t log_line(void *args, int32_t *codes, int32_t count, void *ret, int32_t *ret_code,
			void *resource)
{
	const TVMValue *values = args;

	(void)ret;
	(void)ret_code;
	(void)resource;
	if (count == 1 && codes[0] == (int32_t)kTVMStr) {
		(void)mlf_rpc_log(&server, values[0].v_str);
	}
	return 0;
}

static int32_t foreign(void *args, int32_t *codes, int32_t count, void *ret, int32_t *ret_code,
		       void *resource)
{
	(void)args;
	(void)codes;
	(void)count;
	(void)ret;
	*ret_code = (int32_t)(intptr_t)resource;
	return 0;
}

/* out[i] = 2 * in[i], int8, and takes 250 us of the test's clock. */
static int32_t twice(void *args, int32_t *codes, int32_t count, void *ret, int32_t *ret_code,
		     void *resource)
{
	const TVMValue *values = args;
	const DLTensor *in;
	DLTensor *out;

	(void)ret;
	(void)ret_code;
	(void)resource;
	if (count != 2 || codes[0] != (int32_t)kTVMDLTensorHandle ||
	    codes[1] != (int32_t)kTVMDLTensorHandle) {
		return -1;
	}
	in = values[0].v_handle;
	out = values[1].v_handle;
	if (in->ndim != 1 || out->ndim != 1 || in->shape[0] != out->shape[0] || in->data == NULL ||
	    out->data == NULL || in->dtype.bits != 8U || out->dtype.bits != 8U ||
	    in->dtype.lanes == 0U || out->dtype.lanes == 0U) {
		return -2;
	}
	for (int64_t i = 0; i < in->shape[0]; i++) {
		((int8_t *)out->data)[i] = (int8_t)(2 * ((const int8_t *)in->data)[i]);
	}
	clock_us += 250U;
	return 0;
}

/* The greatest power of two up to 4096 that a tensor's address is a multiple of. */
static int32_t alignment(void *args, int32_t *codes, int32_t count, void *ret, int32_t *ret_code,
			 void *resource)
{
	const TVMValue *values = args;
	uintptr_t bytes = 1;

	(void)resource;
	if (count != 1 || codes[0] != (int32_t)kTVMDLTensorHandle) {
		return -1;
	}
	while (bytes < 4096U &&
	       (uintptr_t)((const DLTensor *)values[0].v_handle)->data % (2U * bytes) == 0U) {
		bytes *= 2U;
	}
	((TVMValue *)ret)->v_int64 = (int64_t)bytes;
	*ret_code = kTVMArgInt;
	return 0;
}

static uint32_t ticks;

/* tick(us, every): takes us, and one more at every so-manieth call, from the first on. */
static int32_t tick(void *args, int32_t *codes, int32_t count, void *ret, int32_t *ret_code,
		    void *resource)
{
	const TVMValue *values = args;

	(void)codes;
	(void)ret;
	(void)ret_code;
	(void)resource;
	if (count != 2) {
		return -1;
	}
	clock_us += (uint32_t)values[0].v_int64 +
		    (values[1].v_int64 > 0 && ticks % (uint64_t)values[1].v_int64 == 0U);
	ticks++;
	return 0;
}

static const mlf_rpc_function_t functions[] = {
	{"tick", tick, NULL},
	{"twice", twice, NULL},
	{"broken", fail, "the operator says why"},
};

static const mlf_rpc_function_t globals[] = {
	{"test.echo", echo, NULL},
	{"test.add", add, NULL},
	{"test.fail", fail, ""},
	{"test.log", log_line, NULL},
	{"test.alignment", alignment, NULL},
	{"test.returns_object", foreign, (void *)(intptr_t)kTVMObjectHandle},
	{"test.returns_module", foreign, (void *)(intptr_t)kTVMModuleHandle},
};

static int8_t model_in[2][3];
static int16_t model_out[4];
static const uint32_t in_shape[] = {2, 3};
static const uint32_t out_shape[] = {4};

static const mlf_rpc_tensor_t inputs[] = {
	{.name = "samples",
	 .data = model_in,
	 .shape = in_shape,
	 .size_bytes = sizeof(model_in),
	 .dtype = {.code = kDLInt, .bits = 8, .lanes = 1},
	 .ndim = 2},
};

static const mlf_rpc_tensor_t outputs[] = {
	{.name = "scores",
	 .data = model_out,
	 .shape = out_shape,
	 .size_bytes = sizeof(model_out),
	 .dtype = {.code = kDLInt, .bits = 16, .lanes = 1},
	 .ndim = 1},
};

/* Sum, minimum, maximum of the input, and how often it ran; fails on an input of -128. */
static int32_t run_model(void *context)
{
	int16_t *runs = context;
	const int8_t *in = &model_in[0][0];

	clock_us += 1000U;
	model_out[0] = 0;
	model_out[1] = in[0];
	model_out[2] = in[0];
	for (uint32_t i = 0; i < sizeof(model_in); i++) {
		if (in[i] == -128) {
			error_text = "-128 is out of range";
			return -3;
		}
		model_out[0] = (int16_t)(model_out[0] + in[i]);
		model_out[1] = in[i] < model_out[1] ? in[i] : model_out[1];
		model_out[2] = in[i] > model_out[2] ? in[i] : model_out[2];
	}
	(*runs)++;
	model_out[3] = *runs;
	return 0;
}

static int16_t runs;

static const mlf_rpc_model_t models[] = {
	{.name = "toy",
	 .inputs = inputs,
	 .outputs = outputs,
	 .run = run_model,
	 .context = &runs,
	 .num_inputs = 1,
	 .num_outputs = 1},
};

static _Alignas(16) uint8_t sram[4096];
static _Alignas(32) uint8_t dtcm[512];

static const mlf_rpc_pool_t pools[] = {
	{.name = "sram", .base = sram, .size_bytes = sizeof(sram), .alignment_bytes = 16},
	{.name = "dtcm", .base = dtcm, .size_bytes = sizeof(dtcm), .alignment_bytes = 32},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const mlf_rpc_app_t app = {
	.functions = functions,
	.globals = globals,
	.models = models,
	.pools = pools,
	.num_functions = COUNT(functions),
	.num_globals = COUNT(globals),
	.num_models = COUNT(models),
	.num_pools = COUNT(pools),
};

static const mlf_rpc_port_t port = {
	.write = write_out,
	.now_us = now_us,
	.last_error = last_error,
	.ring = &ring,
};

static const mlf_rpc_app_t *offered = &app;
static const mlf_rpc_port_t *connected = &port;

static bool read_all(void *data, size_t size_bytes)
{
	return fread(data, 1, size_bytes, stdin) == size_bytes;
}

static mlf_rpc_status_t through_ring(const uint8_t *data, uint32_t size_bytes)
{
	uint8_t piece[16];
	mlf_rpc_status_t status = MLF_RPC_OK;
	uint32_t count;

	/* All arrives before the task looks: what finds no room is lost. */
	(void)mlf_rpc_ring_write(&ring, data, size_bytes);
	while ((count = mlf_rpc_ring_read(&ring, piece, sizeof(piece))) != 0U) {
		const mlf_rpc_status_t outcome = mlf_rpc_feed(&server, piece, count);

		status = outcome != MLF_RPC_OK ? outcome : status;
	}
	return status;
}

static int lock_step(void)
{
	static uint8_t data[MAX_COMMAND_BYTES];
	uint8_t command;
	uint32_t size_bytes;

	while (read_all(&command, 1) && read_all(&size_bytes, sizeof(size_bytes))) {
		int32_t head[2];

		if (size_bytes > sizeof(data) || !read_all(data, size_bytes)) {
			return 2;
		}
		sent_bytes = 0;
		switch (command) {
		case 'F':
			head[0] = mlf_rpc_feed(&server, data, size_bytes);
			break;
		case 'R':
			head[0] = through_ring(data, size_bytes);
			break;
		case 'I':
			/* As after a reset. */
			memset(model_in, 0, sizeof(model_in));
			runs = 0;
			ticks = 0;
			error_text = "";
			head[0] = mlf_rpc_init(&server, offered, connected, packet,
					       sizeof(packet), data[0]);
			break;
		case 'W':
			broken = data[0] != 0U;
			head[0] = 0;
			break;
		case 'S':
			head[0] = mlf_rpc_stop(&server);
			break;
		default:
			return 3;
		}
		head[1] = (int32_t)sent_bytes;
		if (fwrite(head, 1, sizeof(head), stdout) != sizeof(head) ||
		    fwrite(sent, 1, sent_bytes, stdout) != sent_bytes || fflush(stdout) != 0) {
			return 4;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	streaming = argc > 1 && strcmp(argv[1], "stream") == 0;
	if (mlf_rpc_init(&server, offered, connected, packet, sizeof(packet), 0) != MLF_RPC_OK) {
		return 1;
	}
	if (!streaming) {
		return lock_step();
	}
	for (;;) {
		uint8_t data[256];
		const ssize_t count = read(STDIN_FILENO, data, sizeof(data));

		if (count <= 0) {
			return 0;
		}
		(void)mlf_rpc_feed(&server, data, (uint32_t)count);
	}
}
