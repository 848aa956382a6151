/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <string.h>

#include <mlf/mlf.h>

uint32_t mlf_elements(const mlf_tensor_t *tensor)
{
	uint32_t elements = 1;

	if (tensor == NULL) {
		return 0;
	}
	for (uint32_t i = 0; i < tensor->ndim; i++) {
		elements *= tensor->shape[i];
	}
	return elements;
}

static mlf_status_t check(const mlf_tensor_t *tensor, uint32_t first, const void *values,
			  uint32_t count)
{
	uint32_t elements = mlf_elements(tensor);

	if (tensor == NULL || values == NULL || first > elements || count > elements - first) {
		return MLF_ERR_ARGUMENT;
	}
	switch (tensor->dtype) {
	case MLF_FLOAT32:
		return MLF_OK;
	case MLF_INT8:
	case MLF_UINT8:
	case MLF_INT16:
	case MLF_UINT16:
	case MLF_INT32:
		return (tensor->scale > 0.0f) ? MLF_OK : MLF_ERR_TYPE;
	default:
		return MLF_ERR_TYPE;
	}
}

static int32_t to_stored(const mlf_tensor_t *tensor, float value, int32_t low, int32_t high)
{
	float scaled = value / tensor->scale;
	int64_t stored;
	float rest;

	if (scaled != scaled) { /* NaN */
		return tensor->zero_point;
	}
	/* From here on no zero point brings the sum back into range. */
	if (scaled >= 4294967296.0f) {
		return high;
	}
	if (scaled <= -4294967296.0f) {
		return low;
	}
	/* Cut off, then look at the rest: adding a half would round values that a float can't hold. */
	stored = (int64_t)scaled;
	rest = scaled - (float)stored;
	if (rest >= 0.5f) {
		stored++;
	} else if (rest <= -0.5f) {
		stored--;
	}
	stored += tensor->zero_point;
	if (stored < low) {
		return low;
	}
	return (stored > high) ? high : (int32_t)stored;
}

mlf_status_t mlf_quantize(const mlf_tensor_t *tensor, uint32_t first, const float *values,
			  uint32_t count)
{
	mlf_status_t status = check(tensor, first, values, count);

	if (status != MLF_OK) {
		return status;
	}
	if (tensor->dtype == (uint8_t)MLF_FLOAT32) {
		(void)memcpy((float *)tensor->data + first, values, count * sizeof(float));
		return MLF_OK;
	}
	for (uint32_t i = 0; i < count; i++) {
		uint32_t k = first + i;

		switch (tensor->dtype) {
		case MLF_INT8:
			((int8_t *)tensor->data)[k] =
				(int8_t)to_stored(tensor, values[i], INT8_MIN, INT8_MAX);
			break;
		case MLF_UINT8:
			((uint8_t *)tensor->data)[k] =
				(uint8_t)to_stored(tensor, values[i], 0, UINT8_MAX);
			break;
		case MLF_INT16:
			((int16_t *)tensor->data)[k] =
				(int16_t)to_stored(tensor, values[i], INT16_MIN, INT16_MAX);
			break;
		case MLF_UINT16:
			((uint16_t *)tensor->data)[k] =
				(uint16_t)to_stored(tensor, values[i], 0, UINT16_MAX);
			break;
		default:
			((int32_t *)tensor->data)[k] =
				to_stored(tensor, values[i], INT32_MIN, INT32_MAX);
			break;
		}
	}
	return MLF_OK;
}

/* Element k as stored; exact for every type that check() accepts except float32. */
static int32_t stored_at(const mlf_tensor_t *tensor, uint32_t k)
{
	switch (tensor->dtype) {
	case MLF_INT8:
		return ((const int8_t *)tensor->data)[k];
	case MLF_UINT8:
		return ((const uint8_t *)tensor->data)[k];
	case MLF_INT16:
		return ((const int16_t *)tensor->data)[k];
	case MLF_UINT16:
		return ((const uint16_t *)tensor->data)[k];
	default:
		return ((const int32_t *)tensor->data)[k];
	}
}

mlf_status_t mlf_dequantize(const mlf_tensor_t *tensor, uint32_t first, float *values,
			    uint32_t count)
{
	mlf_status_t status = check(tensor, first, values, count);

	if (status != MLF_OK) {
		return status;
	}
	if (tensor->dtype == (uint8_t)MLF_FLOAT32) {
		(void)memcpy(values, (const float *)tensor->data + first, count * sizeof(float));
		return MLF_OK;
	}
	for (uint32_t i = 0; i < count; i++) {
		int64_t stored = stored_at(tensor, first + i);

		values[i] = tensor->scale * (float)(stored - tensor->zero_point);
	}
	return MLF_OK;
}

static uint32_t greatest_float(const float *values, uint32_t count)
{
	uint32_t best = 0;

	for (uint32_t k = 1; k < count; k++) {
		bool no_number_yet = values[best] != values[best];

		if (values[k] > values[best] || (no_number_yet && values[k] == values[k])) {
			best = k;
		}
	}
	return best;
}

int32_t mlf_argmax(const mlf_tensor_t *tensor)
{
	uint32_t elements = mlf_elements(tensor);
	uint32_t best = 0;

	if (elements == 0U || elements > (uint32_t)INT32_MAX) {
		return MLF_ERR_ARGUMENT;
	}
	switch (tensor->dtype) {
	case MLF_FLOAT32:
		return (int32_t)greatest_float(tensor->data, elements);
	case MLF_INT8:
	case MLF_UINT8:
	case MLF_INT16:
	case MLF_UINT16:
	case MLF_INT32:
		for (uint32_t k = 1; k < elements; k++) {
			if (stored_at(tensor, k) > stored_at(tensor, best)) {
				best = k;
			}
		}
		return (int32_t)best;
	default:
		return MLF_ERR_TYPE;
	}
}
