/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CONV_3D on floats: input [N, D, H, W, C], weights [C_OUT, KD, KH, KW, C], output [N, OD, OH, OW, C_OUT]; any stride,
 * dilation and padding.
 *
 * Source: LiteRT's reference_ops::Conv3D; sums are in another order.
 * Overlap: none; an input is read for many outputs.
 */
#ifndef MLF_KERNELS_CONV_3D_F32_H
#define MLF_KERNELS_CONV_3D_F32_H

#include <stdint.h>

#include "float32.h"

/* Arrays: depth, height, width. */
typedef struct {
	int32_t batches, channels, outputs;
	int32_t input[3], output[3], kernel[3];
	int32_t stride[3], dilation[3], before[3];
	float low, high; /* of the fused activation */
	const float *weights;
	const float *bias; /* [C_OUT] */
} mlf_conv_3d_f32_layer;

/* One output. first: the input's place of the kernel's first cell, maybe outside. */
MLF_KERNEL float mlf_conv_3d_f32_sum(const float *in, const float *weights, const int32_t first[3],
				     const mlf_conv_3d_f32_layer *layer)
{
	const int32_t *size = layer->input;
	float sum = 0.0F;

	for (int32_t cell = 0; cell < layer->kernel[0] * layer->kernel[1]; cell++) {
		int32_t d = first[0] + cell / layer->kernel[1] * layer->dilation[0];
		int32_t h = first[1] + cell % layer->kernel[1] * layer->dilation[1];

		for (int32_t k = 0; k < layer->kernel[2]; k++, weights += layer->channels) {
			int32_t w = first[2] + k * layer->dilation[2];

			if (d >= 0 && d < size[0] && h >= 0 && h < size[1] && w >= 0 && w < size[2]) {
				sum += mlf_dot_f32(in + ((d * size[1] + h) * size[2] + w) * layer->channels, weights,
						   layer->channels);
			}
		}
	}
	return sum;
}

MLF_KERNEL void mlf_conv_3d_f32(const float *in, float *out, const mlf_conv_3d_f32_layer *layer)
{
	const int32_t image = layer->input[0] * layer->input[1] * layer->input[2] * layer->channels;
	const int32_t taps = layer->kernel[0] * layer->kernel[1] * layer->kernel[2] * layer->channels;
	const int32_t cells = layer->output[0] * layer->output[1] * layer->output[2];

	for (int32_t batch = 0; batch < layer->batches; batch++, in += image) {
		for (int32_t cell = 0; cell < cells; cell++) {
			int32_t row = cell / layer->output[2];
			const int32_t first[3] = {
				row / layer->output[1] * layer->stride[0] - layer->before[0],
				row % layer->output[1] * layer->stride[1] - layer->before[1],
				cell % layer->output[2] * layer->stride[2] - layer->before[2],
			};

			for (int32_t channel = 0; channel < layer->outputs; channel++) {
				float sum = mlf_conv_3d_f32_sum(in, layer->weights + channel * taps, first, layer);

				*out++ = mlf_clamp_f32(sum + layer->bias[channel], layer->low, layer->high);
			}
		}
	}
}

#endif
