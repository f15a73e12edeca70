/*
 * sampling.c - choosing the next token
 */
#include "model/sampling.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/rng.h"

static int is_barred(const struct mm_sampling *s, size_t id)
{
    for (size_t i = 0; i < s->n_barred; i++)
        if (s->barred[i] == (int32_t)id)
            return 1;
    return 0;
}

static int32_t greedy(const struct mm_sampling *s, const float *logits,
                      size_t vocab)
{
    size_t best = vocab;

    for (size_t i = 0; i < vocab; i++)
        if ((best == vocab || logits[i] > logits[best]) && !is_barred(s, i))
            best = i;
    assert(best < vocab);
    return (int32_t)best;
}

/* ---- the probable tokens, one after the other, from a heap ---- */

struct candidate {
    double p; /* not normalised */
    int32_t id;
};

static int before(const struct candidate *a, const struct candidate *b)
{
    return a->p != b->p ? a->p > b->p : a->id < b->id;
}

static void sift_down(struct candidate *heap, size_t n, size_t i)
{
    struct candidate c = heap[i];

    for (;;) {
        size_t child = 2 * i + 1;

        if (child >= n)
            break;
        if (child + 1 < n && before(&heap[child + 1], &heap[child]))
            child++;
        if (!before(&heap[child], &c))
            break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = c;
}

/* The first of the heap moves after the n - 1 others.  Its probability. */
static double pop(struct candidate *heap, size_t *n)
{
    struct candidate top = heap[0];

    heap[0] = heap[--*n];
    sift_down(heap, *n, 0);
    heap[*n] = top;
    return top.p;
}

/* exp((z - max) / temperature); their sum is the whole probability. */
static double fill(struct candidate *c, const struct mm_sampling *s,
                   const float *logits, size_t vocab)
{
    double max = logits[greedy(s, logits, vocab)], sum = 0;

    for (size_t i = 0; i < vocab; i++) {
        c[i].p = is_barred(s, i) ? 0 : exp((logits[i] - max) / s->temperature);
        c[i].id = (int32_t)i;
        sum += c[i].p;
    }
    return sum;
}

/*
 * The n_kept tokens that are kept stand at the end of c, the most probable
 * last.  Their probability.
 */
static double keep(struct candidate *c, size_t vocab, double sum,
                   const struct mm_sampling *s, size_t *n_kept)
{
    size_t k = s->top_k && s->top_k < vocab ? s->top_k : vocab, n = vocab;
    double kept = 0, whole = k < vocab ? 0 : sum;

    for (size_t i = vocab / 2; i-- > 0;)
        sift_down(c, vocab, i);
    while (k < vocab && n > vocab - k)
        whole += pop(c, &n);
    *n_kept = 0;
    do {
        size_t at = vocab - ++*n_kept;

        if (at < n)
            pop(c, &n);
        kept += c[at].p;
    } while (*n_kept < k && kept < s->top_p * whole);
    return kept;
}

static int32_t draw(const struct candidate *c, size_t vocab, size_t n_kept,
                    double kept, double u)
{
    double at = u * kept;

    for (size_t i = 0; i + 1 < n_kept; i++) {
        at -= c[vocab - 1 - i].p;
        if (at < 0)
            return c[vocab - 1 - i].id;
    }
    return c[vocab - n_kept].id;
}

static int check_numbers(const float *logits, size_t vocab,
                         struct mm_err *err)
{
    for (size_t i = 0; i < vocab; i++) {
        if (!isfinite(logits[i]))
            return mm_fail(err, MM_EDIVERGE, "the model predicts a value that "
                                             "is not a number (token %zu)",
                           i);
    }
    return 0;
}

int32_t mm_sample_token(const struct mm_sampling *s, const float *logits,
                        size_t vocab, uint64_t index, struct mm_err *err)
{
    struct candidate *c;
    size_t n_kept = 0;
    double kept, sum;
    int32_t id;

    assert(vocab > 0 && s->temperature >= 0);
    if (check_numbers(logits, vocab, err) < 0)
        return -1;
    if (s->temperature == 0 || s->top_k == 1)
        return greedy(s, logits, vocab);
    c = mm_alloc(vocab, sizeof *c, err);
    if (!c)
        return -1;
    sum = fill(c, s, logits, vocab);
    kept = keep(c, vocab, sum, s, &n_kept);
    id = draw(c, vocab, n_kept, kept,
              mm_rng_uniform(s->seed, MM_RNG_SAMPLE + s->stream, index));
    free(c);
    return id;
}
