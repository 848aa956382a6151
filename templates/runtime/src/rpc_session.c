/* SPDX-License-Identifier: Apache-2.0 */
#include <mlf/rpc_session.h>

#include <string.h>

#define SESSION_VERSION 1U
#define START_BODY_BYTES 1U

void mlf_rpc_session_init(mlf_rpc_session_t *session, mlf_rpc_write_fn write, void *context,
			  uint8_t seed)
{
	memset(session, 0, sizeof(*session));
	mlf_rpc_encoder_init(&session->encoder, write, context);
	session->nonce = seed;
}

void mlf_rpc_session_forget(mlf_rpc_session_t *session)
{
	session->established = false;
	session->id = 0;
}

void mlf_rpc_session_begin(mlf_rpc_session_t *session, enum mlf_rpc_message type,
			   uint32_t body_bytes)
{
	const uint16_t id = type == MLF_RPC_LOG ? 0U : session->id;
	const uint8_t header[MLF_RPC_HEADER_BYTES] = {(uint8_t)id, (uint8_t)(id >> 8),
						      (uint8_t)type};

	mlf_rpc_encoder_begin(&session->encoder, MLF_RPC_HEADER_BYTES + body_bytes);
	mlf_rpc_encoder_put(&session->encoder, header, sizeof(header));
}

mlf_rpc_status_t mlf_rpc_session_terminate(mlf_rpc_session_t *session)
{
	mlf_rpc_session_forget(session);
	mlf_rpc_session_begin(session, MLF_RPC_TERMINATE, 0);
	return mlf_rpc_encoder_end(&session->encoder);
}

mlf_rpc_status_t mlf_rpc_session_log(mlf_rpc_session_t *session, const char *text)
{
	uint32_t size_bytes = 0;

	while (size_bytes < MLF_RPC_MAX_LOG_BYTES && text[size_bytes] != '\0') {
		size_bytes++;
	}
	if (size_bytes == 0U) {
		return MLF_RPC_OK;
	}
	mlf_rpc_session_begin(session, MLF_RPC_LOG, size_bytes);
	mlf_rpc_encoder_put(&session->encoder, text, size_bytes);
	return mlf_rpc_encoder_end(&session->encoder);
}

/* Runs through 1 to 255 before one repeats, so that two sessions in a row never share one. */
static uint8_t next_nonce(uint8_t nonce)
{
	const uint8_t next = (uint8_t)(nonce * 5U + 3U);

	return next != 0U ? next : (uint8_t)(next * 5U + 3U);
}

static mlf_rpc_event_t start(mlf_rpc_session_t *session, uint8_t host_nonce)
{
	static const uint8_t body[START_BODY_BYTES] = {SESSION_VERSION};
	const bool replaced = session->established;

	session->nonce = next_nonce(session->nonce);
	session->id = (uint16_t)(host_nonce | ((uint32_t)session->nonce << 8));
	mlf_rpc_session_begin(session, MLF_RPC_START_REPLY, sizeof(body));
	mlf_rpc_encoder_put(&session->encoder, body, sizeof(body));
	session->established = mlf_rpc_encoder_end(&session->encoder) == MLF_RPC_OK;
	if (!session->established) {
		mlf_rpc_session_forget(session);
		return replaced ? MLF_RPC_EVENT_ENDED : MLF_RPC_EVENT_NONE;
	}
	session->served++;
	return MLF_RPC_EVENT_STARTED;
}

mlf_rpc_event_t mlf_rpc_session_receive(mlf_rpc_session_t *session, const uint8_t *payload,
					uint32_t size_bytes)
{
	uint16_t id;

	if (size_bytes < MLF_RPC_HEADER_BYTES) {
		session->refused++;
		return MLF_RPC_EVENT_NONE;
	}
	id = (uint16_t)(payload[0] | ((uint32_t)payload[1] << 8));
	switch (payload[2]) {
	case MLF_RPC_START_INIT:
		if (size_bytes < MLF_RPC_HEADER_BYTES + START_BODY_BYTES || payload[0] == 0U) {
			break;
		}
		return start(session, payload[0]);
	case MLF_RPC_TERMINATE:
		/* The last host to speak owns the line: a host that lost its session has no id. */
		if (!session->established) {
			return MLF_RPC_EVENT_NONE;
		}
		mlf_rpc_session_forget(session);
		return MLF_RPC_EVENT_ENDED;
	case MLF_RPC_NORMAL:
		if (session->established && id == session->id) {
			return MLF_RPC_EVENT_MESSAGE;
		}
		break;
	case MLF_RPC_LOG:
		return MLF_RPC_EVENT_NONE;
	default:
		break;
	}
	session->refused++;
	return MLF_RPC_EVENT_NONE;
}
