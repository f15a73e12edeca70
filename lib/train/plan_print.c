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
    row_bytes(out, p->objective->spare, p->spare_bytes);
    row_bytes(out, "a checkpoint on disk", p->disk_bytes);
    row_count(out, "FLOPs per second", p->flop_rate);
    row_time(out, "time of a step", p->step_work / p->flop_rate);
    row_time(out, "time of all steps", p->seconds);
}

/* ---- ranks ---- */

/* Sequences are loaded where they are computed. */
static void fill_rank(struct mm_plan_ranks *k, const struct mm_plan *p)
{
    size_t block = p->weight_bytes + p->gradient_bytes;
    size_t parts = p->optimizer_bytes + p->data_bytes;

    k->whole_bytes = k->shared ? 2 * p->layer_bytes : block;
    k->share_bytes = (k->shared ? block + parts : parts) / (size_t)k->n;
    k->bytes = k->whole_bytes + k->share_bytes + k->work_bytes;
    k->fits = k->bytes <= k->limit;
}

/* n of them: whole weights if there is room, else shared ones */
static int try_ranks(struct mm_plan_ranks *k, const struct mm_plan *p,
                     const struct mm_config *c, const struct mm_recipe *r,
                     const struct mm_plan_data *d, int64_t n,
                     struct mm_err *err)
{
    size_t B = (size_t)((r->batch + n - 1) / n);

    if (mm_plan_activations(p, c, r, d, B, &k->work_bytes, err) < 0)
        return -1;
    k->work_bytes += p->base_bytes;
    k->n = n;
    k->shared = 0;
    fill_rank(k, p);
    if (!k->fits && n > 1) {
        k->shared = 1;
        fill_rank(k, p);
    }
    k->experts = k->shared && p->experts;
    k->pictures = p->objective->rows != NULL;
    k->seconds = p->seconds / (double)n;
    return 0;
}

int mm_plan_spread(struct mm_plan_ranks *k, const struct mm_plan *p,
                   const struct mm_config *c, const struct mm_recipe *r,
                   const struct mm_plan_data *d, int64_t n, uint64_t limit,
                   struct mm_err *err)
{
    *k = (struct mm_plan_ranks){ .limit = limit,
                                 .more = n && n < r->batch,
                                 .recomputes = p->recomputes };
    if (n > r->batch)
        return mm_fail(err, MM_EUSAGE, "option 'ranks': %lld share %lld "
                                       "sequences; give each one at least, "
                                       "or raise --batch",
                       (long long)n, (long long)r->batch);
    if (n)
        return try_ranks(k, p, c, r, d, n, err);
    for (n = 1; !k->fits && n < r->batch; n *= 2)
        if (try_ranks(k, p, c, r, d, n, err) < 0)
            return -1;
    return k->fits ? 0 : try_ranks(k, p, c, r, d, r->batch, err);
}

/* What to do about ranks that are too small */
static const char *remedy(const struct mm_plan_ranks *k)
{
    if (!k->recomputes)
        return "--recompute block, or ";
    if (k->more)
        return "more --ranks, or ";
    if (k->shared && k->whole_bytes + k->work_bytes >= k->limit)
        return ""; /* no number of ranks helps */
    return "a larger --batch for more ranks, or ";
}

void mm_plan_print_ranks(const struct mm_plan_ranks *k, struct mm_buf *out)
{
    mm_buf_addf(out, "%-28s %10lld\n", "ranks", (long long)k->n);
    row_bytes(out, k->fits ? "  memory of each" : "  memory of each, too much",
              k->bytes);
    row_bytes(out, k->shared ? "    its share" : "    its moments, data",
              k->share_bytes);
    row_bytes(out, k->shared ? "    layers at hand" : "    weights, gradients",
              k->whole_bytes);
    row_bytes(out, "    activations, program", k->work_bytes);
    row_time(out, "  time of all steps", k->seconds);
    if (k->n > 1)
        mm_buf_addf(out, "Shared out: the batch, moments%s.  Not counted: "
                         "what ranks exchange.\n",
                    k->experts  ? ", weights, gradients, experts"
                    : k->shared ? ", weights, gradients"
                                : "");
    if (!k->fits)
        mm_buf_addf(out, "A rank has %.1f MB: it takes %sfewer %s.\n",
                    (double)k->limit / 1e6, remedy(k),
                    k->pictures ? "pictures at a time (--micro-batch)"
                                : "tokens at a time (--micro-batch, "
                                  "--seq-len)");
}
