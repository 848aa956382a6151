/* SPDX-License-Identifier: Apache-2.0 */
/* Between the runtime's own files. */
#ifndef MLF_INTERNAL_H_
#define MLF_INTERNAL_H_

#include <mlf/mlf.h>

#define MLF_WATERMARK_BYTE 0xA5U

/* Workspace requests are rounded up to this, as TVM's planners do. */
#define MLF_WORKSPACE_ALIGNMENT 16U

void mlf_workspace_begin(const mlf_model_t *model);

/* MLF_OK, or MLF_ERR_WORKSPACE when a request of this run broke the plan. */
mlf_status_t mlf_workspace_end(void);

#endif /* MLF_INTERNAL_H_ */
