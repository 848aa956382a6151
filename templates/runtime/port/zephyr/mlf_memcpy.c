/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memcpy for applications with Zephyr's minimal libc, whose own copies byte by byte unless both addresses are equally
 * far from a word boundary. The linker's --wrap=memcpy makes all calls come here.
 */
#include <stddef.h>
#include <stdint.h>

#define WORD sizeof(uint32_t)
#define GROUP (4U * WORD)
#define BLOCK (4U * GROUP)

/* Alignment that the processor needs to load a word. */
#ifdef __ARM_FEATURE_UNALIGNED
#define LOAD_ALIGNMENT 1U
#else
#define LOAD_ALIGNMENT WORD
#endif

void *__wrap_memcpy(void *destination, const void *source, size_t size);

static inline void copy_word(uint8_t *to, const uint8_t *from)
{
	uint32_t word;

	__builtin_memcpy(&word, __builtin_assume_aligned(from, LOAD_ALIGNMENT), WORD);
	__builtin_memcpy(__builtin_assume_aligned(to, WORD), &word, WORD);
}

static inline void copy_group(uint8_t *to, const uint8_t *from)
{
	copy_word(to, from);
	copy_word(to + WORD, from + WORD);
	copy_word(to + 2U * WORD, from + 2U * WORD);
	copy_word(to + 3U * WORD, from + 3U * WORD);
}

void *__wrap_memcpy(void *destination, const void *source, size_t size)
{
	uint8_t *to = destination;
	const uint8_t *from = source;

	for (; size > 0U && (uintptr_t)to % WORD != 0U; size--) {
		*to++ = *from++;
	}
	if ((uintptr_t)from % LOAD_ALIGNMENT == 0U) {
		for (; size >= BLOCK; size -= BLOCK) {
			copy_group(to, from);
			copy_group(to + GROUP, from + GROUP);
			copy_group(to + 2U * GROUP, from + 2U * GROUP);
			copy_group(to + 3U * GROUP, from + 3U * GROUP);
			to += BLOCK;
			from += BLOCK;
		}
		for (; size >= WORD; size -= WORD) {
			copy_word(to, from);
			to += WORD;
			from += WORD;
		}
	}
	for (; size > 0U; size--) {
		*to++ = *from++;
	}
	return destination;
}
