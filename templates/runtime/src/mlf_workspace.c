/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Workspace for operators that ask for it at run time. TVM's generated code takes scratch and
 * gives it back in stack order, so one index is all the bookkeeping there is.
 */
#include <stddef.h>

#include <tvm/runtime/c_backend_api.h>

#include "mlf_internal.h"

static mlf_arena_t window;
static uint32_t used_bytes;
static bool broken;

void mlf_workspace_begin(mlf_arena_t arena)
{
	window = arena;
	used_bytes = 0;
	broken = false;
}

void mlf_workspace_window(mlf_arena_t arena)
{
	broken = broken || (used_bytes != 0U);
	window = arena;
	used_bytes = 0;
}

mlf_status_t mlf_workspace_end(void)
{
	mlf_workspace_window((mlf_arena_t){0});
	return broken ? MLF_ERR_WORKSPACE : MLF_OK;
}

void *TVMBackendAllocWorkspace(int device_type, int device_id, uint64_t nbytes,
			       int dtype_code_hint, int dtype_bits_hint)
{
	uint8_t *place;

	(void)device_type;
	(void)device_id;
	(void)dtype_code_hint;
	(void)dtype_bits_hint;
	if (window.base == NULL || nbytes > window.size_bytes - used_bytes) {
		broken = true;
		return NULL;
	}
	place = &window.base[used_bytes];
	/* The size is a multiple of the alignment, so rounding up can't pass the end. */
	used_bytes += ((uint32_t)nbytes + (MLF_WORKSPACE_ALIGNMENT - 1U)) &
		      ~(MLF_WORKSPACE_ALIGNMENT - 1U);
	return place;
}

int TVMBackendFreeWorkspace(int device_type, int device_id, void *ptr)
{
	uintptr_t offset = (uintptr_t)ptr - (uintptr_t)window.base;

	(void)device_type;
	(void)device_id;
	if (window.base == NULL || offset > used_bytes) {
		broken = true;
		return -1;
	}
	used_bytes = (uint32_t)offset;
	return 0;
}
