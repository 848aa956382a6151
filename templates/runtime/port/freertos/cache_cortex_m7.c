/* SPDX-License-Identifier: Apache-2.0 */
#include "mlf_port_internal.h"

void mlf_cache_cortex_m7_start(void)
{
	SCB_EnableICache();
	SCB_EnableDCache();
}
