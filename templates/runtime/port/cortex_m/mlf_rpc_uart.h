/* SPDX-License-Identifier: Apache-2.0 */
/* Between the receivers of the console drivers and the server. */
#ifndef MLF_RPC_UART_H_
#define MLF_RPC_UART_H_

#include <stdint.h>

/* The name of an interrupt's handler; the number may be a macro. */
#define MLF_HANDLER_OF(interrupt) mlf_interrupt_##interrupt
#define MLF_INTERRUPT_HANDLER(interrupt) MLF_HANDLER_OF(interrupt)
#define MLF_CONSOLE_HANDLER MLF_INTERRUPT_HANDLER(MLF_CONSOLE_INTERRUPT)

/* From the driver: received bytes cause its interrupt from now on. Called once, when the server is ready. */
void mlf_console_receive_start(void);

/* From the server, called by the driver's interrupt: bytes received, and the number of bytes lost. */
void mlf_rpc_received(const uint8_t *bytes, uint32_t count);
void mlf_rpc_lost(uint32_t count);

/* ---- from the kernel, or its replacement: port/<rtos>/mlf_rpc_wait.c */

/* The console interrupt's priority, in the format of the NVIC's register. */
extern const uint8_t mlf_rpc_priority;

/* Makes the caller the task that waits. */
void mlf_rpc_wait_start(void);

/* Waits until mlf_rpc_wake() has been called since the last wait, but at most 0.1 s: then others' output is sent. */
void mlf_rpc_wait(void);

/* From the interrupt. */
void mlf_rpc_wake(void);

#endif /* MLF_RPC_UART_H_ */
