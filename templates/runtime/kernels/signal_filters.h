/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From energies to features: a filter bank, its root, noise subtraction, gain control and logarithm, channel by
 * channel.
 *
 * Source: TensorFlow Lite Micro's audio front end (signal/src), in fixed point; equal to the bit.
 * Overlap: logarithms may start where their input starts; of the others, the output must not touch the input.
 */
#ifndef MLF_KERNELS_SIGNAL_FILTERS_H
#define MLF_KERNELS_SIGNAL_FILTERS_H

#include <stdint.h>

#include "requantize.h"
#include "signal_spectrum.h"

/* Triangles that overlap: each frequency adds to a channel by its weight and to the next one by its unweight. */
typedef struct {
	int32_t channels;
	const int16_t *weights, *unweights;
	const int16_t *frequency_starts, *weight_starts, *widths; /* [channels + 1]; the first channel is dropped */
} mlf_signal_filter_bank_layer;

MLF_KERNEL void mlf_signal_filter_bank(const uint32_t *in, uint64_t *out, const mlf_signal_filter_bank_layer *layer)
{
	uint64_t sum = 0;

	for (int32_t channel = 0; channel <= layer->channels; channel++) {
		const uint32_t *from = in + layer->frequency_starts[channel];
		const int32_t start = layer->weight_starts[channel];
		uint64_t next = 0;

		for (int32_t i = 0; i < layer->widths[channel]; i++) {
			sum += (uint64_t)layer->weights[start + i] * from[i];
			next += (uint64_t)layer->unweights[start + i] * from[i];
		}
		if (channel > 0) {
			out[channel - 1] = sum;
		}
		sum = next;
	}
}

/* To the nearest, 2^16 - 1 at most of 32 bits and 2^32 - 1 at most of 64. */
MLF_INLINE uint32_t mlf_signal_square_root(uint64_t value)
{
	const uint64_t most = value >> 32 == 0U ? 0xFFFFU : 0xFFFFFFFFU;
	uint64_t bit = value >> 32 == 0U ? (uint64_t)1 << 30 : (uint64_t)1 << 62;
	uint64_t root = 0;

	for (; bit != 0U; bit >>= 2) {
		if (value >= root + bit) {
			value -= root + bit;
			root = (root >> 1) + bit;
		} else {
			root >>= 1;
		}
	}
	return (uint32_t)(value > root && root < most ? root + 1U : root);
}

MLF_KERNEL void mlf_signal_square_roots(const uint64_t *in, uint32_t *out, int32_t count, int32_t shift)
{
	for (int32_t i = 0; i < count; i++) {
		out[i] = mlf_signal_square_root(in[i]) >> (shift & 31);
	}
}

/* Even and odd channels have a smoothing of their own. */
typedef struct {
	int32_t channels;
	uint32_t smoothing[2], one_minus_smoothing[2];
	uint32_t min_signal_remaining;
	int32_t smoothing_bits, bits;
	int32_t clamping;
} mlf_signal_subtraction_layer;

/* noise: what each channel's noise is thought to be, kept from run to run. */
MLF_KERNEL void mlf_signal_subtract_noise(const uint32_t *in, uint32_t *noise, uint32_t *out, uint32_t *out_noise,
					  const mlf_signal_subtraction_layer *layer)
{
	for (int32_t i = 0; i < layer->channels; i++) {
		uint32_t signal = in[i] << layer->smoothing_bits;
		uint64_t next = (uint64_t)signal * layer->smoothing[i & 1] +
				(uint64_t)noise[i] * layer->one_minus_smoothing[i & 1];
		uint32_t estimate = (uint32_t)(next >> layer->bits);
		uint32_t least = (uint32_t)((uint64_t)in[i] * layer->min_signal_remaining >> layer->bits);
		uint32_t rest;

		noise[i] = estimate;
		if (estimate > signal) {
			estimate = signal;
			noise[i] = layer->clamping != 0 ? estimate : noise[i];
		}
		rest = (signal - estimate) >> layer->smoothing_bits;
		out[i] = rest > least ? rest : least;
		out_noise[i] = noise[i];
	}
}

/* gains: a value and two coefficients for each power of two. */
MLF_INLINE int16_t mlf_signal_gain(uint32_t noise, const int16_t *gains)
{
	int32_t interval = mlf_signal_bits(noise);
	int32_t part;
	int32_t result;

	if (noise <= 2U) {
		return gains[noise];
	}
	gains += 4 * interval - 6;
	part = (int32_t)((interval < 11 ? noise << (11 - interval) : noise >> (interval - 11)) & 0x3FFU);
	result = (gains[2] * part) >> 5;
	result += (int32_t)((uint32_t)gains[1] << 5);
	result = (int32_t)((uint32_t)result * (uint32_t)part);
	result = (int32_t)((uint32_t)result + (1U << 14)) >> 15;
	return (int16_t)(result + gains[0]);
}

MLF_KERNEL void mlf_signal_pcan(const uint32_t *in, const uint32_t *noise, const int16_t *gains, uint32_t *out,
				int32_t count, int32_t shift)
{
	for (int32_t i = 0; i < count; i++) {
		uint32_t gain = (uint32_t)mlf_signal_gain(noise[i], gains);
		uint32_t ratio = (uint32_t)((uint64_t)in[i] * gain >> shift);

		out[i] = ratio < 2U << 12 ? ratio * ratio >> 20 : (ratio >> 6) - (1U << 6);
	}
}

/* 65536 * log(value), value > 1. corrections: of the logarithm of 2 between powers of two, 128 per power. */
MLF_INLINE uint32_t mlf_signal_log(uint32_t value, const uint16_t *corrections)
{
	const int32_t integer = mlf_signal_bits(value) - 1;
	uint32_t part = value - ((uint32_t)1 << integer);
	int32_t segment;
	int32_t from;
	int32_t rest;
	uint32_t log2;

	part = integer < 16 ? part << (16 - integer) : part >> (integer - 16);
	segment = (int32_t)(part >> 9);
	from = corrections[segment];
	rest = ((corrections[segment + 1] - from) * (int32_t)(part & 0x1FFU)) >> 16;
	log2 = ((uint32_t)integer << 16) + part + (uint32_t)from + (uint32_t)rest;
	return (uint32_t)(((uint64_t)45426U * log2 + 32768U) >> 16);
}

MLF_KERNEL void mlf_signal_logs(const uint32_t *in, int16_t *out, int32_t count, uint32_t scale, int32_t shift,
				const uint16_t *corrections)
{
	for (int32_t i = 0; i < count; i++) {
		uint32_t value = in[i] << shift;
		uint32_t log = 0;

		if (value > 1U) {
			log = (scale * mlf_signal_log(value, corrections) + 32768U) >> 16;
		}
		out[i] = (int16_t)(log < 32767U ? log : 32767U);
	}
}

#endif
