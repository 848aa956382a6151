/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MLF_RPC_STATUS_H_
#define MLF_RPC_STATUS_H_

/* 0 is success, every error is negative. */
typedef enum mlf_rpc_status {
	MLF_RPC_OK = 0,
	MLF_RPC_ERR_ARGUMENT = -1,   /* a NULL pointer, or a size or count out of range */
	MLF_RPC_ERR_WRITE = -2,      /* the write callback failed: the packet is incomplete */
	MLF_RPC_ERR_LENGTH = -3,     /* more or fewer payload bytes than were announced */
	MLF_RPC_ERR_NO_SESSION = -4, /* no host has opened a session */
	MLF_RPC_ERR_NO_MEMORY = -5,  /* the pool has no gap that is large enough */
	MLF_RPC_ERR_NO_BLOCK = -6,   /* MLF_RPC_CONFIG_MAX_BLOCKS blocks exist already */
} mlf_rpc_status_t;

#endif /* MLF_RPC_STATUS_H_ */
