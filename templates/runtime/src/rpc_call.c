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

/* A module's index: 0 for the system library, else this bit and the model's number. */
#define MODULE_MODEL 0x800U

/* Names the protocol's clients look up; the order is that of builtin(). */
static const char *const builtin_names[] = {
	"runtime.SystemLib",
	"tvm.rpc.server.ModuleGetFunction",
	"runtime.RPCTimeEvaluator",
	"tvm.rpc.server.GetCRTMaxPacketSize",
	"tvm.aot_executor.create",
	"mlf.rpc.stats",
};

/* Functions of a model's module, likewise in the order of model_function(). */
static const char *const model_names[] = {
	"get_input",       "get_output",     "set_input",      "get_input_index",
	"get_input_name",  "get_num_inputs", "get_num_outputs", "run",
};

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

const mlf_rpc_function_t *rpc_find_function(const mlf_rpc_function_t *functions, uint32_t count,
					    const char *name, uint32_t *index)
{
	for (*index = 0; *index < count; (*index)++) {
		if (strcmp(functions[*index].name, name) == 0) {
			return &functions[*index];
		}
	}
	return NULL;
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

bool rpc_open_module(mlf_rpc_server_t *server, uint64_t handle, const mlf_rpc_model_t **model)
{
	uint32_t index;

	*model = NULL;
	if (!rpc_open(server, handle, RPC_MODULE, &index)) {
		return false;
	}
	if ((index & MODULE_MODEL) == 0U) {
		return true;
	}
	index &= NUMBER_MASK;
	if (index >= server->app->num_models) {
		return rpc_fail(server, "there is no such module");
	}
	*model = &server->app->models[index];
	return true;
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

bool rpc_call_packed(mlf_rpc_server_t *server, const mlf_rpc_function_t *function,
		     rpc_result_t *result)
{
	int32_t status;

	result->code = kTVMNullptr;
	result->value.v_int64 = 0;
	status = function->call(server->values, server->codes, (int32_t)server->num_args,
				&result->value, &result->code, function->resource);
	if (status != 0) {
		return rpc_fail_operator(server, function->name, status);
	}
	if (result->code == (int32_t)kTVMModuleHandle ||
	    result->code == (int32_t)kTVMPackedFuncHandle) {
		return rpc_fail_name(server, "a module or function can't be returned by",
				     function->name);
	}
	return true;
}

bool rpc_run_model(mlf_rpc_server_t *server, const mlf_rpc_model_t *model)
{
	const int32_t status = model->run(model->context);

	return status == 0 || rpc_fail_operator(server, model->name, status);
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
				      rpc_handle(server, RPC_MODULE, MODULE_MODEL | i));
			return true;
		}
	}
	return rpc_fail_name(server, "there is no model", name);
}

static void add_figure(rpc_text_t *text, const char *name, uint32_t value)
{
	rpc_text_add(text, text->used_bytes != 0U ? " " : "");
	rpc_text_add(text, name);
	rpc_text_add(text, "=");
	rpc_text_number(text, value);
}

static bool stats(mlf_rpc_server_t *server, rpc_result_t *result)
{
	const mlf_rpc_port_t *port = &server->port;
	const mlf_rpc_memory_t *memory = &server->memory;
	uint32_t size_bytes;
	uint8_t *scratch = rpc_scratch(server, &size_bytes);
	rpc_text_t text;

	rpc_text_begin(&text, (char *)scratch, size_bytes);
	add_figure(&text, "memory_in_use_bytes", memory->in_use_bytes);
	add_figure(&text, "memory_peak_bytes", memory->peak_bytes);
	add_figure(&text, "sessions", server->session.served);
	add_figure(&text, "packets", server->decoder.packets);
	add_figure(&text, "crc_errors", server->decoder.crc_errors);
	add_figure(&text, "short_packets", server->decoder.short_packets);
	add_figure(&text, "bad_escapes", server->decoder.bad_escapes);
	add_figure(&text, "noise_bytes", server->decoder.noise_bytes);
	add_figure(&text, "refused_messages", server->session.refused);
	add_figure(&text, "oversize_messages", server->oversize);
	add_figure(&text, "write_errors", server->session.encoder.write_errors);
	add_figure(&text, "lost_bytes", port->ring != NULL ? mlf_rpc_ring_lost(port->ring) : 0U);
	for (uint32_t i = 0; i < memory->num_pools; i++) {
		rpc_text_add(&text, " ");
		rpc_text_add(&text, memory->pools[i].name);
		rpc_text_add(&text, ":");
		rpc_text_number(&text, mlf_rpc_memory_used(memory, i));
		rpc_text_add(&text, "/");
		rpc_text_number(&text, memory->pools[i].size_bytes);
	}
	result->code = kTVMStr;
	result->value.v_str = text.data;
	return true;
}

static bool builtin(mlf_rpc_server_t *server, uint32_t number, rpc_result_t *result)
{
	uint32_t timer;

	switch (number) {
	case 0:
		/* Later clients pass a symbol prefix; there is one library whatever it says. */
		return_handle(result, kTVMModuleHandle, rpc_handle(server, RPC_MODULE, 0));
		return true;
	case 1:
		return module_get_function(server, result);
	case 2:
		if (!rpc_timer_create(server, &timer)) {
			return false;
		}
		return_handle(result, kTVMPackedFuncHandle,
			      function_handle(server, CLASS_TIMER, timer));
		return true;
	case 3:
		/* The client counts what it puts in a request after the request's length. */
		return_int(result, (int64_t)server->packet_bytes - 8 - (int64_t)MLF_RPC_HEADER_BYTES);
		return true;
	case 4:
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

	if (server->num_args == 0U) {
		return rpc_fail(server, "which tensor? an index or a name is missing");
	}
	if (server->codes[0] == (int32_t)kTVMArgInt) {
		if (key->v_int64 >= 0 && key->v_int64 < (int64_t)count) {
			*index = (uint32_t)key->v_int64;
			return true;
		}
		return rpc_fail_numbers(server, "there is no tensor ", (uint32_t)key->v_int64,
					": there are ", count, "");
	}
	if (server->codes[0] != (int32_t)kTVMStr) {
		return rpc_fail(server, "a tensor is named by an integer or a string");
	}
	for (*index = 0; *index < count; (*index)++) {
		if (strcmp(tensors[*index].name, key->v_str) == 0) {
			return true;
		}
	}
	return rpc_fail_name(server, "there is no tensor", key->v_str);
}

static bool return_tensor(mlf_rpc_server_t *server, const mlf_rpc_tensor_t *tensor,
			  rpc_result_t *result)
{
	DLTensor *view = &server->boxes[0].tensor;

	memset(view, 0, sizeof(*view));
	view->data = tensor->data;
	view->device.device_type = kDLCPU;
	view->ndim = tensor->ndim;
	view->dtype = tensor->dtype;
	view->shape = server->dims;
	for (uint32_t i = 0; i < tensor->ndim; i++) {
		server->dims[i] = tensor->shape[i];
	}
	result->code = kTVMNDArrayHandle;
	result->value.v_handle = view;
	return true;
}

static bool set_input(mlf_rpc_server_t *server, const mlf_rpc_tensor_t *tensor)
{
	const DLTensor *from = server->values[1].v_handle;
	uint32_t size_bytes;

	if (server->num_args != 2U || server->codes[1] != (int32_t)kTVMDLTensorHandle ||
	    from->data == NULL) {
		return rpc_fail(server, "set_input takes an input and a tensor");
	}
	if (!rpc_tensor_bytes(server, from, &size_bytes)) {
		return false;
	}
	if (size_bytes != tensor->size_bytes) {
		return rpc_fail_numbers(server, "the input has ", tensor->size_bytes,
					" bytes, the tensor ", size_bytes, "");
	}
	memmove(tensor->data, from->data, size_bytes);
	return true;
}

static bool model_function(mlf_rpc_server_t *server, uint32_t number, rpc_result_t *result)
{
	const mlf_rpc_model_t *model;
	const uint32_t function = number & MODEL_FUNCTION_MASK;
	uint32_t index;

	if (number >> MODEL_SHIFT >= server->app->num_models) {
		return rpc_fail(server, "there is no such function");
	}
	model = &server->app->models[number >> MODEL_SHIFT];
	if (function == 1U) {
		return find_tensor(server, model->outputs, model->num_outputs, &index) &&
		       return_tensor(server, &model->outputs[index], result);
	}
	if (function <= 4U && !find_tensor(server, model->inputs, model->num_inputs, &index)) {
		return false;
	}
	switch (function) {
	case 0:
		return return_tensor(server, &model->inputs[index], result);
	case 2:
		return set_input(server, &model->inputs[index]);
	case 3:
		return_int(result, index);
		return true;
	case 4:
		result->code = kTVMStr;
		result->value.v_str = model->inputs[index].name;
		return true;
	case 5:
		return_int(result, model->num_inputs);
		return true;
	case 6:
		return_int(result, model->num_outputs);
		return true;
	default:
		return rpc_run_model(server, model);
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
