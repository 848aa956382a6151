/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compile-time settings of the RPC server. Define them on the command line, or name your own
 * header with -DMLF_CONFIG_FILE='"my_mlf_config.h"'; don't edit this file.
 *
 * Each setting costs static memory in mlf_rpc_server_t; the comment says how much.
 */
#ifndef MLF_RPC_CONFIG_H_
#define MLF_RPC_CONFIG_H_

#ifdef MLF_CONFIG_FILE
#include MLF_CONFIG_FILE
#endif

/* Arguments of one call: 60 bytes each on a 32-bit machine. */
#ifndef MLF_RPC_CONFIG_MAX_ARGS
#define MLF_RPC_CONFIG_MAX_ARGS 24
#endif

/* Dimensions of all tensors of one call together: 8 bytes each. */
#ifndef MLF_RPC_CONFIG_MAX_DIMS
#define MLF_RPC_CONFIG_MAX_DIMS (6 * MLF_RPC_CONFIG_MAX_ARGS)
#endif

/* Memory blocks that may be allocated at one time, in all pools: 12 bytes each. */
#ifndef MLF_RPC_CONFIG_MAX_BLOCKS
#define MLF_RPC_CONFIG_MAX_BLOCKS 128
#endif

/* Time evaluators that exist at one time: 40 bytes each. */
#ifndef MLF_RPC_CONFIG_MAX_TIMERS
#define MLF_RPC_CONFIG_MAX_TIMERS 4
#endif

/* Bytes of the longest error message that the server composes. */
#ifndef MLF_RPC_CONFIG_ERROR_BYTES
#define MLF_RPC_CONFIG_ERROR_BYTES 160
#endif

/* Bytes passed to the write callback at a time. */
#ifndef MLF_RPC_CONFIG_CHUNK_BYTES
#define MLF_RPC_CONFIG_CHUNK_BYTES 64
#endif

#endif /* MLF_RPC_CONFIG_H_ */
