/* SPDX-License-Identifier: Apache-2.0 */
/* The USART of STM32F7 (RM0385, section 31), clocked by the internal oscillator: it works whatever the PLL does. */
#include "mlf_port_internal.h"
#include "stm32_gpio.h"

#define HSI_HZ 16000000U
#define DIVIDER ((HSI_HZ + MLF_CONSOLE_BAUD / 2U) / MLF_CONSOLE_BAUD)

_Static_assert(DIVIDER >= 16U && DIVIDER <= 0xFFFFU, "the console's baud rate can't be made from 16 MHz");

void mlf_console_stm32_usart_start(void)
{
	RCC->CR |= RCC_CR_HSION;
	while ((RCC->CR & RCC_CR_HSIRDY) == 0U) {
	}
	RCC->DCKCFGR2 = (RCC->DCKCFGR2 & ~MLF_CONSOLE_CLOCK_FIELD) | MLF_CONSOLE_CLOCK_IS_HSI;
	RCC->MLF_CONSOLE_ENABLE_REGISTER |= MLF_CONSOLE_ENABLE_BIT;
	(void)RCC->MLF_CONSOLE_ENABLE_REGISTER; /* the USART answers two cycles later */
	MLF_CONSOLE_USART->BRR = DIVIDER;
	MLF_CONSOLE_USART->CR1 = USART_CR1_UE | USART_CR1_TE | USART_CR1_RE;
	stm32_gpio_alternate(MLF_CONSOLE_TX_PORT, MLF_CONSOLE_TX_PIN, MLF_CONSOLE_ALTERNATE);
	stm32_gpio_alternate(MLF_CONSOLE_RX_PORT, MLF_CONSOLE_RX_PIN, MLF_CONSOLE_ALTERNATE);
}

void mlf_console_put(char byte)
{
	while ((MLF_CONSOLE_USART->ISR & USART_ISR_TXE) == 0U) {
	}
	MLF_CONSOLE_USART->TDR = (uint8_t)byte;
}
