/* SPDX-License-Identifier: Apache-2.0 */
/* What an application needs from its board, the same for every board. */
#ifndef MLF_PORT_H_
#define MLF_PORT_H_

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Sets up console, clock, memories, caches and timer. Call it once, first in main(). */
void mlf_port_start(void);

/* Sends text to the console and waits until the last byte has been accepted. From any context. */
void mlf_print(const char *text);

/* Microseconds; wraps after 71 minutes, so only differences are meaningful. Not from interrupts. */
uint32_t mlf_now_us(void);

/* Sleeps until an interrupt. */
void mlf_idle(void);

/* Prints the reason and the end marker, then stops forever with interrupts off. From any context. */
__attribute__((noreturn)) void mlf_stop(const char *why);

#ifdef __cplusplus
}
#endif

#endif /* MLF_PORT_H_ */
