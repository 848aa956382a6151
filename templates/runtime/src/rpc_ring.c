/* SPDX-License-Identifier: Apache-2.0 */
#include <mlf/rpc_ring.h>

static uint32_t following(const mlf_rpc_ring_t *ring, uint32_t index)
{
	return index + 1U < ring->size_bytes ? index + 1U : 0U;
}

uint32_t mlf_rpc_ring_write(mlf_rpc_ring_t *ring, const uint8_t *data, uint32_t size_bytes)
{
	const uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
	uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
	uint32_t taken = 0;

	while (taken < size_bytes && following(ring, head) != tail) {
		ring->bytes[head] = data[taken];
		head = following(ring, head);
		taken++;
	}
	atomic_store_explicit(&ring->head, head, memory_order_release);
	if (taken < size_bytes) {
		mlf_rpc_ring_add_lost(ring, size_bytes - taken);
	}
	return taken;
}

uint32_t mlf_rpc_ring_read(mlf_rpc_ring_t *ring, uint8_t *data, uint32_t size_bytes)
{
	const uint32_t head = atomic_load_explicit(&ring->head, memory_order_acquire);
	uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
	uint32_t taken = 0;

	while (taken < size_bytes && tail != head) {
		data[taken] = ring->bytes[tail];
		tail = following(ring, tail);
		taken++;
	}
	atomic_store_explicit(&ring->tail, tail, memory_order_release);
	return taken;
}

uint32_t mlf_rpc_ring_lost(const mlf_rpc_ring_t *ring)
{
	return atomic_load_explicit(&ring->lost_bytes, memory_order_relaxed);
}

void mlf_rpc_ring_add_lost(mlf_rpc_ring_t *ring, uint32_t bytes)
{
	(void)atomic_fetch_add_explicit(&ring->lost_bytes, bytes, memory_order_relaxed);
}
