/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "rpc_internal.h"

/* A module's index: 0 for the system library, else this bit and the model's number. */
#define MODULE_MODEL 0x800U

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

uint32_t rpc_module_handle(const mlf_rpc_server_t *server, uint32_t model)
{
	return rpc_handle(server, RPC_MODULE, MODULE_MODEL | model);
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
	index &= MODULE_MODEL - 1U;
	if (index >= server->app->num_models) {
		return rpc_fail(server, "there is no such module");
	}
	*model = &server->app->models[index];
	return true;
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
	    result->code == (int32_t)kTVMPackedFuncHandle ||
	    result->code == (int32_t)kTVMNDArrayHandle) {
		return rpc_fail(server, "a result of type code %d can't be sent", result->code);
	}
	return true;
}

bool rpc_run_model(mlf_rpc_server_t *server, const mlf_rpc_model_t *model)
{
	const int32_t status = model->run(model->context);

	return status == 0 || rpc_fail_operator(server, model->name, status);
}

uint8_t *rpc_scratch(const mlf_rpc_server_t *server, uint32_t *size_bytes)
{
	uint8_t *start = server->packet + server->filled_bytes;
	const uint32_t padding = (uint32_t)(-(uintptr_t)start & (sizeof(uint64_t) - 1U));
	const uint32_t left = server->packet_bytes - server->filled_bytes;

	*size_bytes = left > padding ? left - padding : 0U;
	return start + padding;
}
