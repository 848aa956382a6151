/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <string.h>

#include <mlf/profile.h>
#include <mlf/sample.h>

#define HEX_BYTES_PER_CALL 32U

static void print_number(const mlf_sample_io_t *io, uint32_t number)
{
	char digits[11];
	uint32_t at = sizeof(digits) - 1U;

	digits[at] = '\0';
	do {
		digits[--at] = (char)('0' + (char)(number % 10U));
		number /= 10U;
	} while (number != 0U);
	io->print(&digits[at]);
}

static void print_hex(const mlf_sample_io_t *io, const uint8_t *bytes, uint32_t count)
{
	static const char digits[] = "0123456789abcdef";
	char text[2U * HEX_BYTES_PER_CALL + 1U];
	uint32_t at = 0;

	for (uint32_t i = 0; i < count; i++) {
		text[at++] = digits[bytes[i] >> 4];
		text[at++] = digits[bytes[i] & 15U];
		if (at == 2U * HEX_BYTES_PER_CALL || i + 1U == count) {
			text[at] = '\0';
			io->print(text);
			at = 0;
		}
	}
}

static void print_head(const mlf_sample_io_t *io, const mlf_sample_t *sample)
{
	io->print("mlf: ");
	io->print(sample->model->name);
	io->print(" set ");
	print_number(io, sample->number);
}

static void print_error(const mlf_sample_io_t *io, const mlf_sample_t *sample, mlf_status_t status)
{
	print_head(io, sample);
	io->print(": error: ");
	io->print(mlf_status_name(status));
	if (mlf_last_error()[0] != '\0') {
		io->print(" (");
		io->print(mlf_last_error());
		io->print(")");
	}
	io->print("\n");
}

static bool run_one(const mlf_sample_t *sample, const mlf_sample_io_t *io)
{
	const mlf_model_t *model = sample->model;
	bool same = true;
	uint32_t began_us, took_us;
	mlf_status_t status;

	for (uint32_t i = 0; i < model->num_inputs; i++) {
		const mlf_tensor_t *tensor = mlf_input(model, i);

		(void)memcpy(tensor->data, sample->inputs[i], tensor->size_bytes);
	}
	began_us = io->now_us();
	status = mlf_run(model);
	took_us = io->now_us() - began_us;
	if (status != MLF_OK) {
		print_error(io, sample, status);
		return false;
	}
	for (uint32_t i = 0; i < model->num_outputs; i++) {
		const mlf_tensor_t *tensor = mlf_output(model, i);

		print_head(io, sample);
		io->print(" output ");
		print_number(io, i);
		io->print(": ");
		print_hex(io, tensor->data, tensor->size_bytes);
		io->print("\n");
		if (sample->expected != NULL &&
		    memcmp(tensor->data, sample->expected[i], tensor->size_bytes) != 0) {
			same = false;
		}
	}
	print_head(io, sample);
	io->print(": ");
	print_number(io, took_us);
	io->print(sample->expected == NULL ? " us\n" : same ? " us, as expected\n" : " us, DIFFERS\n");
	return same;
}

static void print_workspace(const mlf_model_t *model, const mlf_sample_io_t *io)
{
	uint32_t touched = 0;
	uint32_t reserved = 0;

	if (mlf_workspace_high_water(model, &touched) != MLF_OK) {
		return;
	}
	for (uint32_t i = 0; i < model->num_pools; i++) {
		if (model->pools[i]->kind == (uint8_t)MLF_POOL_WORKSPACE) {
			reserved += model->pools[i]->size_bytes;
		}
	}
	io->print("mlf: ");
	io->print(model->name);
	io->print(" workspace: ");
	print_number(io, touched);
	io->print(" of ");
	print_number(io, reserved);
	io->print(" bytes touched\n");
}

uint32_t mlf_sample_run_all(const mlf_sample_t *samples, uint32_t count, const mlf_sample_io_t *io)
{
	uint32_t failures = 0;

	for (uint32_t i = 0; i < count; i++) {
		const mlf_model_t *model = samples[i].model;
		bool first = (i == 0U || samples[i - 1U].model != model);
		bool last = (i + 1U == count || samples[i + 1U].model != model);
		mlf_status_t status = first ? mlf_init(model) : MLF_OK;

		if (status != MLF_OK) {
			print_error(io, &samples[i], status);
			failures++;
		} else if (!run_one(&samples[i], io)) {
			failures++;
		}
		if (last) {
			print_workspace(model, io);
		}
	}
	mlf_profile_print(io->print);
	io->print("mlf: end, ");
	print_number(io, failures);
	io->print(" failures\n");
	return failures;
}
