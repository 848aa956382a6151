/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What newlib's libm and a startup file need from the C library, without the parts of it that bring in a heap:
 * the library's own errno lives in a structure with its standard streams.
 */
#include <stdint.h>

typedef void (*initializer_t)(void);

/* Linker script. */
extern const initializer_t __preinit_array_start[], __preinit_array_end[];
extern const initializer_t __init_array_start[], __init_array_end[];

int *__errno(void);
void __libc_init_array(void);

/* One for all tasks: functions of libm only ever set it. */
int *__errno(void)
{
	static int value;

	return &value;
}

static void call_all(const initializer_t *from, const initializer_t *to)
{
	/* The symbols of an empty section may be equal, which a comparison of two arrays must not assume. */
	for (uintptr_t at = (uintptr_t)from; at < (uintptr_t)to; at += sizeof(*from)) {
		(*(const initializer_t *)at)();
	}
}

void __libc_init_array(void)
{
	call_all(__preinit_array_start, __preinit_array_end);
	call_all(__init_array_start, __init_array_end);
}
