/*
 * safetensors_scan.h - the tokens of a safetensors header; for
 * safetensors_parse.c only
 */
#ifndef MM_MODEL_SAFETENSORS_SCAN_H
#define MM_MODEL_SAFETENSORS_SCAN_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct mm_st_scan {
    char *text;
    size_t n, at;
    int decode;       /* strings in place; else text stays as it is */
    const char *name; /* of the tensor that is scanned, for messages */
    size_t name_len;
    struct mm_err *err;
};

/* MM_EDATA that names the tensor, or the byte.  -1 */
int mm_scan_fail(const struct mm_st_scan *s, const char *what);

void mm_scan_space(struct mm_st_scan *s);

/* Is c next?  Then it is consumed. */
int mm_scan_accept(struct mm_st_scan *s, char c);
int mm_scan_expect(struct mm_st_scan *s, char c, const char *what);

/*
 * A string: its raw text, or decoded in place and ended with a NUL, at the
 * latest where its quote stood.
 */
int mm_scan_string(struct mm_st_scan *s, const char **str, size_t *len);

/* An array of at most max whole numbers, without sign or exponent */
int mm_scan_wholes(struct mm_st_scan *s, uint64_t *v, size_t max, size_t *n);

#endif
