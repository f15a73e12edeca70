/*
 * likeness.h - the features of the pictures that examples are chosen by
 *
 * They are kept in a file of their own, since to make them takes an encoder
 * and a while:
 *
 *     rices-HASH.features     magic, key, numbers, hash of the features,
 *                                 the features; little-endian
 *
 * HASH is of the key, and the key of all that they depend on: the model's
 * weights and shape, how it makes pictures into pixels, each picture's bytes,
 * the build and the level of instructions.  So another model or other data
 * have another file, and what is not whole is made again.
 */
#ifndef MM_EVAL_LIKENESS_H
#define MM_EVAL_LIKENESS_H

#include <stddef.h>

#include "base/err.h"
#include "eval/features.h"
#include "eval/source.h"

/*
 * *rows becomes [items of the pool, mm_features_width(f)], the caller's: the
 * pooled features of the first picture of each item, zeros where there is none,
 * NaN where it or the item is bad.  beside: a file in
 * whose folder they are kept; NULL: nowhere.  MM_ESTOP after a signal.
 */
int mm_likeness_read(float **rows, struct mm_source *pool,
                     struct mm_features *f, const char *beside,
                     struct mm_err *err);

#endif
