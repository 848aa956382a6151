/* What callers do wrong, and the ends of what inputs can hold. The sanitizers watch; a line is printed for each finding. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "mlf_models.h"

#define MAX_OUTPUT_BYTES 65536U

static uint32_t findings;

static void expect(const char *what, int32_t found, int32_t wanted)
{
	if (found != wanted) {
		printf("%s: %d instead of %d\n", what, (int)found, (int)wanted);
		findings++;
	}
}

static void before_init(const mlf_model_t *model)
{
	uint32_t bytes = 7;

	expect("run before init", mlf_run(model), MLF_ERR_NOT_READY);
	expect("reset before init", mlf_reset(model), MLF_ERR_NOT_READY);
	expect("high water before init", mlf_workspace_high_water(model, &bytes), MLF_ERR_NOT_READY);
	expect("bytes left alone", (int32_t)bytes, 7);
}

static void with_nothing(const mlf_model_t *model)
{
	float value = 0.0f;

	expect("init of NULL", mlf_init(NULL), MLF_ERR_ARGUMENT);
	expect("run of NULL", mlf_run(NULL), MLF_ERR_ARGUMENT);
	expect("reset of NULL", mlf_reset(NULL), MLF_ERR_ARGUMENT);
	expect("high water into NULL", mlf_workspace_high_water(model, NULL), MLF_ERR_ARGUMENT);
	expect("input of NULL", mlf_input(NULL, 0) == NULL, 1);
	expect("input behind the last", mlf_input(model, model->num_inputs) == NULL, 1);
	expect("input far behind", mlf_input(model, UINT32_MAX) == NULL, 1);
	expect("output behind the last", mlf_output(model, model->num_outputs) == NULL, 1);
	expect("nameless input", mlf_input_by_name(model, NULL) == NULL, 1);
	expect("unknown output", mlf_output_by_name(model, "no such name") == NULL, 1);
	expect("elements of NULL", (int32_t)mlf_elements(NULL), 0);
	expect("argmax of NULL", mlf_argmax(NULL), MLF_ERR_ARGUMENT);
	expect("quantize into NULL", mlf_quantize(NULL, 0, &value, 1), MLF_ERR_ARGUMENT);
	expect("dequantize from NULL", mlf_dequantize(NULL, 0, &value, 1), MLF_ERR_ARGUMENT);
	expect("last code of NULL", mlf_last_code(NULL), 0);
}

static void wrong_sizes(const mlf_tensor_t *tensor)
{
	const uint32_t elements = mlf_elements(tensor);
	float value = 0.0f;

	expect("quantize from NULL", mlf_quantize(tensor, 0, NULL, 1), MLF_ERR_ARGUMENT);
	expect("one too many", mlf_quantize(tensor, 0, &value, elements + 1U), MLF_ERR_ARGUMENT);
	expect("one behind", mlf_quantize(tensor, elements, &value, 1), MLF_ERR_ARGUMENT);
	expect("sum that wraps", mlf_quantize(tensor, UINT32_MAX, &value, 2), MLF_ERR_ARGUMENT);
	expect("count that wraps", mlf_dequantize(tensor, 1, &value, UINT32_MAX), MLF_ERR_ARGUMENT);
	expect("far behind", mlf_dequantize(tensor, UINT32_MAX, &value, 1), MLF_ERR_ARGUMENT);
}

/* Real numbers at their ends, into quantised and float inputs alike. */
static void extreme_numbers(const mlf_tensor_t *tensor)
{
	static const float numbers[] = {NAN,     -NAN,     INFINITY,  -INFINITY, FLT_MAX, -FLT_MAX,
					FLT_MIN, FLT_TRUE_MIN, -FLT_TRUE_MIN, 0.0f, -0.0f,   2147483648.0f};
	const uint32_t elements = mlf_elements(tensor);

	if (mlf_quantize(tensor, 0, numbers, 1) == MLF_ERR_TYPE) {
		return;
	}
	for (uint32_t i = 0; i < elements; i++) {
		float back = 0.0f;

		expect("quantize", mlf_quantize(tensor, i, &numbers[i % 12U], 1), MLF_OK);
		expect("dequantize", mlf_dequantize(tensor, i, &back, 1), MLF_OK);
		if (tensor->dtype != (uint8_t)MLF_FLOAT32) {
			expect("a quantised value is a number", isfinite(back) != 0, 1);
		}
	}
	(void)mlf_argmax(tensor);
}

/* Twice on the same bytes: the outputs may be anything, but the same. */
static void run_twice(const mlf_model_t *model, const char *what)
{
	static uint8_t inputs[MAX_OUTPUT_BYTES], outputs[MAX_OUTPUT_BYTES];
	const mlf_tensor_t *output = mlf_output(model, 0);
	uint32_t at = 0;

	for (uint32_t i = 0; i < model->num_inputs && at + model->inputs[i].size_bytes <= sizeof(inputs); i++) {
		memcpy(&inputs[at], model->inputs[i].data, model->inputs[i].size_bytes);
		at += model->inputs[i].size_bytes;
	}
	(void)mlf_reset(model);
	expect(what, mlf_run(model), MLF_OK);
	memcpy(outputs, output->data, output->size_bytes);
	at = 0;
	for (uint32_t i = 0; i < model->num_inputs && at + model->inputs[i].size_bytes <= sizeof(inputs); i++) {
		memcpy(model->inputs[i].data, &inputs[at], model->inputs[i].size_bytes);
		at += model->inputs[i].size_bytes;
	}
	(void)mlf_reset(model);
	expect(what, mlf_run(model), MLF_OK);
	expect(what, memcmp(outputs, output->data, output->size_bytes), 0);
}

int main(void)
{
	static const uint8_t patterns[] = {0x00, 0xFF, 0x80, 0x7F, 0x55};
	const mlf_model_t *model = mlf_models[0];
	uint32_t runs = 0;

	before_init(model);
	with_nothing(model);
	expect("init", mlf_init(model), MLF_OK);
	for (uint32_t i = 0; i < model->num_inputs; i++) {
		wrong_sizes(mlf_input(model, i));
	}
	for (uint32_t p = 0; p < sizeof(patterns); p++) {
		for (uint32_t i = 0; i < model->num_inputs; i++) {
			memset(mlf_input(model, i)->data, patterns[p], mlf_input(model, i)->size_bytes);
		}
		run_twice(model, "run on a pattern");
		runs += 2U;
	}
	for (uint32_t i = 0; i < model->num_inputs; i++) {
		extreme_numbers(mlf_input(model, i));
	}
	run_twice(model, "run on extreme numbers");
	expect("runs counted", (int32_t)model->state->runs, (int32_t)(runs + 2U));
	printf("findings: %u\n", (unsigned int)findings);
	return 0;
}
