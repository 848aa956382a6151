/* SPDX-License-Identifier: Apache-2.0 */
/* SDRAM on bank 1 of the flexible memory controller: RM0385, section 13.7; JEDEC's initialisation sequence. */
#include "mlf_driver.h"
#include "stm32f7.h"

#define FMC_FUNCTION 12U
#define COMMAND_CLOCK_ENABLE 1U
#define COMMAND_PRECHARGE_ALL 2U
#define COMMAND_AUTO_REFRESH 3U
#define COMMAND_LOAD_MODE 4U
#define AUTO_REFRESHES 8U
#define MODE_SINGLE_WRITES (1U << 9) /* bursts of one, in sequence */
#define SDRAM_HZ (MLF_CPU_HZ / MLF_SDRAM_CLOCK_DIVIDER)
/* The reference manual subtracts 20 clocks for a read in progress. */
#define REFRESH_COUNT ((uint32_t)((uint64_t)MLF_SDRAM_REFRESH_NS * SDRAM_HZ / 1000000000U) - 20U)

_Static_assert(MLF_SDRAM_STM32F7_BASE == 0xC0000000U, "bank 1 is at 0xC0000000");
_Static_assert((uint64_t)MLF_SDRAM_BANKS * (MLF_SDRAM_BUS_BITS / 8U)
			       << (MLF_SDRAM_ROW_BITS + MLF_SDRAM_COLUMN_BITS) == MLF_SDRAM_STM32F7_SIZE_BYTES,
	       "rows, columns, banks and bus width of the SDRAM do not result in the size of its region");
_Static_assert(REFRESH_COUNT >= 41U && REFRESH_COUNT <= 8191U, "the SDRAM's refresh count is out of range");

static void command(uint32_t mode, uint32_t refreshes, uint32_t mode_register)
{
	mlf_wait_for(&STM32_FMC_SDSR, STM32_FMC_SDSR_BUSY, 0U, "the SDRAM controller stays busy");
	STM32_FMC_SDCMR = (mode << STM32_FMC_SDCMR_MODE_SHIFT) | STM32_FMC_SDCMR_CTB1 |
			     ((refreshes - 1U) << STM32_FMC_SDCMR_NRFS_SHIFT) | (mode_register << STM32_FMC_SDCMR_MRD_SHIFT);
}

void mlf_sdram_stm32f7_start(void)
{
	static const uint16_t pins[] = STM32_PINS(MLF_SDRAM_PINS);

	stm32_gpio_alternate_pins(pins, FMC_FUNCTION);
	STM32_RCC_AHB3ENR |= STM32_RCC_AHB3ENR_FMC;
	(void)STM32_RCC_AHB3ENR;
	STM32_FMC_SDCR1 = ((MLF_SDRAM_COLUMN_BITS - 8U) << STM32_FMC_SDCR1_NC_SHIFT) |
			       ((MLF_SDRAM_ROW_BITS - 11U) << STM32_FMC_SDCR1_NR_SHIFT) |
			       ((MLF_SDRAM_BUS_BITS / 16U) << STM32_FMC_SDCR1_MWID_SHIFT) |
			       ((MLF_SDRAM_BANKS / 4U) << STM32_FMC_SDCR1_NB_SHIFT) |
			       (MLF_SDRAM_CAS_LATENCY << STM32_FMC_SDCR1_CAS_SHIFT) |
			       (MLF_SDRAM_CLOCK_DIVIDER << STM32_FMC_SDCR1_SDCLK_SHIFT) | STM32_FMC_SDCR1_RBURST;
	STM32_FMC_SDTR1 = ((MLF_SDRAM_LOAD_TO_ACTIVE - 1U) << STM32_FMC_SDTR1_TMRD_SHIFT) |
			       ((MLF_SDRAM_EXIT_SELF_REFRESH - 1U) << STM32_FMC_SDTR1_TXSR_SHIFT) |
			       ((MLF_SDRAM_SELF_REFRESH - 1U) << STM32_FMC_SDTR1_TRAS_SHIFT) |
			       ((MLF_SDRAM_ROW_CYCLE - 1U) << STM32_FMC_SDTR1_TRC_SHIFT) |
			       ((MLF_SDRAM_WRITE_RECOVERY - 1U) << STM32_FMC_SDTR1_TWR_SHIFT) |
			       ((MLF_SDRAM_PRECHARGE - 1U) << STM32_FMC_SDTR1_TRP_SHIFT) |
			       ((MLF_SDRAM_ROW_TO_COLUMN - 1U) << STM32_FMC_SDTR1_TRCD_SHIFT);
	command(COMMAND_CLOCK_ENABLE, 1U, 0U);
	mlf_busy_wait_us(MLF_SDRAM_POWER_UP_US);
	command(COMMAND_PRECHARGE_ALL, 1U, 0U);
	command(COMMAND_AUTO_REFRESH, AUTO_REFRESHES, 0U);
	command(COMMAND_LOAD_MODE, 1U, MODE_SINGLE_WRITES | (MLF_SDRAM_CAS_LATENCY << 4));
	mlf_wait_for(&STM32_FMC_SDSR, STM32_FMC_SDSR_BUSY, 0U, "the SDRAM controller stays busy");
	STM32_FMC_SDRTR = REFRESH_COUNT << STM32_FMC_SDRTR_COUNT_SHIFT;
}
