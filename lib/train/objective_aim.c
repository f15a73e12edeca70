/*
 * objective_aim.c - AIM: regression of the next patch (El-Nouby et al., arXiv
 * 2401.08541)
 *
 * Every picture of the packed sequences counts; their text is not looked at.
 * The loss is the mean over the patches after the prefixes.
 */
#include <assert.h>
#include <math.h>

#include "base/rng.h"
#include "train/engine.h"
#include "train/objective.h"

#define RATE 1e-3  /* the paper's peak */
#define DEPTH 12   /* of its head */
#define WIDTH 2048 /* of its head, the least of its encoders being 1536 */

/* ---- the model ---- */

/* Any encoder becomes one of AIM's kind; a head that nobody asked for is no
 * wider than the encoder. */
static void adapt(struct mm_config *c)
{
    size_t width = c->vision.width < WIDTH ? c->vision.width : WIDTH;

    if (c->vision.kind != MM_VISION_AIM) {
        c->vision.kind = MM_VISION_AIM;
        c->vision.norm_eps = 1e-6f;
    }
    c->connector = (struct mm_connector_config){ 0 };
    c->text = (struct mm_text_config){ 0 };
    c->clip = (struct mm_clip_config){ 0 };
    c->aim.depth = c->aim.depth ? c->aim.depth : DEPTH;
    c->aim.width = c->aim.width ? c->aim.width : width;
}

static void adopt(struct mm_config *c, const struct mm_packed_info *info)
{
    (void)c;
    (void)info;
}

static int fit(const struct mm_config *c, const struct mm_packed_info *info,
               struct mm_err *err)
{
    size_t P = c->vision.patch_size;
    size_t size = info->image_size ? info->image_size : c->vision.image_size;

    if (info->max_images == 0 || info->pictures == 0)
        return mm_fail(err, MM_EDATA, "the data has no pictures to learn "
                                      "from; mm1-encode-image puts them "
                                      "in before mm1-mix");
    if (size % P != 0)
        return mm_fail(err, MM_ECONFIG, "pictures of %zu pixels are not cut "
                                        "whole by patches of %zu",
                       size, P);
    if (size == P)
        return mm_fail(err, MM_ECONFIG, "a picture of one patch, %zu pixels, "
                                        "has no next one; take a smaller "
                                        "--patch-size",
                       P);
    return 0;
}

static size_t count_rows(const struct mm_config *c,
                         const struct mm_shape *sequence)
{
    size_t grid = sequence->side / c->vision.patch_size;

    return sequence->n_views * grid * grid;
}

/* ---- prefixes ---- */

/*
 * How many patches of a picture see each other, 1 to K - 1: a function of the
 * seed, the sequence's number over all passes, and the picture's within it.
 */
static size_t prefix(uint64_t seed, int64_t position, size_t picture, size_t K)
{
    assert(K > 1);
    return 1 + mm_rng_below(seed, MM_RNG_AIM + picture, (uint64_t)position,
                            K - 1);
}

static size_t patches(const struct mm_model *m, const struct mm_pixels *v)
{
    size_t P = m->config.vision.patch_size;

    return v->height / P * (v->width / P);
}

/* A walk over the views of a piece; a view knows its sequence by its row. */
struct walk {
    size_t sequence, picture;
};

/* The prefix of view i, of those in order */
static size_t next_prefix(struct walk *w, const struct mm_piece *p, size_t i,
                          size_t K)
{
    size_t s = (size_t)p->batch.image_row[i] / p->batch.T;

    w->picture = i && s == w->sequence ? w->picture + 1 : 0;
    w->sequence = s;
    return prefix(p->seed, p->position + (int64_t)s, w->picture, K);
}

static size_t count_targets(const struct mm_piece *p, size_t K)
{
    struct walk w = { 0, 0 };
    size_t R = 0;

    for (size_t i = 0; i < p->batch.n_views; i++)
        R += K - next_prefix(&w, p, i, K);
    return R;
}

/*
 * How many a plan takes to be after the prefixes of n pictures, which is n K /
 * 2 on average.  A sum of n uniform numbers is over three deviations about once
 * in a thousand pieces, and no run is short of these; of one picture or two,
 * all are within them.
 */
static size_t plan_targets(const struct mm_piece *p, size_t K)
{
    size_t n = p->batch.n_views, most = n * (K - 1);
    double rows = (double)(n * K) / 2;

    if (p->patches == MM_PATCHES_ALL)
        return most;
    if (p->patches == MM_PATCHES_USUAL)
        rows += 3 * (double)K * sqrt((double)n / 12);
    return rows < (double)most ? (size_t)rows + 1 : most;
}

static void put_rows(struct mm_graph *g, const struct mm_aim_rows *to,
                     const struct mm_piece *p, size_t K)
{
    struct walk w = { 0, 0 };
    int32_t at = 0;

    for (size_t i = 0; i < p->batch.n_views; i++) {
        size_t k = next_prefix(&w, p, i, K);
        int32_t prefix = (int32_t)k;

        mm_tensor_put(g, to->prefix, i, 1, &prefix);
        mm_tensor_put(g, to->first, i, 1, &at);
        for (; k < K; k++, at++) {
            int32_t row = (int32_t)(i * K + k - 1);

            mm_tensor_put(g, to->row, (size_t)at, 1, &row);
        }
    }
}

/* What the loss of a piece looks at, and how many patches that are */
static struct mm_aim_rows rows(struct mm_graph *g, const struct mm_model *m,
                               const struct mm_piece *p, size_t *n_rows)
{
    int plan = mm_graph_mode(g) == MM_PLAN;
    size_t K = patches(m, &p->batch.views[0]), n = p->batch.n_views;
    size_t R = plan ? plan_targets(p, K) : count_targets(p, K);
    struct mm_aim_rows to = { mm_input_room(g, MM_I32, 1, &n),
                              mm_input_room(g, MM_I32, 1, &n),
                              mm_input_room(g, MM_I32, 1, &R) };

    if (!plan)
        put_rows(g, &to, p, K);
    *n_rows = R;
    return to;
}

/* Patches after the prefixes of sequence i */
static size_t sequence_targets(const struct mm_engine *e,
                               const struct mm_step_batch *b, size_t i)
{
    size_t first = b->first_view[i], n = 0;

    for (size_t v = first; v < b->first_view[i + 1]; v++) {
        size_t K = patches(e->model, &b->views[v]);

        n += K - prefix(e->seed, b->position + (int64_t)i, v - first,
                        K);
    }
    return n;
}

static double divisor(const struct mm_engine *e, const struct mm_step_batch *b)
{
    size_t n = 0;

    for (size_t i = 0; i < b->B; i++)
        n += sequence_targets(e, b, i);
    return n ? (double)n : 1;
}

/* ---- the loss ---- */

static struct mm_tensor *nothing(struct mm_graph *g)
{
    const float zero = 0;
    const size_t one = 1;
    struct mm_tensor *x = mm_input_room(g, MM_F32, 1, &one);

    mm_tensor_put(g, x, 0, 1, &zero);
    return x;
}

/* "mean_patch" of the log: the loss of saying of each patch its mean */
static struct mm_tensor *loss(struct mm_model *m, struct mm_graph *g,
                              const struct mm_piece *p)
{
    const struct mm_batch *b = &p->batch;
    struct mm_aim_rows targets;
    struct mm_tensor *x;
    float base = 0;
    const struct mm_patch_sums sums = { p->row_loss, b->image_row, &base };
    size_t n;

    if (b->n_views == 0)
        return nothing(g);
    targets = rows(g, m, p, &n);
    x = mm_model_aim_loss(m, g, b, &targets, &sums);
    if (mm_graph_mode(g) != MM_PLAN)
        mm_terms_add(p->terms, "mean_patch", (double)base, (double)n);
    return x;
}

/* ---- validation ---- */

/* The source of the segment in which row t of a sequence stands */
static const char *source_at(const struct mm_packed_seq *s, size_t t)
{
    for (size_t k = 0; k < s->n_segments; k++)
        if (t - s->segments[k].begin < s->segments[k].length)
            return s->segments[k].source;
    return mm_packed_source(s);
}

static int tally_sequence(struct mm_validation *v, const struct mm_engine *e,
                          const struct mm_step_batch *b, size_t i,
                          const float *row_loss, struct mm_err *err)
{
    size_t first = b->first_view[i];

    for (size_t k = first; k < b->first_view[i + 1]; k++) {
        size_t K = patches(e->model, &b->views[k]);
        size_t S = prefix(e->seed, b->position + (int64_t)i, k - first,
                          K);
        size_t row = (size_t)b->image_row[k];
        struct mm_source_loss *to = mm_validation_source(
            v, source_at(&b->seqs[i], row % b->T), err);

        if (!to)
            return -1;
        to->sum += (double)row_loss[row];
        to->tokens += K - S;
    }
    return 0;
}

static int tally(struct mm_validation *v, const struct mm_engine *e,
                 const struct mm_step_batch *b, const float *row_loss,
                 struct mm_err *err)
{
    for (size_t i = 0; i < b->B; i++)
        if (tally_sequence(v, e, b, i, row_loss, err) < 0)
            return -1;
    return 0;
}

const struct mm_objective mm_objective_aim = { .name = "aim",
                                               .preset = "mm1-demo",
                                               .adapt = adapt,
                                               .adopt = adopt,
                                               .fit = fit,
                                               .rows = count_rows,
                                               .loss = loss,
                                               .divisor = divisor,
                                               .rate = RATE,
                                               .spare = "  more, if all "
                                                        "patches count",
                                               .tally = tally };
