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
#include "window_s8.h"

typedef struct {
	mlf_window window;
	int32_t groups;
	int32_t asymmetric;
	float low, high;       /* of the fused activation */
	const int8_t *weights; /* [C_OUT, KH, KW, C / groups] */
	const float *scales;   /* [C_OUT], of the weights */
	const float *bias;     /* [C_OUT] */
} mlf_conv_hybrid_layer;

/* quantized: [H, W, C] of scratch. */
MLF_KERNEL void mlf_conv_hybrid(const float *in, float *out, int8_t *quantized, const mlf_conv_hybrid_layer *layer)
{
	const mlf_window *const window = &layer->window;
	const int32_t depth = window->input_channels / layer->groups;
	const int32_t taps = window->kernel_height * window->kernel_width * depth;
	const int32_t filters = window->output_channels / layer->groups;
	const int32_t image = window->input_height * window->input_width * window->input_channels;
	const int32_t pixels = window->output_height * window->output_width;

	for (int32_t batch = 0; batch < window->batches; batch++, in += image) {
		mlf_moment moment = layer->asymmetric != 0 ? mlf_quantize_asymmetric(in, quantized, image)
							   : mlf_quantize_symmetric(in, quantized, image);

		for (int32_t pixel = 0; pixel < pixels; pixel++) {
			const mlf_runs runs = mlf_window_runs(window, pixel, depth);

			for (int32_t channel = 0; channel < window->output_channels; channel++) {
				int32_t sum = mlf_window_sum_s8(quantized + channel / filters * depth,
								layer->weights + channel * taps, moment.zero_point,
								&runs);
				float value = (float)sum * (moment.scale * layer->scales[channel]);

				*out++ = mlf_clamp_f32(value + layer->bias[channel], layer->low, layer->high);
			}
		}
	}
}

#endif
