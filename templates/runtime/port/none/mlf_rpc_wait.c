/* SPDX-License-Identifier: Apache-2.0 */
/* The server sleeps until an interrupt: the console's, or the timer's a millisecond later. */
#include "mlf_port.h"
#include "mlf_rpc_uart.h"

/* In the middle: the application's own interrupts may be more or less urgent. */
const uint8_t mlf_rpc_priority = 0x80U;

void mlf_rpc_wait_start(void)
{
}

void mlf_rpc_wait(void)
{
	mlf_idle();
}

void mlf_rpc_wake(void)
{
}
