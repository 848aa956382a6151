/* SPDX-License-Identifier: Apache-2.0 */
/* Whether buffers lie in the memories that they were planned for. */
#ifndef MLF_PLACEMENT_H_
#define MLF_PLACEMENT_H_

#include <mlf/mlf.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The memory of one buffer: the addresses of its first and last byte. */
typedef struct mlf_bounds {
	const mlf_pool_t *pool;
	uintptr_t first;
	uintptr_t last;
} mlf_bounds_t;

/*
 * MLF_OK, or MLF_ERR_PLACEMENT when a buffer lies elsewhere; mlf_last_error() is its name then.
 * Always MLF_OK with MLF_CONFIG_PLACEMENT 0.
 */
mlf_status_t mlf_check_placement(const mlf_bounds_t *bounds, uint32_t count);

#ifdef __cplusplus
}
#endif

#endif /* MLF_PLACEMENT_H_ */
