/* SPDX-License-Identifier: Apache-2.0 */
/* Prints why Zephyr stops, whether or not the application has a log. */
#include <zephyr/fatal.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>

void k_sys_fatal_error_handler(unsigned int reason, const struct arch_esf *esf)
{
	const char *name = k_thread_name_get(k_current_get());

	ARG_UNUSED(esf);
	if (name == NULL || name[0] == '\0') {
		name = "unknown";
	}
	if (reason == K_ERR_STACK_CHK_FAIL) {
		printk("\nmlf: the stack of thread '%s' is too small: generate with a larger --stack-bytes", name);
	} else {
		printk("\nmlf: fatal error %u in thread '%s': set CONFIG_LOG=y for details", reason, name);
	}
	printk("\nmlf: stopped: fault\nmlf: end, 1 failures\n");
	k_fatal_halt(reason);
}
