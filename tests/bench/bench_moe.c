/*
 * bench_moe.c - products of experts beside dense ones, and a step
 *
 * One JSON line a case, medians over the rounds; dense and grouped run in turn,
 * so that a busy machine slows both.
 *
 *   gemm   rows of uneven groups times a matrix each, against as many rows
 *          times one matrix: the same FLOPs
 *   step   a language model with experts in every layer against the dense one
 *          of the same active FLOPs, without optimizers; peer_moe.py times the
 *          same in PyTorch
 *
 * bench_moe N runs on N threads.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "base/par.h"
#include "model/model.h"
#include "model/moe.h"
#include "tensor/kernel.h"
#include "tensor/peak.h"
#include "timing.h"

enum { ROUNDS = 7,
       MOST_EXPERTS = 64 };

/* n numbers between -1 and 1 */
static float *numbers(size_t n)
{
    float *x = need(aligned_alloc(64, (n + 16) / 16 * 64));

    for (size_t i = 0; i < n; i++)
        x[i] = (float)(i * 2654435761u % 2001) / 1000 - 1;
    return x;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *x)
{
    qsort(x, ROUNDS, sizeof *x, by_value);
    return x[ROUNDS / 2];
}

/* ---- products ---- */

struct shape {
    size_t rows, E, D, O; /* y [rows,O] = x [rows,D] w^T */
};

static const struct shape shapes[] = {
    { 4096, 8, 768, 2048 },
    { 8192, 8, 768, 2048 },
    { 8192, 8, 2048, 768 },
    { 8192, 64, 768, 2048 },
    { 8192, 32, 1024, 2816 },
    { 4096, 8, 192, 384 },
};

static const char *const form_name[] = { "NT", "NN", "TN" };

struct arrays {
    float *x, *w, *y, *w_of[MOST_EXPERTS];
    int32_t begin[MOST_EXPERTS + 1];
};

/* Some experts have twice the rows of others. */
static void share_out(struct arrays *a, const struct shape *s)
{
    size_t parts = 0, at = 0;

    for (size_t e = 0; e < s->E; e++)
        parts += 4 + e * 7 % 5;
    for (size_t e = 0; e < s->E; e++) {
        a->begin[e] = (int32_t)(s->rows * at / parts);
        at += 4 + e * 7 % 5;
    }
    a->begin[s->E] = (int32_t)s->rows;
}

static void grouped(enum mm_gemm_form form, const struct shape *s,
                    struct arrays *a)
{
    struct mm_gemm_groups p = { .form = form,
                                .n = s->E,
                                .M = s->O,
                                .N = form == MM_NT ? s->O : s->D,
                                .lda = form == MM_NT ? s->D : s->O,
                                .begin = a->begin,
                                .A = form == MM_NT ? a->x : a->y,
                                .B = a->x,
                                .B_of = (const float *const *)a->w_of,
                                .C = form == MM_NT ? a->y : a->x,
                                .C_of = a->w_of };

    mm_kernels_cpu()->gemm_groups(&p);
}

static void dense(enum mm_gemm_form form, const struct shape *s,
                  struct arrays *a)
{
    size_t N = s->rows, D = s->D, O = s->O;

    if (form == MM_NT)
        mm_kernels_cpu()->gemm(form, N, O, D, a->x, D, a->w, D, NULL, 0, a->y,
                               O);
    else if (form == MM_NN)
        mm_kernels_cpu()->gemm(form, N, D, O, a->y, O, a->w, D, NULL, 0, a->x,
                               D);
    else
        mm_kernels_cpu()->gemm(form, O, D, N, a->y, O, a->x, D, NULL, 0, a->w,
                               D);
}

static void bench_gemm(enum mm_gemm_form form, const struct shape *s,
                       double peak)
{
    double flops = 2.0 * (double)s->rows * (double)s->D * (double)s->O;
    struct arrays a = { .x = numbers(s->rows * s->D),
                        .w = numbers(s->E * s->D * s->O),
                        .y = numbers(s->rows * s->O) };
    double t[2][ROUNDS];

    share_out(&a, s);
    for (size_t e = 0; e < s->E; e++)
        a.w_of[e] = a.w + e * s->D * s->O;
    for (int r = 0; r < ROUNDS; r++) {
        double t0 = mm_seconds(), t1;

        dense(form, s, &a);
        t1 = mm_seconds();
        grouped(form, s, &a);
        t[0][r] = t1 - t0;
        t[1][r] = mm_seconds() - t1;
    }
    printf("{\"bench\":\"moe-gemm\",\"form\":\"%s\",\"rows\":%zu,"
           "\"experts\":%zu,\"D\":%zu,\"O\":%zu,\"gflops\":%.1f,"
           "\"of_peak\":%.3f,\"of_dense\":%.3f}\n",
           form_name[form], s->rows, s->E, s->D, s->O,
           flops / median(t[1]) / 1e9, flops / median(t[1]) / peak,
           median(t[0]) / median(t[1]));
    fflush(stdout);
    free(a.x);
    free(a.w);
    free(a.y);
}

/* ---- training steps ---- */

struct run {
    struct mm_model *model;
    struct mm_graph *graph;
    struct mm_batch batch;
    struct mm_router router;
    double flops;
};

static void step(struct run *r)
{
    mm_graph_backward(r->graph,
                      mm_model_loss(r->model, r->graph, &r->batch, 0, NULL),
                      1);
    mm_graph_reset(r->graph);
}

static void open_run(struct run *r, const struct mm_config *c, size_t B,
                     size_t T, const int32_t *ids)
{
    struct mm_err err;
    struct mm_graph *plan = need(mm_graph_create_plan(1, &err));

    r->model = need(mm_model_create(c, 1, 1, &err));
    mm_model_init(r->model, 1);
    r->router.per_token = 1 / (float)(B * T);
    r->batch = (struct mm_batch){ .B = B,
                                  .T = T,
                                  .tokens = ids,
                                  .position = ids + B * T,
                                  .segment = ids + 2 * B * T,
                                  .target = ids,
                                  .router = &r->router };
    r->graph = plan;
    step(r);
    r->flops = mm_graph_cost(plan).forward_flops +
               mm_graph_cost(plan).backward_flops;
    r->graph = need(mm_graph_create(MM_TRAIN, mm_graph_peak(plan), &err));
    mm_graph_free(plan);
}

static void close_run(struct run *r)
{
    mm_graph_free(r->graph);
    mm_model_free(r->model);
}

static double seconds_of(struct run *r)
{
    double begin = mm_seconds();

    step(r);
    return mm_seconds() - begin;
}

/* The same FLOPs: two experts of half the width of the MLP */
static void bench_step(const char *name, struct mm_config c, size_t experts,
                       size_t B, size_t T, const int32_t *ids)
{
    struct run d = { 0 }, m = { 0 };
    double t[2][ROUNDS], peak = mm_peak_flops();

    open_run(&d, &c, B, T, ids);
    mm_config_add_experts(&c.text, experts);
    c.text.moe.every = 1;
    c.text.moe.hidden = c.text.hidden / 2;
    open_run(&m, &c, B, T, ids);
    for (int r = 0; r < ROUNDS; r++) {
        t[0][r] = seconds_of(&d);
        t[1][r] = seconds_of(&m);
    }
    printf("{\"bench\":\"moe-step\",\"model\":\"%s\",\"experts\":%zu,"
           "\"level\":\"%s\",\"threads\":%d,\"tokens\":%zu,\"gflop\":%.2f,"
           "\"dense_gflop\":%.2f,\"seconds\":%.4f,\"dense_seconds\":%.4f,"
           "\"tokens_per_s\":%.0f,\"of_peak\":%.3f,\"of_dense\":%.3f}\n",
           name, experts, mm_cpu_level_name(mm_cpu_level()), mm_par_threads(),
           B * T, m.flops / 1e9, d.flops / 1e9, median(t[1]), median(t[0]),
           (double)(B * T) / median(t[1]), m.flops / median(t[1]) / peak,
           m.flops / median(t[1]) / (d.flops / median(t[0])));
    fflush(stdout);
    close_run(&d);
    close_run(&m);
}

static struct mm_config language(size_t layers, size_t width, size_t hidden)
{
    struct mm_config c;
    struct mm_err err;

    if (mm_config_preset(&c, "mm1-9m", &err) < 0)
        exit(78);
    c.vision.layers = 0;
    c.connector.kind = MM_CONNECTOR_NONE;
    c.text.layers = layers;
    c.text.width = width;
    c.text.heads = c.text.kv_heads = width / 64;
    c.text.hidden = hidden;
    c.text.vocab = 4096;
    return c;
}

int main(int argc, char **argv)
{
    enum { B = 4,
           T = 512 };
    static int32_t ids[3 * B * T];
    double peak;

    if (argc > 1)
        mm_par_set_threads((int)strtol(argv[1], NULL, 10));
    peak = mm_peak_flops();
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (int form = MM_NT; form <= MM_TN; form++)
            bench_gemm((enum mm_gemm_form)form, &shapes[i], peak);
    for (int32_t i = 0; i < B * T; i++) {
        ids[i] = i * 7 % 4096;
        ids[B * T + i] = i % T;
        ids[2 * B * T + i] = 1;
    }
    bench_step("6x256", language(6, 256, 1024), 8, B, T, ids);
    bench_step("2x768", language(2, 768, 3072), 8, B, T, ids);
    return 0;
}
