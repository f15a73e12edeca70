/*
 * linear.c - sums over rows
 */
#include "base/par.h"
#include "tensor/kernel/kernel.h"

#define COLUMNS 64 /* of one piece of work: a few cache lines of each row */
#define ROWS 128   /* that are added up before they are added to the rest */

struct sums {
    float *db;
    const float *dy;
    size_t N, O;
};

static void sums_of_block(float *total, const float *dy, size_t N, size_t O,
                          size_t n)
{
    float sum[COLUMNS] = { 0 };

    for (size_t r = 0; r < N; r++, dy += O)
        for (size_t j = 0; j < n; j++)
            sum[j] += dy[j];
    for (size_t j = 0; j < n; j++)
        total[j] += sum[j];
}

static void sums_of_columns(void *ctx, size_t begin, size_t end)
{
    const struct sums *s = ctx;
    float total[COLUMNS] = { 0 };

    for (size_t r = 0; r < s->N; r += ROWS)
        sums_of_block(total, s->dy + r * s->O + begin,
                      s->N - r < ROWS ? s->N - r : ROWS, s->O, end - begin);
    for (size_t j = begin; j < end; j++)
        s->db[j] += total[j - begin];
}

void MM_K(column_sums)(float *db, const float *dy, size_t N, size_t O)
{
    struct sums s = { db, dy, N, O };

    mm_par_range(O, COLUMNS, sums_of_columns, &s);
}
