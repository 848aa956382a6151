/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that a host allocates on the device: static pools, first fit, all of it freed at
 * the end of a session. The allocations are recorded in a fixed table beside the pools, so
 * that a program that overruns its block can't corrupt the bookkeeping.
 */
#ifndef MLF_RPC_MEMORY_H_
#define MLF_RPC_MEMORY_H_

#include <stdbool.h>
#include <stdint.h>

#include <mlf/rpc_config.h>
#include <mlf/rpc_status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Together they keep every sum of an offset, a size and a padding within 32 bits. */
#define MLF_RPC_MAX_ALIGNMENT_BYTES 65536U
#define MLF_RPC_MAX_POOL_BYTES 0x40000000U

/* A scope: static memory by name. */
typedef struct mlf_rpc_pool {
	const char *name;
	void *base;               /* aligned to alignment_bytes */
	uint32_t size_bytes;
	uint32_t alignment_bytes; /* of every block; a power of two */
} mlf_rpc_pool_t;

typedef struct mlf_rpc_block {
	uint32_t offset_bytes;
	uint32_t size_bytes; /* 0: free */
	uint8_t pool;
	uint8_t serial; /* counts the uses of this entry */
} mlf_rpc_block_t;

typedef struct mlf_rpc_memory {
	const mlf_rpc_pool_t *pools;
	uint32_t num_pools;
	uint32_t in_use_bytes;
	uint32_t peak_bytes; /* since init */
	mlf_rpc_block_t blocks[MLF_RPC_CONFIG_MAX_BLOCKS];
} mlf_rpc_memory_t;

/* Returns MLF_RPC_ERR_ARGUMENT if a pool is empty or misaligned, or its alignment is not a power of two. */
mlf_rpc_status_t mlf_rpc_memory_init(mlf_rpc_memory_t *memory, const mlf_rpc_pool_t *pools,
				     uint32_t num_pools);

/* alignment_bytes: a power of two; at least the pool's own is used. *block: the entry. */
mlf_rpc_status_t mlf_rpc_memory_take(mlf_rpc_memory_t *memory, uint32_t pool, uint32_t size_bytes,
				     uint32_t alignment_bytes, uint32_t *block);
void mlf_rpc_memory_free(mlf_rpc_memory_t *memory, uint32_t block);
void mlf_rpc_memory_free_all(mlf_rpc_memory_t *memory);

uint8_t *mlf_rpc_memory_address(const mlf_rpc_memory_t *memory, uint32_t block);

/* Returns the bytes in use in one pool. */
uint32_t mlf_rpc_memory_used(const mlf_rpc_memory_t *memory, uint32_t pool);

#ifdef __cplusplus
}
#endif

#endif /* MLF_RPC_MEMORY_H_ */
