/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs models on recorded inputs and prints the results in lines that a script can parse:
 *
 *     mlf: kws set 0 output 0: 80808080
 *     mlf: kws set 0: 41237 us, as expected
 *     mlf: kws workspace: 56192 of 56192 bytes touched
 *     mlf: end, 0 failures
 *
 * This is the definition of those lines, in ABNF (RFC 5234). Other lines, such as those of mlf/profile.h, may come
 * between them:
 *
 *     console   = *( sample / workspace ) end
 *     sample    = *output ( time / error )
 *     output    = set " output " number ": " 1*byte LF  ; of the tensor, in memory order
 *     time      = set ": " number " us" [ ", as expected" / ", DIFFERS" ] LF
 *     error     = set ": error: " text LF
 *     workspace = "mlf: " model " workspace: " number " of " number " bytes touched" LF
 *     end       = "mlf: end, " number " failures" LF
 *     set       = "mlf: " model " set " number          ; numbered from 0, for each model
 *     model     = 1*VCHAR                               ; as in mlf_model_t
 *     text      = 1*( SP / VCHAR )
 *     byte      = 2( DIGIT / %x61-66 )                  ; two lower-case hexadecimal digits
 *     number    = 1*DIGIT
 */
#ifndef MLF_SAMPLE_H_
#define MLF_SAMPLE_H_

#include <mlf/mlf.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One run: the bytes of every input, and of every output when they are known. */
typedef struct mlf_sample {
	const mlf_model_t *model;
	const uint8_t *const *inputs;
	const uint8_t *const *expected; /* NULL: not known */
	uint32_t number;                /* the set's number, from 0 */
} mlf_sample_t;

/* What the application provides: a console and a clock. */
typedef struct mlf_sample_io {
	void (*print)(const char *text); /* text ends with NUL; lines end with \n */
	uint32_t (*now_us)(void);        /* free-running microseconds */
} mlf_sample_io_t;

/* Runs all samples. Returns the number of failures: errors, and outputs that differ from the expected ones. */
uint32_t mlf_sample_run_all(const mlf_sample_t *samples, uint32_t count,
			    const mlf_sample_io_t *io);

#ifdef __cplusplus
}
#endif

#endif /* MLF_SAMPLE_H_ */
