/*
 * graph_state.h - what a tape consists of
 *
 * Private to graph.c and stretch.c.
 */
#ifndef MM_TENSOR_GRAPH_STATE_H
#define MM_TENSOR_GRAPH_STATE_H

#include "base/mem.h"
#include "tensor/device.h"
#include "tensor/graph.h"

/* A used piece of the arena above the forward pass, in the order of address. */
struct block {
    struct block *next, *scratch; /* scratch: the other ones of this op */
    size_t begin, end;
};

/* A tensor that the graph made */
struct node {
    struct mm_tensor t; /* first: ops know the node by it */
    size_t begin;       /* where its data begins in the arena */
    struct block *grad; /* NULL: nobody has added to it yet */
    struct node *next;  /* outputs of one record */
};

struct record {
    struct record *before;
    struct node *outputs;
    void (*backward)(struct mm_graph *g, void *args);
    void *args;
};

struct mm_graph {
    enum mm_mode mode;
    int records, backward;
    int recomputes; /* stretches are run again in backward */
    int repeats;    /* one is being run again */
    int wanted;     /* an output would have wanted a gradient */
    const struct mm_device *device;
    struct mm_arena arena, meta;
    struct block *blocks, *free_blocks, *scratch;
    struct block *again; /* memory of the stretch that is run again */
    struct node *made;   /* outputs since the last record */
    struct record *last;
    struct mm_cost cost;
};

/* Cleared, beside the arena, until the step is reset. */
void *mm_graph_meta(struct mm_graph *g, size_t bytes);

/* The node of a tensor that the graph made, or NULL: somebody else's */
struct node *mm_graph_node(const struct mm_graph *g, struct mm_tensor *x);

void mm_graph_release(struct mm_graph *g, struct block *b);

/* Backward of one record, unless nobody added to its outputs' gradients. */
void mm_graph_run_back(struct mm_graph *g, struct record *r);

#endif
