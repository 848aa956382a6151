/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From samples to the energy of frequencies: window, scaling, real transform of a power of two and back, energy.
 *
 * Source: TensorFlow Lite Micro's audio front end (signal/src) with kissfft in 16 bits; equal to the bit.
 * Overlap: window and scaling may start where their input starts; of the others, the output must not touch the input.
 */
#ifndef MLF_KERNELS_SIGNAL_SPECTRUM_H
#define MLF_KERNELS_SIGNAL_SPECTRUM_H

#include <stdint.h>

#include "requantize.h"

typedef struct {
	int16_t real, imaginary;
} mlf_complex_s16;

/* The number of bits up to the highest 1, and 32 for 0. */
MLF_INLINE int32_t mlf_signal_bits(uint32_t value)
{
	int32_t bits = 0;

	if (value == 0U) {
		return 32;
	}
	for (; value != 0U; value >>= 1) {
		bits++;
	}
	return bits;
}

/* rows of count samples, each multiplied by its weight and shifted right. */
MLF_KERNEL void mlf_signal_window(const int16_t *in, const int16_t *weights, int16_t *out, int32_t rows, int32_t count,
				  int32_t shift)
{
	for (int32_t row = 0; row < rows; row++) {
		for (int32_t i = 0; i < count; i++) {
			*out++ = (int16_t)mlf_clamp((*in++ * weights[i]) >> shift, -32768, 32767);
		}
	}
}

/* Shifts left as far as no sample overflows; gives by how many bits. */
MLF_KERNEL int32_t mlf_signal_auto_scale(const int16_t *in, int16_t *out, int32_t count)
{
	int32_t most = 0;
	int32_t shift;

	for (int32_t i = 0; i < count; i++) {
		if (in[i] > most) {
			most = in[i];
		} else if (-in[i] > most) {
			/* 32768 wraps, as in the reference kernel: what follows it counts alone. */
			most = (int16_t)(uint16_t)(0U - (uint32_t)in[i]);
		}
	}
	shift = 15 - mlf_signal_bits((uint32_t)most);
	shift = shift > 0 ? shift : 0;
	for (int32_t i = 0; i < count; i++) {
		out[i] = (int16_t)(uint16_t)((uint32_t)in[i] << shift);
	}
	return shift;
}

MLF_INLINE int16_t mlf_signal_round(int32_t product)
{
	return (int16_t)((product + (1 << 14)) >> 15);
}

MLF_INLINE mlf_complex_s16 mlf_signal_product(mlf_complex_s16 a, mlf_complex_s16 b)
{
	mlf_complex_s16 product;

	product.real = mlf_signal_round(a.real * b.real - a.imaginary * b.imaginary);
	product.imaginary = mlf_signal_round(a.real * b.imaginary + a.imaginary * b.real);
	return product;
}

/* divisor: 2 or 4, in the reference kernels' rounding. */
MLF_INLINE mlf_complex_s16 mlf_signal_divide(mlf_complex_s16 value, int32_t divisor)
{
	value.real = mlf_signal_round(value.real * (32767 / divisor));
	value.imaginary = mlf_signal_round(value.imaginary * (32767 / divisor));
	return value;
}

MLF_INLINE mlf_complex_s16 mlf_signal_sum(mlf_complex_s16 a, mlf_complex_s16 b)
{
	a.real = (int16_t)(a.real + b.real);
	a.imaginary = (int16_t)(a.imaginary + b.imaginary);
	return a;
}

MLF_INLINE mlf_complex_s16 mlf_signal_difference(mlf_complex_s16 a, mlf_complex_s16 b)
{
	a.real = (int16_t)(a.real - b.real);
	a.imaginary = (int16_t)(a.imaginary - b.imaginary);
	return a;
}

typedef struct {
	int32_t rows, count; /* of samples, or of values that frequencies have; further samples are 0 */
	int32_t points;	     /* of the complex transform: half the length */
	int32_t stages;	     /* of radix 4, after one of radix 2 where pairs is not 0 */
	int32_t pairs;
	int32_t inverse;
	const int16_t *order;		  /* [points], where each sample pair goes */
	const mlf_complex_s16 *twiddles;  /* [points] */
	const mlf_complex_s16 *untwiddles; /* [points / 2], that part two real transforms */
} mlf_signal_fft_layer;

MLF_INLINE void mlf_signal_butterfly2(mlf_complex_s16 *at, int32_t points)
{
	for (int32_t i = 0; i < points; i += 2) {
		/* The factor is 1, which has no int16: 32767 rounds. */
		const mlf_complex_s16 one = {32767, 0};
		mlf_complex_s16 first = mlf_signal_divide(at[i], 2);
		mlf_complex_s16 second = mlf_signal_product(mlf_signal_divide(at[i + 1], 2), one);

		at[i] = mlf_signal_sum(first, second);
		at[i + 1] = mlf_signal_difference(first, second);
	}
}

/* at: of four runs of size values. step: of the twiddles. */
MLF_INLINE void mlf_signal_butterfly4(mlf_complex_s16 *at, int32_t size, int32_t step,
				      const mlf_signal_fft_layer *layer)
{
	const mlf_complex_s16 *twiddles = layer->twiddles;


	for (int32_t i = 0; i < size; i++) {
		mlf_complex_s16 zero = mlf_signal_divide(at[i], 4);
		mlf_complex_s16 one = mlf_signal_product(mlf_signal_divide(at[i + size], 4), twiddles[i * step]);
		mlf_complex_s16 two = mlf_signal_product(mlf_signal_divide(at[i + 2 * size], 4), twiddles[2 * i * step]);
		mlf_complex_s16 three =
			mlf_signal_product(mlf_signal_divide(at[i + 3 * size], 4), twiddles[3 * i * step]);
		mlf_complex_s16 apart = mlf_signal_difference(zero, two);
		mlf_complex_s16 even = mlf_signal_sum(zero, two);
		mlf_complex_s16 odd = mlf_signal_sum(one, three);
		mlf_complex_s16 turn = mlf_signal_difference(one, three);
		/* i or minus i times turn */
		mlf_complex_s16 turned = {layer->inverse != 0 ? (int16_t)-turn.imaginary : turn.imaginary,
					  layer->inverse != 0 ? turn.real : (int16_t)-turn.real};

		at[i] = mlf_signal_sum(even, odd);
		at[i + 2 * size] = mlf_signal_difference(even, odd);
		at[i + size] = mlf_signal_sum(apart, turned);
		at[i + 3 * size] = mlf_signal_difference(apart, turned);
	}
}

/* The complex transform of points that lie in their order. */
MLF_KERNEL void mlf_signal_stages(mlf_complex_s16 *work, const mlf_signal_fft_layer *layer)
{
	int32_t size = 1;

	if (layer->pairs != 0) {
		mlf_signal_butterfly2(work, layer->points);
		size = 2;
	}
	for (int32_t stage = 0; stage < layer->stages; stage++, size *= 4) {
		for (int32_t at = 0; at < layer->points; at += 4 * size) {
			mlf_signal_butterfly4(work + at, size, layer->points / (4 * size), layer);
		}
	}
}

/* out: [rows, 2 * points + 2], real and imaginary parts. work: [points]. */
MLF_KERNEL void mlf_signal_rfft(const int16_t *in, int16_t *out, mlf_complex_s16 *work,
				const mlf_signal_fft_layer *layer)
{
	const int32_t points = layer->points;

	for (int32_t row = 0; row < layer->rows; row++, in += layer->count, out += 2 * points + 2) {
		for (int32_t i = 0; i < points; i++) {
			mlf_complex_s16 *to = work + layer->order[i];

			to->real = 2 * i < layer->count ? in[2 * i] : (int16_t)0;
			to->imaginary = 2 * i + 1 < layer->count ? in[2 * i + 1] : (int16_t)0;
		}
		mlf_signal_stages(work, layer);
		work[0] = mlf_signal_divide(work[0], 2);
		out[0] = (int16_t)(work[0].real + work[0].imaginary);
		out[2 * points] = (int16_t)(work[0].real - work[0].imaginary);
		out[1] = 0;
		out[2 * points + 1] = 0;
		for (int32_t k = 1; k <= points / 2; k++) {
			mlf_complex_s16 mirror = {work[points - k].real, (int16_t)-work[points - k].imaginary};
			mlf_complex_s16 value = mlf_signal_divide(work[k], 2);
			mlf_complex_s16 sum;
			mlf_complex_s16 turned;

			mirror = mlf_signal_divide(mirror, 2);
			sum = mlf_signal_sum(value, mirror);
			turned = mlf_signal_product(mlf_signal_difference(value, mirror), layer->untwiddles[k - 1]);
			out[2 * k] = (int16_t)((sum.real + turned.real) >> 1);
			out[2 * k + 1] = (int16_t)((sum.imaginary + turned.imaginary) >> 1);
			out[2 * (points - k)] = (int16_t)((sum.real - turned.real) >> 1);
			out[2 * (points - k) + 1] = (int16_t)((turned.imaginary - sum.imaginary) >> 1);
		}
	}
}

/* in: [rows, count], real and imaginary parts, count >= 2 * points + 2. out: [rows, 2 * points]. work: [points]. */
MLF_KERNEL void mlf_signal_irfft(const int16_t *in, int16_t *out, mlf_complex_s16 *work,
				 const mlf_signal_fft_layer *layer)
{
	const int32_t points = layer->points;

	for (int32_t row = 0; row < layer->rows; row++, in += layer->count, out += 2 * points) {
		mlf_complex_s16 first = {(int16_t)(in[0] + in[2 * points]), (int16_t)(in[0] - in[2 * points])};

		work[layer->order[0]] = mlf_signal_divide(first, 2);
		for (int32_t k = 1; k <= points / 2; k++) {
			const int16_t *far = in + 2 * (points - k);
			mlf_complex_s16 value = {in[2 * k], in[2 * k + 1]};
			mlf_complex_s16 mirror = {far[0], (int16_t)-far[1]};
			mlf_complex_s16 sum;
			mlf_complex_s16 turned;

			value = mlf_signal_divide(value, 2);
			mirror = mlf_signal_divide(mirror, 2);
			sum = mlf_signal_sum(value, mirror);
			turned = mlf_signal_product(mlf_signal_difference(value, mirror), layer->untwiddles[k - 1]);
			value = mlf_signal_difference(sum, turned);
			value.imaginary = (int16_t)-value.imaginary;
			work[layer->order[k]] = mlf_signal_sum(sum, turned);
			work[layer->order[points - k]] = value;
		}
		mlf_signal_stages(work, layer);
		for (int32_t i = 0; i < points; i++) {
			out[2 * i] = work[i].real;
			out[2 * i + 1] = work[i].imaginary;
		}
	}
}

/* Of the frequencies from start to end; 0 of the others. */
MLF_KERNEL void mlf_signal_energy(const int16_t *in, uint32_t *out, int32_t count, int32_t start, int32_t end)
{
	for (int32_t i = 0; i < count; i++) {
		int32_t real = in[2 * i];
		int32_t imaginary = in[2 * i + 1];

		out[i] = i >= start && i < end ? (uint32_t)(real * real) + (uint32_t)(imaginary * imaginary) : 0U;
	}
}

#endif
