/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "rpc_internal.h"

#define LENGTH_BYTES ((uint32_t)sizeof(uint64_t))

static void forget_request(mlf_rpc_server_t *server)
{
	server->filled_bytes = 0;
	server->skip_bytes = 0;
}

/* Everything a session had is free again. */
static void release_all(mlf_rpc_server_t *server)
{
	mlf_rpc_memory_free_all(&server->memory);
	for (uint32_t i = 0; i < MLF_RPC_CONFIG_MAX_TIMERS; i++) {
		server->timers[i].function = NULL;
		server->timers[i].model = NULL;
	}
	forget_request(server);
}

static bool app_is_right(const mlf_rpc_app_t *app)
{
	if ((app->num_functions != 0U && app->functions == NULL) ||
	    (app->num_globals != 0U && app->globals == NULL) ||
	    (app->num_models != 0U && app->models == NULL) ||
	    app->num_functions > RPC_MAX_FUNCTIONS || app->num_globals > RPC_MAX_FUNCTIONS ||
	    app->num_models > RPC_MAX_MODELS) {
		return false;
	}
	for (uint32_t model = 0; model < app->num_models; model++) {
		const mlf_rpc_tensor_t *tensor = rpc_model_tensor(&app->models[model], 0);

		for (uint32_t i = 0; tensor != NULL;) {
			if (i > RPC_MAX_TENSOR || tensor->ndim > MLF_RPC_CONFIG_MAX_DIMS) {
				return false;
			}
			i++;
			tensor = rpc_model_tensor(&app->models[model], i);
		}
	}
	return true;
}

mlf_rpc_status_t mlf_rpc_init(mlf_rpc_server_t *server, const mlf_rpc_app_t *app,
			      const mlf_rpc_port_t *port, uint8_t *packet, uint32_t packet_bytes,
			      uint8_t seed)
{
	mlf_rpc_status_t status;

	if (server == NULL || app == NULL || port == NULL || port->write == NULL ||
	    packet == NULL || packet_bytes < MLF_RPC_MIN_PACKET_BYTES ||
	    packet_bytes > RPC_MAX_PACKET_BYTES || !app_is_right(app)) {
		return MLF_RPC_ERR_ARGUMENT;
	}
	memset(server, 0, sizeof(*server));
	status = mlf_rpc_memory_init(&server->memory, app->pools, app->num_pools);
	if (status != MLF_RPC_OK) {
		return status;
	}
	server->app = app;
	server->port = *port;
	server->packet = packet;
	server->packet_bytes = packet_bytes;
	mlf_rpc_decoder_init(&server->decoder);
	mlf_rpc_decoder_target(&server->decoder, packet, packet_bytes);
	mlf_rpc_session_init(&server->session, port->write, port->context, seed);
	return mlf_rpc_session_terminate(&server->session);
}

mlf_rpc_status_t mlf_rpc_log(mlf_rpc_server_t *server, const char *text)
{
	return mlf_rpc_session_log(&server->session, text);
}

mlf_rpc_status_t mlf_rpc_stop(mlf_rpc_server_t *server)
{
	release_all(server);
	return mlf_rpc_session_terminate(&server->session);
}

uint8_t *rpc_scratch(const mlf_rpc_server_t *server, uint32_t *size_bytes)
{
	uint8_t *start = server->packet + server->filled_bytes;
	const uint32_t padding = (uint32_t)(-(uintptr_t)start & (sizeof(uint64_t) - 1U));
	const uint32_t left = server->packet_bytes - server->filled_bytes;

	*size_bytes = left > padding ? left - padding : 0U;
	return start + padding;
}

static void answer(mlf_rpc_server_t *server, uint8_t *request, uint32_t size_bytes)
{
	rpc_reader_t reader = {.at = request, .end = request + size_bytes};
	uint32_t code = 0;

	if (!rpc_read(server, &reader, &code, sizeof(code))) {
		rpc_reply_exception(server, server->error);
		return;
	}
	if (code == RPC_SHUTDOWN) {
		/* No answer: the host has gone. */
		mlf_rpc_session_forget(&server->session);
		release_all(server);
		return;
	}
	if (!rpc_dispatch(server, code, &reader)) {
		rpc_reply_exception(server, server->error);
	}
}

static void refuse_oversize(mlf_rpc_server_t *server, uint64_t size_bytes)
{
	server->oversize++;
	(void)rpc_fail_numbers(server, "a request of ",
			       size_bytes < UINT32_MAX ? (uint32_t)size_bytes : UINT32_MAX,
			       " bytes is more than the ",
			       server->packet_bytes - MLF_RPC_HEADER_BYTES,
			       " that the device takes");
	rpc_reply_exception(server, server->error);
}

/* A request's bytes with its length before them; false when less than the length is there. */
static bool request_bytes(const mlf_rpc_server_t *server, uint64_t *total_bytes)
{
	if (server->filled_bytes < LENGTH_BYTES) {
		return false;
	}
	memcpy(total_bytes, server->packet, LENGTH_BYTES);
	*total_bytes = *total_bytes < UINT64_MAX - LENGTH_BYTES ? *total_bytes + LENGTH_BYTES
								: UINT64_MAX;
	return true;
}

/* Answers the requests that are complete. A request may come in several messages. */
static void answer_complete(mlf_rpc_server_t *server)
{
	uint64_t total_bytes;

	while (request_bytes(server, &total_bytes)) {
		if (total_bytes > server->packet_bytes - MLF_RPC_HEADER_BYTES) {
			server->skip_bytes = total_bytes > server->filled_bytes
						     ? total_bytes - server->filled_bytes
						     : 0U;
			server->filled_bytes = 0;
			refuse_oversize(server, total_bytes);
			return;
		}
		if (total_bytes > server->filled_bytes) {
			return;
		}
		if (total_bytes > LENGTH_BYTES) {
			answer(server, server->packet + LENGTH_BYTES,
			       (uint32_t)total_bytes - LENGTH_BYTES);
		}
		if (!server->session.established) {
			return;
		}
		server->filled_bytes -= (uint32_t)total_bytes;
		memmove(server->packet, server->packet + total_bytes, server->filled_bytes);
	}
}

/* A message's body joins what is there of the request. */
static void take_message(mlf_rpc_server_t *server, uint32_t received_bytes)
{
	const uint32_t size_bytes = received_bytes - MLF_RPC_HEADER_BYTES;
	const uint8_t *body = server->packet + server->filled_bytes + MLF_RPC_HEADER_BYTES;
	uint64_t total_bytes = 0;
	uint32_t skip_bytes;

	if (received_bytes > server->packet_bytes - server->filled_bytes) {
		/* Not all of it was kept, but where the request ends can be told. */
		if (server->filled_bytes == 0U && server->skip_bytes == 0U) {
			memmove(server->packet, body, LENGTH_BYTES);
			server->filled_bytes = LENGTH_BYTES;
			(void)request_bytes(server, &total_bytes);
			server->filled_bytes = size_bytes;
		} else {
			(void)request_bytes(server, &total_bytes);
			server->filled_bytes += size_bytes;
		}
		server->skip_bytes = total_bytes > server->filled_bytes
					     ? total_bytes - server->filled_bytes
					     : 0U;
		server->filled_bytes = 0;
		refuse_oversize(server, size_bytes);
		return;
	}
	skip_bytes = server->skip_bytes < size_bytes ? (uint32_t)server->skip_bytes : size_bytes;
	server->skip_bytes -= skip_bytes;
	memmove(server->packet + server->filled_bytes, body + skip_bytes, size_bytes - skip_bytes);
	server->filled_bytes += size_bytes - skip_bytes;
	answer_complete(server);
}

static mlf_rpc_status_t take_packet(mlf_rpc_server_t *server)
{
	const uint32_t received_bytes = server->decoder.received_bytes;

	server->session.encoder.status = MLF_RPC_OK;
	switch (mlf_rpc_session_receive(&server->session, server->packet + server->filled_bytes,
					received_bytes)) {
	case MLF_RPC_EVENT_STARTED:
	case MLF_RPC_EVENT_ENDED:
		release_all(server);
		break;
	case MLF_RPC_EVENT_MESSAGE:
		take_message(server, received_bytes);
		break;
	default:
		break;
	}
	mlf_rpc_decoder_target(&server->decoder, server->packet + server->filled_bytes,
			       server->packet_bytes - server->filled_bytes);
	return server->session.encoder.status;
}

mlf_rpc_status_t mlf_rpc_feed(mlf_rpc_server_t *server, const uint8_t *data, uint32_t size_bytes)
{
	mlf_rpc_status_t status = MLF_RPC_OK;

	while (size_bytes != 0U) {
		bool complete;
		const uint32_t used =
			mlf_rpc_decoder_feed(&server->decoder, data, size_bytes, &complete);

		data += used;
		size_bytes -= used;
		if (complete) {
			const mlf_rpc_status_t outcome = take_packet(server);

			status = outcome != MLF_RPC_OK ? outcome : status;
		}
	}
	return status;
}
