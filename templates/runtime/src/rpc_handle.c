/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc_internal.h"

/*
 * A handle: kind 2 bits, session number 16 bits, index 14 bits.
 * A data index: model tensor 1 bit, then model 5 and tensor 8 bits, or use 5 and block 8 bits.
 */
#define KIND_SHIFT 30U
#define SESSION_SHIFT 14U
#define SESSION_MASK 0xFFFFU
#define INDEX_MASK 0x3FFFU
#define MODEL_TENSOR 0x2000U
#define LOW_MASK 0xFFU
#define HIGH_SHIFT 8U
#define HIGH_MASK 0x1FU

uint32_t rpc_handle(const mlf_rpc_server_t *server, enum rpc_kind kind, uint32_t index)
{
	return ((uint32_t)kind << KIND_SHIFT) |
	       ((server->session.served & SESSION_MASK) << SESSION_SHIFT) | index;
}

static bool fail_handle(mlf_rpc_server_t *server, uint64_t handle, const char *words)
{
	(void)rpc_fail(server, "handle 0x%x %s", (uint32_t)handle, words);
	return false; /* for analysers that see one file at a time */
}

bool rpc_open(mlf_rpc_server_t *server, uint64_t handle, enum rpc_kind kind, uint32_t *index)
{
	const uint32_t low = (uint32_t)handle;

	if (handle > UINT32_MAX || low >> KIND_SHIFT != (uint32_t)kind) {
		return fail_handle(server, handle, "is not a valid handle for this operation");
	}
	if (((low >> SESSION_SHIFT) & SESSION_MASK) != (server->session.served & SESSION_MASK)) {
		return fail_handle(server, handle, "belongs to a session that is over");
	}
	*index = low & INDEX_MASK;
	return true;
}

uint32_t rpc_block_handle(const mlf_rpc_server_t *server, uint32_t block)
{
	const uint32_t use = server->memory.blocks[block].serial & HIGH_MASK;

	return rpc_handle(server, RPC_DATA, (use << HIGH_SHIFT) | block);
}

bool rpc_open_block(mlf_rpc_server_t *server, uint64_t handle, uint32_t *block)
{
	uint32_t index;

	if (!rpc_open(server, handle, RPC_DATA, &index)) {
		return false;
	}
	*block = index & LOW_MASK;
	if ((index & MODEL_TENSOR) != 0U) {
		return fail_handle(server, handle, "belongs to a model's own tensor");
	}
	if (*block >= MLF_RPC_CONFIG_MAX_BLOCKS || server->memory.blocks[*block].size_bytes == 0U ||
	    (server->memory.blocks[*block].serial & HIGH_MASK) != index >> HIGH_SHIFT) {
		return fail_handle(server, handle, "has been freed");
	}
	return true;
}

const mlf_rpc_tensor_t *rpc_model_tensor(const mlf_rpc_model_t *model, uint32_t index)
{
	if (index < model->num_inputs) {
		return &model->inputs[index];
	}
	index -= model->num_inputs;
	return index < model->num_outputs ? &model->outputs[index] : NULL;
}

uint32_t rpc_tensor_handle(const mlf_rpc_server_t *server, uint32_t model, uint32_t index)
{
	return rpc_handle(server, RPC_DATA, MODEL_TENSOR | (model << HIGH_SHIFT) | index);
}

static const mlf_rpc_tensor_t *tensor_at(const mlf_rpc_server_t *server, uint32_t index)
{
	const uint32_t model = (index >> HIGH_SHIFT) & HIGH_MASK;

	return model < server->app->num_models
		       ? rpc_model_tensor(&server->app->models[model], index & LOW_MASK)
		       : NULL;
}

bool rpc_open_data(mlf_rpc_server_t *server, uint64_t handle, uint64_t offset_bytes,
		   uint64_t size_bytes, uint8_t **address)
{
	const mlf_rpc_tensor_t *tensor;
	uint32_t index;
	uint32_t total_bytes;
	uint8_t *base;

	if (!rpc_open(server, handle, RPC_DATA, &index)) {
		return false;
	}
	if ((index & MODEL_TENSOR) != 0U) {
		tensor = tensor_at(server, index);
		if (tensor == NULL) {
			return fail_handle(server, handle, "is not a valid handle for this operation");
		}
		base = tensor->data;
		total_bytes = tensor->size_bytes;
	} else {
		if (!rpc_open_block(server, handle, &index)) {
			return false;
		}
		base = mlf_rpc_memory_address(&server->memory, index);
		total_bytes = server->memory.blocks[index].size_bytes;
	}
	if (offset_bytes > total_bytes || size_bytes > total_bytes - offset_bytes) {
		return fail_handle(server, handle, "refers to less memory than that");
	}
	*address = base + (uint32_t)offset_bytes;
	return true;
}
