/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of a sliding window that lies in the image, along one dimension. out: the output's cell. size: the number of
 * the input's cells.
 */
#ifndef MLF_KERNELS_WINDOW_H
#define MLF_KERNELS_WINDOW_H

#include <stdint.h>

#include "requantize.h"

typedef struct {
	int32_t begin, end; /* taps of the kernel whose cell lies in the image, half open */
	int32_t first;	    /* the cell of tap 0, which may lie before the image */
} mlf_taps;

MLF_INLINE mlf_taps mlf_window_taps(int32_t out, int32_t stride, int32_t pad, int32_t kernel, int32_t dilation,
				    int32_t size)
{
	mlf_taps taps;
	int32_t rest;

	taps.first = out * stride - pad;
	taps.begin = taps.first < 0 ? (dilation - 1 - taps.first) / dilation : 0;
	rest = size - taps.first;
	taps.end = rest > 0 ? (rest - 1) / dilation + 1 : 0;
	taps.end = taps.end < kernel ? taps.end : kernel;
	return taps;
}

#endif
