/*
 * plan_print.c - a plan as a table for people, and for several ranks
 */
#include "train/plan.h"

/* ---- rows ---- */

static void row_count(struct mm_buf *out, const char *what, double n)
{
    static const char *const units[] = { "", "K", "M", "G", "T", "P", "E" };
    size_t unit = 0;

    while (n >= 1000 && unit + 1 < sizeof units / sizeof *units) {
        n /= 1000;
        unit++;
    }
    mm_buf_addf(out, "%-28s %10.*f%s\n", what, unit ? 2 : 0, n, units[unit]);
}

static void row_bytes(struct mm_buf *out, const char *what, size_t n)
{
    mm_buf_addf(out, "%-28s %10.1f MB\n", what, (double)n / 1e6);
}

static void row_time(struct mm_buf *out, const char *what, double s)
{
    if (s < 600)
        mm_buf_addf(out, "%-28s %10.1f s\n", what, s);
    else if (s < 48 * 3600)
        mm_buf_addf(out, "%-28s %10.1f h\n", what, s / 3600);
    else
        mm_buf_addf(out, "%-28s %10.1f days\n", what, s / 86400);
}

/* ---- the table ---- */

static void print_rates(const struct mm_recipe *r, struct mm_buf *out)
{
    mm_buf_addf(out, "%-28s %10.3g\n", "peak rate", r->lr);
    mm_buf_addf(out, "%-28s %10.3g\n", "  of the encoder", r->lr_encoder);
    mm_buf_addf(out, "%-28s %10.3g\n", "  of the connector", r->lr_connector);
}

void mm_plan_print(const struct mm_plan *p, const struct mm_recipe *r,
                   struct mm_buf *out)
{
    row_count(out, "parameters",
              (double)(p->encoder + p->connector + p->lm));
    row_count(out, "  image encoder", (double)p->encoder);
    row_count(out, "  connector", (double)p->connector);
    row_count(out, "  language model", (double)p->lm);
    if (p->active < p->encoder + p->connector + p->lm)
        row_count(out, "  active for a token", (double)p->active);
    if (p->adapters)
        row_count(out, "  adapters", (double)p->adapters);
    row_count(out, "  N of equation 1", (double)p->nonembedding);
    print_rates(r, out);
    row_count(out, "FLOPs of a sequence", p->sample_flops);
    row_count(out, "FLOPs of a step", p->step_flops);
    row_bytes(out, "memory", p->total_bytes);
    row_bytes(out, "  weights", p->weight_bytes);
    row_bytes(out, "  gradients", p->gradient_bytes);
    row_bytes(out, "  optimizer", p->optimizer_bytes);
    row_bytes(out,
              p->recomputes ? "  activations, recomputed" : "  activations",
              p->activation_bytes);
    row_bytes(out, "  data", p->data_bytes);
    row_bytes(out, "  program", p->base_bytes);
    row_bytes(out, "  more, if all views come", p->spare_bytes);
    row_bytes(out, "a checkpoint on disk", p->disk_bytes);
    row_count(out, "FLOPs per second", p->flop_rate);
    row_time(out, "time of a step", p->step_work / p->flop_rate);
    row_time(out, "time of all steps", p->seconds);
}

/* ---- ranks ---- */

/* Sequences are at hand where they are computed. */
static size_t bytes_of_rank(const struct mm_plan *p, int64_t n, int shared)
{
    size_t R = (size_t)n, block = p->weight_bytes + p->gradient_bytes;
    size_t parts = p->optimizer_bytes + p->data_bytes;

    if (shared)
        block = block / R + 2 * p->layer_bytes;
    return block + parts / R + p->activation_bytes + p->base_bytes;
}

static int find_ranks(struct mm_plan_ranks *k, const struct mm_plan *p,
                      int64_t most, uint64_t limit)
{
    for (k->n = 1; k->n <= most; k->n *= 2)
        if (bytes_of_rank(p, k->n, k->shared) <= limit)
            return 1;
    k->n = most;
    return 0;
}

struct mm_plan_ranks mm_plan_spread(const struct mm_plan *p,
                                    const struct mm_recipe *r, int64_t n,
                                    uint64_t limit)
{
    struct mm_plan_ranks k = { .n = n };

    if (n == 0 && !find_ranks(&k, p, r->batch, limit)) {
        k.shared = 1;
        find_ranks(&k, p, r->batch, limit);
    } else {
        k.shared = bytes_of_rank(p, k.n, 0) > limit;
    }
    k.bytes = bytes_of_rank(p, k.n, k.shared);
    k.fits = k.bytes <= limit;
    k.seconds = p->seconds / (double)k.n;
    return k;
}

void mm_plan_print_ranks(const struct mm_plan_ranks *k, struct mm_buf *out)
{
    if (k->n == 1)
        return;
    mm_buf_addf(out, "%-28s %10lld\n", "ranks", (long long)k->n);
    row_bytes(out, k->fits ? "  memory of each" : "  memory of each, too much",
              k->bytes);
    row_time(out, "  time of all steps", k->seconds);
    mm_buf_addf(out, "Shared out: the batch, moments%s.  Not counted: what "
                     "ranks exchange.\n",
                k->shared ? ", weights, gradients" : "");
}
