/*
 * optimizer.h - AdamW or AdaFactor over the parameters of a model
 *
 * With s the schedule's factor, eta a part's peak rate and g the gradient
 * scaled to a norm of at most `clip`, AdamW is
 *
 *   m = beta1 m + (1 - beta1) g,  v = beta2 v + (1 - beta2) g^2
 *   p -= s eta (m^ / (sqrt(v^) + eps) + decay p)
 *
 * where m^ and v^ are m and v divided by 1 - beta^t (Loshchilov and Hutter,
 * "Decoupled Weight Decay Regularization", algorithm 2; MM1's decay is a tenth
 * of the rate).  AdaFactor, MM1's choice for fine-tuning, stands in
 * tensor/optim.h: a parameter of more than one row and column keeps a mean of
 * squares for each row (its first dimension) and each column (all others).
 * All parameters decay, but for a CLIP's scale and bias, and for those of parts
 * that are not trained and those that no forward uses: they have neither
 * gradient nor state and keep their bits.
 */
#ifndef MM_TRAIN_OPTIMIZER_H
#define MM_TRAIN_OPTIMIZER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/model.h"
#include "train/recipe.h"

/* Where the state of a parameter begins in m and in v. */
struct mm_slot {
    size_t m, v;
};

struct mm_optimizer {
    struct mm_model *model; /* borrowed; trainable */
    struct mm_slot *slots;  /* [n_params] */
    float *m, *v;           /* AdamW of all parts: in the model's layout */
    size_t size;            /* floats of both together */
    int kind;               /* enum mm_optimizer_kind */
    unsigned trained;       /* bits 1 << enum mm_part */
    double rate[3];         /* peak, by enum mm_part */
    double beta1, beta2, epsilon, decay, clip;
};

/*
 * State all zero; the rates are those of a resolved recipe.  Parameters of
 * parts that are not trained no longer ask for gradients.
 */
int mm_optimizer_init(struct mm_optimizer *o, struct mm_model *m,
                      const struct mm_recipe *r, struct mm_err *err);
void mm_optimizer_release(struct mm_optimizer *o);

/* The same without the state: o->size says what it would take. */
int mm_optimizer_plan(struct mm_optimizer *o, struct mm_model *m,
                      const struct mm_recipe *r, struct mm_err *err);

void mm_optimizer_zero(struct mm_optimizer *o);         /* the gradients */
double mm_optimizer_norm(const struct mm_optimizer *o); /* of all of them */

/* Update t, counted from 1; norm is that of the gradients. */
void mm_optimizer_step(struct mm_optimizer *o, int64_t t, double scale,
                       double norm);

#define MM_MAX_STATES 3

/*
 * The arrays that belong to parameter i, named as the checkpoint's are but for
 * ".NAME" ("m", "v"; "m", "row", "col"); how many, 0 for one that is not
 * trained.
 */
size_t mm_optimizer_states(const struct mm_optimizer *o, size_t i,
                           struct mm_tensor states[MM_MAX_STATES]);

#endif
