/* SPDX-License-Identifier: Apache-2.0 */
/* What a driver of the board needs of whoever starts it: our own port, or Zephyr. mlf_board.h is generated. */
#ifndef MLF_DRIVER_H_
#define MLF_DRIVER_H_

#include <mlf_board.h>
#include <stdint.h>

/* Waits until the bits of mask read as wanted, or stops and prints what: a dead oscillator must not hang silently. */
void mlf_wait_for(const volatile uint32_t *reg, uint32_t mask, uint32_t wanted, const char *what);

/* Waits for at least this time, before there is a clock to read. */
void mlf_busy_wait_us(uint32_t us);

#endif /* MLF_DRIVER_H_ */
