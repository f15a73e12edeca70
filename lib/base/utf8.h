/*
 * utf8.h - code points
 */
#ifndef MM_BASE_UTF8_H
#define MM_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * The code point at p (n >= 1 bytes left) into *cp; returns its bytes, or 0
 * when they are not UTF-8 (overlong, surrogate, over 10FFFF, cut).
 */
size_t mm_utf8_decode(const char *p, size_t n, uint32_t *cp);

/* Writes up to 4 bytes, returns how many; 0 for what is not a code point. */
size_t mm_utf8_encode(uint32_t cp, char out[4]);

/* The offset of the first byte that is not UTF-8, or n. */
size_t mm_utf8_check(const char *p, size_t n);

/* How many code points p[0..n) has, where it is UTF-8. */
size_t mm_utf8_count(const char *p, size_t n);

/*
 * Append p[0..n) with each wrong byte sequence replaced by U+FFFD, as Python's
 * errors="replace" does (one per maximal prefix of a valid sequence).
 */
void mm_utf8_repair(struct mm_buf *out, const char *p, size_t n);

#endif
