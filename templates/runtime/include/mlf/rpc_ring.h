/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passes bytes from a receive interrupt to a task: one writer, one reader, no lock.
 *
 * MLF_RPC_RING_DEFINE(console_ring, MLF_RPC_RING_MIN_BYTES(PACKET_BYTES), PACKET_BYTES)
 * declares a ring with room for a whole packet of PACKET_BYTES payload, however many of its
 * bytes need escaping: nothing is lost while the task can't read. Bytes that do not fit are
 * dropped and counted.
 */
#ifndef MLF_RPC_RING_H_
#define MLF_RPC_RING_H_

#include <stdatomic.h>
#include <stdint.h>

#include <mlf/rpc_framing.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mlf_rpc_ring {
	uint8_t *bytes;
	uint32_t size_bytes;
	_Atomic uint32_t head; /* next to write; only the writer changes it */
	_Atomic uint32_t tail; /* next to read; only the reader changes it */
	_Atomic uint32_t lost_bytes;
} mlf_rpc_ring_t;

/* One byte more than a packet, so that a full ring differs from an empty one. */
#define MLF_RPC_RING_MIN_BYTES(packet_bytes) (MLF_RPC_WIRE_BYTES(packet_bytes) + 1U)

#define MLF_RPC_RING_DEFINE(name, ring_bytes, packet_bytes)                                        \
	_Static_assert((ring_bytes) >= MLF_RPC_RING_MIN_BYTES(packet_bytes),                       \
		       "the receive ring is too small for a whole packet");                           \
	static uint8_t name##_storage[ring_bytes];                                                 \
	static mlf_rpc_ring_t name = {.bytes = name##_storage, .size_bytes = sizeof(name##_storage)}

/* For the writer. Returns how many bytes fitted; the others are counted as lost. */
uint32_t mlf_rpc_ring_write(mlf_rpc_ring_t *ring, const uint8_t *data, uint32_t size_bytes);

/* For the reader. Returns how many bytes were read, at most size_bytes. */
uint32_t mlf_rpc_ring_read(mlf_rpc_ring_t *ring, uint8_t *data, uint32_t size_bytes);

/* Returns the bytes lost since the start. The second function adds bytes that a driver lost, such as overruns. */
uint32_t mlf_rpc_ring_lost(const mlf_rpc_ring_t *ring);
void mlf_rpc_ring_add_lost(mlf_rpc_ring_t *ring, uint32_t bytes);

#ifdef __cplusplus
}
#endif

#endif /* MLF_RPC_RING_H_ */
