/*
 * mix.h - which source comes next
 *
 * Tijdeman's solution of the chairman assignment problem ("The chairman
 * assignment problem", Discrete Mathematics 32, 1980): after any n choices
 * source s was chosen x times with |x - n w[s] / sum(w)| < 1.
 */
#ifndef MM_DATA_MIX_H
#define MM_DATA_MIX_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define MM_MIX_SOURCES_MAX 256
#define MM_MIX_PERIOD_MAX 65536

struct mm_mix {
    size_t n;
    int64_t *weight; /* [n] times of each in a period */
    int64_t *taken;  /* [n] in this period */
    int64_t period, at;
};

/*
 * Weights (all > 0, finite) become whole numbers of one period of at most
 * MM_MIX_PERIOD_MAX: exactly where they are short decimals (45, 45, 10 is a
 * period of 20), otherwise by largest remainder, at least 1 each.
 */
int mm_mix_init(struct mm_mix *m, const double *weights, size_t n,
                struct mm_err *err);
void mm_mix_release(struct mm_mix *m);

/* The next source, 0 <= s < n. */
size_t mm_mix_next(struct mm_mix *m);

#endif
