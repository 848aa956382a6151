/* SPDX-License-Identifier: Apache-2.0 */
#include <mlf/graph.h>

#include "mlf_internal.h"

/* What serves one operator's requests: its places, a stack, or nothing. */
static mlf_arena_t arena_of(const mlf_graph_t *graph, const mlf_graph_call_t *call)
{
	if (call->num_slots != 0U) {
		return (mlf_arena_t){
			.num_slots = call->num_slots,
			.slots = &graph->slots[call->first_slot],
		};
	}
	return (mlf_arena_t){.base = call->stack, .size_bytes = call->stack_bytes};
}

int32_t mlf_graph_run(const mlf_graph_t *graph)
{
	for (uint32_t i = 0; i < graph->num_calls; i++) {
		const mlf_graph_call_t *call = &graph->calls[i];
		TVMValue ret_value = {0};
		int32_t ret_tcode = kTVMNullptr;
		int32_t code;

		for (uint32_t k = 0; k < call->num_arguments; k++) {
			uint32_t tensor = graph->arguments[call->first_argument + k];

			/* Operators take DLTensor by a pointer to non-const, but only read it. */
			graph->values[k].v_handle = (void *)(uintptr_t)&graph->tensors[tensor];
			graph->type_ids[k] = kTVMDLTensorHandle;
		}
		mlf_workspace_window(arena_of(graph, call));
		code = call->function(graph->values, graph->type_ids, call->num_arguments,
				      &ret_value, &ret_tcode, (void *)0);
		if (code != 0) {
			return code;
		}
	}
	return 0;
}
