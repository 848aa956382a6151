/* SPDX-License-Identifier: Apache-2.0 */
/* Receiving with the USART of STM32F7 (RM0385, section 31). */
#include "cortex_m.h"
#include "mlf_port_internal.h"
#include "mlf_rpc_uart.h"
#include "stm32f7.h"

void MLF_CONSOLE_HANDLER(void);

void MLF_CONSOLE_HANDLER(void)
{
	uint32_t state = STM32_USART_ISR(MLF_CONSOLE_BASE);

	while ((state & STM32_USART_ISR_RXNE) != 0U) {
		const uint8_t byte = (uint8_t)STM32_USART_RDR(MLF_CONSOLE_BASE);

		mlf_rpc_received(&byte, 1U);
		state = STM32_USART_ISR(MLF_CONSOLE_BASE);
	}
	if ((state & STM32_USART_ISR_ORE) != 0U) {
		STM32_USART_ICR(MLF_CONSOLE_BASE) = STM32_USART_ICR_ORECF;
		mlf_rpc_lost(1U);
	}
}

void mlf_console_receive_start(void)
{
	cm_enable_interrupt(MLF_CONSOLE_INTERRUPT, mlf_rpc_priority);
	STM32_USART_CR1(MLF_CONSOLE_BASE) |= STM32_USART_CR1_RXNEIE;
}
