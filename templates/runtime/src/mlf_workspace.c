/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Workspace for operators that ask for it at run time. TVM's generated code takes scratch and
 * gives it back in stack order, so one index is all the bookkeeping there is.
 */
#include <stddef.h>

#include <tvm/runtime/c_backend_api.h>

#include "mlf_internal.h"

static const mlf_model_t *running;
static uint32_t used_bytes;
static bool broken;

void mlf_workspace_begin(const mlf_model_t *model)
{
	running = model;
	used_bytes = 0;
	broken = false;
}

mlf_status_t mlf_workspace_end(void)
{
	mlf_status_t status = (broken || used_bytes != 0U) ? MLF_ERR_WORKSPACE : MLF_OK;

	running = NULL;
	return status;
}

void *TVMBackendAllocWorkspace(int device_type, int device_id, uint64_t nbytes,
			       int dtype_code_hint, int dtype_bits_hint)
{
	const mlf_arena_t *arena = (running != NULL) ? running->arena : NULL;
	uint8_t *place;
	uint32_t free_bytes;

	(void)device_type;
	(void)device_id;
	(void)dtype_code_hint;
	(void)dtype_bits_hint;
	if (arena == NULL) {
		return NULL;
	}
	free_bytes = arena->size_bytes - used_bytes;
	if (nbytes > free_bytes) {
		broken = true;
		return NULL;
	}
	place = &arena->base[used_bytes];
	/* The arena's size is a multiple of the alignment, so this can't pass its end. */
	used_bytes += ((uint32_t)nbytes + (MLF_WORKSPACE_ALIGNMENT - 1U)) &
		      ~(MLF_WORKSPACE_ALIGNMENT - 1U);
	if (used_bytes > running->state->arena_peak) {
		running->state->arena_peak = used_bytes;
	}
	return place;
}

int TVMBackendFreeWorkspace(int device_type, int device_id, void *ptr)
{
	const mlf_arena_t *arena = (running != NULL) ? running->arena : NULL;
	uintptr_t place = (uintptr_t)ptr;

	(void)device_type;
	(void)device_id;
	if (arena == NULL || place < (uintptr_t)arena->base ||
	    place - (uintptr_t)arena->base > used_bytes) {
		broken = (arena != NULL);
		return -1;
	}
	used_bytes = (uint32_t)(place - (uintptr_t)arena->base);
	return 0;
}
