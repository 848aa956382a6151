/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "rpc_internal.h"

/* A function's index: class 3 bits, number 11 bits; a model's: model 8 bits, function 3. */
#define CLASS_SHIFT 11U
#define NUMBER_MASK 0x7FFU
#define MODEL_SHIFT 3U
#define MODEL_FUNCTION_MASK 0x7U

enum function_class {
	CLASS_BUILTIN,
	CLASS_LIBRARY,
	CLASS_GLOBAL,
	CLASS_MODEL,
	CLASS_TIMER,
};

/* Functions that every device has, under the names that the protocol's clients look up. */
enum {
	SYSTEM_LIB,
	MODULE_GET_FUNCTION,
	TIME_EVALUATOR,
	PACKET_SIZE,
	CREATE_EXECUTOR,
	STATS,
};

static const char *const builtin_names[] = {
	[SYSTEM_LIB] = "runtime.SystemLib",
	[MODULE_GET_FUNCTION] = "tvm.rpc.server.ModuleGetFunction",
	[TIME_EVALUATOR] = "runtime.RPCTimeEvaluator",
	[PACKET_SIZE] = "tvm.rpc.server.GetCRTMaxPacketSize",
	[CREATE_EXECUTOR] = "tvm.aot_executor.create",
	[STATS] = "mlf.rpc.stats",
};

/* Functions of a model's module. Those up to GET_OUTPUT take a tensor's index or name. */
enum {
	GET_INPUT,
	GET_INPUT_INDEX,
	GET_INPUT_NAME,
	GET_OUTPUT,
	GET_NUM_INPUTS,
	GET_NUM_OUTPUTS,
	RUN,
	SET_INPUT, /* clients look it up and then copy to what get_input returns */
};

static const char *const model_names[] = {
	[GET_INPUT] = "get_input",
	[GET_INPUT_INDEX] = "get_input_index",
	[GET_INPUT_NAME] = "get_input_name",
	[GET_OUTPUT] = "get_output",
	[GET_NUM_INPUTS] = "get_num_inputs",
	[GET_NUM_OUTPUTS] = "get_num_outputs",
	[RUN] = "run",
	[SET_INPUT] = "set_input",
};

/* Of a request, before what the client counts. */
#define LENGTH_BYTES 8U

#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

static uint32_t function_handle(const mlf_rpc_server_t *server, enum function_class class,
				uint32_t number)
{
	return rpc_handle(server, RPC_FUNCTION, ((uint32_t)class << CLASS_SHIFT) | number);
}

static uint32_t find_name(const char *const *names, uint32_t count, const char *name)
{
	uint32_t i = 0;

	while (i < count && strcmp(names[i], name) != 0) {
		i++;
	}
	return i;
}

uint32_t rpc_find_global(const mlf_rpc_server_t *server, const char *name)
{
	uint32_t index = find_name(builtin_names, COUNT(builtin_names), name);

	if (index < COUNT(builtin_names)) {
		return function_handle(server, CLASS_BUILTIN, index);
	}
	if (rpc_find_function(server->app->globals, server->app->num_globals, name, &index) !=
	    NULL) {
		return function_handle(server, CLASS_GLOBAL, index);
	}
	return 0;
}

static void return_handle(rpc_result_t *result, int32_t code, uint32_t handle)
{
	result->code = handle != 0U ? code : (int32_t)kTVMNullptr;
	result->value.v_int64 = handle;
}

static void return_int(rpc_result_t *result, int64_t value)
{
	result->code = kTVMArgInt;
	result->value.v_int64 = value;
}

static bool module_get_function(mlf_rpc_server_t *server, rpc_result_t *result)
{
	const mlf_rpc_app_t *app = server->app;
	const mlf_rpc_model_t *model;
	const char *name;
	uint32_t handle = 0;
	uint32_t index;

	if (!rpc_expect(server, "msi") ||
	    !rpc_open_module(server, (uint64_t)server->values[0].v_int64, &model)) {
		return false;
	}
	name = server->values[1].v_str;
	if (model != NULL) {
		index = find_name(model_names, COUNT(model_names), name);
		if (index < COUNT(model_names)) {
			index |= (uint32_t)(model - app->models) << MODEL_SHIFT;
			handle = function_handle(server, CLASS_MODEL, index);
		}
	} else if (rpc_find_function(app->functions, app->num_functions, name, &index) != NULL) {
		handle = function_handle(server, CLASS_LIBRARY, index);
	}
	return_handle(result, kTVMPackedFuncHandle, handle);
	return true;
}

static bool create_executor(mlf_rpc_server_t *server, rpc_result_t *result)
{
	const char *name;

	if (!rpc_expect(server, "mds")) {
		return false;
	}
	name = server->values[2].v_str;
	for (uint32_t i = 0; i < server->app->num_models; i++) {
		if (strcmp(server->app->models[i].name, name) == 0 ||
		    (i == 0U && strcmp(name, "default") == 0)) {
			return_handle(result, kTVMModuleHandle,
				      rpc_module_handle(server, i));
			return true;
		}
	}
	return rpc_fail(server, "there is no model '%s'", name);
}

static bool fail_stats(mlf_rpc_server_t *server)
{
	return rpc_fail(server, "the statistics do not fit in the packet beside the request");
}

static bool stats(mlf_rpc_server_t *server, rpc_result_t *result)
{
	const mlf_rpc_memory_t *memory = &server->memory;
	const mlf_rpc_decoder_t *decoder = &server->decoder;
	const mlf_rpc_ring_t *ring = server->port.ring;
	const struct {
		const char *name;
		uint32_t value;
	} figures[] = {
		{"memory_in_use_bytes", memory->in_use_bytes},
		{"memory_peak_bytes", memory->peak_bytes},
		{"sessions", server->session.served},
		{"packets", decoder->packets},
		{"crc_errors", decoder->crc_errors},
		{"short_packets", decoder->short_packets},
		{"bad_escapes", decoder->bad_escapes},
		{"noise_bytes", decoder->noise_bytes},
		{"refused_messages", server->session.refused},
		{"oversize_requests", server->oversize},
		{"write_errors", server->session.encoder.write_errors},
		{"lost_bytes", ring != NULL ? mlf_rpc_ring_lost(ring) : 0U},
	};
	uint32_t size_bytes;
	char *scratch = (char *)rpc_scratch(server, &size_bytes);
	rpc_text_t text;

	if (size_bytes == 0U) {
		return fail_stats(server);
	}
	rpc_text_begin(&text, scratch, size_bytes);
	for (uint32_t i = 0; i < COUNT(figures); i++) {
		rpc_text_add(&text, "%s=%u ", figures[i].name, figures[i].value);
	}
	for (uint32_t i = 0; i < memory->num_pools; i++) {
		rpc_text_add(&text, "%s:%u/%u ", memory->pools[i].name,
			     mlf_rpc_memory_used(memory, i), memory->pools[i].size_bytes);
	}
	if (text.at == text.end) {
		return fail_stats(server);
	}
	result->code = kTVMStr;
	result->value.v_str = scratch;
	return true;
}

static bool builtin(mlf_rpc_server_t *server, uint32_t number, rpc_result_t *result)
{
	uint32_t timer;

	switch (number) {
	case SYSTEM_LIB:
		/* Later clients pass a symbol prefix; there is only one library, so it does not matter. */
		return_handle(result, kTVMModuleHandle, rpc_handle(server, RPC_MODULE, 0));
		return true;
	case MODULE_GET_FUNCTION:
		return module_get_function(server, result);
	case TIME_EVALUATOR:
		if (!rpc_timer_create(server, &timer)) {
			return false;
		}
		return_handle(result, kTVMPackedFuncHandle,
			      function_handle(server, CLASS_TIMER, timer));
		return true;
	case PACKET_SIZE:
		/* The client counts what it puts in a request after the request's length. */
		return_int(result, server->packet_bytes - MLF_RPC_HEADER_BYTES - LENGTH_BYTES);
		return true;
	case CREATE_EXECUTOR:
		return create_executor(server, result);
	default:
		return stats(server, result);
	}
}

/* The tensor that a call's first argument names, by number or by name. */
static bool find_tensor(mlf_rpc_server_t *server, const mlf_rpc_tensor_t *tensors, uint32_t count,
			uint32_t *index)
{
	const TVMValue *key = &server->values[0];

	if (server->num_args == 1U && server->codes[0] == (int32_t)kTVMArgInt) {
		if (key->v_int64 >= 0 && key->v_int64 < (int64_t)count) {
			*index = (uint32_t)key->v_int64;
			return true;
		}
		return rpc_fail(server, "there is no tensor %d; the model has %u",
				(int32_t)key->v_int64, count);
	}
	if (!rpc_expect(server, "s")) {
		return false;
	}
	for (*index = 0; *index < count; (*index)++) {
		if (strcmp(tensors[*index].name, key->v_str) == 0) {
			return true;
		}
	}
	return rpc_fail(server, "there is no tensor '%s'", key->v_str);
}

static void return_tensor(const mlf_rpc_server_t *server, uint32_t model, uint32_t index,
			  rpc_result_t *result)
{
	result->code = kTVMNDArrayHandle;
	result->tensor = rpc_model_tensor(&server->app->models[model], index);
	result->value.v_int64 = rpc_tensor_handle(server, model, index);
}

static bool model_function(mlf_rpc_server_t *server, uint32_t number, rpc_result_t *result)
{
	const uint32_t which = number >> MODEL_SHIFT;
	const uint32_t function = number & MODEL_FUNCTION_MASK;
	const mlf_rpc_model_t *model;
	uint32_t index = 0;

	if (which >= server->app->num_models) {
		return rpc_fail(server, "there is no such function");
	}
	model = &server->app->models[which];
	if (function == GET_OUTPUT) {
		if (!find_tensor(server, model->outputs, model->num_outputs, &index)) {
			return false;
		}
		return_tensor(server, which, model->num_inputs + index, result);
		return true;
	}
	if (function < GET_OUTPUT &&
	    !find_tensor(server, model->inputs, model->num_inputs, &index)) {
		return false;
	}
	switch (function) {
	case GET_INPUT:
		return_tensor(server, which, index, result);
		return true;
	case GET_INPUT_INDEX:
		return_int(result, index);
		return true;
	case GET_INPUT_NAME:
		result->code = kTVMStr;
		result->value.v_str = model->inputs[index].name;
		return true;
	case GET_NUM_INPUTS:
		return_int(result, model->num_inputs);
		return true;
	case GET_NUM_OUTPUTS:
		return_int(result, model->num_outputs);
		return true;
	case RUN:
		return rpc_run_model(server, model);
	default:
		return rpc_fail(server, "set_input is not supported: copy to the tensor that get_input returns");
	}
}

bool rpc_call(mlf_rpc_server_t *server, uint32_t function, rpc_result_t *result)
{
	const mlf_rpc_app_t *app = server->app;
	const uint32_t number = function & NUMBER_MASK;

	result->code = kTVMNullptr;
	result->value.v_int64 = 0;
	switch (function >> CLASS_SHIFT) {
	case CLASS_BUILTIN:
		if (number < COUNT(builtin_names)) {
			return builtin(server, number, result);
		}
		break;
	case CLASS_LIBRARY:
		if (number < app->num_functions) {
			return rpc_call_packed(server, &app->functions[number], result);
		}
		break;
	case CLASS_GLOBAL:
		if (number < app->num_globals) {
			return rpc_call_packed(server, &app->globals[number], result);
		}
		break;
	case CLASS_MODEL:
		return model_function(server, number, result);
	case CLASS_TIMER:
		return rpc_timer_run(server, number, result);
	default:
		break;
	}
	return rpc_fail(server, "there is no such function");
}

void rpc_free_function(mlf_rpc_server_t *server, uint32_t function)
{
	if (function >> CLASS_SHIFT == (uint32_t)CLASS_TIMER) {
		rpc_timer_free(server, function & NUMBER_MASK);
	}
}
