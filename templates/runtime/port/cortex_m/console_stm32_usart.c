/* SPDX-License-Identifier: Apache-2.0 */
/* The USART of STM32F7 (RM0385, section 31), clocked by the internal oscillator: it works whatever the PLL does. */
#include "mlf_port_internal.h"
#include "stm32f7.h"

#define HSI_HZ 16000000U
#define DIVIDER ((HSI_HZ + MLF_CONSOLE_BAUD / 2U) / MLF_CONSOLE_BAUD)

_Static_assert(DIVIDER >= 16U && DIVIDER <= 0xFFFFU, "the console's baud rate can't be made from 16 MHz");

void mlf_console_stm32_usart_start(void)
{
	STM32_RCC_CR |= STM32_RCC_CR_HSION;
	while ((STM32_RCC_CR & STM32_RCC_CR_HSIRDY) == 0U) {
	}
	STM32_RCC_DCKCFGR2 = (STM32_RCC_DCKCFGR2 & ~(STM32_RCC_DCKCFGR2_MASK << MLF_CONSOLE_CLOCK_SHIFT)) |
			     (STM32_RCC_DCKCFGR2_HSI << MLF_CONSOLE_CLOCK_SHIFT);
	MLF_CONSOLE_ENABLE_REGISTER |= MLF_CONSOLE_ENABLE_BIT;
	(void)MLF_CONSOLE_ENABLE_REGISTER; /* the USART responds two cycles later */
	STM32_USART_BRR(MLF_CONSOLE_BASE) = DIVIDER;
	STM32_USART_CR1(MLF_CONSOLE_BASE) = STM32_USART_CR1_UE | STM32_USART_CR1_TE | STM32_USART_CR1_RE;
	stm32_gpio_alternate(MLF_CONSOLE_TX_PORT, MLF_CONSOLE_TX_PIN, MLF_CONSOLE_ALTERNATE);
	stm32_gpio_alternate(MLF_CONSOLE_RX_PORT, MLF_CONSOLE_RX_PIN, MLF_CONSOLE_ALTERNATE);
}

void mlf_console_put(char byte)
{
	while ((STM32_USART_ISR(MLF_CONSOLE_BASE) & STM32_USART_ISR_TXE) == 0U) {
	}
	STM32_USART_TDR(MLF_CONSOLE_BASE) = (uint8_t)byte;
}
