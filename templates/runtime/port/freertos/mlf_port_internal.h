/* SPDX-License-Identifier: Apache-2.0 */
/* Between the port's own files. mlf_board.h is generated: the board's figures and register definitions. */
#ifndef MLF_PORT_INTERNAL_H_
#define MLF_PORT_INTERNAL_H_

#include <mlf_board.h>

#include "mlf_port.h"

/* The console driver's: waits until one byte is taken. */
void mlf_console_put(char byte);

/* Where text goes: to the console, or, when that carries packets, to the host's log. */
#ifdef MLF_PRINT_MESSAGES
void mlf_port_put_message(char byte);
void mlf_port_flush_messages(void);
#define MLF_PRINT_BYTE(byte) mlf_port_put_message(byte)
#define MLF_PRINT_LAST() mlf_port_flush_messages()
#else
#define MLF_PRINT_BYTE(byte) mlf_console_put(byte)
#define MLF_PRINT_LAST() ((void)0)
#endif

void mlf_print_hex(uint32_t number);
void mlf_print_decimal(uint32_t number);

/* Waits until the bits of mask read as wanted, or stops with what: a dead oscillator must not hang silently. */
void mlf_wait_for(const volatile uint32_t *reg, uint32_t mask, uint32_t wanted, const char *what);

/* At least so long, before there is a clock to read. */
void mlf_busy_wait_us(uint32_t us);

#endif /* MLF_PORT_INTERNAL_H_ */
