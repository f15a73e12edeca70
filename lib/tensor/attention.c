/*
 * attention.c - the op; its tiles are in kernel/attention.c
 */
#include "tensor/attention.h"

#include <assert.h>

#include "tensor/op.h"

struct attention {
    struct mm_tensor *q, *k, *v, *y;
    const struct mm_tensor *segment, *prefix; /* at most one of them */
    float *lse;
    size_t B, T, S, H, G;
    int causal;
};

static struct mm_attention_args kernel_args(const struct attention *a)
{
    struct mm_attention_args k = { .B = a->B, .T = a->T, .S = a->S };

    k.H = a->H;
    k.G = a->G;
    k.C = mm_tensor_width(a->q) / a->H;
    k.q = a->q->data;
    k.k = a->k->data;
    k.v = a->v->data;
    k.y = a->y->data;
    k.lse = a->lse;
    return k;
}

/* Scratch: [begin, end) of what each row sees; S - T may wrap, T is added */
static void spans(struct mm_graph *g, const struct attention *a,
                  struct mm_attention_args *k)
{
    size_t n = a->B * a->T;
    int32_t *begin = mm_op_scratch(g, n * sizeof *begin);
    int32_t *end = mm_op_scratch(g, n * sizeof *end);

    k->begin = begin;
    k->end = end;
    if (!mm_op_computes(g))
        return;
    if (a->prefix)
        mm_op_kernels(g)->attention_prefix_spans(begin, end, a->prefix->data,
                                                 a->B, a->T);
    else
        mm_op_kernels(g)->attention_spans(
            begin, end, a->segment ? a->segment->data : NULL,
            a->B, a->T, a->S - a->T, a->causal);
}

static void backward(struct mm_graph *g, void *args)
{
    const struct attention *a = args;
    struct mm_attention_args k = kernel_args(a);

    spans(g, a, &k);
    k.dy = a->y->grad;
    k.dq = mm_op_grad(g, a->q);
    k.dk = mm_op_grad(g, a->k);
    k.dv = mm_op_grad(g, a->v);
    k.delta = mm_op_scratch(g, a->B * a->T * a->H * sizeof(float));
    if (mm_op_computes(g))
        mm_op_kernels(g)->attention_backward(&k);
    mm_op_scratch_end(g);
}

static void check(const struct attention *a)
{
    assert(a->G > 0 && a->H % a->G == 0);
    assert(mm_tensor_rows(a->q) == a->B * a->T);
    assert(mm_tensor_rows(a->k) == a->B * a->S);
    assert(mm_tensor_width(a->q) % a->H == 0);
    assert(mm_tensor_width(a->k) * a->H == mm_tensor_width(a->q) * a->G);
    assert(mm_tensor_same_shape(a->k, a->v));
    assert(!a->segment || (a->segment->dtype == MM_I32 &&
                           mm_tensor_count(a->segment) == a->B * a->T));
    assert(!a->prefix || (a->prefix->dtype == MM_I32 &&
                          mm_tensor_count(a->prefix) == a->B));
}

/* Two products of C for each pair forward, five backward.  Segments and
 * prefixes are not known to a plan: this is the cost of one per sequence, and
 * of prefixes of all lengths alike (a third of the rest is seen, too). */
static void cost(struct mm_graph *g, const struct attention *a)
{
    double T = (double)a->T, S = (double)a->S;
    double pairs = a->prefix   ? T * T * 2 / 3
                   : a->causal ? T * (T + 1) / 2
                               : T * S;
    double flops = 2 * (double)(a->B * mm_tensor_width(a->q)) * pairs;

    mm_op_cost(g, 2 * flops, 5 * flops,
               2.0 * (double)(mm_tensor_count(a->q) + mm_tensor_count(a->k)) *
                   sizeof(float));
}

static struct mm_tensor *attend(struct mm_graph *g, struct attention a)
{
    struct mm_tensor *q = a.q;
    int wanted = q->wants_grad || a.k->wants_grad || a.v->wants_grad;
    struct attention *record;
    struct mm_attention_args forward;

    check(&a);
    a.y = mm_op_output(g, MM_F32, (size_t)q->n_dim, q->dim, wanted);
    if (a.y->wants_grad)
        a.lse = mm_op_save(g, a.B * a.T * a.H * sizeof *a.lse);
    forward = kernel_args(&a);
    spans(g, &a, &forward);
    cost(g, &a);
    if (mm_op_computes(g))
        mm_op_kernels(g)->attention_forward(&forward);
    mm_op_scratch_end(g);
    record = mm_op_record(g, backward, sizeof *record);
    if (record)
        *record = a;
    return a.y;
}

struct mm_tensor *mm_attention(struct mm_graph *g, struct mm_tensor *q,
                               struct mm_tensor *k, struct mm_tensor *v,
                               size_t B, size_t T, size_t H, size_t G,
                               const struct mm_tensor *segment, int causal)
{
    return attend(g, (struct attention){ .q = q,
                                         .k = k,
                                         .v = v,
                                         .segment = segment,
                                         .B = B,
                                         .T = T,
                                         .S = T,
                                         .H = H,
                                         .G = G,
                                         .causal = causal });
}

struct mm_tensor *mm_attention_prefix(struct mm_graph *g, struct mm_tensor *q,
                                      struct mm_tensor *k,
                                      struct mm_tensor *v, size_t B, size_t T,
                                      size_t H, size_t G,
                                      const struct mm_tensor *prefix)
{
    return attend(g, (struct attention){ .q = q,
                                         .k = k,
                                         .v = v,
                                         .prefix = prefix,
                                         .B = B,
                                         .T = T,
                                         .S = T,
                                         .H = H,
                                         .G = G });
}

struct mm_tensor *mm_attention_cross(struct mm_graph *g, struct mm_tensor *q,
                                     struct mm_tensor *k, struct mm_tensor *v,
                                     size_t B, size_t H, size_t G)
{
    assert(mm_tensor_rows(q) % B == 0 && mm_tensor_rows(k) % B == 0);
    return attend(g, (struct attention){ .q = q,
                                         .k = k,
                                         .v = v,
                                         .B = B,
                                         .T = mm_tensor_rows(q) / B,
                                         .S = mm_tensor_rows(k) / B,
                                         .H = H,
                                         .G = G });
}

/* Causal: begin is 0 */
static void paged_spans(int32_t *begin, int32_t *end, const struct mm_paged *s,
                        size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t t = 0; t < s[i].n; t++) {
            *begin++ = 0;
            *end++ = (int32_t)(s[i].past + t + 1);
        }
}

static double paged_pairs(const struct mm_paged *s, size_t n)
{
    double pairs = 0;

    for (size_t i = 0; i < n; i++)
        pairs += (double)s[i].n *
                 ((double)s[i].past + (double)(s[i].n + 1) / 2);
    return pairs;
}

struct mm_tensor *mm_attention_paged(struct mm_graph *g, struct mm_tensor *q,
                                     const struct mm_paged *s, size_t n,
                                     size_t k_at, size_t v_at,
                                     size_t H, size_t G)
{
    size_t N = mm_tensor_rows(q), D = mm_tensor_width(q);
    struct mm_tensor *y = mm_op_output(g, MM_F32, 2, (size_t[]){ N, D }, 0);
    struct mm_attention_args a = { .B = n, .H = H, .G = G, .C = D / H };
    int32_t *begin = mm_op_scratch(g, N * sizeof *begin);
    int32_t *end = mm_op_scratch(g, N * sizeof *end);

    assert(!mm_graph_records(g) && H % G == 0 && D % H == 0);
    a.begin = begin;
    a.end = end;
    a.q = q->data;
    a.paged = s;
    a.k_at = k_at;
    a.v_at = v_at;
    a.y = y->data;
    mm_op_cost(g, 4.0 * (double)D * paged_pairs(s, n), 0,
               2.0 * (double)(N * D) * sizeof(float));
    if (mm_op_computes(g)) {
        paged_spans(begin, end, s, n);
        mm_op_kernels(g)->attention_forward(&a);
    }
    mm_op_scratch_end(g);
    return y;
}
