/* SPDX-License-Identifier: Apache-2.0 */
/* The core's clock from an external oscillator through the PLL: RM0385, sections 4.1.4 and 5. */
#include "mlf_port_internal.h"
#include "stm32f7.h"

#define OVER_DRIVE_ABOVE_HZ 180000000U
#define AHB_APB_DIVIDER(n) ((n) == 1U ? 0U : (n) == 2U ? 4U : (n) == 4U ? 5U : (n) == 8U ? 6U : 7U)

_Static_assert(MLF_CLOCK_HSE_HZ / MLF_CLOCK_PLL_M * MLF_CLOCK_PLL_N / MLF_CLOCK_PLL_P == MLF_CPU_HZ,
	       "the PLL settings do not result in the core's clock");
_Static_assert(MLF_CPU_HZ <= 216000000U, "the core runs at 216 MHz at most");
_Static_assert(MLF_CPU_HZ / MLF_CLOCK_APB1_DIVIDER <= 54000000U, "APB1 runs at 54 MHz at most");
_Static_assert(MLF_CPU_HZ / MLF_CLOCK_APB2_DIVIDER <= 108000000U, "APB2 runs at 108 MHz at most");
_Static_assert((MLF_CLOCK_WAIT_STATES + 1U) * 30000000U >= MLF_CPU_HZ, "flash needs a wait state every 30 MHz");

/* Back to the internal oscillator, whatever the clock is: the PLL can only be configured while it is off. */
static void stop_pll(void)
{
	STM32_RCC_CR |= STM32_RCC_CR_HSION;
	mlf_wait_for(&STM32_RCC_CR, STM32_RCC_CR_HSIRDY, STM32_RCC_CR_HSIRDY, "the internal oscillator does not start");
	STM32_RCC_CFGR &= ~STM32_RCC_CFGR_SW;
	mlf_wait_for(&STM32_RCC_CFGR, STM32_RCC_CFGR_SWS, STM32_RCC_CFGR_SWS_HSI, "the clock does not switch");
	STM32_RCC_CR &= ~(STM32_RCC_CR_PLLON | STM32_RCC_CR_HSEON);
	mlf_wait_for(&STM32_RCC_CR, STM32_RCC_CR_PLLRDY | STM32_RCC_CR_HSERDY, 0U, "the PLL does not stop");
}

static void start_pll(void)
{
	if (MLF_CLOCK_HSE_BYPASS != 0U) {
		STM32_RCC_CR |= STM32_RCC_CR_HSEBYP;
	} else {
		STM32_RCC_CR &= ~STM32_RCC_CR_HSEBYP;
	}
	STM32_RCC_CR |= STM32_RCC_CR_HSEON;
	mlf_wait_for(&STM32_RCC_CR, STM32_RCC_CR_HSERDY, STM32_RCC_CR_HSERDY, "the external oscillator does not start");
	STM32_RCC_PLLCFGR = (STM32_RCC_PLLCFGR & ~STM32_RCC_PLLCFGR_FIGURES) |
		       STM32_RCC_PLLCFGR_SRC_HSE | MLF_CLOCK_PLL_M |
		       (MLF_CLOCK_PLL_N << STM32_RCC_PLLCFGR_N_SHIFT) |
		       ((MLF_CLOCK_PLL_P / 2U - 1U) << STM32_RCC_PLLCFGR_P_SHIFT) |
		       (MLF_CLOCK_PLL_Q << STM32_RCC_PLLCFGR_Q_SHIFT);
	STM32_RCC_CR |= STM32_RCC_CR_PLLON;
}

static void raise_voltage(void)
{
	STM32_RCC_APB1ENR |= STM32_RCC_APB1ENR_PWR;
	(void)STM32_RCC_APB1ENR;
	STM32_PWR_CR1 |= STM32_PWR_CR1_VOS;
}

static void start_over_drive(void)
{
	STM32_PWR_CR1 |= STM32_PWR_CR1_ODEN;
	mlf_wait_for(&STM32_PWR_CSR1, STM32_PWR_CSR1_ODRDY, STM32_PWR_CSR1_ODRDY, "over-drive does not start");
	STM32_PWR_CR1 |= STM32_PWR_CR1_ODSWEN;
	mlf_wait_for(&STM32_PWR_CSR1, STM32_PWR_CSR1_ODSWRDY, STM32_PWR_CSR1_ODSWRDY, "over-drive does not switch");
}

void mlf_clock_stm32f7_start(void)
{
	stop_pll();
	raise_voltage();
	start_pll();
	if (MLF_CPU_HZ > OVER_DRIVE_ABOVE_HZ) {
		start_over_drive();
	}
	STM32_FLASH_ACR = (STM32_FLASH_ACR & ~STM32_FLASH_ACR_LATENCY) | MLF_CLOCK_WAIT_STATES;
	mlf_wait_for(&STM32_FLASH_ACR, STM32_FLASH_ACR_LATENCY, MLF_CLOCK_WAIT_STATES, "the flash does not accept the wait states");
	mlf_wait_for(&STM32_RCC_CR, STM32_RCC_CR_PLLRDY, STM32_RCC_CR_PLLRDY, "the PLL does not lock");
	/* First: the buses must not run at the PLL's speed until dividers written with the switch take effect. */
	STM32_RCC_CFGR = (STM32_RCC_CFGR & ~STM32_RCC_CFGR_DIVIDERS) |
		    (AHB_APB_DIVIDER(MLF_CLOCK_APB1_DIVIDER) << STM32_RCC_CFGR_PPRE1_SHIFT) |
		    (AHB_APB_DIVIDER(MLF_CLOCK_APB2_DIVIDER) << STM32_RCC_CFGR_PPRE2_SHIFT);
	(void)STM32_RCC_CFGR;
	STM32_RCC_CFGR = (STM32_RCC_CFGR & ~STM32_RCC_CFGR_SW) | STM32_RCC_CFGR_SW_PLL;
	mlf_wait_for(&STM32_RCC_CFGR, STM32_RCC_CFGR_SWS, STM32_RCC_CFGR_SWS_PLL, "the clock does not switch to the PLL");
}
