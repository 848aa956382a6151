/* SPDX-License-Identifier: Apache-2.0 */
/* Printed text goes to the console unchanged. */
#include "mlf_port_internal.h"

void mlf_print_byte(char byte)
{
	mlf_console_put(byte);
}

void mlf_print_last(void)
{
}
