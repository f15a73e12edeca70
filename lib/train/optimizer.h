/*
 * optimizer.h - AdamW over the parameters of a model, decoupled
 *
 * With s the schedule's factor, eta a part's peak rate and g the gradient
 * scaled to a norm of at most `clip`:
 *
 *   m = beta1 m + (1 - beta1) g,  v = beta2 v + (1 - beta2) g^2
 *   p -= s eta (m^ / (sqrt(v^) + eps) + decay p)
 *
 * where m^ and v^ are m and v divided by 1 - beta^t (Loshchilov and Hutter,
 * "Decoupled Weight Decay Regularization", algorithm 2; MM1's decay is a tenth
 * of the rate).  All parameters decay.
 */
#ifndef MM_TRAIN_OPTIMIZER_H
#define MM_TRAIN_OPTIMIZER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/model.h"
#include "train/recipe.h"

struct mm_optimizer {
    struct mm_model *model; /* borrowed; trainable */
    float *m, *v;           /* [model->size], in the layout of its weights */
    double rate[3];         /* peak, by enum mm_part */
    double beta1, beta2, epsilon, decay, clip;
};

/* State all zero; the rates are those of a resolved recipe. */
int mm_optimizer_init(struct mm_optimizer *o, struct mm_model *m,
                      const struct mm_recipe *r, struct mm_err *err);
void mm_optimizer_release(struct mm_optimizer *o);

void mm_optimizer_zero(struct mm_optimizer *o);         /* the gradients */
double mm_optimizer_norm(const struct mm_optimizer *o); /* of all of them */

/* Update t, counted from 1; norm is that of the gradients. */
void mm_optimizer_step(struct mm_optimizer *o, int64_t t, double scale,
                       double norm);

#endif
