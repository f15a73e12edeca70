/*
 * embed.c - rows of a table by number
 */
#include <assert.h>
#include <string.h>

#include "base/par.h"
#include "tensor/kernel/kernel.h"

#define ROWS 64    /* of one piece of the forward */
#define COLUMNS 32 /* of one piece of the backward */

struct embed {
    float *out;
    const float *in;
    const int32_t *ids;
    size_t N, V, D;
};

static void forward_rows(void *ctx, size_t begin, size_t end)
{
    const struct embed *e = ctx;

    for (size_t n = begin; n < end; n++) {
        assert(e->ids[n] >= 0 && (size_t)e->ids[n] < e->V);
        memcpy(e->out + n * e->D, e->in + (size_t)e->ids[n] * e->D,
               e->D * sizeof(float));
    }
}

void MM_K(embed_forward)(float *y, const float *table, const int32_t *ids,
                         size_t N, size_t V, size_t D)
{
    struct embed e = { y, table, ids, N, V, D };

    mm_par_range(N, ROWS, forward_rows, &e);
}

/* Cut by columns, so that each number of the table has one writer. */
static void backward_columns(void *ctx, size_t begin, size_t end)
{
    const struct embed *e = ctx;

    for (size_t n = 0; n < e->N; n++) {
        float *to = e->out + (size_t)e->ids[n] * e->D;
        const float *dy = e->in + n * e->D;

        for (size_t d = begin; d < end; d++)
            to[d] += dy[d];
    }
}

void MM_K(embed_backward)(float *dtable, const float *dy, const int32_t *ids,
                          size_t N, size_t D)
{
    struct embed e = { dtable, dy, ids, N, 0, D };

    mm_par_range(D, COLUMNS, backward_columns, &e);
}
