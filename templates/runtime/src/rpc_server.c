/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "rpc_internal.h"

#define LENGTH_BYTES ((uint32_t)sizeof(uint64_t))

/* Everything a session had is free again. */
RPC_SMALL static void release_all(mlf_rpc_server_t *server)
{
	mlf_rpc_memory_free_all(&server->memory);
	for (uint32_t i = 0; i < MLF_RPC_CONFIG_MAX_TIMERS; i++) {
		server->timers[i].function = NULL;
		server->timers[i].model = NULL;
	}
	server->filled_bytes = 0;
	server->skip_bytes = 0;
}

RPC_SMALL static bool app_is_right(const mlf_rpc_app_t *app)
{
	if ((app->num_functions != 0U && app->functions == NULL) ||
	    (app->num_globals != 0U && app->globals == NULL) ||
	    (app->num_models != 0U && app->models == NULL) ||
	    app->num_functions > RPC_MAX_FUNCTIONS || app->num_globals > RPC_MAX_FUNCTIONS ||
	    app->num_models > RPC_MAX_MODELS) {
		return false;
	}
	for (uint32_t i = 0; i < app->num_models; i++) {
		/* Their sum must fit in a handle's index. */
		if (app->models[i].num_inputs + app->models[i].num_outputs > RPC_MAX_TENSORS) {
			return false;
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

/* Answers one request, given without its length. */
RPC_SMALL static void answer(mlf_rpc_server_t *server, uint8_t *request, uint32_t size_bytes)
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

/* The size of the request at the packet's start, with its length; saturates. */
RPC_SMALL static uint32_t request_bytes(const mlf_rpc_server_t *server)
{
	uint32_t length[2];

	memcpy(length, server->packet, LENGTH_BYTES);
	return length[1] == 0U && length[0] < UINT32_MAX - LENGTH_BYTES ? length[0] + LENGTH_BYTES
									: UINT32_MAX;
}

/*
 * Answers the requests that are complete; one may come in several messages. missing_bytes:
 * of the last message, that found no room.
 */
RPC_SMALL static void answer_complete(mlf_rpc_server_t *server, uint32_t missing_bytes)
{
	const uint32_t limit_bytes = server->packet_bytes - MLF_RPC_HEADER_BYTES;

	while (server->filled_bytes >= LENGTH_BYTES) {
		const uint32_t total_bytes = request_bytes(server);
		const uint32_t came_bytes = server->filled_bytes + missing_bytes;

		if (total_bytes <= server->filled_bytes) {
			if (total_bytes > LENGTH_BYTES) {
				answer(server, server->packet + LENGTH_BYTES,
				       total_bytes - LENGTH_BYTES);
			}
			if (!server->session.established) {
				return;
			}
			server->filled_bytes -= total_bytes;
			memmove(server->packet, server->packet + total_bytes, server->filled_bytes);
			continue;
		}
		if (missing_bytes == 0U && total_bytes <= limit_bytes) {
			return;
		}
		server->skip_bytes = total_bytes > came_bytes ? total_bytes - came_bytes : 0U;
		server->filled_bytes = 0;
		server->oversize++;
		(void)rpc_fail(server, "the request has %u bytes, but the device accepts only %u",
			       total_bytes, limit_bytes);
		rpc_reply_exception(server, server->error);
		return;
	}
}

/* How many of the next bytes belong to a request that was too long. */
RPC_SMALL static uint32_t skip(mlf_rpc_server_t *server, uint32_t size_bytes)
{
	const uint32_t skipped_bytes =
		server->skip_bytes < size_bytes ? server->skip_bytes : size_bytes;

	server->skip_bytes -= skipped_bytes;
	return skipped_bytes;
}

/* A message's body joins what is there of the request. */
RPC_SMALL static void take_message(mlf_rpc_server_t *server, uint32_t received_bytes)
{
	const uint32_t room_bytes = server->packet_bytes - server->filled_bytes;
	const uint32_t kept_bytes = received_bytes < room_bytes ? received_bytes : room_bytes;
	const uint32_t body_bytes = kept_bytes - MLF_RPC_HEADER_BYTES;
	const uint32_t skipped_bytes = skip(server, body_bytes);
	uint8_t *start = server->packet + server->filled_bytes;
	uint32_t missing_bytes = received_bytes - kept_bytes;

	memmove(start, start + MLF_RPC_HEADER_BYTES + skipped_bytes, body_bytes - skipped_bytes);
	server->filled_bytes += body_bytes - skipped_bytes;
	missing_bytes -= skip(server, missing_bytes);
	answer_complete(server, missing_bytes);
}

RPC_SMALL static mlf_rpc_status_t take_packet(mlf_rpc_server_t *server)
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
