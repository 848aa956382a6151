/* SPDX-License-Identifier: Apache-2.0 */
/* Both caches on, as the Armv7-M Architecture Reference Manual's B2.2.7 and the Cortex-M7's manual (Arm DDI 0489F, 5.3) say. */
#include "cortex_m.h"
#include "mlf_port_internal.h"

/* The Cortex-M7's lines have 32 bytes; its data cache has four ways. */
#define SET_SHIFT 5U
#define WAY_SHIFT 30U

static void start_instruction_cache(void)
{
	CM_ICIALLU = 0U;
	cm_dsb();
	cm_isb();
	CM_CCR |= CM_CCR_IC;
	cm_dsb();
	cm_isb();
}

/* After power-up, its lines are undefined. */
static void invalidate_data_cache(void)
{
	uint32_t geometry;

	CM_CSSELR = CM_CSSELR_L1_DATA;
	cm_dsb();
	geometry = CM_CCSIDR;
	for (uint32_t set = 0; set < CM_CCSIDR_SETS(geometry); set++) {
		for (uint32_t way = 0; way < CM_CCSIDR_WAYS(geometry); way++) {
			CM_DCISW = (way << WAY_SHIFT) | (set << SET_SHIFT);
		}
	}
	cm_dsb();
}

void mlf_cache_cortex_m7_start(void)
{
	if ((CM_CCR & CM_CCR_IC) == 0U) {
		start_instruction_cache();
	}
	/* A boot loader's cache holds data that is nowhere else. */
	if ((CM_CCR & CM_CCR_DC) == 0U) {
		invalidate_data_cache();
		CM_CCR |= CM_CCR_DC;
		cm_dsb();
		cm_isb();
	}
}
