/*
 * bench_aim.c - a training step of AIM: pictures a second, and a fraction of
 * the measured peak
 *
 * One JSON line for each of two encoders, each with its usual head of 12
 * blocks, of the rows that the loss looks at; peer_aim.py prints PyTorch's,
 * which computes all.  FLOPs are those that the tape counted in a step; the
 * best of the rounds.  bench_aim N runs on N threads.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/cpu.h"
#include "base/par.h"
#include "model/model.h"
#include "tensor/optim.h"
#include "tensor/peak.h"
#include "timing.h"
#include "train/objective.h"

enum { ROUNDS = 5,
       MOST = 64 };

static struct mm_piece pieces(size_t n, size_t side, const uint8_t *rgb)
{
    static const float mean[3] = { 0.5f, 0.5f, 0.5f };
    static struct mm_pixels views[MOST];
    static int32_t rows[MOST];

    for (size_t i = 0; i < n; i++) {
        views[i] = (struct mm_pixels){ rgb, side, side };
        rows[i] = (int32_t)i;
    }
    return (struct mm_piece){ .batch = { .B = n,
                                         .T = 1,
                                         .n_views = n,
                                         .views = views,
                                         .image_row = rows,
                                         .mean = mean,
                                         .std = mean },
                              .seed = 1 };
}

/* Seconds of the fastest step */
static double time_steps(struct mm_model *m, struct mm_graph *g,
                         const struct mm_piece *p)
{
    const struct mm_adamw o = { 1e-5, 0.9, 0.95, 1e-8, 0.1 };
    float *mv = need(calloc(2 * m->size, sizeof *mv));
    double best = 1e30;

    for (int i = 1; i <= ROUNDS; i++) {
        double begin = mm_seconds(), took;

        mm_grad_zero(m->grads, m->size);
        mm_graph_backward(g, mm_objective_aim.loss(m, g, p), 1e-3f);
        mm_graph_reset(g);
        mm_optim_adamw(&o, (uint64_t)i, 1, m->weights, mv, mv + m->size,
                       m->grads, m->size);
        took = mm_seconds() - begin;
        best = took < best ? took : best;
    }
    free(mv);
    return best;
}

static void bench(const char *name, size_t n)
{
    struct mm_config c = { 0 };
    struct mm_err err;
    struct mm_graph *g = need(mm_graph_create_plan(1, &err));
    struct mm_model *m;
    struct mm_piece p;
    uint8_t *rgb;
    double flops, best;
    size_t side;

    if (mm_vision_preset(&c.vision, name, &err) < 0)
        exit(78);
    mm_objective_aim.adapt(&c);
    m = need(mm_model_create(&c, 1, 1, &err));
    mm_model_init(m, 1);
    side = c.vision.image_size;
    rgb = need(malloc(3 * side * side));
    for (size_t i = 0; i < 3 * side * side; i++)
        rgb[i] = (uint8_t)(i * i / 7);
    p = pieces(n, side, rgb);
    mm_graph_backward(g, mm_objective_aim.loss(m, g, &p), 1);
    best = mm_graph_peak(g) / 1048576.0;
    printf("{\"bench\":\"aim\",\"model\":\"%s\",\"level\":\"%s\","
           "\"threads\":%d,\"pictures\":%zu,\"arena_mib\":%.0f,",
           name, mm_cpu_level_name(mm_cpu_level()), mm_par_threads(), n, best);
    mm_graph_free(g);
    g = need(mm_graph_create(MM_TRAIN, (size_t)(best * 1048576), &err));
    best = time_steps(m, g, &p);
    flops = (mm_graph_cost(g).forward_flops +
             mm_graph_cost(g).backward_flops) /
            ROUNDS;
    printf("\"gflop\":%.2f,\"step_s\":%.4f,\"pictures_per_s\":%.1f,"
           "\"gflops\":%.1f,\"of_peak\":%.3f}\n",
           flops / 1e9, best, (double)n / best, flops / best / 1e9,
           flops / best / mm_peak_flops());
    mm_graph_free(g);
    mm_model_free(m);
    free(rgb);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        mm_par_set_threads((int)strtol(argv[1], NULL, 10));
    bench("aim-mini", 64);
    bench("aim-tiny", 8);
    return 0;
}
