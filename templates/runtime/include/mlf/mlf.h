/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mlf: run compiled models on a microcontroller, without a heap.
 *
 * Each model is one constant descriptor (`mlf_model_t`), generated from its archive. The
 * calls below look the same whatever executor and calling convention the archive has.
 *
 *     mlf_init(&mlf_kws);
 *     memcpy(mlf_input(&mlf_kws, 0)->data, samples, mlf_input(&mlf_kws, 0)->size_bytes);
 *     mlf_run(&mlf_kws);
 *     mlf_dequantize(mlf_output(&mlf_kws, 0), 0, scores, 12);
 *
 * Nothing here allocates, aborts, prints or recurses.
 *
 * Threads: mlf_init(), mlf_reset() and mlf_run() may be called from any thread or interrupt,
 * for one model or several. Of those calls one at a time does its work, for all models
 * share the state of the runtime; a call that comes meanwhile changes nothing and returns
 * MLF_ERR_BUSY at once. It does not wait: a caller that wants its turn tries again, or
 * holds a mutex of its RTOS around the calls. The tensors' data belong to whoever runs the
 * model: write inputs and read outputs while no run is in progress. mlf_last_error(),
 * mlf_last_code() and mlf_workspace_high_water() tell of the last run to end.
 */
#ifndef MLF_MLF_H_
#define MLF_MLF_H_

#include <stdbool.h>
#include <stdint.h>

#include <mlf/config.h>

#ifdef __cplusplus
extern "C" {
#endif

/* 0 is success, every error is negative. */
typedef enum mlf_status {
	MLF_OK = 0,
	MLF_ERR_ARGUMENT = -1,  /* a NULL pointer, or an index or count out of range */
	MLF_ERR_NOT_FOUND = -2, /* no tensor of that name */
	MLF_ERR_TYPE = -3,      /* the tensor's element type can't do this */
	MLF_ERR_NOT_READY = -4, /* mlf_init() has not succeeded */
	MLF_ERR_BUSY = -5,      /* another call is at work: see above */
	MLF_ERR_PLACEMENT = -6, /* a buffer is not where or as aligned as the plan says */
	MLF_ERR_WORKSPACE = -7, /* an operator asked for memory that the plan does not hold */
	MLF_ERR_OPERATOR = -8,  /* an operator failed: mlf_last_code(), mlf_last_error() */
	MLF_ERR_NO_FIGURE = -9, /* the figure can't be measured for this model */
} mlf_status_t;

typedef enum mlf_dtype {
	MLF_BOOL,
	MLF_INT8,
	MLF_UINT8,
	MLF_INT16,
	MLF_UINT16,
	MLF_INT32,
	MLF_UINT32,
	MLF_INT64,
	MLF_UINT64,
	MLF_FLOAT16,
	MLF_FLOAT32,
	MLF_FLOAT64,
} mlf_dtype_t;

/* An input or an output. real = scale * (stored - zero_point); scale 0: not quantised. */
typedef struct mlf_tensor {
	const char *name;
	void *data;            /* dense, row-major, aligned to 16 bytes or more */
	const uint32_t *shape; /* outermost dimension first */
	uint32_t size_bytes;   /* of all elements */
	int32_t zero_point;
	float scale;
	uint8_t dtype; /* mlf_dtype_t */
	uint8_t ndim;
} mlf_tensor_t;

typedef enum mlf_pool_kind {
	MLF_POOL_WORKSPACE, /* scratch; contents are lost between runs */
	MLF_POOL_CONSTANT,  /* read-only */
	MLF_POOL_IO,        /* inputs and outputs */
	MLF_POOL_STATE,     /* what a model keeps from run to run */
} mlf_pool_kind_t;

/* A static buffer, with the section and alignment it was declared with. */
typedef struct mlf_pool {
	const char *name;
	const char *region; /* the board's name for the memory */
	const void *base;
	uint32_t size_bytes;
	uint16_t alignment_bytes;
	uint8_t kind; /* mlf_pool_kind_t */
} mlf_pool_t;

/* The place of one TVMBackendAllocWorkspace request of a run. */
typedef struct mlf_slot {
	uint8_t *place;      /* aligned to 16 bytes */
	uint32_t size_bytes; /* exactly what is asked for */
	uint32_t below;      /* the youngest request in use when this one comes, or MLF_NO_SLOT */
} mlf_slot_t;

#define MLF_NO_SLOT 0xFFFFFFFFU

/*
 * Where TVMBackendAllocWorkspace takes from. slots: in the order of the requests, each of
 * which is checked against its own; NULL: they are served from base as a stack, or, where
 * that is NULL as well, not at all.
 */
typedef struct mlf_arena {
	uint8_t *base;
	uint32_t size_bytes; /* of base; a multiple of 16 */
	uint32_t num_slots;
	const mlf_slot_t *slots;
} mlf_arena_t;

/* What changes while a model lives; the only writable part besides its buffers. */
typedef struct mlf_state {
	uint32_t runs;     /* completed runs since mlf_init() */
	int32_t last_code; /* what the last run's failing operator returned */
	bool ready;
} mlf_state_t;

typedef struct mlf_model mlf_model_t;

struct mlf_model {
	const char *name;
	const mlf_tensor_t *inputs;
	const mlf_tensor_t *outputs;
	const mlf_pool_t *const *pools;
	int32_t (*invoke)(void);           /* 0, or the failing operator's code */
	mlf_status_t (*check)(void);       /* the model's own placement check, or NULL */
	int32_t (*reset)(void);            /* gives the state its first content, or NULL without state */
	mlf_state_t *state;
	mlf_arena_t arena;
	uint32_t internal_workspace_bytes; /* that the archive's own C declares */
	uint8_t num_inputs;
	uint8_t num_outputs;
	uint8_t num_pools;
};

/* Checks every buffer's place and alignment, resets the model, marks unused workspace. */
mlf_status_t mlf_init(const mlf_model_t *model);

/*
 * Forgets all runs: gives what the model keeps from run to run (a stream's past, a
 * recurrent layer's memory) its first content. A model without state has nothing to forget.
 */
mlf_status_t mlf_reset(const mlf_model_t *model);

/* Runs the model on its inputs' data. Inputs may be overwritten where the plan shares them. */
mlf_status_t mlf_run(const mlf_model_t *model);

/* Tensor by index; NULL out of range. */
const mlf_tensor_t *mlf_input(const mlf_model_t *model, uint32_t index);
const mlf_tensor_t *mlf_output(const mlf_model_t *model, uint32_t index);

/* Tensor by its name in the model; NULL when there is none. */
const mlf_tensor_t *mlf_input_by_name(const mlf_model_t *model, const char *name);
const mlf_tensor_t *mlf_output_by_name(const mlf_model_t *model, const char *name);

/* Elements of a tensor. */
uint32_t mlf_elements(const mlf_tensor_t *tensor);

/*
 * Real numbers into elements [first, first + count): scaled, rounded half away from zero,
 * saturated; NaN becomes the zero point. float32 tensors are copied.
 * MLF_ERR_TYPE for other types, and for integers without quantisation parameters.
 */
mlf_status_t mlf_quantize(const mlf_tensor_t *tensor, uint32_t first, const float *values,
			  uint32_t count);

/* Elements [first, first + count) as real numbers. */
mlf_status_t mlf_dequantize(const mlf_tensor_t *tensor, uint32_t first, float *values,
			    uint32_t count);

/*
 * Index of the greatest element, the first of several, or a negative mlf_status_t. NaN is
 * the greatest only where there is no number.
 */
int32_t mlf_argmax(const mlf_tensor_t *tensor);

/*
 * Bytes of workspace that runs since mlf_init() have touched, over all of the model's
 * pools. MLF_ERR_NO_FIGURE when the archive keeps its workspace to itself, or when
 * MLF_CONFIG_WATERMARK is 0.
 */
mlf_status_t mlf_workspace_high_water(const mlf_model_t *model, uint32_t *bytes);

/* What the last failing operator returned and said. */
int32_t mlf_last_code(const mlf_model_t *model);
const char *mlf_last_error(void);

const char *mlf_status_name(mlf_status_t status);
const char *mlf_dtype_name(mlf_dtype_t dtype);

#ifdef __cplusplus
}
#endif

#endif /* MLF_MLF_H_ */
