/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SVDF on floats, its feature weights floats or int8: input [N, K], output [N, units]. Each filter keeps its last
 * results, one per run; the newest is the last of its row. With int8 weights, each row of the input is quantised at
 * run time, to scratch (hybrid.h).
 *
 * Source: TensorFlow Lite's reference_ops::EvalFloatSVDF and ::EvalHybridSVDF.
 * Overlap: none; a row is read again for every filter.
 */
#ifndef MLF_KERNELS_SVDF_F32_H
#define MLF_KERNELS_SVDF_F32_H

#include <stdint.h>
#include <string.h>

#include "float32.h"
#include "hybrid.h"

typedef struct {
	int32_t batches, inputs, units, rank, memory;
	float low, high;	   /* of the fused activation */
	const float *time_weights; /* [units * rank, memory] */
	const float *bias;	   /* [units] */
} mlf_svdf_f32_layer;

/* Takes the newest result of each filter into one batch's state. */
MLF_INLINE void mlf_svdf_f32_output(float *state, float *out, const mlf_svdf_f32_layer *layer)
{
	for (int32_t unit = 0; unit < layer->units; unit++) {
		float sum = layer->bias[unit];

		for (int32_t filter = unit * layer->rank; filter < (unit + 1) * layer->rank; filter++) {
			sum += mlf_dot_f32(state, layer->time_weights + filter * layer->memory, layer->memory);
			state += layer->memory;
		}
		out[unit] = mlf_clamp_f32(sum, layer->low, layer->high);
	}
}

MLF_INLINE void mlf_svdf_f32_push(float *row, int32_t memory, float newest)
{
	memmove(row, row + 1, (size_t)(memory - 1) * sizeof(*row));
	row[memory - 1] = newest;
}

/* feature_weights: [units * rank, inputs]. state: [N, units * rank, memory]. */
MLF_KERNEL void mlf_svdf_f32(const float *in, float *state, float *out, const float *feature_weights,
			     const mlf_svdf_f32_layer *layer)
{
	const int32_t filters = layer->units * layer->rank;

	for (int32_t batch = 0; batch < layer->batches; batch++) {
		for (int32_t filter = 0; filter < filters; filter++) {
			float newest = mlf_dot_f32(in, feature_weights + filter * layer->inputs, layer->inputs);

			mlf_svdf_f32_push(state + filter * layer->memory, layer->memory, newest);
		}
		mlf_svdf_f32_output(state, out, layer);
		in += layer->inputs;
		state += filters * layer->memory;
		out += layer->units;
	}
}

/* scale: of the feature weights. quantized: [inputs] of scratch. */
MLF_KERNEL void mlf_svdf_hybrid(const float *in, float *state, float *out, const int8_t *feature_weights, float scale,
				int32_t asymmetric, int8_t *quantized, const mlf_svdf_f32_layer *layer)
{
	const int32_t filters = layer->units * layer->rank;

	for (int32_t batch = 0; batch < layer->batches; batch++) {
		mlf_moment moment = asymmetric != 0 ? mlf_quantize_asymmetric(in, quantized, layer->inputs)
						    : mlf_quantize_symmetric(in, quantized, layer->inputs);

		for (int32_t filter = 0; filter < filters; filter++) {
			int32_t sum = mlf_dot_s8(quantized, feature_weights + filter * layer->inputs, layer->inputs,
						 moment.zero_point, 0);

			mlf_svdf_f32_push(state + filter * layer->memory, layer->memory,
					  (float)sum * (moment.scale * scale));
		}
		mlf_svdf_f32_output(state, out, layer);
		in += layer->inputs;
		state += filters * layer->memory;
		out += layer->units;
	}
}

#endif
