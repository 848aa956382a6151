/* SPDX-License-Identifier: Apache-2.0 */
/* Between the runtime's own files. */
#ifndef MLF_INTERNAL_H_
#define MLF_INTERNAL_H_

#include <mlf/mlf.h>

#define MLF_WATERMARK_BYTE 0xA5U

/* Workspace requests are rounded up to this, as TVM's planners do. */
#define MLF_WORKSPACE_ALIGNMENT 16U

/* What a block on a stack takes besides; keeps blocks aligned. */
#define MLF_STACK_HEADER_BYTES 16U

void mlf_workspace_begin(mlf_arena_t arena);

/* From here on requests are served from this part; those of the former must be through. */
void mlf_workspace_window(mlf_arena_t arena);

/*
 * MLF_OK, or MLF_ERR_WORKSPACE when a request since the beginning broke the plan. completed:
 * the model says that it ran to its end, so every request must have come and gone.
 */
mlf_status_t mlf_workspace_end(bool completed);

#endif /* MLF_INTERNAL_H_ */
