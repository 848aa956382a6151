/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes external memory what RAM is: cached, and unaligned accesses allowed. By default the core takes addresses
 * from 0xA0000000 on for device registers (Armv7-M Architecture Reference Manual, B3.1).
 */
#include "mlf_port_internal.h"

#define SIZE MLF_MPU_NORMAL_MEMORY_SIZE_BYTES
#define WRITE_BACK_ALLOCATE 1U /* TEX, with C and B set */
#define ANY_ACCESS ARM_MPU_AP_FULL

_Static_assert(SIZE >= 32U && (SIZE & (SIZE - 1U)) == 0U, "an MPU region's size is a power of two");
_Static_assert((MLF_MPU_NORMAL_MEMORY_BASE & (SIZE - 1U)) == 0U, "an MPU region starts at a multiple of its size");

void mlf_mpu_normal_memory_start(void)
{
	ARM_MPU_Disable();
	ARM_MPU_SetRegion(ARM_MPU_RBAR(0U, MLF_MPU_NORMAL_MEMORY_BASE),
			  ARM_MPU_RASR(1U, ANY_ACCESS, WRITE_BACK_ALLOCATE, 0U, 1U, 1U, 0U,
				       (uint32_t)__builtin_ctz(SIZE) - 1U));
	/* Everywhere else the default map stays. */
	ARM_MPU_Enable(MPU_CTRL_PRIVDEFENA_Msk);
}
