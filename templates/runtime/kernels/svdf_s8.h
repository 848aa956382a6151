/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SVDF on int8: input [N, K], feature weights [F, K], time weights [F, M], output [N, F / rank]. The state [N, F, M],
 * int8 or int16, keeps the last M features of each filter: the oldest goes, the newest comes last.
 *
 * Source: TensorFlow Lite Micro's EvalIntegerSvdfReference; equal to the bit.
 * Overlap: none; a row is read again for every filter.
 */
#ifndef MLF_KERNELS_SVDF_S8_H
#define MLF_KERNELS_SVDF_S8_H

#include <stdint.h>
#include <string.h>

#include "dot_s8.h"
#include "requantize.h"

typedef struct {
	int32_t batches, inputs, units, rank, memory;
	int16_t input_zero_point, state_zero_point, output_zero_point;
	mlf_requant_exact feature, output;
	const int8_t *feature_weights;
	const int32_t *bias; /* [units] */
} mlf_svdf_s8_layer;

MLF_INLINE int32_t mlf_svdf_s8_feature(const int8_t *in, const int8_t *weights, const mlf_svdf_s8_layer *layer)
{
	int32_t sum = mlf_dot_s8(in, weights, layer->inputs, layer->input_zero_point, 0);

	return mlf_rescale(sum, layer->feature.multiplier, layer->feature.shift);
}

MLF_INLINE int8_t mlf_svdf_s8_output(int32_t sum, const mlf_svdf_s8_layer *layer)
{
	sum = mlf_rescale(sum, layer->output.multiplier, layer->output.shift);
	return (int8_t)mlf_clamp(mlf_add_zero_point(sum, layer->output_zero_point), -128, 127);
}

/* State and time weights in int16. */
MLF_KERNEL void mlf_svdf_s8_s16(const int8_t *in, int16_t *state, int8_t *out, const int16_t *time_weights,
				const mlf_svdf_s8_layer *layer)
{
	const int32_t memory = layer->memory;

	for (int32_t n = 0; n < layer->batches; n++, in += layer->inputs) {
		const int8_t *features = layer->feature_weights;
		const int16_t *weights = time_weights;

		for (int32_t unit = 0; unit < layer->units; unit++) {
			int32_t sum = layer->bias[unit];

			for (int32_t r = 0; r < layer->rank; r++) {
				int32_t feature = mlf_svdf_s8_feature(in, features, layer);

				memmove(state, state + 1, (size_t)(memory - 1) * sizeof(*state));
				state[memory - 1] = (int16_t)(layer->state_zero_point +
							      mlf_clamp(feature, INT16_MIN, INT16_MAX));
				for (int32_t m = 0; m < memory; m++) {
					sum = mlf_add_product(sum, weights[m], state[m] - layer->state_zero_point);
				}
				features += layer->inputs;
				weights += memory;
				state += memory;
			}
			*out++ = mlf_svdf_s8_output(sum, layer);
		}
	}
}

/* State and time weights in int8. */
MLF_KERNEL void mlf_svdf_s8_s8(const int8_t *in, int8_t *state, int8_t *out, const int8_t *time_weights,
			       const mlf_svdf_s8_layer *layer)
{
	const int32_t memory = layer->memory;

	for (int32_t n = 0; n < layer->batches; n++, in += layer->inputs) {
		const int8_t *features = layer->feature_weights;
		const int8_t *weights = time_weights;

		for (int32_t unit = 0; unit < layer->units; unit++) {
			int32_t sum = layer->bias[unit];

			for (int32_t r = 0; r < layer->rank; r++) {
				int32_t feature = mlf_svdf_s8_feature(in, features, layer);

				memmove(state, state + 1, (size_t)(memory - 1));
				state[memory - 1] = (int8_t)(layer->state_zero_point + mlf_clamp(feature, -128, 127));
				sum = mlf_dot_s8(state, weights, memory, layer->state_zero_point, sum);
				features += layer->inputs;
				weights += memory;
				state += memory;
			}
			*out++ = mlf_svdf_s8_output(sum, layer);
		}
	}
}

#endif
