/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Samples that wait for more: frames, delays, stacks and sums of overlapping frames. Their states are kept from run to
 * run.
 *
 * Source: TensorFlow Lite Micro's audio front end (signal/src); equal to the bit.
 * Overlap: none; memcpy takes places that do not touch.
 */
#ifndef MLF_KERNELS_SIGNAL_FRAMES_H
#define MLF_KERNELS_SIGNAL_FRAMES_H

#include <stdint.h>
#include <string.h>

#include "requantize.h"

/* Appends count samples to waiting ones; gives frame of them, and lets go of step, where there are enough. */
MLF_INLINE uint8_t mlf_signal_frame(const int16_t *in, int32_t count, int16_t *waiting, int32_t *held, int16_t *out,
				    int32_t frame, int32_t step)
{
	memcpy(waiting + *held, in, (size_t)count * sizeof(*in));
	*held += count;
	if (*held < frame) {
		memset(out, 0, (size_t)frame * sizeof(*out));
		return 0;
	}
	memcpy(out, waiting, (size_t)frame * sizeof(*out));
	*held -= step;
	memmove(waiting, waiting + step, (size_t)*held * sizeof(*waiting));
	return 1;
}

/* in: [rows, frames * step], out: [rows, frames, frame]. waiting: [rows, frame + step]. Gives whether all is there. */
MLF_KERNEL uint8_t mlf_signal_frames(const int16_t *in, int16_t *waiting, int32_t *held, int16_t *out, int32_t rows,
				     int32_t frames, int32_t frame, int32_t step)
{
	uint8_t valid = 1;

	for (int32_t row = 0; row < rows; row++) {
		for (int32_t i = 0; i < frames; i++) {
			valid &= mlf_signal_frame(in, step, waiting + row * (frame + step), held + row, out, frame, step);
			in += step;
			out += frame;
		}
	}
	return valid;
}

/* in, out: [rows, count]. late: [rows, delay]. */
MLF_KERNEL void mlf_signal_delay(const int16_t *in, int16_t *late, int16_t *out, int32_t rows, int32_t count,
				 int32_t delay)
{
	const int32_t old = delay < count ? delay : count;

	for (int32_t row = 0; row < rows; row++, in += count, out += count, late += delay) {
		memcpy(out, late, (size_t)old * sizeof(*out));
		memcpy(out + old, in, (size_t)(count - old) * sizeof(*out));
		memmove(late, late + old, (size_t)(delay - old) * sizeof(*late));
		memcpy(late + delay - old, in + count - old, (size_t)old * sizeof(*late));
	}
}

/* in: count samples. waiting: [frame + count]. The first ones ever are repeated before themselves. */
MLF_KERNEL uint8_t mlf_signal_stack(const int16_t *in, int16_t *waiting, int32_t *held, int16_t *out, int32_t count,
				    int32_t repeated, int32_t frame, int32_t step)
{
	if (*held < 0) {
		*held = 0;
		for (int32_t i = 0; i < repeated; i++, *held += count) {
			memcpy(waiting + *held, in, (size_t)count * sizeof(*in));
		}
	}
	return mlf_signal_frame(in, count, waiting, held, out, frame, step);
}

/* in: [rows, frames, frame], out: [rows, frames * step]. sums: [rows, frame]. */
MLF_KERNEL void mlf_signal_overlap_add(const int16_t *in, int16_t *sums, int16_t *out, int32_t rows, int32_t frames,
				       int32_t frame, int32_t step)
{
	for (int32_t row = 0; row < rows; row++, sums += frame) {
		for (int32_t number = 0; number < frames; number++, in += frame, out += step) {
			for (int32_t i = 0; i < frame; i++) {
				sums[i] = (int16_t)mlf_clamp(in[i] + sums[i], -32768, 32767);
			}
			memcpy(out, sums, (size_t)step * sizeof(*out));
			memmove(sums, sums + step, (size_t)(frame - step) * sizeof(*sums));
			memset(sums + frame - step, 0, (size_t)step * sizeof(*sums));
		}
	}
}

#endif
