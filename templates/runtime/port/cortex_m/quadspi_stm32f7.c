/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Serial NOR flash on bank 1 of QUADSPI, mapped for reading: RM0385, chapter 14. It is read with Quad Output Fast Read:
 * one line for the command and three bytes of address, four for the data, which Micron's N25Q128A accepts by default
 * (data sheet rev P, table "Command Set"); flash with a quad-enable bit must have it set. Nothing else may use QUADSPI.
 */
#include "mlf_driver.h"
#include "stm32f7.h"

#define READ_QUAD_OUTPUT 0x6BU
#define READ_DUMMY_CYCLES 8U
#define RESET_ENABLE 0x66U
#define RESET_MEMORY 0x99U
#define ONE_LINE 1U
#define FOUR_LINES 3U
#define ADDRESS_24_BITS 2U
#define MEMORY_MAPPED 3U

#define SIZE MLF_QUADSPI_STM32F7_SIZE_BYTES

_Static_assert(MLF_QUADSPI_STM32F7_BASE == 0x90000000U, "QUADSPI maps its flash at 0x90000000");
_Static_assert((SIZE & (SIZE - 1U)) == 0U && SIZE >= 4096U && SIZE <= 16777216U,
	       "three bytes of address reach a power of two up to 16 MB");

/* lines: of the only phase, in CCR's format. */
static void command(uint32_t instruction, uint32_t lines)
{
	STM32_QUADSPI_FCR = STM32_QUADSPI_FCR_CTCF;
	STM32_QUADSPI_CCR = instruction | (lines << STM32_QUADSPI_CCR_IMODE_SHIFT);
	mlf_wait_for(&STM32_QUADSPI_SR, STM32_QUADSPI_SR_TCF, STM32_QUADSPI_SR_TCF, "QUADSPI does not send");
	mlf_wait_for(&STM32_QUADSPI_SR, STM32_QUADSPI_SR_BUSY, 0U, "QUADSPI stays busy");
	STM32_QUADSPI_FCR = STM32_QUADSPI_FCR_CTCF;
}

void mlf_quadspi_stm32f7_start(void)
{
	static const uint16_t pins_9[] = STM32_PINS(MLF_QUADSPI_PINS_ALTERNATE_9);
	static const uint16_t pins_10[] = STM32_PINS(MLF_QUADSPI_PINS_ALTERNATE_10);

	stm32_gpio_alternate_pins(pins_9, 9U);
	stm32_gpio_alternate_pins(pins_10, 10U);
	STM32_RCC_AHB3ENR |= STM32_RCC_AHB3_QSPI;
	(void)STM32_RCC_AHB3ENR;
	/* A boot loader may have left it mapped. */
	STM32_RCC_AHB3RSTR |= STM32_RCC_AHB3_QSPI;
	STM32_RCC_AHB3RSTR &= ~STM32_RCC_AHB3_QSPI;
	STM32_QUADSPI_DCR = (((uint32_t)__builtin_ctz(SIZE) - 1U) << STM32_QUADSPI_DCR_FSIZE_SHIFT) |
			    ((MLF_QUADSPI_SELECT_HIGH_CYCLES - 1U) << STM32_QUADSPI_DCR_CSHT_SHIFT);
	STM32_QUADSPI_CR = ((MLF_QUADSPI_CLOCK_DIVIDER - 1U) << STM32_QUADSPI_CR_PRESCALER_SHIFT) |
			   STM32_QUADSPI_CR_SSHIFT | STM32_QUADSPI_CR_EN;
	/* Earlier code may have put the flash into its four-line protocol, in which it accepts only four-line commands. */
	command(RESET_ENABLE, FOUR_LINES);
	command(RESET_MEMORY, FOUR_LINES);
	mlf_busy_wait_us(MLF_QUADSPI_RESET_US);
	command(RESET_ENABLE, ONE_LINE);
	command(RESET_MEMORY, ONE_LINE);
	mlf_busy_wait_us(MLF_QUADSPI_RESET_US);
	STM32_QUADSPI_CCR = READ_QUAD_OUTPUT | (ONE_LINE << STM32_QUADSPI_CCR_IMODE_SHIFT) |
			    (ONE_LINE << STM32_QUADSPI_CCR_ADMODE_SHIFT) |
			    (ADDRESS_24_BITS << STM32_QUADSPI_CCR_ADSIZE_SHIFT) |
			    (READ_DUMMY_CYCLES << STM32_QUADSPI_CCR_DCYC_SHIFT) |
			    (FOUR_LINES << STM32_QUADSPI_CCR_DMODE_SHIFT) |
			    (MEMORY_MAPPED << STM32_QUADSPI_CCR_FMODE_SHIFT);
	/* The first access to the flash must come after the set-up. */
	__asm volatile("dsb\n\tisb" ::: "memory");
}
