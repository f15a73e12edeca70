/*
 * validate.h - the loss on held-out sequences, for each source
 */
#ifndef MM_TRAIN_VALIDATE_H
#define MM_TRAIN_VALIDATE_H

#include <stddef.h>

#include "base/err.h"
#include "data/packed.h"

struct mm_engine;

struct mm_source_loss {
    char *name;
    double sum;    /* of cross-entropy over its supervised tokens */
    size_t tokens; /* or whatever the objective counts */
};

/* Sources in the order in which they turn up. */
struct mm_validation {
    struct mm_source_loss *sources;
    size_t n, cap;
};

/*
 * The objective of e on the first `max` sequences of data (0: all), `micro` at
 * a time.  Returns 1
 * when a stop was requested on the way: the result is not complete.
 */
int mm_validate(struct mm_validation *v, const struct mm_engine *e,
                struct mm_packed *data, size_t micro, size_t max,
                struct mm_err *err);
void mm_validation_release(struct mm_validation *v);

/* The source of that name, which is added if missing; NULL: no memory */
struct mm_source_loss *mm_validation_source(struct mm_validation *v,
                                            const char *name,
                                            struct mm_err *err);

/* The mean over all tokens; NaN without any. */
double mm_validation_loss(const struct mm_validation *v, size_t *tokens);

#endif
