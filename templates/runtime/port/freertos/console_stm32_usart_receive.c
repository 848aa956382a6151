/* SPDX-License-Identifier: Apache-2.0 */
/* Receiving with the USART of STM32F7 (RM0385, section 31). */
#include <FreeRTOS.h>
#include <task.h>

#include "mlf_port_internal.h"
#include "mlf_rpc_uart.h"

/* By the name that the vendor's vector table has for it. */
void MLF_CONSOLE_HANDLER(void);

void MLF_CONSOLE_HANDLER(void)
{
	uint32_t state = MLF_CONSOLE_USART->ISR;

	while ((state & USART_ISR_RXNE) != 0U) {
		const uint8_t byte = (uint8_t)MLF_CONSOLE_USART->RDR;

		mlf_rpc_received(&byte, 1U);
		state = MLF_CONSOLE_USART->ISR;
	}
	if ((state & USART_ISR_ORE) != 0U) {
		MLF_CONSOLE_USART->ICR = USART_ICR_ORECF;
		mlf_rpc_lost(1U);
	}
}

void mlf_console_receive_start(void)
{
	NVIC_SetPriority(MLF_CONSOLE_INTERRUPT, MLF_RPC_PRIORITY);
	NVIC_EnableIRQ(MLF_CONSOLE_INTERRUPT);
	MLF_CONSOLE_USART->CR1 |= USART_CR1_RXNEIE;
}
