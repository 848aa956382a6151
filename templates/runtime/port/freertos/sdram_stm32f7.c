/* SPDX-License-Identifier: Apache-2.0 */
/* SDRAM on bank 1 of the flexible memory controller: RM0385, section 13.7; JEDEC's initialisation sequence. */
#include "mlf_port_internal.h"
#include "stm32_gpio.h"

#define FMC_FUNCTION 12U
#define COMMAND_CLOCK_ENABLE 1U
#define COMMAND_PRECHARGE_ALL 2U
#define COMMAND_AUTO_REFRESH 3U
#define COMMAND_LOAD_MODE 4U
#define AUTO_REFRESHES 8U
#define MODE_SINGLE_WRITES (1U << 9) /* bursts of one, in sequence */
#define SDRAM_HZ (MLF_CPU_HZ / MLF_SDRAM_CLOCK_DIVIDER)
/* The reference manual takes 20 clocks off for a read that is under way. */
#define REFRESH_COUNT ((uint32_t)((uint64_t)MLF_SDRAM_REFRESH_NS * SDRAM_HZ / 1000000000U) - 20U)

_Static_assert(MLF_SDRAM_STM32F7_BASE == 0xC0000000U, "bank 1 is at 0xC0000000");
_Static_assert((uint64_t)MLF_SDRAM_BANKS * (MLF_SDRAM_BUS_BITS / 8U)
			       << (MLF_SDRAM_ROW_BITS + MLF_SDRAM_COLUMN_BITS) == MLF_SDRAM_STM32F7_SIZE_BYTES,
	       "rows, columns, banks and bus width of the SDRAM do not make the size of its region");
_Static_assert(REFRESH_COUNT >= 41U && REFRESH_COUNT <= 8191U, "the SDRAM's refresh rate can't be counted");

static void connect_pins(void)
{
	static const uint16_t pins[] = {
		MLF_SDRAM_PINS_A, MLF_SDRAM_PINS_B, MLF_SDRAM_PINS_C, MLF_SDRAM_PINS_D,
		MLF_SDRAM_PINS_E, MLF_SDRAM_PINS_F, MLF_SDRAM_PINS_G, MLF_SDRAM_PINS_H,
		MLF_SDRAM_PINS_I, MLF_SDRAM_PINS_J, MLF_SDRAM_PINS_K,
	};

	for (uint32_t port = 0; port < sizeof(pins) / sizeof(pins[0]); port++) {
		for (uint32_t pin = 0; pin < 16U; pin++) {
			if ((pins[port] & (1U << pin)) != 0U) {
				stm32_gpio_alternate(port, pin, FMC_FUNCTION);
			}
		}
	}
}

static void command(uint32_t mode, uint32_t refreshes, uint32_t mode_register)
{
	mlf_wait_for(&FMC_Bank5_6->SDSR, FMC_SDSR_BUSY, 0U, "the SDRAM controller stays busy");
	FMC_Bank5_6->SDCMR = (mode << FMC_SDCMR_MODE_Pos) | FMC_SDCMR_CTB1 |
			     ((refreshes - 1U) << FMC_SDCMR_NRFS_Pos) | (mode_register << FMC_SDCMR_MRD_Pos);
}

void mlf_sdram_stm32f7_start(void)
{
	connect_pins();
	RCC->AHB3ENR |= RCC_AHB3ENR_FMCEN;
	(void)RCC->AHB3ENR;
	FMC_Bank5_6->SDCR[0] = ((MLF_SDRAM_COLUMN_BITS - 8U) << FMC_SDCR1_NC_Pos) |
			       ((MLF_SDRAM_ROW_BITS - 11U) << FMC_SDCR1_NR_Pos) |
			       ((MLF_SDRAM_BUS_BITS / 16U) << FMC_SDCR1_MWID_Pos) |
			       ((MLF_SDRAM_BANKS / 4U) << FMC_SDCR1_NB_Pos) |
			       (MLF_SDRAM_CAS_LATENCY << FMC_SDCR1_CAS_Pos) |
			       (MLF_SDRAM_CLOCK_DIVIDER << FMC_SDCR1_SDCLK_Pos) | FMC_SDCR1_RBURST;
	FMC_Bank5_6->SDTR[0] = ((MLF_SDRAM_LOAD_TO_ACTIVE - 1U) << FMC_SDTR1_TMRD_Pos) |
			       ((MLF_SDRAM_EXIT_SELF_REFRESH - 1U) << FMC_SDTR1_TXSR_Pos) |
			       ((MLF_SDRAM_SELF_REFRESH - 1U) << FMC_SDTR1_TRAS_Pos) |
			       ((MLF_SDRAM_ROW_CYCLE - 1U) << FMC_SDTR1_TRC_Pos) |
			       ((MLF_SDRAM_WRITE_RECOVERY - 1U) << FMC_SDTR1_TWR_Pos) |
			       ((MLF_SDRAM_PRECHARGE - 1U) << FMC_SDTR1_TRP_Pos) |
			       ((MLF_SDRAM_ROW_TO_COLUMN - 1U) << FMC_SDTR1_TRCD_Pos);
	command(COMMAND_CLOCK_ENABLE, 1U, 0U);
	mlf_busy_wait_us(MLF_SDRAM_POWER_UP_US);
	command(COMMAND_PRECHARGE_ALL, 1U, 0U);
	command(COMMAND_AUTO_REFRESH, AUTO_REFRESHES, 0U);
	command(COMMAND_LOAD_MODE, 1U, MODE_SINGLE_WRITES | (MLF_SDRAM_CAS_LATENCY << 4));
	mlf_wait_for(&FMC_Bank5_6->SDSR, FMC_SDSR_BUSY, 0U, "the SDRAM controller stays busy");
	FMC_Bank5_6->SDRTR = REFRESH_COUNT << FMC_SDRTR_COUNT_Pos;
}
