/* SPDX-License-Identifier: Apache-2.0 */
#include <mlf/rpc_memory.h>

#include <stddef.h>
#include <string.h>

_Static_assert(MLF_RPC_CONFIG_MAX_BLOCKS >= 1 && MLF_RPC_CONFIG_MAX_BLOCKS <= 256,
	       "MLF_RPC_CONFIG_MAX_BLOCKS is out of range");

static bool power_of_two(uint32_t value)
{
	return value != 0U && (value & (value - 1U)) == 0U;
}

mlf_rpc_status_t mlf_rpc_memory_init(mlf_rpc_memory_t *memory, const mlf_rpc_pool_t *pools,
				     uint32_t num_pools)
{
	if (num_pools > UINT8_MAX || (num_pools != 0U && pools == NULL)) {
		return MLF_RPC_ERR_ARGUMENT;
	}
	for (uint32_t i = 0; i < num_pools; i++) {
		if (pools[i].name == NULL || pools[i].base == NULL || pools[i].size_bytes == 0U ||
		    !power_of_two(pools[i].alignment_bytes) ||
		    pools[i].alignment_bytes > MLF_RPC_MAX_ALIGNMENT_BYTES ||
		    pools[i].size_bytes > MLF_RPC_MAX_POOL_BYTES ||
		    ((uintptr_t)pools[i].base & (pools[i].alignment_bytes - 1U)) != 0U) {
			return MLF_RPC_ERR_ARGUMENT;
		}
	}
	memset(memory, 0, sizeof(*memory));
	memory->pools = pools;
	memory->num_pools = num_pools;
	return MLF_RPC_OK;
}

/* First place at or after 0 where size_bytes bytes are free; size of the pool if none. */
static uint32_t find_gap(const mlf_rpc_memory_t *memory, uint32_t pool, uint32_t size_bytes,
			 uint32_t alignment_bytes)
{
	const mlf_rpc_pool_t *where = &memory->pools[pool];
	const uintptr_t base = (uintptr_t)where->base;
	uint32_t offset = (uint32_t)(-base & (alignment_bytes - 1U));
	uint32_t i = 0;

	while (i < MLF_RPC_CONFIG_MAX_BLOCKS) {
		const mlf_rpc_block_t *block = &memory->blocks[i];

		if (offset > where->size_bytes || size_bytes > where->size_bytes - offset) {
			return where->size_bytes;
		}
		i++;
		if (block->size_bytes != 0U && block->pool == pool &&
		    block->offset_bytes < offset + size_bytes &&
		    offset < block->offset_bytes + block->size_bytes) {
			/* No place before this block's end is large enough: continue from there. */
			offset = block->offset_bytes + block->size_bytes;
			offset += (uint32_t)(-(base + offset) & (alignment_bytes - 1U));
			i = 0;
		}
	}
	return offset;
}

mlf_rpc_status_t mlf_rpc_memory_take(mlf_rpc_memory_t *memory, uint32_t pool, uint32_t size_bytes,
				     uint32_t alignment_bytes, uint32_t *block)
{
	const mlf_rpc_pool_t *where = &memory->pools[pool];
	/* An empty block has an address of its own too. */
	const uint32_t taken_bytes = size_bytes != 0U ? size_bytes : 1U;
	uint32_t offset;
	uint32_t entry = 0;

	if (!power_of_two(alignment_bytes) || alignment_bytes > MLF_RPC_MAX_ALIGNMENT_BYTES) {
		return MLF_RPC_ERR_ARGUMENT;
	}
	while (entry < MLF_RPC_CONFIG_MAX_BLOCKS && memory->blocks[entry].size_bytes != 0U) {
		entry++;
	}
	if (entry == MLF_RPC_CONFIG_MAX_BLOCKS) {
		return MLF_RPC_ERR_NO_BLOCK;
	}
	offset = find_gap(memory, pool, taken_bytes,
			  alignment_bytes > where->alignment_bytes ? alignment_bytes
								   : where->alignment_bytes);
	if (offset == where->size_bytes) {
		return MLF_RPC_ERR_NO_MEMORY;
	}
	memory->blocks[entry].offset_bytes = offset;
	memory->blocks[entry].size_bytes = taken_bytes;
	memory->blocks[entry].pool = (uint8_t)pool;
	memory->in_use_bytes += taken_bytes;
	if (memory->in_use_bytes > memory->peak_bytes) {
		memory->peak_bytes = memory->in_use_bytes;
	}
	*block = entry;
	return MLF_RPC_OK;
}

void mlf_rpc_memory_free(mlf_rpc_memory_t *memory, uint32_t block)
{
	memory->in_use_bytes -= memory->blocks[block].size_bytes;
	memory->blocks[block].size_bytes = 0;
	memory->blocks[block].serial++;
}

void mlf_rpc_memory_free_all(mlf_rpc_memory_t *memory)
{
	for (uint32_t i = 0; i < MLF_RPC_CONFIG_MAX_BLOCKS; i++) {
		memory->blocks[i].size_bytes = 0;
	}
	memory->in_use_bytes = 0;
}

uint8_t *mlf_rpc_memory_address(const mlf_rpc_memory_t *memory, uint32_t block)
{
	const mlf_rpc_block_t *entry = &memory->blocks[block];

	return (uint8_t *)memory->pools[entry->pool].base + entry->offset_bytes;
}

uint32_t mlf_rpc_memory_used(const mlf_rpc_memory_t *memory, uint32_t pool)
{
	uint32_t used_bytes = 0;

	for (uint32_t i = 0; i < MLF_RPC_CONFIG_MAX_BLOCKS; i++) {
		if (memory->blocks[i].size_bytes != 0U && memory->blocks[i].pool == pool) {
			used_bytes += memory->blocks[i].size_bytes;
		}
	}
	return used_bytes;
}
