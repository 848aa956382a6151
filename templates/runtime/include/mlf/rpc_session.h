/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions over packets, the device's side, as microTVM defines them (TVM 0.8 to 0.18).
 *
 * A payload is a session id (2 bytes, little endian), a message type (1 byte) and a body. The
 * id's low byte is the host's nonce, its high byte the device's; a nonce is never 0. The
 * host opens a session with START_INIT (its nonce and 0; body: version 1), and the device
 * answers START_REPLY with both nonces. START_INIT inside a session ends it and opens
 * another. TERMINATE ends it. LOG has the id 0 and may be sent at any time. NORMAL carries RPC.
 */
#ifndef MLF_RPC_SESSION_H_
#define MLF_RPC_SESSION_H_

#include <mlf/rpc_framing.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MLF_RPC_HEADER_BYTES 3U

/* TVM's host stalls on an empty log message and on one longer than this. */
#define MLF_RPC_MAX_LOG_BYTES 1023U

enum mlf_rpc_message {
	MLF_RPC_START_INIT = 0x00,
	MLF_RPC_START_REPLY = 0x01,
	MLF_RPC_TERMINATE = 0x02,
	MLF_RPC_LOG = 0x03,
	MLF_RPC_NORMAL = 0x10,
};

typedef enum mlf_rpc_event {
	MLF_RPC_EVENT_NONE,
	MLF_RPC_EVENT_STARTED, /* a new session; the previous one, if any, is over */
	MLF_RPC_EVENT_ENDED,
	MLF_RPC_EVENT_MESSAGE, /* NORMAL, of this session; its body begins after the header */
} mlf_rpc_event_t;

typedef struct mlf_rpc_session {
	mlf_rpc_encoder_t encoder;
	uint32_t served;  /* sessions opened */
	uint32_t refused; /* messages of another session, or invalid ones */
	uint16_t id;
	uint8_t nonce;
	bool established;
} mlf_rpc_session_t;

/* seed: any byte that differs from reset to reset, so that a host notices the reset. */
void mlf_rpc_session_init(mlf_rpc_session_t *session, mlf_rpc_write_fn write, void *context,
			  uint8_t seed);

/* Both end the session; the second one also sends TERMINATE to the host. */
void mlf_rpc_session_forget(mlf_rpc_session_t *session);
mlf_rpc_status_t mlf_rpc_session_terminate(mlf_rpc_session_t *session);

/* Takes one payload. size_bytes: its size, of which at least the first 4 bytes are at payload. */
mlf_rpc_event_t mlf_rpc_session_receive(mlf_rpc_session_t *session, const uint8_t *payload,
					uint32_t size_bytes);

/* To send a message: one begin, puts on session->encoder, one mlf_rpc_encoder_end. */
void mlf_rpc_session_begin(mlf_rpc_session_t *session, enum mlf_rpc_message type,
			   uint32_t body_bytes);

/* Sends a line for the host's log, cut at MLF_RPC_MAX_LOG_BYTES. Not from inside a write. */
mlf_rpc_status_t mlf_rpc_session_log(mlf_rpc_session_t *session, const char *text);

#ifdef __cplusplus
}
#endif

#endif /* MLF_RPC_SESSION_H_ */
