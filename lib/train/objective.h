/*
 * objective.h - what a training run makes small
 *
 * The loop, the checkpoints, the plan and the optimizer are the same for all;
 * an objective says which parts of a model it trains, how the loss of a piece
 * is built on a graph, and what a batch's sum is divided by.  One row of
 * mm_objectives each.
 */
#ifndef MM_TRAIN_OBJECTIVE_H
#define MM_TRAIN_OBJECTIVE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "data/packed.h"
#include "model/model.h"
#include "tensor/graph.h"
#include "train/batch.h"
#include "train/recipe.h"
#include "train/validate.h"

struct mm_engine;
struct mm_shape;

/* ---- numbers for the log ---- */

#define MM_MAX_TERMS 64

/* Means beside the loss, summed over the pieces of a batch. */
struct mm_terms {
    struct mm_term {
        char name[32]; /* key of the metrics log */
        double sum, weight;
    } v[MM_MAX_TERMS];
    size_t n;
};

/* A new name makes a new term; t NULL: nobody asks. */
void mm_terms_add(struct mm_terms *t, const char *name, double sum,
                  double weight);

/* ---- objectives ---- */

/* A piece of a batch, as a loss sees it. */
struct mm_piece {
    struct mm_batch batch; /* its router: in training, where experts are */
    int64_t position;      /* of its first sequence, over all passes: with the
                            * seed all that a random choice may depend on */
    uint64_t seed;
    float z_loss;
    float *row_loss;        /* [B*T], for validation; or NULL */
    struct mm_terms *terms; /* or NULL */
    size_t text_rows;       /* in a plan: as in struct mm_shape */
    int patches;            /* in a plan: enum mm_patches */
    const float *given[2];  /* or NULL: gradients of what clip's towers made */
};

struct mm_objective {
    const char *name;   /* of --objective */
    const char *preset; /* where none is named */
    double rate;        /* the peak where none is given; 0: by equation 1 */
    const char *spare;  /* label of a plan: when a piece takes most memory */

    /* Leave those parts of a preset that are trained. */
    void (*adapt)(struct mm_config *c);

    /* As mm_fit_adopt and mm_fit_check. */
    void (*adopt)(struct mm_config *c, const struct mm_packed_info *info);
    int (*fit)(const struct mm_config *c, const struct mm_packed_info *info,
               struct mm_err *err);

    /*
     * Are the first sequences of data or --val what the loss takes?  NULL: fit
     * knows.
     */
    int (*look)(struct mm_packed *data, struct mm_err *err);

    /*
     * Rows of the largest matrix that a sequence makes, which the default
     * micro-batch counts; NULL: its tokens
     */
    size_t (*rows)(const struct mm_config *c, const struct mm_shape *sequence);

    /* Can a batch of this recipe be learnt from?  NULL: any can. */
    int (*check)(const struct mm_config *c, const struct mm_recipe *r,
                 struct mm_packed *data, struct mm_err *err);

    /*
     * The sum of a piece's losses, a scalar; in a plan only shapes are there.
     * Where p->row_loss is not NULL, each row's loss goes there too.
     */
    struct mm_tensor *(*loss)(struct mm_model *m, struct mm_graph *g,
                              const struct mm_piece *p);

    /* What the sum over all pieces is divided by, > 0 */
    double (*divisor)(const struct mm_engine *e,
                      const struct mm_step_batch *b);

    /*
     * Validation by row_loss: add the sequences of b to the sources of v.
     * NULL: each token to the source of its segment
     */
    int (*tally)(struct mm_validation *v, const struct mm_engine *e,
                 const struct mm_step_batch *b, const float *row_loss,
                 struct mm_err *err);

    /*
     * As mm_engine_gradient, for a loss that is not a sum over pieces; NULL:
     * piece by piece.
     */
    int (*gradient)(struct mm_engine *e, const struct mm_step_batch *b,
                    double *loss, struct mm_err *err);

    /* After each update of the weights: limits.  NULL: none */
    void (*settle)(struct mm_model *m);

    /* Frees what the gradient left in the engine's cache. */
    void (*release)(void *cache);

    /*
     * Memory and FLOPs that a batch takes beside those of its pieces; NULL:
     * nothing.
     */
    int (*extra)(struct mm_model *m, const struct mm_shape *piece,
                 size_t batch, size_t *bytes, double *flops,
                 struct mm_err *err);

    /* As mm_validate; NULL: by row_loss, for each source. */
    int (*validate)(struct mm_validation *v, const struct mm_engine *e,
                    struct mm_packed *data, size_t micro, size_t max,
                    struct mm_err *err);
};

/* In the order of --objective's choices. */
enum { MM_OBJECTIVE_MM,
       MM_OBJECTIVE_LM,
       MM_OBJECTIVE_CLIP,
       MM_OBJECTIVE_AIM,
       MM_OBJECTIVES };
extern const struct mm_objective *const mm_objectives[MM_OBJECTIVES];

/* Pictures and text, or text alone: cross-entropy of the supervised tokens. */
extern const struct mm_objective mm_objective_mm, mm_objective_lm;

/* Pairs of a picture and a text: each finds its own among all of a batch. */
extern const struct mm_objective mm_objective_clip;

/* Pictures alone: regression of the next patch, see model/aim.h. */
extern const struct mm_objective mm_objective_aim;

/* As mm_recipe_micro, for the largest sequence: a shape with B 1 */
int64_t mm_objective_micro(const struct mm_objective *o,
                           const struct mm_config *c,
                           const struct mm_recipe *r,
                           const struct mm_shape *sequence);

/*
 * As mm_recipe_resolve, and the micro-batch; n: parameters but those of
 * embeddings.  sequence NULL: no data is known, and the micro-batch stays.
 */
void mm_objective_resolve(const struct mm_objective *o,
                          const struct mm_config *c, struct mm_recipe *r,
                          size_t n, const struct mm_shape *sequence);

#endif
