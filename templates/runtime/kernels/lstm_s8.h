/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UNIDIRECTIONAL_SEQUENCE_LSTM on int8 with a cell state of int16, without peepholes, projection and layer
 * normalisation. Input [N, T, K], output [N, T, cells]; with time_major, [T, N, K] and [T, N, cells]. Gates have 3
 * integer bits before and 0 behind their function.
 *
 * Source: LiteRT's LstmStepInteger8x8_16; equal to the bit. TensorFlow Lite Micro gives other numbers.
 * Overlap: none; a step's input is read for every cell. hidden and state must not touch the others.
 */
#ifndef MLF_KERNELS_LSTM_S8_H
#define MLF_KERNELS_LSTM_S8_H

#include <stdint.h>
#include <string.h>

#include "dot_s8.h"
#include "requantize.h"
#include "sigmoid_s16.h"

/* Biases include the zero points' contributions. */
typedef struct {
	const int8_t *input_weights; /* [cells, inputs], or null: this gate is 1 less the forget gate */
	const int8_t *hidden_weights; /* [cells, cells] */
	const int32_t *input_bias, *hidden_bias;
	int32_t input_multiplier, input_shift;
	int32_t hidden_multiplier, hidden_shift;
} mlf_lstm_s8_gate;

typedef struct {
	int32_t batches, steps, inputs, cells;
	int32_t time_major;
	int32_t cell_bits; /* integer bits of the cell state */
	int32_t clip;	   /* of the cell state, or 0 */
	int32_t output_multiplier, output_shift, output_zero_point;
	mlf_lstm_s8_gate input, forget, cell, output;
} mlf_lstm_s8_layer;

MLF_INLINE int32_t mlf_lstm_s8_product(const int8_t *values, const int8_t *weights, int32_t count, int32_t bias,
				       int32_t multiplier, int32_t shift)
{
	return mlf_rescale(mlf_dot_s8(values, weights, count, 0, bias), multiplier, shift);
}

/* One cell's gate before its function. */
MLF_KERNEL int32_t mlf_lstm_s8_gate_value(const int8_t *in, const int8_t *hidden, int32_t cell,
					  const mlf_lstm_s8_gate *gate, const mlf_lstm_s8_layer *layer)
{
	int32_t value = mlf_lstm_s8_product(in, gate->input_weights + cell * layer->inputs, layer->inputs,
					    gate->input_bias[cell], gate->input_multiplier, gate->input_shift);

	value = mlf_clamp(value, -32768, 32767);
	value += mlf_lstm_s8_product(hidden, gate->hidden_weights + cell * layer->cells, layer->cells,
				     gate->hidden_bias[cell], gate->hidden_multiplier, gate->hidden_shift);
	return mlf_clamp(value, -32768, 32767);
}

/* One step of one batch: hidden is the previous step's output, out this one's. */
MLF_INLINE void mlf_lstm_s8_step(const int8_t *in, const int8_t *hidden, int16_t *state, int8_t *out,
				 const mlf_lstm_s8_layer *layer)
{
	for (int32_t cell = 0; cell < layer->cells; cell++) {
		int32_t forget =
			mlf_fixed_logistic_s16(mlf_lstm_s8_gate_value(in, hidden, cell, &layer->forget, layer), 3);
		int32_t input = 32767 - forget;
		int32_t update = mlf_fixed_tanh_s16(mlf_lstm_s8_gate_value(in, hidden, cell, &layer->cell, layer), 3);
		int32_t output =
			mlf_fixed_logistic_s16(mlf_lstm_s8_gate_value(in, hidden, cell, &layer->output, layer), 3);
		int32_t next;

		if (layer->input.input_weights != 0) {
			input = mlf_fixed_logistic_s16(mlf_lstm_s8_gate_value(in, hidden, cell, &layer->input, layer),
						       3);
		}
		next = mlf_divide_by_power(forget * state[cell], 15);
		next += (int16_t)mlf_divide_by_power(input * update, 15 + layer->cell_bits);
		next = mlf_clamp(next, -32768, 32767);
		if (layer->clip > 0) {
			next = mlf_clamp(next, -layer->clip, layer->clip);
		}
		state[cell] = (int16_t)next;
		next = mlf_rescale(output * mlf_fixed_tanh_s16(next, layer->cell_bits), layer->output_multiplier,
				   layer->output_shift);
		out[cell] = (int8_t)mlf_clamp(mlf_add_zero_point(next, layer->output_zero_point), -128, 127);
	}
}

/* hidden: [N, cells], the last output. state: [N, cells]. Both are kept from run to run. */
MLF_KERNEL void mlf_lstm_s8(const int8_t *in, int8_t *hidden, int16_t *state, int8_t *out,
			    const mlf_lstm_s8_layer *layer)
{
	const int32_t to_batch = layer->time_major != 0 ? 1 : layer->steps;
	const int32_t to_step = layer->time_major != 0 ? layer->batches : 1;

	for (int32_t batch = 0; batch < layer->batches; batch++) {
		for (int32_t step = 0; step < layer->steps; step++) {
			int32_t row = batch * to_batch + step * to_step;

			mlf_lstm_s8_step(in + row * layer->inputs, hidden, state, out + row * layer->cells, layer);
			memcpy(hidden, out + row * layer->cells, (size_t)layer->cells);
		}
		hidden += layer->cells;
		state += layer->cells;
	}
}

#endif
