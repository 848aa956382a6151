/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a graph-executor model from constant tables: no JSON and no parameter parsing. */
#ifndef MLF_GRAPH_H_
#define MLF_GRAPH_H_

#include <mlf/mlf.h>
#include <tvm/runtime/c_runtime_api.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A compiled operator, as TVM's code generator declares it. */
typedef int32_t (*mlf_operator_t)(void *args, int32_t *type_ids, int32_t num_args,
				  void *ret_value, int32_t *ret_tcode, void *resource);

typedef struct mlf_graph_call {
	mlf_operator_t function;
	uint16_t first_argument; /* index into mlf_graph_t.arguments */
	uint16_t num_arguments;  /* inputs first, then outputs */
	uint16_t first_slot;     /* index into mlf_graph_t.slots */
	uint16_t num_slots;      /* one for each of the operator's requests, in order */
	uint8_t *stack;          /* serves requests of unknown order instead, or NULL */
	uint32_t stack_bytes;
} mlf_graph_call_t;

typedef struct mlf_graph {
	const DLTensor *tensors;
	const uint16_t *arguments; /* indices into tensors */
	const mlf_graph_call_t *calls;
	uint32_t num_calls;
	const mlf_slot_t *slots; /* of all calls; mlf_slot_t.below counts within a call */
	TVMValue *values;  /* scratch, as many as the longest argument list */
	int32_t *type_ids; /* as many */
} mlf_graph_t;

/* Calls every operator in order. Returns 0, or the return code of the first operator that fails. */
int32_t mlf_graph_run(const mlf_graph_t *graph);

#ifdef __cplusplus
}
#endif

#endif /* MLF_GRAPH_H_ */
