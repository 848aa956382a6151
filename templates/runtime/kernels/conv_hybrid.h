/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CONV_2D on floats with int8 weights: input [N, H, W, C], weights [C_OUT, KH, KW, C / groups], output [N, OH, OW,
 * C_OUT].
 *
 * Each image is quantised at run time, to scratch (hybrid.h); sums are int32, exact, and scaled as floats. Cells beyond
 * the image count as 0.
 *
 * Source: LiteRT's reference kernels of hybrid convolutions; equal to the bit.
 * Overlap: none; the next image is read when outputs of this one have been written.
 */
#ifndef MLF_KERNELS_CONV_HYBRID_H
#define MLF_KERNELS_CONV_HYBRID_H

#include <stdint.h>

#include "float32.h"
#include "hybrid.h"
#include "window.h"

typedef struct {
	int32_t batches;
	int32_t input_height, input_width, input_channels;
	int32_t output_height, output_width, output_channels;
	int32_t kernel_height, kernel_width;
	int32_t stride_height, stride_width;
	int32_t dilation_height, dilation_width;
	int32_t pad_top, pad_left;
	int32_t groups;
	int32_t asymmetric;
	float low, high;       /* of the fused activation */
	const int8_t *weights; /* [C_OUT, KH, KW, C / groups] */
	const float *scales;   /* [C_OUT], of the weights */
	const float *bias;     /* [C_OUT] */
} mlf_conv_hybrid_layer;

/* One output in quanta. in: of the group's first channel. weights: of the output channel. */
MLF_INLINE int32_t mlf_conv_hybrid_sum(const int8_t *in, const int8_t *weights, mlf_taps rows, mlf_taps columns,
				       int32_t zero_point, const mlf_conv_hybrid_layer *layer)
{
	const int32_t depth = layer->input_channels / layer->groups;
	/* The taps of a row are one run where their cells lie one behind the other. */
	const int32_t whole = layer->dilation_width == 1 && layer->groups == 1 && columns.end > columns.begin;
	const int32_t run = whole != 0 ? (columns.end - columns.begin) * depth : depth;
	const int32_t end = whole != 0 ? columns.begin + 1 : columns.end;
	int32_t sum = 0;

	for (int32_t y = rows.begin; y < rows.end; y++) {
		for (int32_t x = columns.begin; x < end; x++) {
			int32_t row = rows.first + y * layer->dilation_height;
			int32_t column = columns.first + x * layer->dilation_width;

			sum = mlf_dot_s8(in + (row * layer->input_width + column) * layer->input_channels,
					 weights + (y * layer->kernel_width + x) * depth, run, zero_point, sum);
		}
	}
	return sum;
}

/* quantized: [H, W, C] of scratch. */
MLF_KERNEL void mlf_conv_hybrid(const float *in, float *out, int8_t *quantized, const mlf_conv_hybrid_layer *layer)
{
	const int32_t depth = layer->input_channels / layer->groups;
	const int32_t taps = layer->kernel_height * layer->kernel_width * depth;
	const int32_t filters = layer->output_channels / layer->groups;
	const int32_t image = layer->input_height * layer->input_width * layer->input_channels;
	const int32_t pixels = layer->output_height * layer->output_width;

	for (int32_t batch = 0; batch < layer->batches; batch++, in += image) {
		mlf_moment moment = layer->asymmetric != 0 ? mlf_quantize_asymmetric(in, quantized, image)
							   : mlf_quantize_symmetric(in, quantized, image);

		for (int32_t pixel = 0; pixel < pixels; pixel++) {
			mlf_taps rows = mlf_window_taps(pixel / layer->output_width, layer->stride_height, layer->pad_top,
							layer->kernel_height, layer->dilation_height,
							layer->input_height);
			mlf_taps columns = mlf_window_taps(pixel % layer->output_width, layer->stride_width,
							   layer->pad_left, layer->kernel_width,
							   layer->dilation_width, layer->input_width);

			for (int32_t channel = 0; channel < layer->output_channels; channel++) {
				int32_t sum = mlf_conv_hybrid_sum(quantized + channel / filters * depth,
								  layer->weights + channel * taps, rows, columns,
								  moment.zero_point, layer);
				float value = (float)sum * (moment.scale * layer->scales[channel]);

				*out++ = mlf_clamp_f32(value + layer->bias[channel], layer->low, layer->high);
			}
		}
	}
}

#endif
