/*
 * objective.c - the table of objectives, and those of language models
 */
#include "train/objective.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "train/engine.h"
#include "train/fit.h"

/* ---- numbers for the log ---- */

static struct mm_term *find(struct mm_terms *t, const char *name)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->v[i].name, name) == 0)
            return &t->v[i];
    assert(t->n < MM_MAX_TERMS && strlen(name) < sizeof t->v->name);
    t->v[t->n] = (struct mm_term){ .sum = 0 };
    snprintf(t->v[t->n].name, sizeof t->v->name, "%s", name);
    return &t->v[t->n++];
}

void mm_terms_add(struct mm_terms *t, const char *name, double sum,
                  double weight)
{
    struct mm_term *term;

    if (!t)
        return;
    term = find(t, name);
    term->sum += sum;
    term->weight += weight;
}

/* ---- mm and lm ---- */

static void keep_all(struct mm_config *c)
{
    (void)c;
}

static void keep_decoder(struct mm_config *c)
{
    c->vision = (struct mm_vision_config){ 0 };
    c->connector = (struct mm_connector_config){ 0 };
}

static struct mm_tensor *token_loss(struct mm_model *m, struct mm_graph *g,
                                    const struct mm_piece *p)
{
    return mm_model_loss(m, g, &p->batch, p->z_loss, p->row_loss);
}

static double supervised(const struct mm_engine *e,
                         const struct mm_step_batch *b)
{
    (void)e;
    return b->supervised ? (double)b->supervised : 1;
}

#define VIEWS_VARY "  more, if all views come"

const struct mm_objective mm_objective_mm = { .name = "mm",
                                              .preset = "mm1-demo",
                                              .spare = VIEWS_VARY,
                                              .adapt = keep_all,
                                              .adopt = mm_fit_adopt,
                                              .fit = mm_fit_check,
                                              .loss = token_loss,
                                              .divisor = supervised };

const struct mm_objective mm_objective_lm = { .name = "lm",
                                              .preset = "mm1-demo",
                                              .spare = VIEWS_VARY,
                                              .adapt = keep_decoder,
                                              .adopt = mm_fit_adopt,
                                              .fit = mm_fit_check,
                                              .loss = token_loss,
                                              .divisor = supervised };

/* ---- the table ---- */

const struct mm_objective *const mm_objectives[MM_OBJECTIVES] = {
    [MM_OBJECTIVE_MM] = &mm_objective_mm,
    [MM_OBJECTIVE_LM] = &mm_objective_lm,
    [MM_OBJECTIVE_CLIP] = &mm_objective_clip,
    [MM_OBJECTIVE_AIM] = &mm_objective_aim
};

int64_t mm_objective_micro(const struct mm_objective *o,
                           const struct mm_config *c,
                           const struct mm_recipe *r,
                           const struct mm_shape *sequence)
{
    return mm_recipe_micro(r, o->rows ? o->rows(c, sequence) : sequence->T);
}

void mm_objective_resolve(const struct mm_objective *o,
                          const struct mm_config *c, struct mm_recipe *r,
                          size_t n, const struct mm_shape *sequence)
{
    if (r->lr == 0)
        r->lr = o->rate;
    if (sequence)
        r->micro = mm_objective_micro(o, c, r, sequence);
    mm_recipe_resolve(r, n);
}
