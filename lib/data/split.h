/*
 * split.h - which samples are held out
 *
 * The choice depends on the sample only, so that the same document is held out
 * in every run and whatever stands beside it: XXH3-64 of the normalised
 * caption of a pair (equal captions stay together), or of the member "caption"
 * of other documents, else of the key, modulo 10.
 */
#ifndef MM_DATA_SPLIT_H
#define MM_DATA_SPLIT_H

#include "base/buf.h"
#include "base/err.h"
#include "data/sample.h"

#define MM_SPLIT_BUCKETS 10

/*
 * Append text in small letters, every run of characters that are neither
 * letters nor digits as one space, none at the ends, and without "a", "an" or
 * "the" in front.
 */
void mm_split_normalise(struct mm_buf *out, const char *text, size_t n);

/* 0..9 of a sample whose "json" is a document; -1 with MM_EDATA. */
int mm_split_bucket(const struct mm_sample *s, struct mm_err *err);

#endif
