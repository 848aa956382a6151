/* SPDX-License-Identifier: Apache-2.0 */
/* Between the console drivers' receivers and the server of hosts. */
#ifndef MLF_RPC_UART_H_
#define MLF_RPC_UART_H_

#include <stdint.h>

/* The name of an interrupt's handler, its number being a macro. */
#define MLF_HANDLER_OF(interrupt) mlf_interrupt_##interrupt
#define MLF_INTERRUPT_HANDLER(interrupt) MLF_HANDLER_OF(interrupt)
#define MLF_CONSOLE_HANDLER MLF_INTERRUPT_HANDLER(MLF_CONSOLE_INTERRUPT)

/* The driver's: bytes from now on cause its interrupt. Once, when the server is ready. */
void mlf_console_receive_start(void);

/* The server's, called from the driver's interrupt: bytes that came, bytes that it lost. */
void mlf_rpc_received(const uint8_t *bytes, uint32_t count);
void mlf_rpc_lost(uint32_t count);

/* ---- of the kernel, or of what stands in for it: port/<rtos>/mlf_rpc_wait.c */

/* The console interrupt's urgency, as the NVIC's register holds it. */
extern const uint8_t mlf_rpc_priority;

/* Names the caller as the one that waits. */
void mlf_rpc_wait_start(void);

/* Until mlf_rpc_wake() was called since the last wait, or for a tenth of a second: what others print waits no longer. */
void mlf_rpc_wait(void);

/* From the interrupt. */
void mlf_rpc_wake(void);

#endif /* MLF_RPC_UART_H_ */
