/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UNIDIRECTIONAL_SEQUENCE_LSTM on int16 with int8 weights, without peepholes, projection and layer normalisation. Input
 * [N, T, K], output [N, T, cells]; with time_major, [T, N, K] and [T, N, cells]. Zero points of int16 are 0; gates have
 * a scale of 2^-12 before and 2^-15 behind their function, which is a table (lookup_s16.h).
 *
 * Source: TensorFlow Lite Micro's lstm_eval.h; equal to the bit.
 * Overlap: none; a step's input is read for every cell. hidden and state must not touch the others.
 */
#ifndef MLF_KERNELS_LSTM_S16_H
#define MLF_KERNELS_LSTM_S16_H

#include <stdint.h>
#include <string.h>

#include "int16.h"
#include "lookup_s16.h"
#include "requantize.h"

typedef struct {
	const int8_t *input_weights;  /* [cells, inputs] */
	const int8_t *hidden_weights; /* [cells, cells] */
	const int64_t *bias;	      /* [cells] */
	mlf_scale_s16 input, hidden;
} mlf_lstm_s16_gate;

typedef struct {
	int32_t batches, steps, inputs, cells;
	int32_t time_major;
	int32_t clip; /* of the cell state, or 0 */
	int32_t place_multiplier, place_shift; /* of the cell state, for its tanh */
	mlf_requant_exact update;	       /* of input gate times cell gate, to the cell state */
	mlf_requant_exact result;	       /* of output gate times tanh, to the output */
	const uint16_t *sigmoid;	       /* [256] */
	mlf_lstm_s16_gate input, forget, cell, output;
} mlf_lstm_s16_layer;

/* One cell's gate before its function. */
MLF_KERNEL int32_t mlf_lstm_s16_gate_value(const int16_t *in, const int16_t *hidden, int32_t cell,
					   const mlf_lstm_s16_gate *gate, const mlf_lstm_s16_layer *layer)
{
	int64_t sum = gate->bias[cell] + mlf_dot_s16(in, gate->input_weights + cell * layer->inputs, layer->inputs);
	int64_t kept = mlf_dot_s16(hidden, gate->hidden_weights + cell * layer->cells, layer->cells);
	int32_t value = mlf_requantize_s16(sum, &gate->input, 1, -32768, 32767);

	value += mlf_requantize_s16(kept, &gate->hidden, 1, -32768, 32767);
	return mlf_clamp(value, -32768, 32767);
}

MLF_INLINE int32_t mlf_lstm_s16_logistic(const int16_t *in, const int16_t *hidden, int32_t cell,
					 const mlf_lstm_s16_gate *gate, const mlf_lstm_s16_layer *layer)
{
	return mlf_logistic_s16(3 * mlf_lstm_s16_gate_value(in, hidden, cell, gate, layer), layer->sigmoid);
}

/* One step of one batch: hidden is the previous step's output, out this one's. */
MLF_INLINE void mlf_lstm_s16_step(const int16_t *in, const int16_t *hidden, int16_t *state, int16_t *out,
				  const mlf_lstm_s16_layer *layer)
{
	for (int32_t cell = 0; cell < layer->cells; cell++) {
		int32_t forget = mlf_lstm_s16_logistic(in, hidden, cell, &layer->forget, layer);
		int32_t input = mlf_lstm_s16_logistic(in, hidden, cell, &layer->input, layer);
		int32_t output = mlf_lstm_s16_logistic(in, hidden, cell, &layer->output, layer);
		int32_t update = mlf_tanh_s16(3 * mlf_lstm_s16_gate_value(in, hidden, cell, &layer->cell, layer),
					      layer->sigmoid);
		int32_t next = mlf_clamp(mlf_rescale(forget * state[cell], 1 << 30, -14), -32768, 32767);

		next += mlf_clamp(mlf_rescale(input * update, layer->update.multiplier, layer->update.shift), -32768,
				  32767);
		next = mlf_clamp(next, -32768, 32767);
		if (layer->clip > 0) {
			next = mlf_clamp(next, -layer->clip, layer->clip);
		}
		state[cell] = (int16_t)next;
		next = mlf_tanh_s16(mlf_sigmoid_place(next, layer->place_multiplier, layer->place_shift),
				    layer->sigmoid);
		next = mlf_rescale(next * output, layer->result.multiplier, layer->result.shift);
		out[cell] = (int16_t)mlf_clamp(next, -32768, 32767);
	}
}

/* hidden: [N, cells], the last output. state: [N, cells]. Both are kept from run to run. */
MLF_KERNEL void mlf_lstm_s16(const int16_t *in, int16_t *hidden, int16_t *state, int16_t *out,
			     const mlf_lstm_s16_layer *layer)
{
	const int32_t to_batch = layer->time_major != 0 ? 1 : layer->steps;
	const int32_t to_step = layer->time_major != 0 ? layer->batches : 1;

	for (int32_t batch = 0; batch < layer->batches; batch++) {
		for (int32_t step = 0; step < layer->steps; step++) {
			int32_t row = batch * to_batch + step * to_step;

			mlf_lstm_s16_step(in + row * layer->inputs, hidden, state, out + row * layer->cells, layer);
			memcpy(hidden, out + row * layer->cells, (size_t)layer->cells * sizeof(*hidden));
		}
		hidden += layer->cells;
		state += layer->cells;
	}
}

#endif
