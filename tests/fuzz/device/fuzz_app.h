/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Three applications for the fuzzed server. The first offers all there is: the test double's
 * functions, operators that are called with a guard, and models that run as a whole. The second
 * has neither a clock nor a ring, nor models, nor memory to allocate; the third only models, one
 * of which is not placed as planned. No application may be as the last is.
 */
#ifndef FUZZ_APP_H_
#define FUZZ_APP_H_

#include <mlf/rpc_host.h>

#include "rpc_internal.h"

/* ---- operators: one that requests scratch, one that does not release it, one that fails */

static int32_t doubled(void *args, int32_t *codes, int32_t count, void *ret, int32_t *ret_code,
		       void *resource)
{
	const TVMValue *values = args;
	const DLTensor *in = values[0].v_handle;
	const DLTensor *out = values[1].v_handle;
	uint32_t in_bytes;
	uint32_t out_bytes;
	int8_t *scratch;

	(void)codes;
	(void)count;
	(void)ret;
	(void)ret_code;
	(void)resource;
	if (!rpc_tensor_bytes(&server, in, &in_bytes) ||
	    !rpc_tensor_bytes(&server, out, &out_bytes) || in_bytes != out_bytes) {
		return -1;
	}
	scratch = TVMBackendAllocWorkspace(1, 0, in_bytes, 0, 8);
	if (scratch == NULL) {
		return -2;
	}
	memcpy(scratch, in->data, in_bytes);
	for (uint32_t i = 0; i < in_bytes; i++) {
		((int8_t *)out->data)[i] = (int8_t)(2 * scratch[i]);
	}
	return (int32_t)TVMBackendFreeWorkspace(1, 0, scratch);
}

static int32_t keeps_scratch(void *args, int32_t *codes, int32_t count, void *ret,
			     int32_t *ret_code, void *resource)
{
	(void)args;
	(void)codes;
	(void)count;
	(void)ret;
	(void)ret_code;
	(void)resource;
	(void)TVMBackendAllocWorkspace(1, 0, 16, 0, 8);
	return 0;
}

static int32_t fails(void *args, int32_t *codes, int32_t count, void *ret, int32_t *ret_code,
		     void *resource)
{
	(void)args;
	(void)codes;
	(void)count;
	(void)ret;
	(void)ret_code;
	(void)resource;
	TVMAPISetLastError("the operator says why, in more words than there is room for in the runtime");
	return -5;
}

static _Alignas(16) uint8_t operator_scratch[128];

static const mlf_rpc_operator_t operators[] = {
	{.call = doubled,
	 .arena = {.base = operator_scratch, .size_bytes = sizeof(operator_scratch)},
	 .num_arguments = 2},
	{.call = keeps_scratch,
	 .arena = {.base = operator_scratch, .size_bytes = sizeof(operator_scratch)},
	 .num_arguments = 0},
	{.call = fails, .num_arguments = 1},
};

/* ---- models: their input plus one, or its first value as an error code */

static _Alignas(16) int8_t real_in[6];
static _Alignas(16) int8_t real_out[6];
static _Alignas(16) uint8_t real_workspace[64];

static int32_t invoke(void)
{
	int8_t *scratch = TVMBackendAllocWorkspace(1, 0, sizeof(real_in), 0, 8);

	if (scratch == NULL || real_in[0] < 0) {
		return real_in[0];
	}
	for (uint32_t i = 0; i < sizeof(real_in); i++) {
		scratch[i] = (int8_t)((uint8_t)real_in[i] + 1U);
	}
	memcpy(real_out, scratch, sizeof(real_out));
#ifdef PLANTED
	/* To see that it is found: beyond the workspace if the host writes another input than the seeds'. */
	real_out[0] = scratch[47U + (uint8_t)(real_in[3] ^ 3)];
#endif
	/* A model that breaks its plan is reported too. */
	return real_in[1] == 7 ? 0 : (int32_t)TVMBackendFreeWorkspace(1, 0, scratch);
}

static mlf_status_t misplaced(void)
{
	return MLF_ERR_PLACEMENT;
}

static const uint32_t real_shape[] = {2, 3};
static const mlf_tensor_t real_inputs[] = {
	{.name = "x", .data = real_in, .shape = real_shape, .size_bytes = sizeof(real_in), .dtype = MLF_INT8, .ndim = 2},
};
static const mlf_tensor_t real_outputs[] = {
	{.name = "y", .data = real_out, .shape = real_shape, .size_bytes = sizeof(real_out), .dtype = MLF_INT8, .ndim = 2},
};
static mlf_state_t real_state;
static mlf_state_t misplaced_state;

static const mlf_model_t real_model = {
	.name = "real",
	.inputs = real_inputs,
	.outputs = real_outputs,
	.invoke = invoke,
	.state = &real_state,
	.arena = {.base = real_workspace, .size_bytes = sizeof(real_workspace)},
	.num_inputs = 1,
	.num_outputs = 1,
};
static const mlf_model_t misplaced_model = {
	.name = "misplaced",
	.inputs = real_inputs,
	.outputs = real_outputs,
	.invoke = invoke,
	.check = misplaced,
	.state = &misplaced_state,
	.num_inputs = 1,
	.num_outputs = 1,
};

static const mlf_rpc_tensor_t rpc_inputs[] = {
	{.name = "x", .data = real_in, .shape = real_shape, .size_bytes = sizeof(real_in), .dtype = {.code = kDLInt, .bits = 8, .lanes = 1}, .ndim = 2},
};
static const mlf_rpc_tensor_t rpc_outputs[] = {
	{.name = "y", .data = real_out, .shape = real_shape, .size_bytes = sizeof(real_out), .dtype = {.code = kDLInt, .bits = 8, .lanes = 1}, .ndim = 2},
};

#define RPC_MODEL(name_, model_)                                                                   \
	{.name = (name_),                                                                          \
	 .inputs = rpc_inputs,                                                                     \
	 .outputs = rpc_outputs,                                                                   \
	 .run = mlf_rpc_run_model,                                                                 \
	 .context = (void *)(uintptr_t)&(model_),                                                  \
	 .num_inputs = 1,                                                                          \
	 .num_outputs = 1}

static const mlf_rpc_model_t all_models[] = {
	{.name = "toy",
	 .inputs = inputs,
	 .outputs = outputs,
	 .run = run_model,
	 .context = &runs,
	 .num_inputs = 1,
	 .num_outputs = 1},
	RPC_MODEL("real", real_model),
};
static const mlf_rpc_model_t only_models[] = {
	RPC_MODEL("misplaced", misplaced_model),
	RPC_MODEL("real", real_model),
};

static const mlf_rpc_function_t all_functions[] = {
	{"tick", tick, NULL},
	{"twice", twice, NULL},
	{"broken", fail, "the operator says why"},
	{"doubled", mlf_rpc_call_operator, (void *)(uintptr_t)&operators[0]},
	{"keeps_scratch", mlf_rpc_call_operator, (void *)(uintptr_t)&operators[1]},
	{"fails", mlf_rpc_call_operator, (void *)(uintptr_t)&operators[2]},
	{"real_run", mlf_rpc_call_model, (void *)(uintptr_t)&real_model},
	{"misplaced_run", mlf_rpc_call_model, (void *)(uintptr_t)&misplaced_model},
};

static const mlf_rpc_app_t all_app = {
	.functions = all_functions,
	.globals = globals,
	.models = all_models,
	.pools = pools,
	.num_functions = COUNT(all_functions),
	.num_globals = COUNT(globals),
	.num_models = COUNT(all_models),
	.num_pools = COUNT(pools),
};
static const mlf_rpc_app_t bare_app = {.functions = all_functions, .num_functions = COUNT(all_functions)};
static const mlf_rpc_app_t models_app = {
	.models = only_models,
	.pools = pools,
	.num_models = COUNT(only_models),
	.num_pools = COUNT(pools),
};
static const mlf_rpc_pool_t crooked_pool = {.name = "crooked", .base = sram + 1, .size_bytes = 64, .alignment_bytes = 16};
static const mlf_rpc_app_t wrong_app = {.pools = &crooked_pool, .num_pools = 1};

static const mlf_rpc_port_t real_port = {
	.write = write_out,
	.now_us = now_us,
	.last_error = mlf_last_error,
	.ring = &ring,
};
static const mlf_rpc_port_t bare_port = {.write = write_out};

static const struct {
	const mlf_rpc_app_t *app;
	const mlf_rpc_port_t *port;
} apps[] = {{&all_app, &port}, {&bare_app, &bare_port}, {&models_app, &real_port}};

static const mlf_model_t *const placed[] = {&real_model};
static const mlf_model_t *const partly_placed[] = {&real_model, &misplaced_model};
static const struct {
	const mlf_model_t *const *models;
	uint32_t count;
} app_models[] = {{placed, 1}, {placed, 1}, {partly_placed, 2}};

#define NUM_APPS COUNT(apps)

#endif /* FUZZ_APP_H_ */
