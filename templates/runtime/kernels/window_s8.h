/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sum of a window's products on int8: input [N, H, W, C], weights [KH, KW, C / groups] of one output channel.
 *
 * Sums wrap. Cells beyond the image are left out, so they count as the input's zero point.
 */
#ifndef MLF_KERNELS_WINDOW_S8_H
#define MLF_KERNELS_WINDOW_S8_H

#include <stdint.h>

#include "dot_s8.h"
#include "window.h"

/* One output before its bias. in: of the group's first channel. weights: of the output channel. */
MLF_INLINE int32_t mlf_window_sum_s8(const int8_t *in, const int8_t *weights, int32_t zero_point,
				     const mlf_runs *runs)
{
	const int8_t *row = in + runs->input;
	const int8_t *row_weights = weights + runs->weights;
	int32_t sum = 0;

	for (int32_t y = 0; y < runs->rows; y++, row += runs->input_row, row_weights += runs->weights_row) {
		const int8_t *from = row;
		const int8_t *taps = row_weights;

		for (int32_t x = 0; x < runs->runs; x++, from += runs->input_run, taps += runs->weights_run) {
			sum = mlf_dot_s8(from, taps, runs->length, zero_point, sum);
		}
	}
	return sum;
}

#endif
