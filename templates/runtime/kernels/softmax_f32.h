/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SOFTMAX, LOG_SOFTMAX and L2_NORMALIZATION on floats [rows, count], along the last dimension; count >= 1.
 *
 * Source: TensorFlow Lite's reference_ops::Softmax, ::LogSoftmax, ::L2Normalization.
 * Overlap: the output may start where the input starts: a row is read in full before its first element is written, and
 * each element is read again before it is written.
 */
#ifndef MLF_KERNELS_SOFTMAX_F32_H
#define MLF_KERNELS_SOFTMAX_F32_H

#include <math.h>
#include <stdint.h>

#include "float32.h"

MLF_INLINE float mlf_greatest_f32(const float *in, int32_t count)
{
	float most = -INFINITY;

	for (int32_t i = 0; i < count; i++) {
		most = in[i] > most ? in[i] : most;
	}
	return most;
}

MLF_KERNEL void mlf_softmax_f32(const float *in, float *out, int32_t rows, int32_t count, float beta)
{
	for (int32_t row = 0; row < rows; row++, in += count, out += count) {
		float most = mlf_greatest_f32(in, count);
		float sum = 0.0F;

		for (int32_t i = 0; i < count; i++) {
			out[i] = expf((in[i] - most) * beta);
			sum += out[i];
		}
		for (int32_t i = 0; i < count; i++) {
			out[i] /= sum;
		}
	}
}

MLF_KERNEL void mlf_log_softmax_f32(const float *in, float *out, int32_t rows, int32_t count)
{
	for (int32_t row = 0; row < rows; row++, in += count, out += count) {
		float most = mlf_greatest_f32(in, count);
		float sum = 0.0F;
		float log_sum;

		for (int32_t i = 0; i < count; i++) {
			sum += expf(in[i] - most);
		}
		log_sum = logf(sum);
		for (int32_t i = 0; i < count; i++) {
			out[i] = in[i] - most - log_sum;
		}
	}
}

/* Each row divided by its length, which counts as 1e-6 at least. */
MLF_KERNEL void mlf_l2_normalize_f32(const float *in, float *out, int32_t rows, int32_t count)
{
	for (int32_t row = 0; row < rows; row++, in += count, out += count) {
		float length = sqrtf(mlf_dot_f32(in, in, count));

		length = length < 1e-6F ? 1e-6F : length;
		for (int32_t i = 0; i < count; i++) {
			out[i] = in[i] / length;
		}
	}
}

#endif
