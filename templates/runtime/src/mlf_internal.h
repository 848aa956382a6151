/* SPDX-License-Identifier: Apache-2.0 */
/* Between the runtime's own files. */
#ifndef MLF_INTERNAL_H_
#define MLF_INTERNAL_H_

#include <mlf/mlf.h>

#define MLF_WATERMARK_BYTE 0xA5U

/* Workspace requests are rounded up to this, as TVM's planners do. */
#define MLF_WORKSPACE_ALIGNMENT 16U

/* The overhead of a block on a stack; keeps blocks aligned. */
#define MLF_STACK_HEADER_BYTES 16U

void mlf_workspace_begin(mlf_arena_t arena);

/* From now on, requests are served from this arena; those of the previous one must have ended. */
void mlf_workspace_window(mlf_arena_t arena);

/*
 * Returns MLF_OK, or MLF_ERR_WORKSPACE if a request since mlf_workspace_begin() did not match
 * the plan. completed: the model ran to its end, so every request must have been made and
 * released.
 */
mlf_status_t mlf_workspace_end(bool completed);

#endif /* MLF_INTERNAL_H_ */
