/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions of one byte by a table of 256, indexed by the byte as uint8. Signed or not makes no difference.
 *
 * Overlap: the output may start where the input starts; each byte is read before it is written.
 */
#ifndef MLF_KERNELS_TABLE_8_H
#define MLF_KERNELS_TABLE_8_H

#include <stdint.h>

#include "requantize.h"

MLF_KERNEL void mlf_table_8(const void *in, void *out, int32_t count, const uint8_t *table)
{
	const uint8_t *from = (const uint8_t *)in;
	uint8_t *to = (uint8_t *)out;

	for (int32_t i = 0; i < count; i++) {
		to[i] = table[from[i]];
	}
}

/* Between int8 and uint8 of one scale, whose zero points differ by 128. */
MLF_KERNEL void mlf_flip_8(const void *in, void *out, int32_t count)
{
	const uint8_t *from = (const uint8_t *)in;
	uint8_t *to = (uint8_t *)out;

	for (int32_t i = 0; i < count; i++) {
		to[i] = from[i] ^ 0x80U;
	}
}

#endif
