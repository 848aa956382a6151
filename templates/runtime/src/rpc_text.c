/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>

#include "rpc_internal.h"

void rpc_text_begin(rpc_text_t *text, char *data, uint32_t size_bytes)
{
	text->at = data;
	text->end = data + size_bytes - 1U;
	*data = '\0';
}

static void add_char(rpc_text_t *text, char c)
{
	if (text->at < text->end) {
		*text->at = c;
		text->at++;
		*text->at = '\0';
	}
}

static void add_number(rpc_text_t *text, uint32_t value, uint32_t base)
{
	char digits[10];
	uint32_t count = 0;

	do {
		digits[count] = "0123456789abcdef"[value % base];
		value /= base;
		count++;
	} while (value != 0U);
	while (count != 0U) {
		count--;
		add_char(text, digits[count]);
	}
}

static void add_formatted(rpc_text_t *text, const char *format, va_list arguments)
{
	for (; *format != '\0'; format++) {
		if (*format != '%') {
			add_char(text, *format);
			continue;
		}
		format++;
		if (*format == 's') {
			const char *word = va_arg(arguments, const char *);

			for (; *word != '\0'; word++) {
				add_char(text, *word);
			}
		} else {
			uint32_t value = va_arg(arguments, uint32_t);

			if (*format == 'd' && value > (uint32_t)INT32_MAX) {
				add_char(text, '-');
				value = 0U - value;
			}
			add_number(text, value, *format == 'x' ? 16U : 10U);
		}
	}
}

void rpc_text_add(rpc_text_t *text, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add_formatted(text, format, arguments);
	va_end(arguments);
}

bool rpc_fail(mlf_rpc_server_t *server, const char *format, ...)
{
	rpc_text_t text;
	va_list arguments;

	rpc_text_begin(&text, server->error, sizeof(server->error));
	va_start(arguments, format);
	add_formatted(&text, format, arguments);
	va_end(arguments);
	return false;
}

bool rpc_fail_operator(mlf_rpc_server_t *server, const char *name, int32_t code)
{
	const char *reason = server->port.last_error != NULL ? server->port.last_error() : NULL;

	if (reason == NULL || reason[0] == '\0') {
		return rpc_fail(server, "'%s' failed with %d", name, code);
	}
	return rpc_fail(server, "'%s' failed with %d: %s", name, code, reason);
}
