/*
 * moe.c - the mixture of experts that may stand for a decoder's MLP
 */
#include "model/moe.h"

#include <math.h>
#include <stdio.h>

#include "tensor/act.h"
#include "tensor/expert.h"
#include "tensor/linear.h"

int mm_moe_at(const struct mm_text_config *c, size_t layer)
{
    return c->moe.experts && (layer + 1) % c->moe.every == 0;
}

size_t mm_moe_layers(const struct mm_text_config *c)
{
    return c->moe.experts ? c->layers / c->moe.every : 0;
}

size_t mm_moe_pointers(const struct mm_text_config *c)
{
    return 3 * c->moe.experts;
}

static struct mm_tensor *matrix(struct mm_layout *l, size_t expert,
                                const char *what, size_t out, size_t in)
{
    char name[64];

    snprintf(name, sizeof name, "mlp.experts.%zu.%s_proj.weight", expert,
             what);
    return mm_layout_matrix(l, name, 1 / sqrtf((float)in), out, in);
}

void mm_moe_layout(struct mm_moe *m, struct mm_tensor **pointers,
                   const struct mm_text_config *c, struct mm_layout *l)
{
    size_t D = c->width, F = c->moe.hidden, E = c->moe.experts;

    m->gate = pointers;
    m->up = pointers + E;
    m->down = pointers + 2 * E;
    m->router = mm_layout_matrix(l, "mlp.gate.weight", 1 / sqrtf((float)D), E,
                                 D);
    for (size_t e = 0; e < E; e++) {
        m->gate[e] = matrix(l, e, "gate", F, D);
        m->up[e] = matrix(l, e, "up", F, D);
        m->down[e] = matrix(l, e, "down", D, F);
    }
}

static struct mm_route route(struct mm_graph *g, const struct mm_moe *m,
                             const struct mm_text_config *c, size_t layer,
                             struct mm_tensor *h,
                             const struct mm_moe_pass *pass)
{
    const struct mm_router *r = pass->router;
    struct mm_route_how how = { .B = pass->B };
    float *stats = NULL;

    if (r) {
        float weight = r->per_token / (float)mm_moe_layers(c);

        how.capacity = c->moe.capacity;
        how.balance = c->moe.balance * weight;
        how.z_loss = c->moe.z_loss * weight;
        if (r->stats)
            stats = r->stats +
                    layer / c->moe.every * (MM_ROUTE_LOAD + c->moe.experts);
    }
    return mm_route(g, mm_linear(g, h, m->router, NULL), pass->segment, &how,
                    stats);
}

struct mm_tensor *mm_moe_forward(struct mm_graph *g, const struct mm_moe *m,
                                 const struct mm_text_config *c, size_t layer,
                                 struct mm_tensor *h,
                                 const struct mm_moe_pass *pass)
{
    struct mm_route r = route(g, m, c, layer, h, pass);
    struct mm_tensor *x = mm_expert_spread(g, h, &r);

    x = mm_swiglu(g, mm_expert_linear(g, x, m->gate, &r),
                  mm_expert_linear(g, x, m->up, &r));
    return mm_expert_combine(g, mm_expert_linear(g, x, m->down, &r), &r);
}
