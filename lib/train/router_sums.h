/*
 * router_sums.h - what the routers of a step's pieces did, for the log
 *
 * Means over the tokens of the batch that are not padding and over the layers
 * that have experts (see model/moe.h).
 */
#ifndef MM_TRAIN_ROUTER_SUMS_H
#define MM_TRAIN_ROUTER_SUMS_H

#include <stddef.h>

#include "base/err.h"
#include "model/config.h"
#include "model/moe.h"
#include "train/metrics.h"

struct mm_router_sums {
    struct mm_router router; /* its stats are of the current piece */
    size_t layers, experts;  /* 0: a dense decoder */
    double balance, z_loss;  /* weights of the losses */
    double *sums;            /* [layers,MM_ROUTE_LOAD+experts] */
};

int mm_router_sums_init(struct mm_router_sums *s,
                        const struct mm_text_config *c, struct mm_err *err);
void mm_router_sums_release(struct mm_router_sums *s);

/* A batch of this many tokens begins. */
void mm_router_sums_begin(struct mm_router_sums *s, size_t tokens);

/* For a piece's mm_batch; NULL where there are no experts. */
const struct mm_router *mm_router_sums_router(const struct mm_router_sums *s);

/* After the forward pass of a piece. */
void mm_router_sums_add(struct mm_router_sums *s);

/*
 * The member "router" of an event: added (to the loss), balance, z,
 * entropy (nats), dropped (of all choices), load (each expert's share of all
 * choices, 1 / experts when even) and load_max (the largest share of any expert
 * in any layer, times the experts: 1 when even).
 */
void mm_router_sums_print(const struct mm_router_sums *s,
                          struct mm_metrics *m);

#endif
