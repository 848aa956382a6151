/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <mlf/rpc_host.h>

#include "mlf_internal.h"

/* Whether an argument is a tensor with memory. */
static bool has_memory(const TVMValue *value, int32_t type_code)
{
	if (type_code != (int32_t)kTVMDLTensorHandle && type_code != (int32_t)kTVMNDArrayHandle) {
		return false;
	}
	return ((const DLTensor *)value->v_handle)->data != NULL;
}

static int32_t refuse(const char *why)
{
	TVMAPISetLastError(why);
	return -1;
}

static bool are_tensors(const TVMValue *values, const int32_t *type_codes, int32_t num_args,
			uint32_t wanted)
{
	if (num_args < 0 || (uint32_t)num_args != wanted) {
		return false;
	}
	for (uint32_t i = 0; i < wanted; i++) {
		if (!has_memory(&values[i], type_codes[i])) {
			return false;
		}
	}
	return true;
}

void *mlf_rpc_tensor_data(void *args, uint32_t index)
{
	const TVMValue *values = args;

	return ((const DLTensor *)values[index].v_handle)->data;
}

int32_t mlf_rpc_call_operator(void *args, int32_t *type_codes, int32_t num_args, void *ret_value,
			      int32_t *ret_type_code, void *resource)
{
	const mlf_rpc_operator_t *operator = resource;
	int32_t code;

	if (!are_tensors(args, type_codes, num_args, operator->num_arguments)) {
		return refuse("wrong arguments: it expects tensors that have memory");
	}
	TVMAPISetLastError("");
	mlf_workspace_begin(operator->arena);
	code = operator->call(args, type_codes, num_args, ret_value, ret_type_code, NULL);
	if (mlf_workspace_end(code == 0) != MLF_OK) {
		return refuse(mlf_status_name(MLF_ERR_WORKSPACE));
	}
	return code;
}

static uint64_t bytes_of(const DLTensor *tensor)
{
	uint64_t bytes = ((uint64_t)tensor->dtype.bits * tensor->dtype.lanes + 7U) / 8U;

	for (int32_t i = 0; i < tensor->ndim; i++) {
		bytes *= (uint64_t)tensor->shape[i];
	}
	return bytes;
}

static bool same_sizes(const TVMValue *values, const mlf_tensor_t *tensors, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		if (bytes_of(values[i].v_handle) != tensors[i].size_bytes) {
			return false;
		}
	}
	return true;
}

int32_t mlf_rpc_run_model(void *context)
{
	const mlf_model_t *model = context;
	const mlf_status_t status = mlf_run(model);

	if (status == MLF_ERR_OPERATOR) {
		return mlf_last_code(model);
	}
	return status == MLF_OK ? 0 : refuse(mlf_status_name(status));
}

int32_t mlf_rpc_call_model(void *args, int32_t *type_codes, int32_t num_args, void *ret_value,
			   int32_t *ret_type_code, void *resource)
{
	const mlf_model_t *model = resource;
	const TVMValue *values = args;
	const TVMValue *outputs = &values[model->num_inputs];
	int32_t code;

	(void)ret_value;
	(void)ret_type_code;
	if (!are_tensors(values, type_codes, num_args,
			 (uint32_t)model->num_inputs + model->num_outputs) ||
	    !same_sizes(values, model->inputs, model->num_inputs) ||
	    !same_sizes(outputs, model->outputs, model->num_outputs)) {
		return refuse("wrong arguments: it expects the inputs, then the outputs");
	}
	for (uint32_t i = 0; i < model->num_inputs; i++) {
		memmove(model->inputs[i].data, mlf_rpc_tensor_data(args, i),
			model->inputs[i].size_bytes);
	}
	code = mlf_rpc_run_model(resource);
	for (uint32_t i = 0; code == 0 && i < model->num_outputs; i++) {
		memmove(mlf_rpc_tensor_data(args, model->num_inputs + i), model->outputs[i].data,
			model->outputs[i].size_bytes);
	}
	return code;
}
