/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the flash behind QUADSPI cached read-only memory, and the rest of QUADSPI's 256 MB inaccessible: by default
 * the core may read ahead anywhere there (Armv7-M Architecture Reference Manual, B3.1), and QUADSPI answers addresses
 * beyond the flash with an error (RM0385, chapter 14).
 */
#include "cortex_m.h"
#include "mlf_port_internal.h"

#define BANK 0x90000000U
#define BANK_BYTES 0x10000000U
#define SIZE MLF_MPU_QUADSPI_FLASH_SIZE_BYTES

_Static_assert(MLF_MPU_QUADSPI_FLASH_BASE == BANK, "QUADSPI maps its flash at 0x90000000");
_Static_assert(SIZE >= 32U && SIZE <= BANK_BYTES && (SIZE & (SIZE - 1U)) == 0U, "MPU region sizes are powers of two");

void mlf_mpu_quadspi_flash_start(void)
{
	/* If regions overlap, the higher number wins. */
	cm_protect(MLF_MPU_REGION_FLASH_BANK, BANK, BANK_BYTES,
		   CM_MPU_RASR_XN | CM_MPU_RASR_NO_ACCESS | CM_MPU_RASR_STRONGLY_ORDERED);
	cm_protect(MLF_MPU_REGION_FLASH, MLF_MPU_QUADSPI_FLASH_BASE, SIZE,
		   CM_MPU_RASR_XN | CM_MPU_RASR_READ_ONLY | CM_MPU_RASR_WRITE_THROUGH);
}
