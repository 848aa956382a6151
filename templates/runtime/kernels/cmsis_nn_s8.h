/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CMSIS-NN's convolutions and dense layers behind one struct each, whose members are CMSIS-NN's own (v4.1 to v7).
 *
 * Layouts are the library's: images [N, H, W, C], weights [C_OUT, KH, KW, C_IN], [1, KH, KW, C_OUT] and [K, N] as rows
 * of K. In its default configuration, the library gives the same bytes as TensorFlow Lite Micro's reference kernels.
 * Its pointers to constants are not const, but it never writes through them.
 *
 * Overlap: none; the library does not guarantee the order in which it reads.
 */
#ifndef MLF_KERNELS_CMSIS_NN_S8_H
#define MLF_KERNELS_CMSIS_NN_S8_H

#include <arm_nnfunctions.h>

typedef struct {
	cmsis_nn_conv_params params;
	cmsis_nn_dims input, filter, bias, output;
	const int32_t *multipliers;
	const int32_t *shifts;
	const int8_t *weights;
	const int32_t *biases;
	int32_t scratch_bytes;
} mlf_cmsis_nn_conv;

typedef struct {
	cmsis_nn_dw_conv_params params;
	cmsis_nn_dims input, filter, bias, output;
	const int32_t *multipliers;
	const int32_t *shifts;
	const int8_t *weights;
	const int32_t *biases;
	int32_t scratch_bytes;
} mlf_cmsis_nn_depthwise;

typedef struct {
	cmsis_nn_fc_params params;
	cmsis_nn_per_tensor_quant_params quant;
	cmsis_nn_dims input, filter, bias, output;
	const int8_t *weights;
	const int32_t *biases;
	const int32_t *sums; /* of each row of weights, times the input's offset, and the bias */
} mlf_cmsis_nn_dense;

static inline void mlf_cmsis_nn_conv_s8(const int8_t *in, int8_t *out, void *scratch, const mlf_cmsis_nn_conv *layer)
{
	const cmsis_nn_context context = {scratch, layer->scratch_bytes};
	const cmsis_nn_per_channel_quant_params quant = {(int32_t *)(uintptr_t)layer->multipliers,
							 (int32_t *)(uintptr_t)layer->shifts};

	(void)arm_convolve_wrapper_s8(&context, &layer->params, &quant, &layer->input, in, &layer->filter,
				      layer->weights, &layer->bias, layer->biases, &layer->output, out);
}

static inline void mlf_cmsis_nn_depthwise_s8(const int8_t *in, int8_t *out, void *scratch,
					     const mlf_cmsis_nn_depthwise *layer)
{
	const cmsis_nn_context context = {scratch, layer->scratch_bytes};
	const cmsis_nn_per_channel_quant_params quant = {(int32_t *)(uintptr_t)layer->multipliers,
							 (int32_t *)(uintptr_t)layer->shifts};

	(void)arm_depthwise_conv_wrapper_s8(&context, &layer->params, &quant, &layer->input, in, &layer->filter,
					    layer->weights, &layer->bias, layer->biases, &layer->output, out);
}

static inline void mlf_cmsis_nn_dense_s8(const int8_t *in, int8_t *out, const mlf_cmsis_nn_dense *layer)
{
	const cmsis_nn_context context = {(void *)(uintptr_t)layer->sums, 0};

	(void)arm_fully_connected_s8(&context, &layer->params, &layer->quant, &layer->input, in, &layer->filter,
				     layer->weights, &layer->bias, layer->biases, &layer->output, out);
}

#endif
