/*
 * bench_generate.c - one sequence, or many side by side, token by token
 *
 * A line of JSON for each model and number of sequences: tokens read and
 * written a second (greedily, after prompts of 64 tokens), and the share of
 * what the machine could do.  A pass takes no less than its weights from memory
 * and its products at the peak; the caches are read besides, which is not
 * counted.  What is written must not depend on the number.
 *
 * bench_generate N runs on N threads; peer_generate.py times the same in
 * PyTorch.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "base/par.h"
#include "model/lanes.h"
#include "model/sampling.h"
#include "tensor/attention.h"
#include "tensor/peak.h"
#include "timing.h"

enum { PROMPT = 64,
       NEXT = 48,
       MOST = 32 };

static void check(int good, const struct mm_err *err)
{
    if (good)
        return;
    fprintf(stderr, "bench_generate: %s\n", err->msg);
    exit(70);
}

/* One thread is timed by what it works, whoever is beside it. */
static double now(void)
{
    return mm_par_threads() == 1 ? cpu_seconds() : mm_seconds();
}

/* ---- the machine ---- */

struct memory {
    const uint64_t *v;
    uint64_t sums[64];
};

enum { PIECE = 1 << 20 }; /* numbers, of 64 pieces */

static void read_piece(void *ctx, size_t i)
{
    struct memory *m = ctx;
    uint64_t sum = 0;

    for (size_t k = 0; k < PIECE; k++)
        sum += m->v[i * PIECE + k];
    m->sums[i] = sum;
}

/* Bytes a second that all threads read, the best of a few tries */
static double bandwidth(void)
{
    size_t bytes = 64 * (size_t)PIECE * sizeof(uint64_t);
    uint64_t *v = need(malloc(bytes));
    struct memory m = { .v = v };
    double best = 0;

    memset(v, 1, bytes);
    for (int i = 0; i < 5; i++) {
        double begin = now(), speed;

        mm_par_for(64, read_piece, &m);
        speed = (double)bytes / (now() - begin);
        best = speed > best ? speed : best;
    }
    free(v);
    return m.sums[3] ? best : 0;
}

/* ---- sequences ---- */

struct run {
    struct mm_model *m;
    int32_t ids[MOST][PROMPT + NEXT];
    double read_s, write_s;
};

static void feed(struct mm_lanes *l, size_t i, const int32_t *ids, size_t n)
{
    const struct mm_feed f = { .tokens = ids, .n = n, .predict = 1 };
    struct mm_err err;

    check(mm_lane_feed(l, i, &f, &err) == 0, &err);
}

static void begin(struct run *r, struct mm_lanes *l, size_t n)
{
    size_t vocab = r->m->config.text.vocab;

    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < PROMPT; k++)
            r->ids[i][k] = (int32_t)((i * 977 + k * 7919) % (vocab - 8) + 8);
        if (!mm_lane_open(l, i, 0, 0, PROMPT + NEXT))
            exit(70);
        feed(l, i, r->ids[i], PROMPT);
    }
}

/* The tokens after the logits of the last pass that are there */
static void take(struct run *r, struct mm_lanes *l, size_t n, size_t *at,
                 int more)
{
    const struct mm_sampling greedy = { .top_p = 1 };
    struct mm_err err;

    for (size_t i = 0; i < n; i++) {
        int32_t *id = &r->ids[i][at[i]];

        if (mm_lane_waits(l, i) || mm_lane_length(l, i) != at[i])
            continue;
        *id = mm_sample_token(&greedy, mm_lane_logits(l, i),
                              r->m->config.text.vocab, 0, &err);
        check(*id >= 0, &err);
        at[i]++;
        if (more)
            feed(l, i, id, 1);
    }
}

/* n sequences side by side; the prompts are read before anything is written */
static void generate(struct run *r, size_t n)
{
    struct mm_err err;
    struct mm_lanes *l = mm_lanes_create(r->m, n, n * 2 * MM_PAGE, &err);
    size_t at[MOST];
    double start, middle;

    check(l != NULL, &err);
    for (size_t i = 0; i < n; i++)
        at[i] = PROMPT;
    begin(r, l, n);
    start = now();
    while (mm_lanes_step(l, &err) > 0)
        take(r, l, n, at, 0);
    middle = now();
    for (size_t i = 0; i < n; i++)
        feed(l, i, &r->ids[i][PROMPT], 1);
    for (size_t k = 1; k < NEXT; k++) {
        check(mm_lanes_step(l, &err) > 0, &err);
        take(r, l, n, at, k + 1 < NEXT);
    }
    r->read_s = middle - start;
    r->write_s = now() - middle;
    mm_lanes_free(l);
}

/* ---- models ---- */

static struct mm_model *create(const char *preset, size_t vocab)
{
    struct mm_config c;
    struct mm_err err;
    struct mm_model *m;

    check(mm_config_preset(&c, preset, &err) == 0, &err);
    c.text.vocab = vocab;
    c.text.image = -1;
    c.vision.layers = 0;
    c.connector.kind = MM_CONNECTOR_NONE;
    m = mm_model_create(&c, 1, 0, &err);
    check(m != NULL, &err);
    mm_model_init(m, 1);
    return m;
}

/* Weights that a pass goes through: the embedding once, as the head */
static double weights(const struct mm_model *m)
{
    const struct mm_text_config *c = &m->config.text;
    size_t other = c->tied ? 0 : c->vocab * c->width;

    return (double)(mm_model_count(m) - other);
}

static void report(const char *name, const struct run *r, size_t n,
                   double peak, double speed, int same)
{
    double w = weights(r->m), products = 2 * w * (double)n / peak;
    double fetch = w * sizeof(float) / speed;
    double least = (products > fetch ? products : fetch) * (NEXT - 1);

    printf("{\"bench\":\"generate\",\"model\":\"%s\",\"level\":\"%s\","
           "\"threads\":%d,\"sequences\":%zu,\"read_per_s\":%.0f,"
           "\"write_per_s\":%.1f,\"of_limit\":%.2f,\"limit\":\"%s\","
           "\"same\":%s}\n",
           name, mm_cpu_level_name(mm_cpu_level()), mm_par_threads(), n,
           (double)(n * PROMPT) / r->read_s,
           (double)(n * (NEXT - 1)) / r->write_s, least / r->write_s,
           products > fetch ? "products" : "memory", same ? "true" : "false");
    fflush(stdout);
}

static int bench(const char *name, size_t vocab, double peak, double speed)
{
    static const size_t counts[] = { 1, 8, 32 };
    static struct run first, r;
    int bad = 0;

    r.m = create(name, vocab);
    generate(&r, 1); /* once for the memory */
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        int same;

        generate(&r, counts[i]);
        if (i == 0)
            first = r;
        same = memcmp(first.ids[0], r.ids[0], sizeof r.ids[0]) == 0;
        report(name, &r, counts[i], peak, speed, same);
        bad |= !same;
    }
    mm_model_free(r.m);
    return bad;
}

int main(int argc, char **argv)
{
    double peak, speed;

    mm_par_set_threads(argc > 1 ? (int)strtol(argv[1], NULL, 10) : 0);
    peak = mm_peak_flops();
    speed = bandwidth();
    return bench("mm1-demo", 4096, peak, speed) |
           bench("mm1-85m", 16384, peak, speed);
}
