/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc_internal.h"

void rpc_text_begin(rpc_text_t *text, char *data, uint32_t size_bytes)
{
	text->data = data;
	text->size_bytes = size_bytes;
	text->used_bytes = 0;
	data[0] = '\0';
}

static void add_char(rpc_text_t *text, char c)
{
	if (text->used_bytes + 1U < text->size_bytes) {
		text->data[text->used_bytes] = c;
		text->used_bytes++;
		text->data[text->used_bytes] = '\0';
	}
}

void rpc_text_add(rpc_text_t *text, const char *words)
{
	for (; *words != '\0'; words++) {
		add_char(text, *words);
	}
}

void rpc_text_number(rpc_text_t *text, uint32_t value)
{
	char digits[10];
	uint32_t count = 0;

	do {
		digits[count] = (char)('0' + value % 10U);
		value /= 10U;
		count++;
	} while (value != 0U);
	while (count != 0U) {
		count--;
		add_char(text, digits[count]);
	}
}

void rpc_text_signed(rpc_text_t *text, int32_t value)
{
	if (value < 0) {
		add_char(text, '-');
	}
	rpc_text_number(text, value < 0 ? 0U - (uint32_t)value : (uint32_t)value);
}

void rpc_text_hex(rpc_text_t *text, uint32_t value)
{
	static const char digits[] = "0123456789abcdef";

	for (uint32_t shift = 32U; shift != 0U; shift -= 4U) {
		add_char(text, digits[(value >> (shift - 4U)) & 0xFU]);
	}
}

static void begin_error(mlf_rpc_server_t *server, rpc_text_t *text, const char *words)
{
	rpc_text_begin(text, server->error, sizeof(server->error));
	rpc_text_add(text, words);
}

bool rpc_fail(mlf_rpc_server_t *server, const char *words)
{
	rpc_text_t text;

	begin_error(server, &text, words);
	return false;
}

bool rpc_fail_name(mlf_rpc_server_t *server, const char *words, const char *name)
{
	rpc_text_t text;

	begin_error(server, &text, words);
	rpc_text_add(&text, " '");
	rpc_text_add(&text, name);
	rpc_text_add(&text, "'");
	return false;
}

bool rpc_fail_numbers(mlf_rpc_server_t *server, const char *words, uint32_t first,
		      const char *between, uint32_t second, const char *after)
{
	rpc_text_t text;

	begin_error(server, &text, words);
	rpc_text_number(&text, first);
	rpc_text_add(&text, between);
	rpc_text_number(&text, second);
	rpc_text_add(&text, after);
	return false;
}

bool rpc_fail_pool(mlf_rpc_server_t *server, const char *pool, uint32_t size_bytes,
		   uint32_t free_bytes)
{
	rpc_text_t text;

	begin_error(server, &text, "out of memory: ");
	rpc_text_number(&text, size_bytes);
	rpc_text_add(&text, " bytes do not fit in pool '");
	rpc_text_add(&text, pool);
	rpc_text_add(&text, "', which has ");
	rpc_text_number(&text, free_bytes);
	rpc_text_add(&text, " bytes free");
	return false;
}

bool rpc_fail_operator(mlf_rpc_server_t *server, const char *name, int32_t code)
{
	const char *reason = server->port.last_error != NULL ? server->port.last_error() : NULL;
	rpc_text_t text;

	begin_error(server, &text, "'");
	rpc_text_add(&text, name);
	rpc_text_add(&text, "' failed with ");
	rpc_text_signed(&text, code);
	if (reason != NULL && reason[0] != '\0') {
		rpc_text_add(&text, ": ");
		rpc_text_add(&text, reason);
	}
	return false;
}
