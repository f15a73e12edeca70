/*
 * gemm.c - matrix products in registers, panels and tiles
 *
 * A tile of C (one task) takes a block of op(B) at a time, packed in panels
 * [NR columns][k] that stay in the second-level cache; panels of MR rows of A
 * are copied into the first-level cache and multiplied with each of them:
 *
 *     for k block, pack B tile; for panel of A, copy it; for panel of B:
 *         MR x NR numbers in registers, += A[.,k] B[k,.] for all k
 *
 * With few rows packing would cost more than the product (few_rows.c).  What
 * the bits of a result depend on is in product.h.
 */
#include <assert.h>

#include "base/par.h"
#include "tensor/kernel/product.h"

#if MM_VL == 16
#define MR 14 /* rows in registers */
#else
#define MR 6
#endif
#define NV 2 /* vectors in a row of the register tile */
#define NR (NV * MM_VL)
#define NC 256     /* widest tile of C */
#define MC 512     /* highest */
#define A_WIDTH 16 /* of a column panel, MR rounded up */
#define A_ROWS (MR * MM_KC_STRIDE)
#define A_COLUMNS (MM_KC * A_WIDTH)
#define A_PANEL (A_ROWS > A_COLUMNS ? A_ROWS : A_COLUMNS)
#define A_GROUP 8 /* panels packed at once */
/* Apart by a little more than a power of two, for the same reason */
#define B_PANEL(K) ((K)*NR + 16)

/* ---- registers ---- */

/*
 * R rows of A times a panel of B.  a[r*rs + k*ks]; rs and ks are constants
 * where this is inlined.
 */
static inline __attribute__((always_inline)) void
multiply(int R, size_t K, const float *a, size_t rs, size_t ks,
         const float *b, const struct mm_out *o)
{
    mm_vec acc[MR][NV];

    MM_UNROLL
    for (int r = 0; r < R; r++) {
        MM_UNROLL
        for (int v = 0; v < NV; v++) {
            acc[r][v] = mm_vzero();
            __builtin_prefetch(o->c + (size_t)r * o->ldc + v * MM_VL, 1);
        }
    }
    for (size_t k = 0; k < K; k++, b += NR, a += ks) {
        mm_vec bv[NV];

        MM_UNROLL
        for (int v = 0; v < NV; v++)
            bv[v] = mm_vload(b + v * MM_VL);
        MM_UNROLL
        for (int r = 0; r < R; r++) {
            mm_vec x = mm_vset(a[(size_t)r * rs]);

            MM_UNROLL
            for (int v = 0; v < NV; v++)
                acc[r][v] = mm_vfma(x, bv[v], acc[r][v]);
        }
    }
    MM_UNROLL
    for (int r = 0; r < R; r++) {
        MM_UNROLL
        for (int v = 0; v < NV; v++)
            mm_store(o, (size_t)r, (size_t)v * MM_VL, acc[r][v]);
    }
}

typedef void multiply_fn(size_t K, const float *a, const float *b,
                         const struct mm_out *o);

#define MULTIPLY(R)                                                  \
    static void rows##R(size_t K, const float *a, const float *b,    \
                        const struct mm_out *o)                      \
    {                                                                \
        multiply(R, K, a, MM_KC_STRIDE, 1, b, o);                    \
    }                                                                \
    static void columns##R(size_t K, const float *a, const float *b, \
                           const struct mm_out *o)                   \
    {                                                                \
        multiply(R, K, a, 1, A_WIDTH, b, o);                         \
    }

MULTIPLY(1)
MULTIPLY(2)
MULTIPLY(3)
MULTIPLY(4)
MULTIPLY(5)
MULTIPLY(6)
#if MR > 6
MULTIPLY(7)
MULTIPLY(8)
MULTIPLY(9)
MULTIPLY(10)
MULTIPLY(11)
MULTIPLY(12)
MULTIPLY(13)
MULTIPLY(14)
#endif

/* By the number of rows, from 1 */
static multiply_fn *const multiply_rows[MR] = {
    rows1, rows2, rows3, rows4, rows5, rows6,
#if MR > 6
    rows7, rows8, rows9, rows10, rows11, rows12, rows13, rows14
#endif
};
static multiply_fn *const multiply_columns[MR] = {
    columns1, columns2, columns3, columns4, columns5, columns6,
#if MR > 6
    columns7, columns8, columns9, columns10, columns11, columns12, columns13,
    columns14
#endif
};

/* ---- packing ---- */

/* Rows of B [n,K] become columns of a panel [K][NR], n <= NR. */
static void pack_transposed(float *out, const float *b, size_t ldb,
                            size_t n, size_t K)
{
    for (size_t v = 0; v < NR; v += MM_VL)
        mm_pack_columns(out + v, NR, b + v * ldb, ldb, n > v ? n - v : 0, K);
}

/* Columns n0 to n1 of B [K,N] to panels; a row of memory serves all of them. */
static void pack_straight(float *out, const struct mm_product *p, size_t n0,
                          size_t n1, size_t k0, size_t K)
{
    for (size_t k = 0; k < K; k++) {
        const float *b = p->B + (k0 + k) * p->ldb;
        float *to = out + k * NR;
        size_t n = n0;

        for (; n + NR <= n1; n += NR, to += B_PANEL(K))
            for (int v = 0; v < NV; v++)
                mm_vstore(to + v * MM_VL, mm_vload(b + n + v * MM_VL));
        for (size_t j = n; j < n1; j++)
            to[j - n] = b[j];
        for (size_t j = n1; n < n1 && j < n + NR; j++)
            to[j - n] = 0;
    }
}

/* Block k0 of the tile of B of the columns n0 to n1 */
static void pack_b(float *out, const struct mm_product *p, size_t n0, size_t n1,
                   size_t k0, size_t K)
{
    if (p->form != MM_NT) {
        pack_straight(out, p, n0, n1, k0, K);
        return;
    }
    for (size_t n = n0; n < n1; n += NR, out += B_PANEL(K))
        pack_transposed(out, p->B + n * p->ldb + k0, p->ldb,
                        n1 - n < NR ? n1 - n : NR, K);
}

/*
 * Panels of up to MR of the rows m to m1 of A, one after another: copied as
 * rows or (TN, where A is [K,M] and a row of memory serves all panels) as
 * columns.
 */
static void pack_a(float *out, const struct mm_product *p, size_t m, size_t m1,
                   size_t k0, size_t K)
{
    if (p->form != MM_TN) {
        for (size_t r = m; r < m1; r++)
            memcpy(out + (r - m) / MR * A_PANEL + (r - m) % MR * MM_KC_STRIDE,
                   p->A + r * p->lda + k0, K * sizeof(float));
        return;
    }
    for (size_t k = 0; k < K; k++) {
        const float *a = p->A + (k0 + k) * p->lda;
        float *to = out + k * A_WIDTH;
        size_t r = m;

        for (; r < m1 && r + A_WIDTH <= p->M; r += MR, to += A_PANEL)
            memcpy(to, a + r, A_WIDTH * sizeof(float));
        for (; r < m1; r += MR, to += A_PANEL)
            memcpy(to, a + r, (m1 - r < MR ? m1 - r : MR) * sizeof(float));
    }
}

/* ---- tiles ---- */

struct tile {
    size_t m0, m1, n0, n1;
};

/* Ask for n rows of A: while one panel is multiplied the next one comes. */
static void fetch_rows(const struct mm_product *p, const struct tile *t,
                       size_t m, size_t n, size_t k0, size_t K)
{
    for (size_t r = m; r < m + n && r < t->m1; r++)
        for (size_t k = 0; k < K; k += 16)
            __builtin_prefetch(p->A + r * p->lda + k0 + k);
}

/* A group of packed panels of A times the packed block of B */
static void group_block(const struct mm_product *p, const struct tile *t,
                        size_t m, size_t m1, size_t k0, size_t K,
                        const float *a, const float *b)
{
    size_t panels = mm_divide_up(t->n1 - t->n0, NR);
    size_t ahead = mm_divide_up(MR, panels);

    for (; m < m1; m += MR, a += A_PANEL) {
        size_t R = m1 - m < MR ? m1 - m : MR;
        multiply_fn *f = p->form == MM_TN ? multiply_columns[R - 1]
                                          : multiply_rows[R - 1];

        for (size_t n = t->n0; n < t->n1; n += NR) {
            struct mm_out o = { p->C + m * p->ldc + n, p->ldc,
                                t->n1 - n < NR ? t->n1 - n : NR,
                                p->bias && k0 == 0 ? p->bias + n : NULL,
                                k0 == 0 ? p->beta : 1 };

            f(K, a, b + (n - t->n0) / NR * B_PANEL(K), &o);
            if (p->form != MM_TN)
                fetch_rows(p, t, m + MR + (n - t->n0) / NR * ahead, ahead, k0,
                           K);
        }
    }
}

/* Block k0 of A times the packed block of B, added to the tile */
static void tile_block(const struct mm_product *p, const struct tile *t,
                       size_t k0, size_t K, const float *b)
{
    _Alignas(64) float a[A_GROUP * A_PANEL];
    size_t step = p->form == MM_TN ? A_GROUP * MR : MR;

    for (size_t m = t->m0; m < t->m1; m += step) {
        size_t m1 = t->m1 - m < step ? t->m1 : m + step;

        pack_a(a, p, m, m1, k0, K);
        group_block(p, t, m, m1, k0, K, a, b);
    }
}

static struct tile tile_of(const struct mm_product *p, size_t i)
{
    size_t m0 = i / p->n_tasks_n * p->mc, n0 = i % p->n_tasks_n * p->nc;

    return (struct tile){ m0, m0 + p->mc < p->M ? m0 + p->mc : p->M,
                          n0, n0 + p->nc < p->N ? n0 + p->nc : p->N };
}

static void tile_task(const struct mm_product *p, size_t i)
{
    struct tile t = tile_of(p, i);
    _Alignas(64) float b[NC / NR * B_PANEL(MM_KC)];

    for (size_t k0 = 0; k0 < p->K; k0 += MM_KC) {
        size_t K = p->K - k0 < MM_KC ? p->K - k0 : MM_KC;

        pack_b(b, p, t.n0, t.n1, k0, K);
        tile_block(p, &t, k0, K, b);
    }
}

/*
 * Cut C so that every core has a few tiles, where `beside` other products are
 * cut at once.  Higher tiles pay less for packing B, which NT transposes; TN
 * packs both from long strides.  A task of less than a million products is not
 * worth its start.
 */
static void choose_tiles(struct mm_product *p, size_t beside)
{
    static const size_t sizes[][2] = {
        { MC, NC }, { 256, NC }, { 256, 128 }, { 128, 128 }, { 128, 64 }
    };
    size_t threads = (size_t)mm_par_threads();
    size_t all = threads == 1 ? 1 : threads * (p->form == MM_TN ? 2 : 4);
    size_t want = mm_divide_up(all, beside + 1);
    int last = p->form == MM_TN ? 3 : 4;
    double work = (double)p->M * (double)p->N * (double)p->K;

    for (int i = 0; i <= last; i++) {
        size_t mc = mm_part(p->M, sizes[i][0], MR);
        size_t nc = mm_part(p->N, sizes[i][1], NR);
        size_t tasks = mm_divide_up(p->M, mc) * mm_divide_up(p->N, nc);

        if (i > 0 && work < 1e6 * (double)tasks)
            break;
        p->mc = mc;
        p->nc = nc;
        if (tasks >= want)
            break;
    }
    p->n_tasks_n = mm_divide_up(p->N, p->nc);
    p->n_tasks = mm_divide_up(p->M, p->mc) * p->n_tasks_n;
}

/* K = 0: nothing is added */
static void scale(const struct mm_product *p)
{
    for (size_t m = 0; m < p->M; m++)
        for (size_t n = 0; n < p->N; n++) {
            float *c = p->C + m * p->ldc + n;

            *c = mm_fmaf(p->beta, p->beta != 0 ? *c : 0,
                         p->bias ? p->bias[n] : 0);
        }
}

/* ---- tasks ---- */

static void cut(struct mm_product *p, size_t beside)
{
    p->n_tasks = 0;
    if (p->M == 0 || p->N == 0) {
        return;
    } else if (p->K == 0) {
        p->n_tasks = 1;
    } else if (MM_K(few_rows)(p)) {
        MM_K(few_rows_cut)
        (p);
    } else {
        choose_tiles(p, beside);
    }
}

static __attribute__((noinline)) void run_task(const struct mm_product *p,
                                               size_t i)
{
    if (p->K == 0)
        scale(p);
    else if (MM_K(few_rows)(p))
        MM_K(few_rows_task)
    (p, i);
    else tile_task(p, i);
}

static void product_task(void *ctx, size_t i)
{
    run_task(ctx, i);
}

void MM_K(gemm)(enum mm_gemm_form form, size_t M, size_t N, size_t K,
                const float *A, size_t lda, const float *B, size_t ldb,
                const float *bias, float beta, float *C, size_t ldc)
{
    struct mm_product p = { form, M, N, K, A, B, bias, C, beta, lda, ldb, ldc,
                            0, 0, 0, 0 };

    cut(&p, 0);
    mm_par_for(p.n_tasks, product_task, &p);
}

/* ---- groups: the tasks of all their products in one pass ---- */

struct groups {
    struct mm_product p[MM_MAX_GROUPS];
    size_t first[MM_MAX_GROUPS + 1]; /* task of each group */
    size_t n;
};

/* Rows of A, and of C or (TN) of B, belong to a group; the other is its own. */
static struct mm_product group_product(const struct mm_gemm_groups *a, size_t i)
{
    size_t begin = (size_t)a->begin[i], rows = (size_t)a->begin[i + 1] - begin;
    struct mm_product p = { .form = a->form, .beta = a->beta };

    p.A = a->A + begin * a->lda;
    p.N = a->N;
    p.lda = a->lda;
    p.ldc = a->N;
    if (a->form == MM_TN) {
        p.M = a->M;
        p.K = rows;
        p.B = a->B + begin * a->N;
        p.ldb = a->N;
        p.C = a->C_of[i];
    } else {
        p.M = rows;
        p.K = a->lda;
        p.B = a->B_of[i];
        p.ldb = a->form == MM_NT ? a->lda : a->N;
        p.C = a->C + begin * a->N;
    }
    return p;
}

static void groups_task(void *ctx, size_t i)
{
    const struct groups *s = ctx;
    size_t low = 0, high = s->n; /* first[low] <= i < first[high] */

    while (high - low > 1) {
        size_t mid = (low + high) / 2;

        if (s->first[mid] <= i)
            low = mid;
        else
            high = mid;
    }
    run_task(&s->p[low], i - s->first[low]);
}

void MM_K(gemm_groups)(const struct mm_gemm_groups *a)
{
    struct groups s = { .n = a->n };

    assert(a->n <= MM_MAX_GROUPS);
    for (size_t i = 0; i < a->n; i++) {
        s.p[i] = group_product(a, i);
        cut(&s.p[i], a->n - 1);
        s.first[i + 1] = s.first[i] + s.p[i].n_tasks;
    }
    mm_par_for(s.first[a->n], groups_task, &s);
}
