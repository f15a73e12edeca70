/*
 * seeds.c - scores of runs that differ only in their seed
 */
#include "eval/seeds.h"

#include <math.h>
#include <string.h>

static const struct mm_json *member(const struct mm_score *s, const char *name)
{
    return mm_json_get(s->predictions->records.header.root, name);
}

static int64_t seed_of(const struct mm_score *s)
{
    return mm_json_int(member(s, "seed"), 0);
}

/* How the shots came about, as text */
static int same_examples(const struct mm_score *a, const struct mm_score *b)
{
    static const char *const names[] = { "per", "by", "features", "pictures" };
    const struct mm_json *x = member(a, "examples");
    const struct mm_json *y = member(b, "examples");

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct mm_json *p = mm_json_get(x, names[i]);
        const struct mm_json *q = mm_json_get(y, names[i]);

        if (strcmp(mm_json_str(p, ""), mm_json_str(q, "")) != 0 ||
            mm_json_bool(p, 0) != mm_json_bool(q, 0))
            return 0;
    }
    return 1;
}

static int alike(const struct mm_score *a, const struct mm_score *b)
{
    return strcmp(a->label, b->label) == 0 && strcmp(a->task, b->task) == 0 &&
           strcmp(a->metric, b->metric) == 0 &&
           strcmp(a->flavour, b->flavour) == 0 && a->shots == b->shots &&
           same_examples(a, b);
}

/* Another seed than all of scores[0..k) that are like it. */
static int is_new(const struct mm_score *scores, size_t k, size_t i)
{
    for (size_t j = 0; j < k; j++)
        if (alike(&scores[j], &scores[i]) &&
            seed_of(&scores[j]) == seed_of(&scores[k]))
            return 0;
    return 1;
}

struct mm_seeds mm_seeds_of(const struct mm_score *scores, size_t n, size_t i)
{
    struct mm_seeds g = { 0, i, 0, NAN, 0, 0, 0 };
    double square = 0;

    for (size_t k = 0; k < n; k++)
        if (alike(&scores[k], &scores[i]) && is_new(scores, k, i)) {
            g.first = g.n == 0 ? k : g.first;
            if (g.n == 0 || scores[k].n < g.items) {
                g.items = scores[k].n;
                g.expected = scores[k].expected;
            }
            g.partial |= scores[k].partial;
            g.n++;
            g.mean += scores[k].value;
        }
    g.mean /= (double)g.n;
    for (size_t k = 0; k < n; k++)
        if (alike(&scores[k], &scores[i]) && is_new(scores, k, i))
            square += (scores[k].value - g.mean) * (scores[k].value - g.mean);
    if (g.n > 1)
        g.sd = sqrt(square / (double)(g.n - 1));
    return g;
}
