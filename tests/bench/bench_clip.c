/*
 * bench_clip.c - a training step of two towers beside PyTorch's
 *
 * mm1-clip-demo on 64 pairs, one pass: forward, backward, AdamW.  The peer is
 * transformers' CLIPModel of the same shape and inputs (peer_clip.py), run by
 * the Python of $REFERENCE_VENV (scripts/reference makes it); without it a line
 * says so.  Both are run alternately, and the best round of each counts.
 * bench_clip N runs on N threads.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "base/par.h"
#include "model/model.h"
#include "tensor/optim.h"
#include "tensor/peak.h"
#include "timing.h"

enum { PAIRS = 64,
       TOKENS = 16, /* of a text */
       ROUNDS = 4,  /* of ours and of the peer's, alternately */
       STEPS = 3 }; /* of a round; the fastest counts */

static int32_t ids[PAIRS * (TOKENS + 1)], position[PAIRS * (TOKENS + 1)];
static int32_t segment[PAIRS * (TOKENS + 1)], image_row[PAIRS];
static struct mm_pixels views[PAIRS];

static struct mm_batch make_batch(const struct mm_config *c, uint8_t *rgb)
{
    static const float mean[3] = { 0.5f, 0.5f, 0.5f };
    size_t T = TOKENS + 1, side = c->vision.image_size;

    for (size_t i = 0; i < PAIRS * T; i++) {
        ids[i] = i % T ? (int32_t)(4 + i * 7 % (c->text.vocab - 4))
                       : c->text.image;
        position[i] = (int32_t)(i % T);
        segment[i] = 1;
    }
    for (size_t i = 0; i < PAIRS * side * side * 3; i++)
        rgb[i] = (uint8_t)(i * 31 % 251);
    for (size_t i = 0; i < PAIRS; i++) {
        views[i] = (struct mm_pixels){ rgb + i * side * side * 3, side, side };
        image_row[i] = (int32_t)(i * T);
    }
    return (struct mm_batch){ .B = PAIRS,
                              .T = T,
                              .tokens = ids,
                              .position = position,
                              .segment = segment,
                              .n_views = PAIRS,
                              .views = views,
                              .image_row = image_row,
                              .mean = mean,
                              .std = mean };
}

static struct mm_tensor *loss(struct mm_model *m, struct mm_graph *g,
                              const struct mm_batch *b)
{
    struct mm_texts t = mm_clip_texts(m, g, b, 0);
    struct mm_tensor *pictures = mm_clip_pictures(m, g, b);

    return mm_clip_loss(m, g, pictures, mm_clip_words(m, g, &t), NULL);
}

/* Seconds of the fastest step */
static double run_ours(struct mm_model *m, struct mm_graph *g,
                       const struct mm_batch *b, float *state)
{
    const struct mm_adamw o = { 1e-5, 0.9, 0.95, 1e-8, 0.1 };
    double best = 1e30;

    for (int i = 1; i <= STEPS; i++) {
        double begin = mm_seconds(), took;

        mm_grad_zero(m->grads, m->size);
        mm_graph_backward(g, loss(m, g, b), 1.0f / PAIRS);
        mm_graph_reset(g);
        mm_optim_adamw(&o, (uint64_t)i, 1, m->weights, state, state + m->size,
                       m->grads, m->size);
        took = mm_seconds() - begin;
        best = took < best ? took : best;
    }
    return best;
}

/* Seconds of the peer's fastest step; 0: there is none */
static double run_peer(void)
{
    const char *venv = getenv("REFERENCE_VENV"), *home = getenv("HOME");
    char command[1024], line[64] = "";
    FILE *f;

    snprintf(command, sizeof command,
             "OMP_NUM_THREADS=%d HF_HUB_OFFLINE=1 '%s%s/bin/python' -W ignore "
             "tests/bench/peer_clip.py %d %d %d 2> /dev/null",
             mm_par_threads(), venv ? venv : home ? home
                                                  : "",
             venv ? "" : "/.cache/mm1/reference", PAIRS, TOKENS, STEPS);
    f = popen(command, "r");
    if (!f)
        return 0;
    if (!fgets(line, sizeof line, f))
        line[0] = '\0';
    return pclose(f) == 0 ? strtod(line, NULL) : 0;
}

static double plan(struct mm_model *m, const struct mm_batch *b, size_t *bytes)
{
    struct mm_err err;
    struct mm_graph *g = need(mm_graph_create_plan(1, &err));
    double flops;

    mm_graph_backward(g, loss(m, g, b), 1);
    *bytes = mm_graph_peak(g);
    flops = mm_graph_cost(g).forward_flops + mm_graph_cost(g).backward_flops;
    mm_graph_free(g);
    return flops;
}

static void report(double flops, double ours, double peer)
{
    printf("{\"bench\":\"clip\",\"model\":\"mm1-clip-demo\",\"level\":\"%s\","
           "\"threads\":%d,\"pairs\":%d,\"text_tokens\":%d,\"gflop\":%.1f,"
           "\"step_s\":%.4f,\"pairs_per_s\":%.0f,\"gflops\":%.1f,"
           "\"of_peak\":%.3f,",
           mm_cpu_level_name(mm_cpu_level()), mm_par_threads(), PAIRS, TOKENS,
           flops / 1e9, ours, PAIRS / ours, flops / ours / 1e9,
           flops / ours / mm_peak_flops());
    if (peer > 0)
        printf("\"torch_s\":%.4f,\"torch_over_ours\":%.2f}\n", peer,
               peer / ours);
    else
        printf("\"torch\":\"skipped: no PyTorch in $REFERENCE_VENV\"}\n");
}

int main(int argc, char **argv)
{
    struct mm_config c;
    struct mm_err err;
    struct mm_model *m;
    struct mm_graph *g;
    struct mm_batch b;
    double flops, ours = 1e30, peer = 1e30;
    size_t bytes;
    float *state;

    if (argc > 1)
        mm_par_set_threads((int)strtol(argv[1], NULL, 10));
    if (mm_config_preset(&c, "mm1-clip-demo", &err) < 0)
        return 78;
    m = need(mm_model_create(&c, 1, 1, &err));
    mm_model_init(m, 1);
    b = make_batch(&c, need(malloc(PAIRS * c.vision.image_size *
                                   c.vision.image_size * 3)));
    flops = plan(m, &b, &bytes);
    g = need(mm_graph_create(MM_TRAIN, bytes, &err));
    state = need(calloc(2 * m->size, sizeof *state));
    for (int i = 0; i < ROUNDS; i++) {
        double took = run_ours(m, g, &b, state);

        ours = took < ours ? took : ours;
        took = peer > 0 ? run_peer() : 0;
        peer = took < peer ? took : peer;
    }
    report(flops, ours, peer);
    mm_graph_free(g);
    mm_model_free(m);
    return 0;
}
