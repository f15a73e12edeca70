/*
 * few_rows.c - products of a few rows with a weight (NT), which is read once
 *
 * A weight serves each of M rows once: at 8 rows it takes about as long to come
 * from memory as to be multiplied, and packing it first (gemm.c) costs both
 * again.  So weights are used from where they lie, and are asked for long
 * before their use.
 *
 * Up to SQUARES rows: a square of weights is transposed in registers, beside
 * which all rows have theirs.
 *
 *     sum[m][lanes] += A[m][k] B^T[k][lanes]    m < M registers, for all k
 *
 * More: the rows of A change sides.  They are the lanes of vectors, packed once
 * as columns, and single weights are spread over them.
 *
 *     sum[n][lanes] += B[n][k] A^T[k][lanes]    n < R registers, for all k
 *
 * The next panel of R weight rows is copied to the first-level cache (rows that
 * are a power of two apart would drive each other out) and one behind it is
 * asked for while a panel is multiplied.  What is left of the rows and fills
 * half a vector takes registers of half the width.
 */
#include <string.h>

#include "base/par.h"
#include "tensor/kernel/product.h"

#if MM_VL == 16
#define SQUARES 14 /* rows in registers beside a square */
#define MOST 64    /* more rows are worth a packed weight */
#else
#define SQUARES 4
#define MOST 4
#endif
#define R MM_VL
#define FAR 512       /* numbers of a row that are asked for before their use */
#define SPAN 1024     /* of K, for which rows are packed: whole blocks */
#define WIDEST 512    /* weight rows of a task, to which A is packed for each */
#define NARROWEST 128 /* where there are threads to be fed */

/* Numbers k0 to k0 + K of the weight rows n0 to n1, which a task is at */
struct stripe {
    const struct mm_product *p;
    size_t n0, n1, k0, K, blocks, panels;
    float *a; /* rows of A, packed */
};

/* For the second-level cache; nothing is read, so p may lie behind an array. */
static inline void ask(const float *p)
{
    __builtin_prefetch(p, 0, 2);
}

/* ---- up to SQUARES rows ---- */

/* Rows of A: those of a square at a[m * row + i], the next one's at a[next] */
struct rows {
    const float *a;
    size_t row, next;
};

/* Block k of M rows times MM_VL weight rows at n, of which `left` exist */
static inline __attribute__((always_inline)) void
squares_block(const struct stripe *s, size_t M, struct rows r, size_t n,
              size_t left, size_t k)
{
    const struct mm_product *p = s->p;
    size_t at = s->k0 + k, K = s->K - k < MM_KC ? s->K - k : MM_KC, ld = p->ldb;
    const float *b = p->B + n * ld + at;
    struct mm_out o = { p->C + n, p->ldc, left,
                        p->bias && at == 0 ? p->bias + n : NULL,
                        at == 0 ? p->beta : 1 };
    mm_vec acc[SQUARES], x[MM_VL];

    for (size_t m = 0; m < M; m++)
        acc[m] = mm_vzero();
    for (; K >= MM_VL; K -= MM_VL, at += MM_VL, b += MM_VL, r.a += r.next) {
        size_t far = at + FAR < p->K ? FAR : R * ld + FAR - p->K;

        for (size_t i = 0; i < MM_VL; i++)
            ask(b + i * ld + far);
        mm_load_square(x, b, ld, left);
        for (size_t m = 0; m < M; m++)
            for (size_t i = 0; i < MM_VL; i++)
                acc[m] = mm_vfma(mm_vset(r.a[m * r.row + i]), x[i], acc[m]);
    }
    for (size_t c = 0; c < K; c++) {
        float column[MM_VL];

        for (size_t i = 0; i < MM_VL; i++)
            column[i] = i < left ? b[i * ld + c] : 0;
        for (size_t m = 0; m < M; m++)
            acc[m] = mm_vfma(mm_vset(r.a[m * r.row + c]), mm_vload(column),
                             acc[m]);
    }
    for (size_t m = 0; m < M; m++)
        mm_store(&o, m, 0, acc[m]);
}

#define SQUARES_OF(M)                                                       \
    static void squares##M(const struct stripe *s, struct rows r, size_t n, \
                           size_t k)                                        \
    {                                                                       \
        if (s->n1 - n >= MM_VL)                                             \
            squares_block(s, M, r, n, MM_VL, k);                            \
        else                                                                \
            squares_block(s, M, r, n, s->n1 - n, k);                        \
    }

SQUARES_OF(1)
SQUARES_OF(2)
SQUARES_OF(3)
SQUARES_OF(4)
#if SQUARES > 4
SQUARES_OF(5)
SQUARES_OF(6)
SQUARES_OF(7)
SQUARES_OF(8)
SQUARES_OF(9)
SQUARES_OF(10)
SQUARES_OF(11)
SQUARES_OF(12)
SQUARES_OF(13)
SQUARES_OF(14)
#endif

/* By the number of rows, from 1 */
static void (*const squares_of[SQUARES])(const struct stripe *s, struct rows r,
                                         size_t n, size_t k) = {
    squares1, squares2, squares3, squares4,
#if SQUARES > 4
    squares5, squares6, squares7, squares8, squares9, squares10, squares11,
    squares12, squares13, squares14
#endif
};

/*
 * Rows as they lie; more than a few of them, which may fall into one set of the
 * first-level cache together with the weights, square by square.
 */
static struct rows rows_of(const struct stripe *s)
{
    const struct mm_product *p = s->p;
    const float *a = p->A + s->k0;
    float *to = s->a;

    if (p->M <= 4)
        return (struct rows){ a, p->lda, MM_VL };
    for (size_t k = 0; k < s->K; k += MM_VL)
        for (size_t m = 0; m < p->M; m++, to += MM_VL)
            memcpy(to, a + m * p->lda + k,
                   (s->K - k < MM_VL ? s->K - k : MM_VL) * sizeof *to);
    return (struct rows){ s->a, MM_VL, p->M * MM_VL };
}

static void squares_stripe(const struct stripe *s)
{
    struct rows r = rows_of(s);
    const float *first = r.a;

    for (size_t n = s->n0; n < s->n1; n += MM_VL)
        for (size_t k = 0; k < s->K; k += MM_KC) {
            r.a = first + k / MM_VL * r.next;
            squares_of[s->p->M - 1](s, r, n, k);
        }
}

/* ---- more rows ---- */

/* R weight rows of a block of K */
struct panel {
    const float *from;
    size_t ld, n, K; /* n rows exist */
};

/* Behind the panel that is multiplied: one to copy, one to ask for */
struct coming {
    struct panel next, far;
    float *to;
};

static void copy_columns(float *to, const struct panel *w, size_t from)
{
    for (size_t r = 0; r < w->n && from < w->K; r++)
        memcpy(to + r * MM_KC_STRIDE + from, w->from + r * w->ld + from,
               (w->K - from) * sizeof *to);
}

/* Columns k to k + MM_VL of what is coming, where it is whole there */
static inline void bring(const struct coming *c, size_t k)
{
    for (size_t r = 0; r < R; r++) {
        mm_vstore(c->to + r * MM_KC_STRIDE + k,
                  mm_vload(c->next.from + r * c->next.ld + k));
        ask(c->far.from + r * c->far.ld + k);
    }
}

/*
 * sums[r][lane] of one block: the weights w [R][MM_KC_STRIDE] times a vector of
 * rows a [K][MM_VL].  In the first `bringing` columns the coming ones are
 * brought.
 */
#define PANEL_SUMS(name, vec, set, load, store, fma)                       \
    static void name(float *sums, const float *w, const float *a,          \
                     size_t K, const struct coming *c, size_t bringing)    \
    {                                                                      \
        vec acc[R];                                                        \
        size_t k = 0;                                                      \
                                                                           \
        MM_UNROLL                                                          \
        for (int r = 0; r < R; r++)                                        \
            acc[r] = set(0);                                               \
        while (k < K) {                                                    \
            size_t end = K - k < MM_VL ? K : k + MM_VL;                    \
                                                                           \
            if (k < bringing)                                              \
                bring(c, k);                                               \
            for (; k < end; k++) {                                         \
                vec x = load(a + k * MM_VL);                               \
                                                                           \
                MM_UNROLL                                                  \
                for (int r = 0; r < R; r++)                                \
                    acc[r] = fma(set(w[r * MM_KC_STRIDE + k]), x, acc[r]); \
            }                                                              \
        }                                                                  \
        MM_UNROLL                                                          \
        for (int r = 0; r < R; r++)                                        \
            store(sums + r * MM_VL, acc[r]);                               \
    }

PANEL_SUMS(vector_sums, mm_vec, mm_vset, mm_vload, mm_vstore, mm_vfma)
#if MM_VL == 16
PANEL_SUMS(half_sums, __m256, _mm256_set1_ps, _mm256_loadu_ps,
           _mm256_storeu_ps, _mm256_fmadd_ps)
#else
#define half_sums vector_sums
#endif

static size_t panel_k(const struct stripe *s, size_t i)
{
    return i % s->blocks * MM_KC;
}

static size_t panel_n(const struct stripe *s, size_t i)
{
    return s->n0 + i / s->blocks * R;
}

static struct panel panel_of(const struct stripe *s, size_t i)
{
    size_t n = panel_n(s, i), k = panel_k(s, i), ld = s->p->ldb;

    return (struct panel){ s->p->B + n * ld + s->k0 + k, ld,
                           s->n1 - n < R ? s->n1 - n : R,
                           s->K - k < MM_KC ? s->K - k : MM_KC };
}

/* The sums of a panel and of rows at m to C */
static void add_sums(const struct stripe *s, size_t i, size_t m,
                     const float *sums)
{
    const struct mm_product *p = s->p;
    size_t n = panel_n(s, i), rows = p->M - m < MM_VL ? p->M - m : MM_VL;
    int first = s->k0 + panel_k(s, i) == 0;
    struct mm_out o = { p->C + m * p->ldc + n, p->ldc,
                        s->n1 - n < R ? s->n1 - n : R,
                        p->bias && first ? p->bias + n : NULL,
                        first ? p->beta : 1 };
    mm_vec x[MM_VL];

    mm_load_square(x, sums, MM_VL, R);
    for (size_t r = 0; r < rows; r++)
        mm_store(&o, r, 0, x[r]);
}

/* Panel i, which lies at w, times all rows; the next one comes to `to`. */
static void multiply_panel(const struct stripe *s, size_t i, const float *w,
                           float *to)
{
    size_t last = s->panels - 1, K = panel_of(s, i).K, bringing, M = s->p->M;
    struct coming c = { panel_of(s, i < last ? i + 1 : last),
                        panel_of(s, i + 3 < last ? i + 4 : last), to };
    _Alignas(64) float sums[R * MM_VL];

    bringing = c.next.K < K ? c.next.K : K;
    bringing = c.next.n < R ? 0 : bringing / MM_VL * MM_VL;
    for (size_t m = 0; m < M; m += MM_VL) {
        const float *a = s->a + m * SPAN + panel_k(s, i) * MM_VL;

        if (M - m <= MM_VL / 2)
            half_sums(sums, w, a, K, &c, m == 0 ? bringing : 0);
        else
            vector_sums(sums, w, a, K, &c, m == 0 ? bringing : 0);
        add_sums(s, i, m, sums);
    }
    copy_columns(to, &c.next, bringing);
}

static void lanes_stripe(const struct stripe *s)
{
    const struct mm_product *p = s->p;
    _Alignas(64) float w[2][R * MM_KC_STRIDE] = { { 0 } };
    struct panel first = panel_of(s, 0);

    for (size_t m = 0; m < p->M; m += MM_VL)
        mm_pack_columns(s->a + m * SPAN, MM_VL, p->A + m * p->lda + s->k0,
                        p->lda, p->M - m, s->K);
    copy_columns(w[0], &first, 0);
    for (size_t i = 0; i < s->panels; i++)
        multiply_panel(s, i, w[i % 2], w[(i + 1) % 2]);
}

/* ---- tasks ---- */

int MM_K(few_rows)(const struct mm_product *p)
{
    return p->form == MM_NT && p->M <= MOST;
}

/*
 * Cut N so that every core has a few tasks; one of less than a million products
 * is not worth its start.
 */
void MM_K(few_rows_cut)(struct mm_product *p)
{
    size_t threads = (size_t)mm_par_threads();
    size_t widest = threads == 1 ? p->N : mm_divide_up(p->N, 4 * threads);
    size_t worth = 1000000 / (p->M * p->K) + 1;

    widest = widest < NARROWEST ? NARROWEST : widest;
    widest = widest < worth ? worth : widest;
    p->nc = mm_part(p->N, widest < WIDEST ? widest : WIDEST, MM_VL);
    p->n_tasks = mm_divide_up(p->N, p->nc);
}

void MM_K(few_rows_task)(const struct mm_product *p, size_t i)
{
    size_t n0 = i * p->nc, n1 = n0 + p->nc < p->N ? n0 + p->nc : p->N;
    _Alignas(64) float a[MOST * SPAN];
    struct stripe s = { .p = p, .n0 = n0, .n1 = n1, .a = a };

    for (; s.k0 < p->K; s.k0 += SPAN) {
        s.K = p->K - s.k0 < SPAN ? p->K - s.k0 : SPAN;
        s.blocks = mm_divide_up(s.K, MM_KC);
        s.panels = mm_divide_up(n1 - n0, R) * s.blocks;
        if (p->M <= SQUARES)
            squares_stripe(&s);
        else
            lanes_stripe(&s);
    }
}
