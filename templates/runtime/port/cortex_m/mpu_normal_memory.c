/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes external memory behave like RAM: cached, with unaligned accesses allowed. By default, the core treats addresses
 * from 0xA0000000 up as device registers (Armv7-M Architecture Reference Manual, B3.1).
 */
#include "cortex_m.h"
#include "mlf_port_internal.h"

#define SIZE MLF_MPU_NORMAL_MEMORY_SIZE_BYTES

_Static_assert(SIZE >= 32U && (SIZE & (SIZE - 1U)) == 0U, "an MPU region's size must be a power of two");
_Static_assert((MLF_MPU_NORMAL_MEMORY_BASE & (SIZE - 1U)) == 0U, "an MPU region must start at a multiple of its size");

void mlf_mpu_normal_memory_start(void)
{
	cm_protect(MLF_MPU_REGION_NORMAL_MEMORY, MLF_MPU_NORMAL_MEMORY_BASE, SIZE,
		   CM_MPU_RASR_XN | CM_MPU_RASR_FULL_ACCESS | CM_MPU_RASR_WRITE_BACK_ALLOCATE);
}
