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

static bool positive(mlf_rpc_server_t *server, uint32_t arg, uint32_t limit, uint32_t *value)
{
	const int64_t given = server->values[arg].v_int64;

	if (given < 0 || given > (int64_t)limit) {
		return rpc_fail_numbers(server, "argument ", arg, " is not within 0 and ", limit,
					"");
	}
	*value = (uint32_t)given;
	return true;
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
		       rpc_fail_name(server, "only 'run' of a model can be timed, not", name);
	} else {
		timer->function =
			rpc_find_function(app->functions, app->num_functions, name, &index);
	}
	return timer->function != NULL || rpc_fail_name(server, "there is no function", name);
}

bool rpc_timer_create(mlf_rpc_server_t *server, uint32_t *number)
{
	mlf_rpc_timer_t timer = {0};
	uint32_t index;
	uint32_t entry = 0;
	uint32_t milliseconds = 0;
	uint32_t cooldown_ms = 0;

	if (!rpc_expect(server, "msiiiiiiiis") || !find_target(server, &timer) ||
	    !positive(server, 4, UINT32_MAX, &timer.number) ||
	    !positive(server, 5, UINT32_MAX, &timer.repeat) ||
	    !positive(server, 6, UINT32_MAX / US_PER_MS, &milliseconds) ||
	    !positive(server, 7, UINT32_MAX, &timer.max_zero_times) ||
	    !positive(server, 8, UINT32_MAX / US_PER_MS, &cooldown_ms) ||
	    !positive(server, 9, UINT32_MAX, &timer.repeats_to_cooldown)) {
		return false;
	}
	if (server->port.now_us == NULL) {
		return rpc_fail(server, "this device has no timer");
	}
	if (timer.number == 0U) {
		return rpc_fail(server, "a time evaluator runs at least once");
	}
	timer.min_repeat_us = milliseconds * US_PER_MS;
	timer.cooldown_us = cooldown_ms * US_PER_MS;
	if (server->values[10].v_str[0] != '\0') {
		timer.before = rpc_find_function(server->app->globals, server->app->num_globals,
						 server->values[10].v_str, &index);
		if (timer.before == NULL) {
			return rpc_fail_name(server, "there is no function",
					     server->values[10].v_str);
		}
	}
	while (entry < MLF_RPC_CONFIG_MAX_TIMERS && !is_free(&server->timers[entry])) {
		entry++;
	}
	if (entry == MLF_RPC_CONFIG_MAX_TIMERS) {
		return rpc_fail(server, "there are as many time evaluators as the device holds");
	}
	timer.serial = (uint8_t)(server->timers[entry].serial + 1U);
	server->timers[entry] = timer;
	*number = ((uint32_t)timer.serial << USE_SHIFT) | entry;
	return true;
}

static mlf_rpc_timer_t *find_timer(mlf_rpc_server_t *server, uint32_t number)
{
	const uint32_t entry = number & ENTRY_MASK;
	mlf_rpc_timer_t *timer = &server->timers[entry];

	if (entry >= MLF_RPC_CONFIG_MAX_TIMERS || is_free(timer) ||
	    timer->serial != number >> USE_SHIFT) {
		return NULL;
	}
	return timer;
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

/* Runs to measure next, when so many took too little: enough by proportion, and 1.618 times. */
static uint32_t more_runs(uint32_t number, uint32_t elapsed_us, uint32_t min_repeat_us)
{
	const uint64_t by_time = (uint64_t)number * min_repeat_us / elapsed_us + 1U;
	const uint64_t by_factor = (uint64_t)number * 1618U / 1000U;
	const uint64_t runs = by_time > by_factor ? by_time : by_factor;

	return runs < UINT32_MAX ? (uint32_t)runs : UINT32_MAX;
}

/* Seconds a run of one repeat, as a double's bits. */
static bool repeat_once(mlf_rpc_server_t *server, mlf_rpc_timer_t *timer, uint64_t *seconds)
{
	uint32_t elapsed_us = 0;
	uint32_t zero_times = 0;
	rpc_result_t ignored;

	if (timer->before != NULL && !rpc_call_packed(server, timer->before, &ignored)) {
		return false;
	}
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
		return rpc_fail_numbers(server, "", timer->repeat, " repeats are more than the ",
					room < 2U ? 0U : room - 2U, " that fit");
	}
	/* The first run sets things up and is not timed. */
	if (!run_once(server, timer)) {
		return false;
	}
	for (uint32_t i = 0; i < timer->repeat; i++) {
		if (!repeat_once(server, timer, &seconds[i])) {
			return false;
		}
		if (timer->repeats_to_cooldown != 0U && i % timer->repeats_to_cooldown == 0U) {
			const uint32_t start_us = now(server);

			while (now(server) - start_us < timer->cooldown_us) {
			}
		}
	}
	*answer = (mlf_rpc_bytes_t){.data = (const char *)seconds,
				    .size = sizeof(uint64_t) * timer->repeat};
	result->code = kTVMBytes;
	result->value.v_handle = answer;
	return true;
}
