/*
 * bench_step.c - a training step as a fraction of the measured peak
 *
 * One JSON line for each of: the demo model on its packed sequences with
 * pictures, and a language model with a vocabulary of 32000; and of each with
 * its layers run again in the backward pass (mm1-pretrain --recompute).  FLOPs
 * are those that the tape counted; the best of the rounds.  bench_step N runs
 * on N threads.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/cpu.h"
#include "base/par.h"
#include "model/model.h"
#include "tensor/optim.h"
#include "tensor/peak.h"
#include "timing.h"

#define ROUNDS 5

struct run {
    const char *name;
    int recompute;
    size_t B, T, views; /* views of a sequence */
    struct mm_model *model;
    int32_t *ids; /* [4,B*T]: tokens, positions, segments, targets */
    uint8_t *rgb;
    struct mm_pixels *view;
    int32_t *image_row;
    struct mm_batch batch;
};

static void fill_batch(struct run *r, size_t side, size_t tokens,
                       size_t vocab)
{
    static const float mean[3] = { 0.5f, 0.5f, 0.5f };
    size_t N = r->B * r->T, n = r->B * r->views;

    for (size_t i = 0; i < N; i++) {
        size_t t = i % r->T;

        r->ids[i] = (int32_t)(i * 7 % vocab);
        r->ids[N + i] = (int32_t)t;
        r->ids[2 * N + i] = 1;
        r->ids[3 * N + i] = t < r->views * tokens ? -1
                                                  : (int32_t)(i * 5 % vocab);
    }
    for (size_t i = 0; i < n; i++) {
        r->view[i] = (struct mm_pixels){ r->rgb, side, side };
        r->image_row[i] = (int32_t)(i / r->views * r->T +
                                    i % r->views * tokens);
    }
    r->batch = (struct mm_batch){ .B = r->B,
                                  .T = r->T,
                                  .tokens = r->ids,
                                  .position = r->ids + N,
                                  .segment = r->ids + 2 * N,
                                  .target = r->ids + 3 * N,
                                  .n_views = n,
                                  .views = r->view,
                                  .image_row = r->image_row,
                                  .mean = mean,
                                  .std = mean };
}

static void open_run(struct run *r, const struct mm_config *c)
{
    struct mm_err err;
    size_t side = c->vision.layers ? c->vision.image_size : 1;

    r->model = need(mm_model_create(c, 1, 1, &err));
    mm_model_init(r->model, 1);
    r->ids = need(calloc(4 * r->B * r->T, sizeof *r->ids));
    r->rgb = need(calloc(side * side, 3));
    r->view = need(calloc(r->B * r->views + 1, sizeof *r->view));
    r->image_row = need(calloc(r->B * r->views + 1, sizeof *r->image_row));
    fill_batch(r, side, c->connector.tokens, c->text.vocab);
}

static void close_run(struct run *r)
{
    mm_model_free(r->model);
    free(r->ids);
    free(r->rgb);
    free(r->view);
    free(r->image_row);
}

/* Seconds of forward and backward of the fastest round */
static void time_step(struct run *r, struct mm_graph *g, double best[2])
{
    best[0] = best[1] = 1e30;
    for (int i = 0; i < ROUNDS; i++) {
        double t0 = mm_seconds(), t1, t2;
        struct mm_tensor *loss = mm_model_loss(r->model, g, &r->batch, 0,
                                               NULL);

        t1 = mm_seconds();
        mm_graph_backward(g, loss, 1);
        t2 = mm_seconds();
        mm_graph_reset(g);
        if (t2 - t0 < best[0] + best[1]) {
            best[0] = t1 - t0;
            best[1] = t2 - t1;
        }
    }
}

static double time_optimizer(const struct mm_model *m)
{
    const struct mm_adamw o = { 1e-5, 0.9, 0.95, 1e-8, 0.1 };
    float *mv = need(calloc(2 * m->size, sizeof *mv));
    double best = 1e30;

    for (int i = 1; i <= ROUNDS; i++) {
        double begin = mm_seconds(), took;

        mm_optim_adamw(&o, (uint64_t)i, 1, m->weights, mv, mv + m->size,
                       m->grads, m->size);
        took = mm_seconds() - begin;
        best = took < best ? took : best;
    }
    free(mv);
    return best;
}

static void bench(struct run r, const struct mm_config *c)
{
    struct mm_err err;
    struct mm_graph *g = need(mm_graph_create_plan(1, &err));
    double best[2], opt, flops, peak = mm_peak_flops();
    size_t bytes;

    open_run(&r, c);
    mm_graph_recompute(g, r.recompute);
    mm_graph_backward(g, mm_model_loss(r.model, g, &r.batch, 0, NULL), 1);
    flops = mm_graph_cost(g).forward_flops + mm_graph_cost(g).backward_flops;
    bytes = mm_graph_peak(g);
    mm_graph_free(g);
    g = need(mm_graph_create(MM_TRAIN, bytes, &err));
    mm_graph_recompute(g, r.recompute);
    time_step(&r, g, best);
    mm_graph_free(g);
    opt = time_optimizer(r.model);
    printf("{\"bench\":\"step\",\"model\":\"%s\",\"level\":\"%s\","
           "\"threads\":%d,\"recompute\":%d,\"sequences\":%zu,"
           "\"tokens\":%zu,\"views\":%zu,"
           "\"arena_mib\":%.0f,\"gflop\":%.2f,\"forward_s\":%.4f,"
           "\"backward_s\":%.4f,\"adamw_s\":%.4f,\"tokens_per_s\":%.0f,"
           "\"gflops\":%.1f,\"of_peak\":%.3f}\n",
           r.name, mm_cpu_level_name(mm_cpu_level()), mm_par_threads(),
           r.recompute, r.B, r.T, r.views, (double)bytes / 1048576,
           flops / 1e9, best[0], best[1], opt,
           (double)(r.B * r.T) / (best[0] + best[1] + opt),
           flops / (best[0] + best[1] + opt) / 1e9,
           flops / (best[0] + best[1] + opt) / peak);
    close_run(&r);
}

/* The 12 layers of 256 that peers were measured with */
static struct mm_config language(void)
{
    struct mm_config c;
    struct mm_err err;

    if (mm_config_preset(&c, "mm1-9m", &err) < 0)
        exit(78);
    c.vision.layers = 0;
    c.connector = (struct mm_connector_config){ 0 };
    c.text.hidden = 688;
    c.text.vocab = 32000;
    return c;
}

int main(int argc, char **argv)
{
    struct mm_config demo, lm = language();
    struct mm_err err;

    if (mm_config_preset(&demo, "mm1-demo", &err) < 0)
        return 78;
    if (argc > 1)
        mm_par_set_threads((int)strtol(argv[1], NULL, 10));
    for (int again = 0; again < 2; again++) {
        bench((struct run){ "mm1-demo", again, .B = 16, .T = 256, .views = 8 },
              &demo);
        bench((struct run){ "12x256 lm", again, .B = 8, .T = 512 }, &lm);
    }
    return 0;
}
