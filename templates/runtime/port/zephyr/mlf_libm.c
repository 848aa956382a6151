/* SPDX-License-Identifier: Apache-2.0 */
/* The toolchain's libm reports range errors through newlib's errno; Zephyr's minimal libc has its own. */
#include <errno.h>

int *__errno(void);

int *__errno(void)
{
	return &errno;
}
