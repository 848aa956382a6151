/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mlf: run compiled models on a microcontroller, without a heap.
 *
 * Each model is one constant descriptor (`mlf_model_t`), generated from its archive. The
 * calls below are the same for every executor and calling convention.
 *
 *     mlf_init(&mlf_kws);
 *     memcpy(mlf_input(&mlf_kws, 0)->data, samples, mlf_input(&mlf_kws, 0)->size_bytes);
 *     mlf_run(&mlf_kws);
 *     mlf_dequantize(mlf_output(&mlf_kws, 0), 0, scores, 12);
 *
 * Nothing here allocates, aborts, prints or recurses.
 *
 * Threads: mlf_init(), mlf_reset() and mlf_run() may be called from any thread or interrupt,
 * for one model or several. Only one such call at a time does its work, because all models
 * share the state of the runtime; another call during that time changes nothing and returns
 * MLF_ERR_BUSY at once. It does not wait: the caller may try again, or hold a mutex of the
 * RTOS around the calls. The tensors' data belong to the caller that runs the model: write
 * inputs and read outputs while no run is in progress. mlf_last_error(), mlf_last_code() and
 * mlf_workspace_high_water() refer to the run that ended last.
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
	MLF_ERR_NOT_FOUND = -2, /* there is no tensor with that name */
	MLF_ERR_TYPE = -3,      /* the tensor's element type does not support this */
	MLF_ERR_NOT_READY = -4, /* mlf_init() has not succeeded */
	MLF_ERR_BUSY = -5,      /* another call is in progress: see above */
	MLF_ERR_PLACEMENT = -6, /* a buffer has another address or alignment than planned */
	MLF_ERR_WORKSPACE = -7, /* an operator requested memory that is not in the plan */
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
	MLF_POOL_WORKSPACE, /* scratch; its contents do not survive a run */
	MLF_POOL_CONSTANT,  /* read-only */
	MLF_POOL_IO,        /* inputs and outputs */
	MLF_POOL_STATE,     /* data that a model keeps from run to run */
} mlf_pool_kind_t;

/* A static buffer and its planned place. */
typedef struct mlf_pool {
	const char *name;
	const char *region; /* the board's name for the memory */
	const void *base;
	uint32_t size_bytes;
	uint16_t alignment_bytes;
	uint8_t kind; /* mlf_pool_kind_t */
} mlf_pool_t;

/* Where one TVMBackendAllocWorkspace request of a run is served. */
typedef struct mlf_slot {
	uint8_t *place;      /* aligned to 16 bytes */
	uint32_t size_bytes; /* exactly the size that is requested */
	uint32_t below;      /* the latest request still in use when this one is made, or MLF_NO_SLOT */
} mlf_slot_t;

#define MLF_NO_SLOT 0xFFFFFFFFU

/*
 * The memory behind TVMBackendAllocWorkspace. slots: one for each request, in order; each
 * request is checked against its slot. If NULL, requests are served from base as a stack;
 * if base is NULL as well, every request fails.
 */
typedef struct mlf_arena {
	uint8_t *base;
	uint32_t size_bytes; /* of base; a multiple of 16 */
	uint32_t num_slots;
	const mlf_slot_t *slots;
} mlf_arena_t;

/* A model's variables: its only writable part besides its buffers. */
typedef struct mlf_state {
	uint32_t runs;     /* completed runs since mlf_init() */
	int32_t last_code; /* return code of the operator that failed in the last run */
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
	int32_t (*reset)(void);            /* initialises the state; NULL for a model without state */
	mlf_state_t *state;
	mlf_arena_t arena;
	uint32_t internal_workspace_bytes; /* declared by the archive's own C */
	uint8_t num_inputs;
	uint8_t num_outputs;
	uint8_t num_pools;
};

/*
 * Checks the address and alignment of every buffer, resets the model, marks unused workspace.
 * After MLF_ERR_PLACEMENT, mlf_last_error() returns the name of the buffer.
 */
mlf_status_t mlf_init(const mlf_model_t *model);

/*
 * Resets what the model keeps from run to run (the history of a stream, the state of a
 * recurrent layer) to its initial contents. Does nothing to a model without state.
 */
mlf_status_t mlf_reset(const mlf_model_t *model);

/* Runs the model on its inputs. The run may overwrite inputs whose memory the plan shares. */
mlf_status_t mlf_run(const mlf_model_t *model);

/* Returns a tensor by index, or NULL if the index is out of range. */
const mlf_tensor_t *mlf_input(const mlf_model_t *model, uint32_t index);
const mlf_tensor_t *mlf_output(const mlf_model_t *model, uint32_t index);

/* Returns a tensor by its name in the model, or NULL if there is none. */
const mlf_tensor_t *mlf_input_by_name(const mlf_model_t *model, const char *name);
const mlf_tensor_t *mlf_output_by_name(const mlf_model_t *model, const char *name);

/* Returns the number of elements of a tensor. */
uint32_t mlf_elements(const mlf_tensor_t *tensor);

/*
 * Writes real numbers to elements [first, first + count): scaled, rounded half away from
 * zero, saturated; NaN becomes the zero point. For float32 tensors, copies them. Returns
 * MLF_ERR_TYPE for other types, and for integers without quantisation parameters.
 */
mlf_status_t mlf_quantize(const mlf_tensor_t *tensor, uint32_t first, const float *values,
			  uint32_t count);

/* Reads elements [first, first + count) as real numbers. */
mlf_status_t mlf_dequantize(const mlf_tensor_t *tensor, uint32_t first, float *values,
			    uint32_t count);

/*
 * Returns the index of the greatest element (the first, if there are several), or a negative
 * mlf_status_t. NaN counts as the greatest only if all elements are NaN.
 */
int32_t mlf_argmax(const mlf_tensor_t *tensor);

/*
 * Sets *bytes to the workspace that runs since mlf_init() have touched, in all pools of the
 * model. Returns MLF_ERR_NO_FIGURE if the archive declares its workspace itself, or if
 * MLF_CONFIG_WATERMARK is 0.
 */
mlf_status_t mlf_workspace_high_water(const mlf_model_t *model, uint32_t *bytes);

/* Return the last failing operator's return code and message. */
int32_t mlf_last_code(const mlf_model_t *model);
const char *mlf_last_error(void);

const char *mlf_status_name(mlf_status_t status);
const char *mlf_dtype_name(mlf_dtype_t dtype);

#ifdef __cplusplus
}
#endif

#endif /* MLF_MLF_H_ */
