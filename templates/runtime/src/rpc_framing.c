/* SPDX-License-Identifier: Apache-2.0 */
#include <mlf/rpc_framing.h>

#include <stddef.h>
#include <string.h>

_Static_assert(MLF_RPC_CONFIG_CHUNK_BYTES >= 8 && MLF_RPC_CONFIG_CHUNK_BYTES <= 4096,
	       "MLF_RPC_CONFIG_CHUNK_BYTES is out of range");

enum {
	STATE_HUNT,
	STATE_LENGTH,
	STATE_PAYLOAD,
	STATE_CRC,
};

#define CRC_INITIAL 0xFFFFU

uint16_t mlf_rpc_crc16(uint16_t crc, const uint8_t *data, uint32_t size_bytes)
{
	uint32_t value = crc;

	for (uint32_t i = 0; i < size_bytes; i++) {
		/* One byte at a time without a table: the polynomial has bits 12, 5 and 0. */
		uint32_t top = ((value >> 8) ^ data[i]) & 0xFFU;

		top ^= top >> 4;
		value = ((value << 8) ^ (top << 12) ^ (top << 5) ^ top) & 0xFFFFU;
	}
	return (uint16_t)value;
}

void mlf_rpc_encoder_init(mlf_rpc_encoder_t *encoder, mlf_rpc_write_fn write, void *context)
{
	memset(encoder, 0, sizeof(*encoder));
	encoder->write = write;
	encoder->context = context;
}

static void flush(mlf_rpc_encoder_t *encoder)
{
	if (encoder->status == MLF_RPC_OK && encoder->used_bytes != 0U &&
	    encoder->write(encoder->context, encoder->chunk, encoder->used_bytes) < 0) {
		encoder->status = MLF_RPC_ERR_WRITE;
		encoder->write_errors++;
	}
	encoder->used_bytes = 0;
}

static void put_raw(mlf_rpc_encoder_t *encoder, uint8_t byte)
{
	if (encoder->used_bytes == MLF_RPC_CONFIG_CHUNK_BYTES) {
		flush(encoder);
	}
	encoder->chunk[encoder->used_bytes] = byte;
	encoder->used_bytes++;
}

static void put_escaped(mlf_rpc_encoder_t *encoder, const uint8_t *data, uint32_t size_bytes)
{
	for (uint32_t i = 0; i < size_bytes && encoder->status == MLF_RPC_OK; i++) {
		uint32_t copies = data[i] == MLF_RPC_ESCAPE ? 2U : 1U;

		for (; copies != 0U; copies--) {
			put_raw(encoder, data[i]);
			encoder->crc = mlf_rpc_crc16(encoder->crc, &data[i], 1);
		}
	}
}

void mlf_rpc_encoder_begin(mlf_rpc_encoder_t *encoder, uint32_t payload_bytes)
{
	static const uint8_t start[] = {MLF_RPC_ESCAPE, MLF_RPC_START};
	const uint8_t length[] = {(uint8_t)payload_bytes, (uint8_t)(payload_bytes >> 8),
				  (uint8_t)(payload_bytes >> 16), (uint8_t)(payload_bytes >> 24)};

	encoder->status = MLF_RPC_OK;
	encoder->used_bytes = 0;
	if (!encoder->clean) {
		put_raw(encoder, MLF_RPC_NOP);
	}
	put_raw(encoder, start[0]);
	put_raw(encoder, start[1]);
	encoder->crc = mlf_rpc_crc16(CRC_INITIAL, start, sizeof(start));
	encoder->remaining_bytes = payload_bytes;
	put_escaped(encoder, length, sizeof(length));
}

void mlf_rpc_encoder_put(mlf_rpc_encoder_t *encoder, const void *data, uint32_t size_bytes)
{
	if (size_bytes > encoder->remaining_bytes) {
		encoder->status = MLF_RPC_ERR_LENGTH;
		return;
	}
	encoder->remaining_bytes -= size_bytes;
	put_escaped(encoder, data, size_bytes);
}

mlf_rpc_status_t mlf_rpc_encoder_end(mlf_rpc_encoder_t *encoder)
{
	const uint8_t crc[] = {(uint8_t)encoder->crc, (uint8_t)(encoder->crc >> 8)};

	if (encoder->status == MLF_RPC_OK && encoder->remaining_bytes != 0U) {
		encoder->status = MLF_RPC_ERR_LENGTH;
	}
	put_escaped(encoder, crc, sizeof(crc));
	flush(encoder);
	encoder->clean = encoder->status == MLF_RPC_OK;
	return encoder->status;
}

void mlf_rpc_decoder_init(mlf_rpc_decoder_t *decoder)
{
	memset(decoder, 0, sizeof(*decoder));
}

void mlf_rpc_decoder_target(mlf_rpc_decoder_t *decoder, uint8_t *buffer, uint32_t capacity_bytes)
{
	decoder->buffer = buffer;
	decoder->capacity_bytes = capacity_bytes;
}

static void begin_packet(mlf_rpc_decoder_t *decoder)
{
	static const uint8_t start[] = {MLF_RPC_ESCAPE, MLF_RPC_START};

	decoder->state = STATE_LENGTH;
	decoder->escaped = false;
	decoder->field_bytes = 0;
	decoder->length_bytes = 0;
	decoder->received_bytes = 0;
	decoder->crc_received = 0;
	decoder->crc = mlf_rpc_crc16(CRC_INITIAL, start, sizeof(start));
}

static void hunt(mlf_rpc_decoder_t *decoder, uint8_t byte)
{
	if (decoder->escaped && byte == MLF_RPC_START) {
		begin_packet(decoder);
		return;
	}
	/* FF FF FD may be an escaped FF and an FD, or a stray FF and a start. It counts as a
	 * start, for a false one is ended by the next true one and a missed one is lost. */
	decoder->escaped = byte == MLF_RPC_ESCAPE;
	if (byte != MLF_RPC_ESCAPE && byte != MLF_RPC_NOP) {
		decoder->noise_bytes++;
	}
}

/* Returns true when the byte stands for itself. */
static bool unescape(mlf_rpc_decoder_t *decoder, uint8_t byte)
{
	if (!decoder->escaped) {
		decoder->escaped = byte == MLF_RPC_ESCAPE;
		return !decoder->escaped;
	}
	decoder->escaped = false;
	switch (byte) {
	case MLF_RPC_ESCAPE:
		return true;
	case MLF_RPC_NOP:
		return false;
	case MLF_RPC_START:
		decoder->short_packets++;
		begin_packet(decoder);
		return false;
	default:
		decoder->bad_escapes++;
		decoder->state = STATE_HUNT;
		return false;
	}
}

static bool take_crc_byte(mlf_rpc_decoder_t *decoder, uint8_t byte)
{
	decoder->crc_received |= (uint16_t)((uint32_t)byte << (8U * decoder->field_bytes));
	decoder->field_bytes++;
	if (decoder->field_bytes < sizeof(decoder->crc_received)) {
		return false;
	}
	decoder->state = STATE_HUNT;
	if (decoder->crc_received != decoder->crc) {
		decoder->crc_errors++;
		return false;
	}
	decoder->packets++;
	return true;
}

static void end_field(mlf_rpc_decoder_t *decoder, uint8_t next)
{
	decoder->field_bytes = 0;
	decoder->state = next;
}

/* Returns true when the byte completes a packet with the right CRC. */
static bool take(mlf_rpc_decoder_t *decoder, uint8_t byte)
{
	switch (decoder->state) {
	case STATE_LENGTH:
		decoder->length_bytes |= (uint32_t)byte << (8U * decoder->field_bytes);
		decoder->field_bytes++;
		if (decoder->field_bytes == sizeof(decoder->length_bytes)) {
			end_field(decoder, decoder->length_bytes != 0U ? STATE_PAYLOAD : STATE_CRC);
		}
		return false;
	case STATE_PAYLOAD:
		if (decoder->received_bytes < decoder->capacity_bytes) {
			decoder->buffer[decoder->received_bytes] = byte;
		}
		decoder->received_bytes++;
		if (decoder->received_bytes == decoder->length_bytes) {
			end_field(decoder, STATE_CRC);
		}
		return false;
	default:
		return take_crc_byte(decoder, byte);
	}
}

uint32_t mlf_rpc_decoder_feed(mlf_rpc_decoder_t *decoder, const uint8_t *data, uint32_t size_bytes,
			      bool *complete)
{
	uint32_t used = 0;

	*complete = false;
	while (used < size_bytes && !*complete) {
		const uint8_t byte = data[used];

		used++;
		if (decoder->state == STATE_HUNT) {
			hunt(decoder, byte);
			continue;
		}
		if (decoder->state != STATE_CRC) {
			decoder->crc = mlf_rpc_crc16(decoder->crc, &byte, 1);
		}
		if (unescape(decoder, byte)) {
			*complete = take(decoder, byte);
		}
	}
	return used;
}
