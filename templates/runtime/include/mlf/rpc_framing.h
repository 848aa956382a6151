/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets on a byte stream, as microTVM frames them (TVM 0.8 to 0.18).
 *
 *     FF FD | length, 4 bytes | payload | CRC, 2 bytes          little endian
 *
 * An FF inside length, payload or CRC is sent as FF FF. FF FE is ignored and may occur
 * anywhere. FF FD always begins a packet, whatever came before, so a reader resynchronises
 * after any loss. A lone FE is sent before the first packet: it cancels an FF that an
 * incomplete packet left behind. The CRC is CRC-16-CCITT (polynomial 1021, initial
 * value FFFF, most significant bit first) over the bytes as sent, from FF FD to the last
 * byte of the payload.
 */
#ifndef MLF_RPC_FRAMING_H_
#define MLF_RPC_FRAMING_H_

#include <stdbool.h>
#include <stdint.h>

#include <mlf/rpc_config.h>
#include <mlf/rpc_status.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MLF_RPC_ESCAPE 0xFFU
#define MLF_RPC_NOP 0xFEU
#define MLF_RPC_START 0xFDU

/* The maximum number of bytes on the wire for a payload of that many bytes. */
#define MLF_RPC_WIRE_BYTES(payload_bytes) (3U + 2U * ((payload_bytes) + 6U))

/* Sends all size_bytes bytes, or returns a negative number. */
typedef int32_t (*mlf_rpc_write_fn)(void *context, const uint8_t *data, uint32_t size_bytes);

/* Continues a CRC over size_bytes more bytes; begin with FFFF. */
uint16_t mlf_rpc_crc16(uint16_t crc, const uint8_t *data, uint32_t size_bytes);

typedef struct mlf_rpc_encoder {
	mlf_rpc_write_fn write;
	void *context;
	uint32_t remaining_bytes; /* of the announced payload */
	uint32_t write_errors;
	uint16_t crc;
	uint16_t used_bytes;
	mlf_rpc_status_t status; /* of the packet that is being sent */
	bool clean;              /* the last packet was sent completely */
	uint8_t chunk[MLF_RPC_CONFIG_CHUNK_BYTES];
} mlf_rpc_encoder_t;

void mlf_rpc_encoder_init(mlf_rpc_encoder_t *encoder, mlf_rpc_write_fn write, void *context);

/* A packet is one begin, any number of puts, and one end. The first error persists until end. */
void mlf_rpc_encoder_begin(mlf_rpc_encoder_t *encoder, uint32_t payload_bytes);
void mlf_rpc_encoder_put(mlf_rpc_encoder_t *encoder, const void *data, uint32_t size_bytes);
mlf_rpc_status_t mlf_rpc_encoder_end(mlf_rpc_encoder_t *encoder);

typedef struct mlf_rpc_decoder {
	uint8_t *buffer;
	uint32_t capacity_bytes;
	uint32_t length_bytes;   /* announced */
	uint32_t received_bytes; /* may exceed capacity_bytes: the rest was not kept */
	uint16_t crc;
	uint16_t crc_received;
	uint8_t state;
	uint8_t field_bytes;
	bool escaped;
	uint32_t packets;       /* complete and correct */
	uint32_t crc_errors;
	uint32_t short_packets; /* a new one began before the end */
	uint32_t bad_escapes;
	uint32_t noise_bytes;   /* outside any packet */
} mlf_rpc_decoder_t;

void mlf_rpc_decoder_init(mlf_rpc_decoder_t *decoder);

/* Sets where the next payload is stored. Only between packets. */
void mlf_rpc_decoder_target(mlf_rpc_decoder_t *decoder, uint8_t *buffer, uint32_t capacity_bytes);

/*
 * Consumes bytes until a packet is complete or there are no more; returns how many it used.
 * *complete: a packet of received_bytes with the correct CRC is in the buffer.
 */
uint32_t mlf_rpc_decoder_feed(mlf_rpc_decoder_t *decoder, const uint8_t *data, uint32_t size_bytes,
			      bool *complete);

#ifdef __cplusplus
}
#endif

#endif /* MLF_RPC_FRAMING_H_ */
