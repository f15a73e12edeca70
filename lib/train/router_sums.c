/*
 * router_sums.c - what the routers of a step's pieces did, for the log
 */
#include "train/router_sums.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static size_t width(const struct mm_router_sums *s)
{
    return MM_ROUTE_LOAD + s->experts;
}

static size_t count(const struct mm_router_sums *s)
{
    return s->layers * width(s);
}

int mm_router_sums_init(struct mm_router_sums *s,
                        const struct mm_text_config *c, struct mm_err *err)
{
    *s = (struct mm_router_sums){ .layers = mm_moe_layers(c),
                                  .experts = c->moe.experts,
                                  .balance = c->moe.balance,
                                  .z_loss = c->moe.z_loss };
    if (s->layers == 0)
        return 0;
    s->router.stats = mm_alloc(count(s), sizeof *s->router.stats, err);
    s->sums = mm_alloc(count(s), sizeof *s->sums, err);
    return s->router.stats && s->sums ? 0 : -1;
}

void mm_router_sums_release(struct mm_router_sums *s)
{
    free(s->router.stats);
    free(s->sums);
    *s = (struct mm_router_sums){ 0 };
}

void mm_router_sums_begin(struct mm_router_sums *s, size_t tokens)
{
    s->router.per_token = 1 / (float)(tokens ? tokens : 1);
    if (s->layers)
        memset(s->sums, 0, count(s) * sizeof *s->sums);
}

const struct mm_router *mm_router_sums_router(const struct mm_router_sums *s)
{
    return s->layers ? &s->router : NULL;
}

void mm_router_sums_add(struct mm_router_sums *s)
{
    for (size_t i = 0; i < count(s); i++)
        s->sums[i] += (double)s->router.stats[i];
}

/* ---- the log ---- */

/* Of all layers */
static double total(const struct mm_router_sums *s, size_t stat)
{
    double sum = 0;

    for (size_t l = 0; l < s->layers; l++)
        sum += s->sums[l * width(s) + stat];
    return sum;
}

static double largest_load(const struct mm_router_sums *s)
{
    double most = 0;

    for (size_t l = 0; l < s->layers; l++)
        for (size_t e = 0; e < s->experts; e++) {
            const double *x = s->sums + l * width(s);
            double load = x[MM_ROUTE_LOAD + e];

            if (load > most * 2 * x[MM_ROUTE_TOKENS])
                most = load / (2 * x[MM_ROUTE_TOKENS]);
        }
    return most * (double)s->experts;
}

/* Four digits after the point are enough for a line a step. */
static double share(double x)
{
    return floor(x * 1e4 + 0.5) / 1e4;
}

void mm_router_sums_print(const struct mm_router_sums *s, struct mm_metrics *m)
{
    double tokens = total(s, MM_ROUTE_TOKENS);
    double n = tokens > 0 ? tokens : 1;
    double balance = total(s, MM_ROUTE_BALANCE) / n;
    double z = total(s, MM_ROUTE_Z) / n;

    mm_jw_key(&m->w, "router");
    mm_jw_open(&m->w, '{');
    mm_metrics_num(m, "added", s->balance * balance + s->z_loss * z);
    mm_metrics_num(m, "balance", balance);
    mm_metrics_num(m, "z", z);
    mm_metrics_num(m, "entropy", total(s, MM_ROUTE_ENTROPY) / n);
    mm_metrics_num(m, "dropped", total(s, MM_ROUTE_DROPPED) / (2 * n));
    mm_metrics_num(m, "load_max", largest_load(s));
    mm_jw_key(&m->w, "load");
    mm_jw_open(&m->w, '[');
    for (size_t e = 0; e < s->experts; e++)
        mm_jw_num(&m->w, share(total(s, MM_ROUTE_LOAD + e) / (2 * n)));
    mm_jw_close(&m->w, ']');
    mm_jw_close(&m->w, '}');
}
