/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <string.h>

#include <tvm/runtime/c_runtime_api.h>

#include "mlf_internal.h"
#include "mlf_lock.h"

static atomic_flag busy = ATOMIC_FLAG_INIT;
static char last_error[64];

static void mark_unused(const mlf_pool_t *pool)
{
#if MLF_CONFIG_WATERMARK
	/* The descriptor is constant for the application; a workspace itself is not. */
	(void)memset((void *)(uintptr_t)pool->base, (int)MLF_WATERMARK_BYTE, pool->size_bytes);
#else
	(void)pool;
#endif
}

static mlf_status_t init(const mlf_model_t *model)
{
	model->state->ready = false;
	last_error[0] = '\0';
	for (uint32_t i = 0; i < model->num_pools; i++) {
		const mlf_pool_t *pool = model->pools[i];

		/* A linker script that drops alignment must not go unnoticed. */
		if (((uintptr_t)pool->base & (pool->alignment_bytes - 1U)) != 0U) {
			TVMAPISetLastError(pool->name);
			return MLF_ERR_PLACEMENT;
		}
		if (pool->kind == (uint8_t)MLF_POOL_WORKSPACE) {
			mark_unused(pool);
		}
	}
	if (model->check != NULL) {
		mlf_status_t status = model->check();

		if (status != MLF_OK) {
			return status;
		}
	}
	if (model->reset != NULL && model->reset() != 0) {
		return MLF_ERR_OPERATOR;
	}
	*model->state = (mlf_state_t){.ready = true};
	return MLF_OK;
}

static mlf_status_t reset(const mlf_model_t *model)
{
	if (!model->state->ready) {
		return MLF_ERR_NOT_READY;
	}
	return (model->reset == NULL || model->reset() == 0) ? MLF_OK : MLF_ERR_OPERATOR;
}

static mlf_status_t run(const mlf_model_t *model)
{
	mlf_status_t status;
	int32_t code;

	if (!model->state->ready) {
		return MLF_ERR_NOT_READY;
	}
	last_error[0] = '\0';
	mlf_workspace_begin(model->arena);
	code = model->invoke();
	status = mlf_workspace_end(code == 0);
	model->state->last_code = code;
	if (status != MLF_OK) {
		return status;
	}
	if (code != 0) {
		return MLF_ERR_OPERATOR;
	}
	model->state->runs++;
	return MLF_OK;
}

/* Does the work, unless another call is in progress. */
static mlf_status_t alone(mlf_status_t (*action)(const mlf_model_t *), const mlf_model_t *model)
{
	mlf_status_t status;

	if (model == NULL) {
		return MLF_ERR_ARGUMENT;
	}
	if (!mlf_lock_take(&busy)) {
		return MLF_ERR_BUSY;
	}
	status = action(model);
	mlf_lock_release(&busy);
	return status;
}

mlf_status_t mlf_init(const mlf_model_t *model)
{
	return alone(init, model);
}

mlf_status_t mlf_reset(const mlf_model_t *model)
{
	return alone(reset, model);
}

mlf_status_t mlf_run(const mlf_model_t *model)
{
	return alone(run, model);
}

const mlf_tensor_t *mlf_input(const mlf_model_t *model, uint32_t index)
{
	return (model != NULL && index < model->num_inputs) ? &model->inputs[index] : NULL;
}

const mlf_tensor_t *mlf_output(const mlf_model_t *model, uint32_t index)
{
	return (model != NULL && index < model->num_outputs) ? &model->outputs[index] : NULL;
}

static const mlf_tensor_t *find(const mlf_tensor_t *tensors, uint32_t count, const char *name)
{
	for (uint32_t i = 0; name != NULL && i < count; i++) {
		if (strcmp(tensors[i].name, name) == 0) {
			return &tensors[i];
		}
	}
	return NULL;
}

const mlf_tensor_t *mlf_input_by_name(const mlf_model_t *model, const char *name)
{
	return (model != NULL) ? find(model->inputs, model->num_inputs, name) : NULL;
}

const mlf_tensor_t *mlf_output_by_name(const mlf_model_t *model, const char *name)
{
	return (model != NULL) ? find(model->outputs, model->num_outputs, name) : NULL;
}

mlf_status_t mlf_workspace_high_water(const mlf_model_t *model, uint32_t *bytes)
{
	uint32_t touched = 0;

	if (model == NULL || bytes == NULL) {
		return MLF_ERR_ARGUMENT;
	}
	if (!model->state->ready) {
		return MLF_ERR_NOT_READY;
	}
	if (MLF_CONFIG_WATERMARK == 0 || model->internal_workspace_bytes != 0U) {
		return MLF_ERR_NO_FIGURE;
	}
	for (uint32_t i = 0; i < model->num_pools; i++) {
		const mlf_pool_t *pool = model->pools[i];
		const uint8_t *base = pool->base;
		uint32_t top = pool->size_bytes;

		if (pool->kind != (uint8_t)MLF_POOL_WORKSPACE) {
			continue;
		}
		while (top > 0U && base[top - 1U] == MLF_WATERMARK_BYTE) {
			top--;
		}
		touched += top;
	}
	*bytes = touched;
	return MLF_OK;
}

int32_t mlf_last_code(const mlf_model_t *model)
{
	return (model != NULL) ? model->state->last_code : 0;
}

void TVMAPISetLastError(const char *message)
{
	(void)strncpy(last_error, message, sizeof(last_error) - 1U);
}

const char *mlf_last_error(void)
{
	return last_error;
}

const char *mlf_status_name(mlf_status_t status)
{
	static const char *const names[] = {
		"ok",        "wrong argument",   "not found",        "wrong element type",
		"not ready", "busy",             "wrong placement",  "workspace exceeded",
		"operator failed", "not measurable",
	};
	uint32_t index = 0U - (uint32_t)status;

	return (index < sizeof(names) / sizeof(names[0])) ? names[index] : "unknown status";
}

const char *mlf_dtype_name(mlf_dtype_t dtype)
{
	static const char *const names[] = {
		"bool",  "int8",   "uint8", "int16",   "uint16",  "int32",
		"uint32", "int64", "uint64", "float16", "float32", "float64",
	};

	return ((uint32_t)dtype < sizeof(names) / sizeof(names[0])) ? names[dtype] : "unknown type";
}
