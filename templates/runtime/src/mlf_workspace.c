/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Workspace for operators that request it at run time. If the order of a run's requests is
 * known, each is served at its planned place, provided that it is the expected one. Otherwise
 * requests are served from a stack, because TVM's generated code releases scratch in the
 * opposite order. Each block of the stack starts with a header that says where the block
 * below it begins.
 */
#include <stddef.h>
#include <string.h>

#include <tvm/runtime/c_backend_api.h>

#include "mlf_internal.h"

static mlf_arena_t window;
static uint32_t used_bytes; /* of a stack */
static uint32_t top_bytes;  /* of a stack: where the youngest block begins; 0: there is none */
static uint32_t next_slot;  /* of a table: the request expected next */
static uint32_t youngest;   /* of a table: the request to be given back next */
static bool broken;

static void open_window(mlf_arena_t arena)
{
	window = arena;
	used_bytes = 0;
	top_bytes = 0;
	next_slot = 0;
	youngest = MLF_NO_SLOT;
}

static bool finished(void)
{
	return used_bytes == 0U && next_slot == window.num_slots && youngest == MLF_NO_SLOT;
}

void mlf_workspace_begin(mlf_arena_t arena)
{
	broken = false;
	open_window(arena);
}

void mlf_workspace_window(mlf_arena_t arena)
{
	broken = broken || !finished();
	open_window(arena);
}

mlf_status_t mlf_workspace_end(bool completed)
{
	/* A model that failed leaves requests unmade, which does not break the plan. */
	broken = broken || (completed && !finished());
	open_window((mlf_arena_t){0});
	return broken ? MLF_ERR_WORKSPACE : MLF_OK;
}

static void *serve_planned(uint64_t nbytes)
{
	const mlf_slot_t *slot = &window.slots[next_slot];

	if (next_slot == window.num_slots || slot->size_bytes != nbytes || slot->below != youngest) {
		return NULL;
	}
	youngest = next_slot++;
	return slot->place;
}

static void *serve_stacked(uint64_t nbytes)
{
	uint32_t left = window.size_bytes - used_bytes;

	if (left < MLF_STACK_HEADER_BYTES || nbytes > left - MLF_STACK_HEADER_BYTES) {
		return NULL;
	}
	(void)memcpy(&window.base[used_bytes], &top_bytes, sizeof(top_bytes));
	top_bytes = used_bytes + MLF_STACK_HEADER_BYTES;
	/* The size is a multiple of the alignment, so rounding up can't pass the end. */
	used_bytes = top_bytes + (((uint32_t)nbytes + (MLF_WORKSPACE_ALIGNMENT - 1U)) &
				  ~(MLF_WORKSPACE_ALIGNMENT - 1U));
	return &window.base[top_bytes];
}

static bool give_back_planned(const void *place)
{
	if (youngest == MLF_NO_SLOT || place != window.slots[youngest].place) {
		return false;
	}
	youngest = window.slots[youngest].below;
	return true;
}

static bool give_back_stacked(const void *place)
{
	uintptr_t offset = (uintptr_t)place - (uintptr_t)window.base;

	if (top_bytes == 0U || offset != top_bytes) {
		return false;
	}
	used_bytes = top_bytes - MLF_STACK_HEADER_BYTES;
	(void)memcpy(&top_bytes, &window.base[used_bytes], sizeof(top_bytes));
	return true;
}

void *TVMBackendAllocWorkspace(int device_type, int device_id, uint64_t nbytes,
			       int dtype_code_hint, int dtype_bits_hint)
{
	void *place = NULL;

	(void)device_type;
	(void)device_id;
	(void)dtype_code_hint;
	(void)dtype_bits_hint;
	if (window.slots != NULL) {
		place = serve_planned(nbytes);
	} else if (window.base != NULL) {
		place = serve_stacked(nbytes);
	}
	broken = broken || (place == NULL);
	return place;
}

int TVMBackendFreeWorkspace(int device_type, int device_id, void *ptr)
{
	bool done;

	(void)device_type;
	(void)device_id;
	done = (window.slots != NULL) ? give_back_planned(ptr) : give_back_stacked(ptr);
	broken = broken || !done;
	return done ? 0 : -1;
}
