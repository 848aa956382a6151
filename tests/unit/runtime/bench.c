/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The runtime on a bench: one command a line on standard input, one answer a line.
 *
 *   quantize DTYPE SCALE ZERO FIRST HEX     HEX: float32 values; answers status and the stored bytes
 *   dequantize DTYPE SCALE ZERO FIRST HEX   HEX: stored bytes; answers status and float32 values
 *   argmax DTYPE HEX                        answers the index or status
 *   workspace BYTES STEP...                 runs a model whose operator does the steps:
 *                                           aN ask for N bytes, fN give back the Nth, x give back
 *                                           something foreign, rN return N
 *   story NAME                              one of the stories below, several answers, then "end"
 *
 * SCALE is the float's bits. Every block of workspace is filled when it is had and checked when it is
 * given back.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mlf/mlf.h>
#include <mlf/sample.h>
#include <tvm/runtime/c_backend_api.h>
#include <tvm/runtime/c_runtime_api.h>

#define MAX_LINE (1U << 20)
#define MAX_BYTES (1U << 16)
#define MAX_BLOCKS 64U

static char line[MAX_LINE];
static _Alignas(64) uint8_t arena[MAX_BYTES];
static _Alignas(16) uint8_t bytes_a[MAX_BYTES], bytes_b[MAX_BYTES];

/* ---- tensors */

static uint32_t from_hex(const char *text, uint8_t *bytes)
{
	uint32_t count = 0;

	if (strcmp(text, "-") == 0) {
		return 0;
	}
	for (; text[0] != '\0' && text[1] != '\0' && count < MAX_BYTES; text += 2) {
		char pair[3] = {text[0], text[1], '\0'};

		bytes[count++] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return count;
}

static void put_hex(const uint8_t *bytes, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		printf("%02x", (unsigned int)bytes[i]);
	}
	if (count == 0U) {
		printf("-");
	}
	printf("\n");
}

static uint32_t width_of(uint32_t dtype)
{
	static const uint8_t widths[] = {1, 1, 1, 2, 2, 4, 4, 8, 8, 2, 4, 8};

	return widths[dtype];
}

static mlf_tensor_t tensor_of(char **words, void *data, const uint32_t *shape)
{
	uint32_t bits = (uint32_t)strtoul(words[1], NULL, 16);
	mlf_tensor_t tensor = {
		.name = "t",
		.data = data,
		.shape = shape,
		.zero_point = (int32_t)strtol(words[2], NULL, 10),
		.dtype = (uint8_t)strtoul(words[0], NULL, 10),
		.ndim = 1,
	};

	(void)memcpy(&tensor.scale, &bits, sizeof(bits));
	return tensor;
}

static void quantize(char **words)
{
	uint32_t first = (uint32_t)strtoul(words[3], NULL, 10);
	uint32_t count = from_hex(words[4], bytes_a) / 4U;
	uint32_t shape[] = {first + count};
	mlf_tensor_t tensor = tensor_of(words, bytes_b, shape);
	uint32_t width = width_of(tensor.dtype);
	mlf_status_t status;

	(void)memset(bytes_b, 0x5A, sizeof(bytes_b));
	status = mlf_quantize(&tensor, first, (const float *)(void *)bytes_a, count);
	printf("%d ", (int)status);
	put_hex(bytes_b, (first + count) * width);
}

static void dequantize(char **words)
{
	uint32_t first = (uint32_t)strtoul(words[3], NULL, 10);
	mlf_tensor_t tensor = tensor_of(words, bytes_a, NULL);
	uint32_t elements = from_hex(words[4], bytes_a) / width_of(tensor.dtype);
	uint32_t count = elements - first;
	mlf_status_t status;

	tensor.shape = &elements;
	status = mlf_dequantize(&tensor, first, (float *)(void *)bytes_b, count);
	printf("%d ", (int)status);
	put_hex(bytes_b, status == MLF_OK ? count * 4U : 0U);
}

static void argmax(char **words)
{
	mlf_tensor_t tensor = {.name = "t", .data = bytes_a, .ndim = 1};
	uint32_t elements;

	tensor.dtype = (uint8_t)strtoul(words[0], NULL, 10);
	elements = from_hex(words[1], bytes_a) / width_of(tensor.dtype);
	tensor.shape = &elements;
	printf("%" PRId32 "\n", mlf_argmax(&tensor));
}

/* ---- workspace */

static char **steps;
static uint8_t *blocks[MAX_BLOCKS];
static uint32_t sizes[MAX_BLOCKS];
static uint32_t num_blocks;
static bool clobbered;

static void fill(uint8_t *block, uint32_t size, uint32_t seed)
{
	for (uint32_t i = 0; i < size; i++) {
		block[i] = (uint8_t)(seed + i);
	}
}

static void check_filled(const uint8_t *block, uint32_t size, uint32_t seed)
{
	for (uint32_t i = 0; i < size; i++) {
		clobbered = clobbered || block[i] != (uint8_t)(seed + i);
	}
}

static int32_t follow_steps(void)
{
	num_blocks = 0;
	clobbered = false;
	for (char **step = steps; *step != NULL; step++) {
		uint32_t n = (uint32_t)strtoul(&(*step)[1], NULL, 10);

		switch ((*step)[0]) {
		case 'a': {
			uint8_t *block = TVMBackendAllocWorkspace(1, 0, n, 0, 8);

			if (block == NULL) {
				printf("refused ");
				return -1;
			}
			printf("%ld ", (long)(block - arena));
			fill(block, n, num_blocks);
			sizes[num_blocks] = n;
			blocks[num_blocks++] = block;
			break;
		}
		case 'f':
			check_filled(blocks[n], sizes[n], n);
			if (TVMBackendFreeWorkspace(1, 0, blocks[n]) != 0) {
				printf("not-freed ");
				return -1;
			}
			break;
		case 'x':
			if (TVMBackendFreeWorkspace(1, 0, bytes_a) != 0) {
				printf("not-freed ");
				return -1;
			}
			break;
		default:
			TVMAPISetLastError("an operator's complaint");
			return (int32_t)n;
		}
	}
	return 0;
}

static void workspace(char **words)
{
	static mlf_state_t state;
	uint32_t size = (uint32_t)strtoul(words[0], NULL, 10);
	mlf_pool_t pool = {
		.name = "workspace",
		.region = "ram",
		.base = arena,
		.size_bytes = size,
		.alignment_bytes = 64,
		.kind = MLF_POOL_WORKSPACE,
	};
	const mlf_pool_t *pools[] = {&pool};
	mlf_model_t model = {
		.name = "m",
		.pools = pools,
		.invoke = follow_steps,
		.state = &state,
		.arena = {.base = size != 0U ? arena : NULL, .size_bytes = size},
		.num_pools = 1,
	};
	uint32_t touched = 0;
	mlf_status_t status;

	steps = &words[1];
	(void)mlf_init(&model);
	status = mlf_run(&model);
	(void)mlf_workspace_high_water(&model, &touched);
	printf("| %s %" PRId32 " %s %" PRIu32 " %s\n", mlf_status_name(status), mlf_last_code(&model),
	       clobbered ? "clobbered" : "intact", touched,
	       mlf_last_error()[0] != '\0' ? mlf_last_error() : "-");
}

/* ---- a model for the stories */

static _Alignas(16) uint8_t story_in[16], story_out[16];
static const uint32_t story_shape[] = {2, 3};
static const mlf_tensor_t story_inputs[] = {
	{.name = "x:0", .data = story_in, .shape = story_shape, .size_bytes = 6, .scale = 0.5f,
	 .zero_point = 3, .dtype = MLF_INT8, .ndim = 2},
	{.name = "second \"input\"", .data = &story_in[8], .shape = story_shape, .size_bytes = 6,
	 .dtype = MLF_UINT8, .ndim = 2},
};
static const mlf_tensor_t story_outputs[] = {
	{.name = "y", .data = story_out, .shape = story_shape, .size_bytes = 6, .dtype = MLF_INT8,
	 .ndim = 2},
};
static _Alignas(64) uint8_t story_pool_bytes[256];
static const mlf_pool_t story_pool = {
	.name = "sram", .region = "ram", .base = story_pool_bytes, .size_bytes = 256,
	.alignment_bytes = 64, .kind = MLF_POOL_WORKSPACE,
};
static const mlf_pool_t askew_pool = {
	.name = "sram", .region = "ram", .base = &story_pool_bytes[16], .size_bytes = 128,
	.alignment_bytes = 64, .kind = MLF_POOL_WORKSPACE,
};
static const mlf_pool_t io_pool = {
	.name = "x:0", .region = "ram", .base = story_in, .size_bytes = 16,
	.alignment_bytes = 16, .kind = MLF_POOL_IO,
};
static const mlf_pool_t *const story_pools[] = {&story_pool, &io_pool};
static const mlf_pool_t *const askew_pools[] = {&askew_pool};
static mlf_state_t story_state, other_state;
static int32_t story_code;
static mlf_status_t check_answer;

static int32_t story_invoke(void)
{
	for (uint32_t i = 0; i < 6U; i++) {
		story_out[i] = (uint8_t)(story_in[i] + 1U);
	}
	story_pool_bytes[99] = 1;
	if (story_code != 0) {
		TVMAPISetLastError("a message that is a good deal longer than the sixty-three characters "
				   "that the runtime keeps of it");
	}
	return story_code;
}

static mlf_status_t story_check(void)
{
	return check_answer;
}

static const mlf_model_t story_model = {
	.name = "story",
	.inputs = story_inputs,
	.outputs = story_outputs,
	.pools = story_pools,
	.invoke = story_invoke,
	.check = story_check,
	.state = &story_state,
	.num_inputs = 2,
	.num_outputs = 1,
	.num_pools = 2,
};

static mlf_status_t seen_inside[3];

static int32_t nested_invoke(void)
{
	seen_inside[0] = mlf_run(&story_model);
	seen_inside[1] = mlf_init(&story_model);
	seen_inside[2] = mlf_init(NULL);
	return 0;
}

static const mlf_model_t nested_model = {.name = "nested", .invoke = nested_invoke, .state = &other_state};
static const mlf_model_t askew_model = {
	.name = "askew", .pools = askew_pools, .invoke = story_invoke, .state = &other_state, .num_pools = 1,
};
static const mlf_model_t internal_model = {
	.name = "internal", .pools = story_pools, .invoke = story_invoke, .state = &other_state,
	.internal_workspace_bytes = 64, .num_pools = 1,
};

static uint8_t kept;
static int32_t reset_answer;

static int32_t kept_reset(void)
{
	kept = 7;
	return reset_answer;
}

static int32_t kept_invoke(void)
{
	kept++;
	return 0;
}

static const mlf_model_t kept_model = {
	.name = "kept", .pools = story_pools, .invoke = kept_invoke, .reset = kept_reset,
	.state = &other_state, .num_pools = 1,
};

static void say(const char *what, mlf_status_t status)
{
	printf("%s: %s\n", what, mlf_status_name(status));
}

static void story_lifecycle(void)
{
	uint32_t touched = 1234;

	story_state = (mlf_state_t){0};
	say("run before init", mlf_run(&story_model));
	say("water before init", mlf_workspace_high_water(&story_model, &touched));
	say("init", mlf_init(&story_model));
	story_in[0] = 41;
	story_pool_bytes[99] = 0xA5; /* as if nothing had been touched */
	say("run", mlf_run(&story_model));
	printf("out %d runs %" PRIu32 "\n", story_out[0], story_state.runs);
	say("run", mlf_run(&story_model));
	printf("runs %" PRIu32 "\n", story_state.runs);
	say("water", mlf_workspace_high_water(&story_model, &touched));
	printf("touched %" PRIu32 "\n", touched);
	say("init", mlf_init(&story_model));
	printf("runs %" PRIu32 " input kept %d\n", story_state.runs, story_in[0]);
	(void)mlf_workspace_high_water(&story_model, &touched);
	printf("touched %" PRIu32 "\n", touched);
}

static void story_reset(void)
{
	other_state = (mlf_state_t){0};
	reset_answer = 0;
	say("reset of nothing", mlf_reset(NULL));
	say("reset before init", mlf_reset(&kept_model));
	say("init", mlf_init(&kept_model));
	printf("kept %d\n", kept);
	say("run", mlf_run(&kept_model));
	say("run", mlf_run(&kept_model));
	printf("kept %d\n", kept);
	say("reset", mlf_reset(&kept_model));
	printf("kept %d\n", kept);
	reset_answer = -1;
	say("failing reset", mlf_reset(&kept_model));
	say("init with it", mlf_init(&kept_model));
	say("run", mlf_run(&kept_model));
	story_state = (mlf_state_t){0};
	say("init without state", mlf_init(&story_model));
	say("reset without state", mlf_reset(&story_model));
}

static void story_failure(void)
{
	(void)mlf_init(&story_model);
	story_code = -7;
	say("run", mlf_run(&story_model));
	printf("code %" PRId32 " runs %" PRIu32 " said %zu: %s\n", mlf_last_code(&story_model), story_state.runs,
	       strlen(mlf_last_error()), mlf_last_error());
	story_code = 0;
	say("run", mlf_run(&story_model));
	printf("code %" PRId32 " said %zu\n", mlf_last_code(&story_model), strlen(mlf_last_error()));
}

static void story_busy(void)
{
	(void)mlf_init(&story_model);
	(void)mlf_init(&nested_model);
	say("outer", mlf_run(&nested_model));
	say("inner run", seen_inside[0]);
	say("inner init", seen_inside[1]);
	say("inner init of nothing", seen_inside[2]);
	say("afterwards", mlf_run(&story_model));
}

enum { THREADS = 4, CALLS = 20000 };

static atomic_uint inside, most_inside, ran, refused, unexpected;

static int32_t crowded_invoke(void)
{
	unsigned int now = atomic_fetch_add(&inside, 1U) + 1U;
	unsigned int most = atomic_load(&most_inside);

	while (now > most && !atomic_compare_exchange_weak(&most_inside, &most, now)) {
	}
	atomic_fetch_sub(&inside, 1U);
	return 0;
}

static const mlf_model_t crowded_model = {.name = "crowded", .invoke = crowded_invoke, .state = &other_state};

static void *call_often(void *unused)
{
	for (uint32_t i = 0; i < CALLS; i++) {
		switch (mlf_run(&crowded_model)) {
		case MLF_OK:
			atomic_fetch_add(&ran, 1U);
			break;
		case MLF_ERR_BUSY:
			atomic_fetch_add(&refused, 1U);
			break;
		default:
			atomic_fetch_add(&unexpected, 1U);
			break;
		}
	}
	return unused;
}

static void story_threads(void)
{
	pthread_t threads[THREADS];

	(void)mlf_init(&crowded_model);
	for (uint32_t i = 0; i < THREADS; i++) {
		if (pthread_create(&threads[i], NULL, call_often, NULL) != 0) {
			exit(1);
		}
	}
	for (uint32_t i = 0; i < THREADS; i++) {
		(void)pthread_join(threads[i], NULL);
	}
	printf("most at once: %u\n", atomic_load(&most_inside));
	printf("ran and refused: %s\n", atomic_load(&ran) == other_state.runs &&
						 atomic_load(&ran) + atomic_load(&refused) == THREADS * CALLS
					 ? "as many as called"
					 : "not as many as called");
	printf("anything else: %u\n", atomic_load(&unexpected));
}

static void story_placement(void)
{
	uint32_t touched = 0;

	say("askew", mlf_init(&askew_model));
	say("run", mlf_run(&askew_model));
	check_answer = MLF_ERR_PLACEMENT;
	say("check", mlf_init(&story_model));
	say("run", mlf_run(&story_model));
	check_answer = MLF_OK;
	say("init", mlf_init(&story_model));
	say("internal", mlf_init(&internal_model));
	say("water", mlf_workspace_high_water(&internal_model, &touched));
}

static void story_tensors(void)
{
	printf("%s %s\n", mlf_input(&story_model, 0)->name, mlf_output(&story_model, 0)->name);
	printf("%d %d %d\n", mlf_input(&story_model, 2) == NULL, mlf_output(&story_model, 1) == NULL,
	       mlf_input(&story_model, UINT32_MAX) == NULL);
	printf("%d %d\n", mlf_input(NULL, 0) == NULL, mlf_output(NULL, 0) == NULL);
	printf("%d %d\n", mlf_input_by_name(&story_model, "x:0") == &story_inputs[0],
	       mlf_input_by_name(&story_model, "second \"input\"") == &story_inputs[1]);
	printf("%d %d %d %d\n", mlf_input_by_name(&story_model, "y") == NULL,
	       mlf_input_by_name(&story_model, NULL) == NULL, mlf_input_by_name(NULL, "x:0") == NULL,
	       mlf_output_by_name(&story_model, "x:") == NULL);
	printf("%d\n", mlf_output_by_name(&story_model, "y") == &story_outputs[0]);
	printf("%" PRIu32 " %" PRIu32 "\n", mlf_elements(&story_inputs[0]), mlf_elements(NULL));
}

static void story_arguments(void)
{
	float values[6] = {0};
	uint32_t touched = 0;

	say("init", mlf_init(NULL));
	say("run", mlf_run(NULL));
	say("water", mlf_workspace_high_water(NULL, &touched));
	(void)mlf_init(&story_model);
	say("water", mlf_workspace_high_water(&story_model, NULL));
	printf("%" PRId32 "\n", mlf_last_code(NULL));
	say("no tensor", mlf_quantize(NULL, 0, values, 1));
	say("no values", mlf_quantize(&story_inputs[0], 0, NULL, 1));
	say("past the end", mlf_quantize(&story_inputs[0], 5, values, 2));
	say("starts behind it", mlf_quantize(&story_inputs[0], 7, values, 0));
	say("overflowing", mlf_quantize(&story_inputs[0], 2, values, UINT32_MAX));
	say("none at the end", mlf_quantize(&story_inputs[0], 6, values, 0));
	say("not quantised", mlf_quantize(&story_inputs[1], 0, values, 1));
	say("not quantised", mlf_dequantize(&story_inputs[1], 0, values, 1));
	printf("%" PRId32 "\n", mlf_argmax(NULL));
}

static void story_names(void)
{
	for (int i = 1; i > -12; i--) {
		printf("%s\n", mlf_status_name((mlf_status_t)i));
	}
	for (int i = 0; i < 13; i++) {
		printf("%s\n", mlf_dtype_name((mlf_dtype_t)i));
	}
	printf("%s\n", mlf_status_name((mlf_status_t)INT32_MIN));
}

/* ---- the sample runner */

static uint32_t clock_us;

static void print(const char *text)
{
	(void)fputs(text, stdout);
}

static uint32_t now_us(void)
{
	clock_us += 0x80000005U; /* wraps around at every other call */
	return clock_us;
}

static void run_samples(const mlf_model_t *model, bool right)
{
	static const uint8_t x[] = {1, 2, 3, 0xFF, 0x7F, 0}, second[6] = {0};
	static const uint8_t y[] = {2, 3, 4, 0, 0x80, 1}, wrong[] = {2, 3, 4, 0, 0x80, 2};
	static const uint8_t *const inputs[] = {x, second};
	static const uint8_t *const good[] = {y};
	static const uint8_t *const bad[] = {wrong};
	static const mlf_sample_io_t io = {.print = print, .now_us = now_us};
	const mlf_sample_t samples[] = {
		{.model = model, .inputs = inputs, .expected = good, .number = 0},
		{.model = model, .inputs = inputs, .expected = right ? NULL : bad, .number = 1},
	};

	printf("%" PRIu32 "\n", mlf_sample_run_all(samples, 2, &io));
}

static void story_samples(void)
{
	run_samples(&story_model, true);
	run_samples(&story_model, false);
	story_code = -3;
	run_samples(&story_model, true);
	story_code = 0;
	check_answer = MLF_ERR_PLACEMENT;
	run_samples(&story_model, true);
	check_answer = MLF_OK;
}

static void story(const char *name)
{
	static const struct {
		const char *name;
		void (*tell)(void);
	} stories[] = {
		{"lifecycle", story_lifecycle}, {"reset", story_reset}, {"failure", story_failure},     {"busy", story_busy},
		{"threads", story_threads},
		{"placement", story_placement}, {"tensors", story_tensors},     {"arguments", story_arguments},
		{"names", story_names},         {"samples", story_samples},
	};

	for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++) {
		if (strcmp(stories[i].name, name) == 0) {
			stories[i].tell();
		}
	}
	printf("end\n");
}

int main(void)
{
	while (fgets(line, sizeof(line), stdin) != NULL) {
		char *words[128] = {NULL};
		uint32_t count = 0;

		for (char *word = strtok(line, " \n"); word != NULL && count < 127U; word = strtok(NULL, " \n")) {
			words[count++] = word;
		}
		if (count == 0U) {
			continue;
		}
		if (strcmp(words[0], "quantize") == 0) {
			quantize(&words[1]);
		} else if (strcmp(words[0], "dequantize") == 0) {
			dequantize(&words[1]);
		} else if (strcmp(words[0], "argmax") == 0) {
			argmax(&words[1]);
		} else if (strcmp(words[0], "workspace") == 0) {
			workspace(&words[1]);
		} else {
			story(words[1]);
		}
		(void)fflush(stdout);
	}
	return 0;
}
