/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts the cycles of each operator on the board. The option MLF_PROFILE (Zephyr: CONFIG_MLF_PROFILE) enables it and
 * makes GCC call two hooks around every function of the models' C; without it, none of this is in the image.
 *
 *     mlf: profile 0800174d: 4 calls, 13800672 cycles
 *
 * One line for each function that ran, in the order of first calls: the total of all its calls, including everything
 * that it calls. `mlfgen profile APP --console FILE` resolves the functions' addresses to names. In ABNF:
 *
 *     profile  = "mlf: profile " address ": " number " calls, " number " cycles" LF
 *     address  = 1*( DIGIT / %x61-66 )                     ; hexadecimal
 *     number   = 1*DIGIT
 */
#ifndef MLF_PROFILE_H_
#define MLF_PROFILE_H_

#include <mlf/config.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Prints what has been counted since startup. print: as in mlf_sample_io_t. Does nothing without MLF_PROFILE. */
#if MLF_CONFIG_PROFILE
void mlf_profile_print(void (*print)(const char *text));
#else
static inline void mlf_profile_print(void (*print)(const char *text))
{
	(void)print;
}
#endif

#ifdef __cplusplus
}
#endif

#endif /* MLF_PROFILE_H_ */
