/* SPDX-License-Identifier: Apache-2.0 */
#include <mlf/placement.h>
#include <tvm/runtime/c_runtime_api.h>

mlf_status_t mlf_check_placement(const mlf_bounds_t *bounds, uint32_t count)
{
	for (uint32_t i = 0; MLF_CONFIG_PLACEMENT != 0 && i < count; i++) {
		const mlf_pool_t *pool = bounds[i].pool;
		uintptr_t base = (uintptr_t)pool->base;

		if (base < bounds[i].first || base > bounds[i].last ||
		    pool->size_bytes - 1U > bounds[i].last - base) {
			TVMAPISetLastError(pool->name);
			return MLF_ERR_PLACEMENT;
		}
	}
	return MLF_OK;
}
