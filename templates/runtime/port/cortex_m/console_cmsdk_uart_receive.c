/* SPDX-License-Identifier: Apache-2.0 */
/* Receiving with the APB UART of Arm's Cortex-M System Design Kit (Arm DDI 0479, section 4.3). */
#include "cortex_m.h"
#include "mlf_port_internal.h"
#include "mlf_rpc_uart.h"

#define STATE_RX_FULL (1U << 1)
#define STATE_RX_OVERRUN (1U << 3)
#define CTRL_RX_INTERRUPT (1U << 3)
#define INTERRUPT_RX (1U << 1)

typedef struct {
	volatile uint32_t data;
	volatile uint32_t state;
	volatile uint32_t ctrl;
	volatile uint32_t interrupts;
	volatile uint32_t divider;
} uart_t;

static uart_t *const uart = (uart_t *)MLF_CONSOLE_BASE;

void MLF_CONSOLE_HANDLER(void);

void MLF_CONSOLE_HANDLER(void)
{
	while ((uart->state & STATE_RX_FULL) != 0U) {
		uint8_t byte;

		/* First: the byte that follows raises it again. */
		uart->interrupts = INTERRUPT_RX;
		byte = (uint8_t)uart->data;
		mlf_rpc_received(&byte, 1U);
	}
	if ((uart->state & STATE_RX_OVERRUN) != 0U) {
		uart->state = STATE_RX_OVERRUN;
		mlf_rpc_lost(1U);
	}
}

void mlf_console_receive_start(void)
{
	uart->ctrl |= CTRL_RX_INTERRUPT;
	cm_enable_interrupt(MLF_CONSOLE_INTERRUPT, mlf_rpc_priority);
	/* A byte that is already there raises no interrupt and blocks all later ones. */
	CM_NVIC_ISPR(MLF_CONSOLE_INTERRUPT) = CM_NVIC_BIT(MLF_CONSOLE_INTERRUPT);
}
