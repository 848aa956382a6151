/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UNIDIRECTIONAL_SEQUENCE_LSTM on floats with int8 weights, without peepholes, projection and layer normalisation. Input
 * [N, T, K], output [N, T, cells]; with time_major, [T, N, K] and [T, N, cells]. Each step's input and last output are
 * quantised to scratch of [inputs + cells] (hybrid.h).
 *
 * Source: LiteRT's LstmStepHybrid; sums of products are exact, functions are the C library's.
 * Overlap: none; a batch's next steps are read when outputs of this one have been written. hidden and state must not
 * touch the others.
 */
#ifndef MLF_KERNELS_LSTM_HYBRID_H
#define MLF_KERNELS_LSTM_HYBRID_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "float32.h"
#include "hybrid.h"

typedef struct {
	const int8_t *input_weights;  /* [cells, inputs], or null: this gate is 1 less the forget gate */
	const int8_t *hidden_weights; /* [cells, cells] */
	const float *bias;	      /* [cells] */
	float input_scale, hidden_scale;
} mlf_lstm_hybrid_gate;

typedef struct {
	int32_t batches, steps, inputs, cells;
	int32_t time_major;
	int32_t asymmetric; /* quanta of inputs */
	float clip;	    /* of the cell state, or 0 */
	mlf_lstm_hybrid_gate input, forget, cell, output;
} mlf_lstm_hybrid_layer;

/* A step's input and last output, quantised. */
typedef struct {
	const int8_t *input, *hidden;
	mlf_moment input_moment, hidden_moment;
} mlf_lstm_hybrid_row;

/* One cell's gate before its function. */
MLF_KERNEL float mlf_lstm_hybrid_gate_value(const mlf_lstm_hybrid_row *row, int32_t cell,
					    const mlf_lstm_hybrid_gate *gate, const mlf_lstm_hybrid_layer *layer)
{
	int32_t sum = mlf_dot_s8(row->input, gate->input_weights + cell * layer->inputs, layer->inputs,
				 row->input_moment.zero_point, 0);
	int32_t kept = mlf_dot_s8(row->hidden, gate->hidden_weights + cell * layer->cells, layer->cells,
				  row->hidden_moment.zero_point, 0);

	return gate->bias[cell] + (float)sum * (row->input_moment.scale * gate->input_scale) +
	       (float)kept * (row->hidden_moment.scale * gate->hidden_scale);
}

MLF_INLINE float mlf_lstm_hybrid_logistic(const mlf_lstm_hybrid_row *row, int32_t cell,
					  const mlf_lstm_hybrid_gate *gate, const mlf_lstm_hybrid_layer *layer)
{
	return 1.0F / (1.0F + expf(-mlf_lstm_hybrid_gate_value(row, cell, gate, layer)));
}

/* One step of one batch. */
MLF_INLINE void mlf_lstm_hybrid_step(const mlf_lstm_hybrid_row *row, float *state, float *out,
				     const mlf_lstm_hybrid_layer *layer)
{
	for (int32_t cell = 0; cell < layer->cells; cell++) {
		float forget = mlf_lstm_hybrid_logistic(row, cell, &layer->forget, layer);
		float input = 1.0F - forget;
		float update = tanhf(mlf_lstm_hybrid_gate_value(row, cell, &layer->cell, layer));
		float output = mlf_lstm_hybrid_logistic(row, cell, &layer->output, layer);
		float next;

		if (layer->input.input_weights != 0) {
			input = mlf_lstm_hybrid_logistic(row, cell, &layer->input, layer);
		}
		next = forget * state[cell] + input * update;
		if (layer->clip > 0.0F) {
			next = mlf_clamp_f32(next, -layer->clip, layer->clip);
		}
		state[cell] = next;
		out[cell] = output * tanhf(next);
	}
}

MLF_INLINE mlf_moment mlf_lstm_hybrid_quantize(const float *in, int8_t *out, int32_t count, int32_t asymmetric)
{
	return asymmetric != 0 ? mlf_quantize_asymmetric(in, out, count) : mlf_quantize_symmetric(in, out, count);
}

/* hidden: [N, cells], the last output. state: [N, cells]. Both are kept from run to run. */
MLF_KERNEL void mlf_lstm_hybrid(const float *in, float *hidden, float *state, float *out, int8_t *quantized,
				const mlf_lstm_hybrid_layer *layer)
{
	const int32_t to_batch = layer->time_major != 0 ? 1 : layer->steps;
	const int32_t to_step = layer->time_major != 0 ? layer->batches : 1;
	int8_t *kept = quantized + layer->inputs;

	for (int32_t batch = 0; batch < layer->batches; batch++) {
		for (int32_t step = 0; step < layer->steps; step++) {
			int32_t at = batch * to_batch + step * to_step;
			mlf_lstm_hybrid_row row = {.input = quantized, .hidden = kept};

			row.input_moment = mlf_lstm_hybrid_quantize(in + at * layer->inputs, quantized, layer->inputs,
								    layer->asymmetric);
			row.hidden_moment =
				mlf_lstm_hybrid_quantize(hidden, kept, layer->cells, layer->asymmetric);
			mlf_lstm_hybrid_step(&row, state, out + at * layer->cells, layer);
			memcpy(hidden, out + at * layer->cells, (size_t)layer->cells * sizeof(*hidden));
		}
		hidden += layer->cells;
		state += layer->cells;
	}
}

#endif
