/*
 * attention.c - tiles of attention
 *
 * The R = H/G query heads that share a key-value head are taken as T*R rows
 * against the same keys: row e stands for token e / R and head g R + e % R.
 * Work is cut into tiles of 64 rows by 64 keys.  A tile of the forward pass is
 *
 *     S = Q K^T        the keys transposed, so that vectors run over keys
 *     P = exp(S - m)   m: the highest score of the row so far
 *     O = O a + P V    a: what the former sums are worth under the new m
 *
 * (Dao et al., arXiv 2205.14135), and the backward pass makes P again from the
 * logsumexp of each row.  Every number is a sum over keys, or over channels,
 * in their order, wherever its tile begins: so rows may be cut into calls in
 * any way.
 */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/par.h"
#include "tensor/attention.h"
#include "tensor/kernel/kernel.h"
#include "tensor/kernel/simd.h"
#include "tensor/kernel/vecmath.h"

#define TILE 64   /* rows, and keys, of a tile */
#define BAND 16   /* rows of a tile that is seen in part */
#define N_TILES 4 /* tiles of rows that share one transposition of keys */

#define ALIGNED _Alignas(64)

/* ---- products of tiles ---- */

/* Rows and vectors of a result that stay in registers */
#define ROWS 4
#define COLS (MM_VL == 16 ? 4 : 2)

/* c[ROWS, n vectors] (+)= a b; element (r, k) of a is a[r * ra + k * ca] */
static inline __attribute__((always_inline)) void
block_product(int n, int add, float *c, size_t ldc,
              const float *a, size_t ra, size_t ca,
              const float *b, size_t ldb, size_t K)
{
    mm_vec sum[ROWS][4];

    for (size_t r = 0; r < ROWS; r++) {
        for (int i = 0; i < n; i++)
            sum[r][i] = add ? mm_vload(c + r * ldc + i * MM_VL)
                            : mm_vzero();
    }
    for (size_t k = 0; k < K; k++) {
        mm_vec bk[4];

        for (int i = 0; i < n; i++)
            bk[i] = mm_vload(b + k * ldb + i * MM_VL);
        for (size_t r = 0; r < ROWS; r++) {
            mm_vec ar = mm_vset(a[r * ra + k * ca]);

            for (int i = 0; i < n; i++)
                sum[r][i] = mm_vfma(ar, bk[i], sum[r][i]);
        }
    }
    for (size_t r = 0; r < ROWS; r++) {
        for (int i = 0; i < n; i++)
            mm_vstore(c + r * ldc + i * MM_VL, sum[r][i]);
    }
}

/* A column of blocks, n a constant */
#define COLUMN(n)                        \
    for (size_t r = 0; r < M; r += ROWS) \
    block_product(n, add, c + r * ldc, ldc, a + r * ra, ra, ca, b, ldb, K)

/*
 * c[M,N] (+)= a b where all have room for whole blocks: M is rounded up to
 * ROWS, N to MM_VL.
 */
static void tile_product(int add, float *c, size_t ldc,
                         const float *a, size_t ra, size_t ca,
                         const float *b, size_t ldb,
                         size_t M, size_t N, size_t K)
{
    for (size_t n = 0; n < N; n += COLS * MM_VL) {
        size_t left = MM_VROUND(N - n) / MM_VL;

        switch (left < COLS ? left : COLS) {
        case 1:
            COLUMN(1);
            break;
        case 2:
            COLUMN(2);
            break;
        case 3:
            COLUMN(3);
            break;
        default:
            COLUMN(4);
        }
        c += COLS * MM_VL;
        b += COLS * MM_VL;
    }
}

/* t[C,TILE] = the n rows of x, turned; columns up to a whole vector are 0. */
static void transpose(float *t, const float *x, size_t ldx, size_t n, size_t C)
{
    for (size_t j = 0; j < n; j += MM_VL) {
        for (size_t c = 0; c < C; c += MM_VL) {
            mm_vec r[MM_VL];

            for (size_t i = 0; i < MM_VL; i++)
                r[i] = j + i < n ? mm_vload_some(x + (j + i) * ldx + c, C - c)
                                 : mm_vzero();
            mm_vtranspose(r);
            for (size_t i = 0; i < MM_VL; i++)
                mm_vstore(t + (c + i) * TILE + j, r[i]);
        }
    }
}

/* ---- who sees whom ---- */

/*
 * Row t of a sequence sees keys [begin, end): those of its segment, up to
 * itself if causal; padding sees nothing.  The first of the T rows stands at
 * key past.
 */
static void sequence_spans(int32_t *begin, int32_t *end,
                           const int32_t *segment, size_t T, size_t past,
                           int causal)
{
    for (size_t t = 0, next; t < T; t = next) {
        int32_t id = segment ? segment[t] : 1;

        for (next = t + 1; next < T && (!segment || segment[next] == id);)
            next++;
        assert(next == T || segment[next] > id || segment[next] == 0);
        assert(id != 0 || next == T);
        for (size_t i = t; i < next; i++) {
            begin[i] = id ? (int32_t)t : 0;
            end[i] = id ? (int32_t)(past + (causal ? i + 1 : next)) : 0;
        }
    }
}

void MM_K(attention_spans)(int32_t *begin, int32_t *end,
                           const int32_t *segment, size_t B, size_t T,
                           size_t past, int causal)
{
    for (size_t b = 0; b < B; b++)
        sequence_spans(begin + b * T, end + b * T,
                       segment ? segment + b * T : NULL, T, past, causal);
}

/* Row t of sequence b sees keys [0, max(t + 1, prefix[b])). */
void MM_K(attention_prefix_spans)(int32_t *begin, int32_t *end,
                                  const int32_t *prefix, size_t B, size_t T)
{
    for (size_t b = 0; b < B; b++) {
        assert(prefix[b] >= 0 && (size_t)prefix[b] <= T);
        for (size_t t = 0; t < T; t++) {
            int32_t own = (int32_t)t + 1;

            begin[b * T + t] = 0;
            end[b * T + t] = own > prefix[b] ? own : prefix[b];
        }
    }
}

/* One key-value head of one sequence, and the R query heads that read it */
struct group {
    const struct mm_attention_args *a;
    size_t g, R;
    size_t first, T, S;           /* its T rows from `first`, its S keys */
    size_t kv;                    /* where its keys and values begin, of rows of G*C */
    const struct mm_paged *paged; /* or the pages in which they stand */
    size_t C, width;              /* of a head, and in whole vectors */
    float scale;
};

static struct group group_at(const struct mm_attention_args *a, size_t i)
{
    size_t b = i / a->G, g = i % a->G;

    assert(a->C > 0 && a->C <= MM_MAX_HEAD);
    return (struct group){ a, g, a->H / a->G, b * a->T, a->T, a->S,
                           (b * a->S * a->G + g) * a->C, NULL, a->C,
                           MM_VROUND(a->C), 1 / sqrtf((float)a->C) };
}

/* Where the keys (or values, of x) from j on stand, a tile of them. */
static const float *keys_at(const struct group *p, const float *x, size_t at,
                            size_t j)
{
    const struct mm_attention_args *a = p->a;

    if (p->paged)
        return p->paged->page[j / MM_PAGE] + at + p->g * a->C;
    return x + p->kv + j * a->G * a->C;
}

/* A row of a group: which of all B*T*H pairs it is, and the keys it sees */
struct row {
    size_t pair, begin, end;
};

static void rows_of(struct row *row, const struct group *p, size_t e, size_t n)
{
    const struct mm_attention_args *a = p->a;
    size_t t = p->first + e / p->R, r = e % p->R;

    for (size_t i = 0; i < n; i++) {
        row[i].pair = t * a->H + p->g * p->R + r;
        row[i].begin = (size_t)a->begin[t];
        row[i].end = (size_t)a->end[t];
        if (++r == p->R) {
            r = 0;
            t++;
        }
    }
}

enum seen { NONE,
            SOME,
            ALL };

/* What n rows see of *keys keys from j; *keys loses those after the last. */
static enum seen seen_by(const struct row *row, size_t n, size_t j,
                         size_t *keys)
{
    int any = 0, all = 1;
    size_t end = 0;

    for (size_t i = 0; i < n; i++) {
        any |= row[i].begin < j + *keys && j < row[i].end;
        all &= row[i].begin <= j && j + *keys <= row[i].end;
        end = row[i].end > end ? row[i].end : end;
    }
    if (any && end - j < *keys)
        *keys = end - j;
    return !any ? NONE : all ? ALL
                             : SOME;
}

/* Scores with keys from j that the row does not see become -infinity. */
static void mask_row(float *s, const struct row *row, size_t j, size_t n)
{
    size_t i = 0;

    for (; i < n && j + i < row->begin; i++)
        s[i] = -INFINITY;
    for (i = row->end <= j ? 0 : row->end - j; i < n; i++)
        s[i] = -INFINITY;
}

/* x[n, width] = n rows of the group, times scale, zeros after C */
static void rows_load(float *x, const struct group *p, const float *from,
                      const struct row *row, size_t n, float scale)
{
    memset(x, 0, (n + ROWS - 1) / ROWS * ROWS * p->width * sizeof *x);
    for (size_t i = 0; i < n; i++) {
        const float *f = from + row[i].pair * p->C;

        for (size_t c = 0; c < p->C; c++)
            x[i * p->width + c] = f[c] * scale;
    }
}

/* x[n, width] = n rows of keys or values, zeros after C */
static void keys_load(float *x, const struct group *p, const float *from,
                      size_t n)
{
    memset(x, 0, n * p->width * sizeof *x);
    for (size_t i = 0; i < n; i++)
        memcpy(x + i * p->width, from + i * p->a->G * p->C,
               p->C * sizeof *x);
}

/* ---- forward ---- */

struct rows {
    ALIGNED float q[TILE * MM_MAX_HEAD], o[TILE * MM_MAX_HEAD];
    float m[TILE], l[TILE]; /* highest score; sum of exp(score - m) */
    struct row row[TILE];
    size_t n;
};

/* Also widens [*begin, *end) by the keys that the rows see */
static void rows_begin(struct rows *r, const struct group *p, size_t e,
                       size_t *begin, size_t *end)
{
    size_t left = p->T * p->R - e;

    r->n = left < TILE ? left : TILE;
    rows_of(r->row, p, e, r->n);
    rows_load(r->q, p, p->a->q, r->row, r->n, p->scale);
    memset(r->o, 0, TILE * p->width * sizeof r->o[0]);
    for (size_t i = 0; i < r->n; i++) {
        const struct row *row = &r->row[i];

        r->m[i] = -INFINITY;
        r->l[i] = 0;
        if (row->begin < row->end && row->begin < *begin)
            *begin = row->begin;
        if (row->end > *end)
            *end = row->end;
    }
}

static void rows_end(const struct rows *r, const struct group *p)
{
    for (size_t i = 0; i < r->n; i++) {
        size_t pair = r->row[i].pair;
        const float *o = r->o + i * p->width;
        float *y = p->a->y + pair * p->C;
        float inverse = r->l[i] > 0 ? 1 / r->l[i] : 0;

        for (size_t c = 0; c < p->C; c++)
            y[c] = o[c] * inverse;
        if (p->a->lse)
            p->a->lse[pair] = r->l[i] > 0 ? r->m[i] + mm_logf(r->l[i])
                                          : INFINITY;
    }
}

/* s = exp(s - shift); the sum */
static float exp_row(float *s, size_t n, float shift)
{
    mm_vec sum = mm_vzero();

    MM_SIMD
    for (size_t j = 0; j < n; j++)
        s[j] = mm_expf(s[j] - shift);
    for (size_t j = 0; j < n; j += MM_VL)
        sum += mm_vload(s + j);
    return mm_vsum(sum);
}

static float highest(const float *s, size_t n, float least)
{
    mm_vec top = mm_vset(least);

    for (size_t j = 0; j < n; j += MM_VL)
        top = mm_vmax(top, mm_vload(s + j));
    return mm_vhighest(top);
}

/*
 * s[n rows, keys] = exp(s - m) for the new m of each row; what o and l hold is
 * put under it too.  Step by step for all rows: each step has much to do at
 * the same time, a single row has not.
 */
static void softmax_rows(float *s, size_t n, size_t keys, float *m, float *l,
                         float *o, size_t width)
{
    float shift[TILE], worth[TILE];

    for (size_t i = 0; i < n; i++) {
        float top = highest(s + i * TILE, keys, m[i]);

        shift[i] = top == -INFINITY ? 0 : top; /* nothing seen yet */
        worth[i] = m[i];
        m[i] = top;
    }
    MM_SIMD
    for (size_t i = 0; i < n; i++)
        worth[i] = mm_expf(worth[i] - shift[i]);
    for (size_t i = 0; i < n; i++)
        l[i] = mm_fmaf(l[i], worth[i], exp_row(s + i * TILE, keys, shift[i]));
    for (size_t i = 0; i < n; i++) {
        for (size_t c = 0; worth[i] != 1 && c < width; c++)
            o[i * width + c] *= worth[i];
    }
}

/* n rows from i, n_keys keys from j: kt [C,TILE], v [n_keys,width] */
static void forward_band(struct rows *r, const struct group *p, size_t i,
                         size_t n, size_t j, size_t n_keys,
                         const float *kt, const float *v)
{
    ALIGNED float s[TILE * TILE];
    enum seen seen = seen_by(r->row + i, n, j, &n_keys);
    size_t wide = MM_VROUND(n_keys), W = p->width;
    float *o = r->o + i * W;

    if (seen == NONE)
        return;
    tile_product(0, s, TILE, r->q + i * W, W, 1, kt, TILE, n, wide, p->C);
    for (size_t k = 0; k < n && (seen == SOME || wide > n_keys); k++)
        mask_row(s + k * TILE, &r->row[i + k], j, wide);
    softmax_rows(s, n, wide, r->m + i, r->l + i, o, W);
    tile_product(1, o, W, s, TILE, 1, v, W, n, W, n_keys);
}

/* A tile that is seen in part is worked on in bands: less is in vain. */
static void forward_tile(struct rows *r, const struct group *p, size_t j,
                         size_t n_keys, const float *kt, const float *v)
{
    size_t cut = n_keys;
    size_t step = seen_by(r->row, r->n, j, &cut) == SOME ? BAND : TILE;

    for (size_t i = 0; i < r->n; i += step)
        forward_band(r, p, i, r->n - i < step ? r->n - i : step, j, n_keys,
                     kt, v);
}

/* N_TILES tiles of rows of a group, from row e */
static void forward_rows(const struct group *p, size_t e)
{
    struct rows r[N_TILES];
    ALIGNED float kt[MM_MAX_HEAD * TILE], v[TILE * MM_MAX_HEAD];
    const struct mm_attention_args *a = p->a;
    size_t n_tiles = 0, begin = p->S, end = 0;

    for (; n_tiles < N_TILES && e < p->T * p->R; e += TILE)
        rows_begin(&r[n_tiles++], p, e, &begin, &end);
    /* Tiles of keys begin at multiples of TILE whatever is seen of them. */
    for (size_t j = begin / TILE * TILE; j < end; j += TILE) {
        size_t n = end - j < TILE ? end - j : TILE;

        transpose(kt, keys_at(p, a->k, a->k_at, j), a->G * p->C, n, p->C);
        keys_load(v, p, keys_at(p, a->v, a->v_at, j), n);
        for (size_t i = 0; i < n_tiles; i++)
            forward_tile(&r[i], p, j, n, kt, v);
    }
    for (size_t i = 0; i < n_tiles; i++)
        rows_end(&r[i], p);
}

/* Pieces of work of T rows of a sequence and one key-value head */
static size_t blocks_of(const struct mm_attention_args *a, size_t T)
{
    return (T * (a->H / a->G) + N_TILES * TILE - 1) / (N_TILES * TILE);
}

static void forward_item(void *ctx, size_t i)
{
    const struct mm_attention_args *a = ctx;
    size_t blocks = blocks_of(a, a->T);
    struct group p = group_at(a, i / blocks);
    size_t block = blocks - 1 - i % blocks; /* longest first */

    forward_rows(&p, block * N_TILES * TILE);
}

/*
 * Sequence by sequence under each head: what they share of it stays in the
 * cache.
 */
static void paged_item(void *ctx, size_t i)
{
    const struct mm_attention_args *a = ctx;
    const struct mm_paged *s = a->paged;
    struct group p = { .a = a, .R = a->H / a->G, .C = a->C };

    p.width = MM_VROUND(a->C);
    p.scale = 1 / sqrtf((float)a->C);
    p.g = i / a->T;
    i %= a->T;
    for (; i >= blocks_of(a, s->n); s++) {
        i -= blocks_of(a, s->n);
        p.first += s->n;
    }
    p.paged = s;
    p.T = s->n;
    p.S = s->past + s->n;
    forward_rows(&p, i * N_TILES * TILE);
}

static void forward_paged(struct mm_attention_args *a)
{
    _Static_assert(TILE == MM_PAGE, "a tile of keys is a page");
    assert(a->C > 0 && a->C <= MM_MAX_HEAD);
    a->T = 0; /* pieces of work under a head */
    for (size_t i = 0; i < a->B; i++)
        a->T += blocks_of(a, a->paged[i].n);
    mm_par_for(a->G * a->T, paged_item, a);
}

void MM_K(attention_forward)(struct mm_attention_args *a)
{
    if (a->paged)
        forward_paged(a);
    else
        mm_par_for(a->B * a->G * blocks_of(a, a->T), forward_item, a);
}

/* ---- backward ---- */

/* A tile of keys with what it gathers from all rows that see it */
struct keys {
    ALIGNED float kt[MM_MAX_HEAD * TILE], vt[MM_MAX_HEAD * TILE];
    ALIGNED float k[TILE * MM_MAX_HEAD];
    ALIGNED float dk[TILE * MM_MAX_HEAD], dv[TILE * MM_MAX_HEAD];
    size_t j, n;
};

static void keys_begin(struct keys *x, const struct group *p, size_t j)
{
    const struct mm_attention_args *a = p->a;
    size_t at = p->kv + j * a->G * p->C;

    x->j = j;
    x->n = a->S - j < TILE ? a->S - j : TILE;
    transpose(x->kt, a->k + at, a->G * p->C, x->n, p->C);
    transpose(x->vt, a->v + at, a->G * p->C, x->n, p->C);
    keys_load(x->k, p, a->k + at, x->n);
    memset(x->dk, 0, TILE * p->width * sizeof x->dk[0]);
    memset(x->dv, 0, TILE * p->width * sizeof x->dv[0]);
}

static void keys_end(const struct keys *x, const struct group *p)
{
    const struct mm_attention_args *a = p->a;

    for (size_t i = 0; i < x->n; i++) {
        size_t to = p->kv + (x->j + i) * a->G * p->C;

        for (size_t c = 0; a->dk && c < p->C; c++)
            a->dk[to + c] += x->dk[i * p->width + c];
        for (size_t c = 0; a->dv && c < p->C; c++)
            a->dv[to + c] += x->dv[i * p->width + c];
    }
}

/* s = P = exp(s - lse);  dp = dS = P (dp - delta) */
static void backward_row(float *s, float *dp, size_t n, float lse, float delta)
{
    MM_SIMD
    for (size_t j = 0; j < n; j++) {
        s[j] = mm_expf(s[j] - lse);
        dp[j] = s[j] * (dp[j] - delta);
    }
}

/*
 * n rows with one tile of keys.  With delta = sum_c dy y of each row:
 *
 *   dP = dY V^T   dS = P (dP - delta)   dV += P^T dY   dK += dS^T Q   dQ += dS K
 *
 * Q is scaled here, so that S and dK are right and dQ lacks the scale.
 */
static void backward_band(struct keys *x, const struct group *p,
                          const struct row *row, size_t n)
{
    const struct mm_attention_args *a = p->a;
    ALIGNED float q[TILE * MM_MAX_HEAD], dy[TILE * MM_MAX_HEAD];
    ALIGNED float s[TILE * TILE], dp[TILE * TILE];
    size_t keys = x->n, W = p->width, wide;
    enum seen seen = seen_by(row, n, x->j, &keys);

    if (seen == NONE)
        return;
    wide = MM_VROUND(keys);
    rows_load(q, p, a->q, row, n, p->scale);
    rows_load(dy, p, a->dy, row, n, 1);
    tile_product(0, s, TILE, q, W, 1, x->kt, TILE, n, wide, p->C);
    tile_product(0, dp, TILE, dy, W, 1, x->vt, TILE, n, wide, p->C);
    for (size_t i = 0; i < n; i++) {
        if (seen == SOME || wide > keys)
            mask_row(s + i * TILE, &row[i], x->j, wide);
        backward_row(s + i * TILE, dp + i * TILE, wide, a->lse[row[i].pair],
                     a->delta[row[i].pair]);
    }
    tile_product(1, x->dv, W, s, 1, TILE, dy, W, keys, W, n);
    tile_product(1, x->dk, W, dp, 1, TILE, q, W, keys, W, n);
    if (!a->dq)
        return;
    tile_product(0, q, W, dp, TILE, 1, x->k, W, n, W, keys);
    for (size_t i = 0; i < n; i++) {
        float *dq = a->dq + row[i].pair * p->C;

        for (size_t c = 0; c < p->C; c++)
            dq[c] += q[i * W + c] * p->scale;
    }
}

static void backward_tile(struct keys *x, const struct group *p, size_t e,
                          size_t n)
{
    struct row row[TILE];
    size_t cut = x->n, step;

    rows_of(row, p, e, n);
    step = seen_by(row, n, x->j, &cut) == SOME ? BAND : TILE;
    for (size_t i = 0; i < n; i += step)
        backward_band(x, p, row + i, n - i < step ? n - i : step);
}

/* A group: no other thread adds to its rows of dq, nor to its dk and dv. */
static void backward_item(void *ctx, size_t i)
{
    const struct mm_attention_args *a = ctx;
    struct group p = group_at(a, i);
    struct keys x;
    size_t rows = a->T * p.R;

    for (size_t j = 0; j < a->S; j += TILE) {
        keys_begin(&x, &p, j);
        for (size_t e = 0; e < rows; e += TILE)
            backward_tile(&x, &p, e, rows - e < TILE ? rows - e : TILE);
        keys_end(&x, &p);
    }
}

/* delta of all pairs of one token */
static void delta_item(void *ctx, size_t t)
{
    const struct mm_attention_args *a = ctx;

    for (size_t i = t * a->H; i < (t + 1) * a->H; i++) {
        const float *dy = a->dy + i * a->C, *y = a->y + i * a->C;
        float s = 0;

        MM_SIMD_SUM(s)
        for (size_t c = 0; c < a->C; c++)
            s += dy[c] * y[c];
        a->delta[i] = s;
    }
}

void MM_K(attention_backward)(struct mm_attention_args *a)
{
    mm_par_for(a->B * a->T, delta_item, a);
    mm_par_for(a->B * a->G, backward_item, a);
}
