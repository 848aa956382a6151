/* SPDX-License-Identifier: Apache-2.0 */
/* The APB UART of Arm's Cortex-M System Design Kit (Arm DDI 0479, section 4.3). */
#include "mlf_port_internal.h"

#define STATE_TX_FULL (1U << 0)
#define CTRL_TX_ENABLE (1U << 0)
#define CTRL_RX_ENABLE (1U << 1)
#define DIVIDER ((MLF_CONSOLE_CLOCK_HZ + MLF_CONSOLE_BAUD / 2U) / MLF_CONSOLE_BAUD)

_Static_assert(DIVIDER >= 16U, "the console's baud rate is too high for its clock");

typedef struct {
	volatile uint32_t data;
	volatile uint32_t state;
	volatile uint32_t ctrl;
	volatile uint32_t interrupts;
	volatile uint32_t divider;
} uart_t;

static uart_t *const uart = (uart_t *)MLF_CONSOLE_BASE;

void mlf_console_cmsdk_uart_start(void)
{
	uart->divider = DIVIDER;
	uart->ctrl = CTRL_TX_ENABLE | CTRL_RX_ENABLE;
}

void mlf_console_put(char byte)
{
	while ((uart->state & STATE_TX_FULL) != 0U) {
	}
	uart->data = (uint8_t)byte;
}
