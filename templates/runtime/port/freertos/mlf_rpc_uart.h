/* SPDX-License-Identifier: Apache-2.0 */
/* Between the console drivers' receivers and the server of hosts. */
#ifndef MLF_RPC_UART_H_
#define MLF_RPC_UART_H_

#include <stdint.h>

/* The driver's: bytes from now on cause its interrupt. Once, when the scheduler runs. */
void mlf_console_receive_start(void);

/* The server's, called from the driver's interrupt: bytes that came, bytes that it lost. */
void mlf_rpc_received(const uint8_t *bytes, uint32_t count);
void mlf_rpc_lost(uint32_t count);

/* The urgency of an interrupt that calls the kernel, as the NVIC's functions count. */
#define MLF_RPC_PRIORITY (configMAX_SYSCALL_INTERRUPT_PRIORITY >> (8U - __NVIC_PRIO_BITS))

#endif /* MLF_RPC_UART_H_ */
