/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>

#include <mlf/profile.h>

#if MLF_CONFIG_PROFILE

#ifdef MLF_CONFIG_CYCLES
/* The application's own counter: free-running, 32 bits. */
#define START_CYCLES()
#define CYCLES() ((uint32_t)(MLF_CONFIG_CYCLES()))
#elif defined(__ARM_ARCH_7EM__) || defined(__ARM_ARCH_7M__) || defined(__ARM_ARCH_8M_MAIN__)
/* DWT's cycle counter (Armv7-M Architecture Reference Manual, C1.8). */
#define REGISTER(address) (*(volatile uint32_t *)(address))
#define CYCLES() REGISTER(0xE0001004UL)

static void START_CYCLES(void)
{
	REGISTER(0xE000EDFCUL) |= 1UL << 24;   /* DEMCR.TRCENA */
	REGISTER(0xE0001FB0UL) = 0xC5ACCE55UL; /* DWT_LAR: the Cortex-M7 locks its DWT */
	REGISTER(0xE0001000UL) |= 1UL;         /* DWT_CTRL.CYCCNTENA */
}
#else
#error "MLF_PROFILE: no cycle counter is known for this core; define MLF_CONFIG_CYCLES() to read one"
#endif

/* Functions are identified by their address. */
typedef struct count {
	const void *function;
	uint32_t calls;
	uint64_t cycles;
} count_t;

typedef struct call {
	const void *function;
	uint32_t began;
} call_t;

static count_t counts[MLF_CONFIG_PROFILE_FUNCTIONS];
static uint32_t num_counts;
static uint32_t lost;
/* Calls in progress. Calls deeper than the array are not counted, but their depth is. */
static call_t calls[MLF_CONFIG_PROFILE_DEPTH];
static uint32_t depth;

void __cyg_profile_func_enter(void *function, void *site);
void __cyg_profile_func_exit(void *function, void *site);

static count_t *count_of(const void *function)
{
	for (uint32_t i = 0; i < num_counts; i++) {
		if (counts[i].function == function) {
			return &counts[i];
		}
	}
	if (num_counts == MLF_CONFIG_PROFILE_FUNCTIONS) {
		return NULL;
	}
	counts[num_counts].function = function;
	return &counts[num_counts++];
}

void __cyg_profile_func_enter(void *function, void *site)
{
	(void)site;
	if (num_counts == 0U) {
		START_CYCLES();
	}
	/* Takes the function's place in the order, too. */
	if (count_of(function) == NULL) {
		lost++;
	}
	if (depth < MLF_CONFIG_PROFILE_DEPTH) {
		calls[depth].function = function;
		calls[depth].began = CYCLES();
	} else {
		lost++;
	}
	depth++;
}

void __cyg_profile_func_exit(void *function, void *site)
{
	uint32_t now = CYCLES();
	count_t *count;

	(void)site;
	if (depth == 0U) {
		return;
	}
	depth--;
	if (depth >= MLF_CONFIG_PROFILE_DEPTH || calls[depth].function != function) {
		return;
	}
	count = count_of(function);
	if (count != NULL) {
		count->calls++;
		count->cycles += now - calls[depth].began;
	}
}

static void print_number(void (*print)(const char *text), uint64_t number, uint32_t base)
{
	static const char digits[] = "0123456789abcdef";
	char text[21];
	uint32_t at = sizeof(text) - 1U;

	text[at] = '\0';
	do {
		text[--at] = digits[number % base];
		number /= base;
	} while (number != 0U);
	print(&text[at]);
}

void mlf_profile_print(void (*print)(const char *text))
{
	for (uint32_t i = 0; i < num_counts; i++) {
		print("mlf: profile ");
		print_number(print, (uintptr_t)counts[i].function, 16U);
		print(": ");
		print_number(print, counts[i].calls, 10U);
		print(" calls, ");
		print_number(print, counts[i].cycles, 10U);
		print(" cycles\n");
	}
	if (lost != 0U) {
		print("mlf: profile: calls were lost; raise MLF_CONFIG_PROFILE_FUNCTIONS or MLF_CONFIG_PROFILE_DEPTH\n");
	}
}

#endif
