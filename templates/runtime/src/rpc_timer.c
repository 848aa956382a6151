/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "rpc_internal.h"

_Static_assert(MLF_RPC_CONFIG_MAX_TIMERS >= 1 && MLF_RPC_CONFIG_MAX_TIMERS <= 8,
	       "MLF_RPC_CONFIG_MAX_TIMERS is out of range");

/* A timer's number: use 8 bits, entry 3 bits. */
#define ENTRY_MASK 0x7U
#define USE_SHIFT 3U

#define US_PER_S 1000000U
#define US_PER_MS 1000U

/* A double is this on the wire; integers spare a machine without them the whole library. */
#define MANTISSA_BITS 52U
#define EXPONENT_BIAS 1023

static bool is_free(const mlf_rpc_timer_t *timer)
{
	return timer->function == NULL && timer->model == NULL;
}

/* An IEEE 754 double's bits: numerator / denominator, rounded to nearest. */
static uint64_t ratio(uint64_t numerator, uint64_t denominator)
{
	int32_t exponent = 0;
	uint64_t mantissa = 0;

	if (numerator == 0U) {
		return 0;
	}
	for (; numerator < denominator; numerator <<= 1) {
		exponent--;
	}
	for (; numerator >= denominator << 1; denominator <<= 1) {
		exponent++;
	}
	for (uint32_t i = 0; i <= MANTISSA_BITS; i++) {
		mantissa <<= 1;
		if (numerator >= denominator) {
			numerator -= denominator;
			mantissa |= 1U;
		}
		numerator <<= 1;
	}
	/* A carry out of the mantissa lands in the exponent, where it belongs. */
	mantissa += numerator > denominator || (numerator == denominator && (mantissa & 1U) != 0U);
	return mantissa + ((uint64_t)(exponent + EXPONENT_BIAS - 1) << MANTISSA_BITS);
}

static bool find_target(mlf_rpc_server_t *server, mlf_rpc_timer_t *timer)
{
	const mlf_rpc_app_t *app = server->app;
	const char *name = server->values[1].v_str;
	uint32_t index;

	timer->model = NULL;
	if (server->codes[0] == (int32_t)kTVMNullptr) {
		timer->function = rpc_find_function(app->globals, app->num_globals, name, &index);
	} else if (!rpc_open_module(server, (uint64_t)server->values[0].v_int64, &timer->model)) {
		return false;
	} else if (timer->model != NULL) {
		timer->function = NULL;
		return strcmp(name, "run") == 0 ||
		       rpc_fail(server, "only 'run' of a model can be timed");
	} else {
		timer->function =
			rpc_find_function(app->functions, app->num_functions, name, &index);
	}
	return timer->function != NULL || rpc_fail(server, "there is no function '%s'", name);
}

/* Arguments of runtime.RPCTimeEvaluator after the module, the name and the device's two. */
enum {
	NUMBER = 4,
	REPEAT = 5,
	MIN_REPEAT_MS = 6,
	ZERO_TIMES = 7,
	COOLDOWN_MS = 8,
	REPEATS_TO_COOLDOWN = 9,
	BEFORE = 10,
};

bool rpc_timer_create(mlf_rpc_server_t *server, uint32_t *number)
{
	const TVMValue *values = server->values;
	mlf_rpc_timer_t timer = {0};
	uint32_t entry = 0;

	if (!rpc_expect(server, "msiiiiiiiis") || !find_target(server, &timer)) {
		return false;
	}
	for (uint32_t arg = NUMBER; arg <= REPEATS_TO_COOLDOWN; arg++) {
		if (values[arg].v_int64 < 0 || values[arg].v_int64 > (int64_t)INT32_MAX) {
			return rpc_fail(server, "argument %u is out of range", arg);
		}
	}
	if (server->port.now_us == NULL) {
		return rpc_fail(server, "the device has no timer");
	}
	if (values[NUMBER].v_int64 == 0 ||
	    values[MIN_REPEAT_MS].v_int64 > (int64_t)(UINT32_MAX / US_PER_MS)) {
		return rpc_fail(server, "a time evaluator's number or time is out of range");
	}
	if (values[COOLDOWN_MS].v_int64 != 0 || values[BEFORE].v_str[0] != '\0') {
		return rpc_fail(server, "the device can't cool down or prepare between repeats");
	}
	while (entry < MLF_RPC_CONFIG_MAX_TIMERS && !is_free(&server->timers[entry])) {
		entry++;
	}
	if (entry == MLF_RPC_CONFIG_MAX_TIMERS) {
		return rpc_fail(server, "there are %u time evaluators already, which is the maximum", entry);
	}
	timer.number = (uint32_t)values[NUMBER].v_int64;
	timer.repeat = (uint32_t)values[REPEAT].v_int64;
	timer.min_repeat_us = (uint32_t)values[MIN_REPEAT_MS].v_int64 * US_PER_MS;
	timer.max_zero_times = (uint32_t)values[ZERO_TIMES].v_int64;
	timer.serial = (uint8_t)(server->timers[entry].serial + 1U);
	server->timers[entry] = timer;
	*number = ((uint32_t)timer.serial << USE_SHIFT) | entry;
	return true;
}

static mlf_rpc_timer_t *find_timer(mlf_rpc_server_t *server, uint32_t number)
{
	const uint32_t entry = number & ENTRY_MASK;
	mlf_rpc_timer_t *timer;

	if (entry >= MLF_RPC_CONFIG_MAX_TIMERS) {
		return NULL;
	}
	timer = &server->timers[entry];
	return is_free(timer) || timer->serial != number >> USE_SHIFT ? NULL : timer;
}

void rpc_timer_free(mlf_rpc_server_t *server, uint32_t number)
{
	mlf_rpc_timer_t *timer = find_timer(server, number);

	if (timer != NULL) {
		timer->function = NULL;
		timer->model = NULL;
	}
}

static bool run_once(mlf_rpc_server_t *server, const mlf_rpc_timer_t *timer)
{
	rpc_result_t ignored;

	return timer->model != NULL ? rpc_run_model(server, timer->model)
				    : rpc_call_packed(server, timer->function, &ignored);
}

static uint32_t now(const mlf_rpc_server_t *server)
{
	return server->port.now_us(server->port.context);
}

static bool measure(mlf_rpc_server_t *server, const mlf_rpc_timer_t *timer, uint32_t number,
		    uint32_t *elapsed_us)
{
	const uint32_t start_us = now(server);

	for (uint32_t i = 0; i < number; i++) {
		if (!run_once(server, timer)) {
			return false;
		}
	}
	*elapsed_us = now(server) - start_us;
	return true;
}

/* The number of runs to measure next if these took too little time: in proportion, at least 1.625 times as many. */
static uint32_t more_runs(uint32_t number, uint32_t elapsed_us, uint32_t min_repeat_us)
{
	const uint32_t ratio_down = min_repeat_us / elapsed_us;
	const uint32_t margin = number / 8U + 1U;

	if (ratio_down > UINT32_MAX / 2U / number) {
		return number;
	}
	return margin + (ratio_down > 1U ? ratio_down * number : number + number / 2U);
}

/* Seconds a run of one repeat, as a double's bits. */
static bool repeat_once(mlf_rpc_server_t *server, mlf_rpc_timer_t *timer, uint64_t *seconds)
{
	uint32_t elapsed_us = 0;
	uint32_t zero_times = 0;

	do {
		if (elapsed_us != 0U) {
			timer->number = more_runs(timer->number, elapsed_us, timer->min_repeat_us);
		}
		if (!measure(server, timer, timer->number, &elapsed_us)) {
			return false;
		}
		zero_times += elapsed_us == 0U;
	} while (elapsed_us < timer->min_repeat_us && zero_times < timer->max_zero_times);
	*seconds = ratio(elapsed_us, (uint64_t)timer->number * US_PER_S);
	return true;
}

bool rpc_timer_run(mlf_rpc_server_t *server, uint32_t number, rpc_result_t *result)
{
	mlf_rpc_timer_t *timer = find_timer(server, number);
	uint32_t size_bytes;
	uint8_t *scratch = rpc_scratch(server, &size_bytes);
	mlf_rpc_bytes_t *answer = (mlf_rpc_bytes_t *)(void *)scratch;
	uint64_t *seconds = (uint64_t *)(void *)(scratch + sizeof(uint64_t) * 2U);
	const uint32_t room = size_bytes / (uint32_t)sizeof(uint64_t);

	if (timer == NULL) {
		return rpc_fail(server, "the time evaluator has been freed");
	}
	if (room < 2U || timer->repeat > room - 2U) {
		return rpc_fail(server, "the results of %u repeats do not fit in a packet", timer->repeat);
	}
	/* The first run sets things up and is not timed. */
	if (!run_once(server, timer)) {
		return false;
	}
	for (uint32_t i = 0; i < timer->repeat; i++) {
		if (!repeat_once(server, timer, &seconds[i])) {
			return false;
		}
	}
	*answer = (mlf_rpc_bytes_t){.data = (const char *)seconds,
				    .size = sizeof(uint64_t) * timer->repeat};
	result->code = kTVMBytes;
	result->value.v_handle = answer;
	return true;
}
