/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UNIDIRECTIONAL_SEQUENCE_LSTM on floats, without peepholes, projection and layer normalisation. Input [N, T, K],
 * output [N, T, cells]; with time_major, [T, N, K] and [T, N, cells].
 *
 * Source: TensorFlow Lite's lstm_eval.cc.
 * Overlap: none; a step's input is read for every cell. hidden and state must not touch the others.
 */
#ifndef MLF_KERNELS_LSTM_F32_H
#define MLF_KERNELS_LSTM_F32_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "float32.h"

typedef struct {
	const float *input_weights;  /* [cells, inputs], or null: this gate is 1 less the forget gate */
	const float *hidden_weights; /* [cells, cells] */
	const float *bias;	     /* [cells] */
} mlf_lstm_f32_gate;

typedef struct {
	int32_t batches, steps, inputs, cells;
	int32_t time_major;
	float clip; /* of the cell state, or 0 */
	mlf_lstm_f32_gate input, forget, cell, output;
} mlf_lstm_f32_layer;

/* One cell's gate before its function. */
MLF_KERNEL float mlf_lstm_f32_gate_value(const float *in, const float *hidden, int32_t cell,
					 const mlf_lstm_f32_gate *gate, const mlf_lstm_f32_layer *layer)
{
	return gate->bias[cell] + mlf_dot_f32(in, gate->input_weights + cell * layer->inputs, layer->inputs) +
	       mlf_dot_f32(hidden, gate->hidden_weights + cell * layer->cells, layer->cells);
}

MLF_INLINE float mlf_lstm_f32_logistic(float value)
{
	return 1.0F / (1.0F + expf(-value));
}

/* One step of one batch: hidden is the previous step's output, out this one's. */
MLF_INLINE void mlf_lstm_f32_step(const float *in, const float *hidden, float *state, float *out,
				  const mlf_lstm_f32_layer *layer)
{
	for (int32_t cell = 0; cell < layer->cells; cell++) {
		float forget = mlf_lstm_f32_logistic(mlf_lstm_f32_gate_value(in, hidden, cell, &layer->forget, layer));
		float input = 1.0F - forget;
		float update = tanhf(mlf_lstm_f32_gate_value(in, hidden, cell, &layer->cell, layer));
		float output = mlf_lstm_f32_logistic(mlf_lstm_f32_gate_value(in, hidden, cell, &layer->output, layer));
		float next;

		if (layer->input.input_weights != 0) {
			input = mlf_lstm_f32_logistic(mlf_lstm_f32_gate_value(in, hidden, cell, &layer->input, layer));
		}
		next = forget * state[cell] + input * update;
		if (layer->clip > 0.0F) {
			next = mlf_clamp_f32(next, -layer->clip, layer->clip);
		}
		state[cell] = next;
		out[cell] = output * tanhf(next);
	}
}

/* hidden: [N, cells], the last output. state: [N, cells]. Both are kept from run to run. */
MLF_KERNEL void mlf_lstm_f32(const float *in, float *hidden, float *state, float *out,
			     const mlf_lstm_f32_layer *layer)
{
	const int32_t to_batch = layer->time_major != 0 ? 1 : layer->steps;
	const int32_t to_step = layer->time_major != 0 ? layer->batches : 1;

	for (int32_t batch = 0; batch < layer->batches; batch++) {
		for (int32_t step = 0; step < layer->steps; step++) {
			int32_t row = batch * to_batch + step * to_step;

			mlf_lstm_f32_step(in + row * layer->inputs, hidden, state, out + row * layer->cells, layer);
			memcpy(hidden, out + row * layer->cells, (size_t)layer->cells * sizeof(*hidden));
		}
		hidden += layer->cells;
		state += layer->cells;
	}
}

#endif
