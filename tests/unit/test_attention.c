/*
 * test_attention.c - tiled attention against the formula in double
 */
#include "tensor/attention.h"

#include "../gradcheck.h"
#include "../levels.h"

enum { MOST = 66 * 2 * 256 + 150 * 4 * 24 };

/* One case: its shape, its numbers as float and as double */
struct attend {
    size_t B, T, S, H, G, C; /* S keys for T rows: T, or any (cross) */
    int causal, segmented, cross, prefixed;
    int32_t segment[512], prefix[4];
    float q[MOST], k[MOST], v[MOST], c[MOST];
    float dq[MOST], dk[MOST], dv[MOST], y[MOST];
    double rq[MOST], rk[MOST], rv[MOST], ry[MOST];
};

static struct attend x;

static size_t n_q(void)
{
    return x.B * x.T * x.H * x.C;
}

static size_t n_kv(void)
{
    return x.B * x.S * x.G * x.C;
}

static void numbers(void)
{
    fill(x.q, x.rq, n_q(), 2, 1);
    fill(x.k, x.rk, n_kv(), 2, 2);
    fill(x.v, x.rv, n_kv(), 1, 3);
    fill(x.c, NULL, n_q(), 1, 4);
}

/* Segments of about a third of a sequence, then some padding */
static void setup(size_t B, size_t T, size_t H, size_t G, size_t C,
                  int causal, int segmented)
{
    x.B = B;
    x.T = x.S = T;
    x.cross = x.prefixed = 0;
    x.H = H;
    x.G = G;
    x.C = C;
    x.causal = causal;
    x.segmented = segmented;
    for (size_t i = 0; i < B * T; i++) {
        size_t t = i % T;

        x.segment[i] = t + 1 + i / T >= T ? 0 : (int32_t)(1 + t * 3 / T);
    }
    numbers();
}

static void setup_cross(size_t B, size_t T, size_t S, size_t H, size_t G,
                        size_t C)
{
    setup(B, T, H, G, C, 0, 0);
    x.S = S;
    x.cross = 1;
    numbers();
}

/* The first, an inner and the last length of a prefix */
static void setup_prefix(size_t T, size_t H, size_t G, size_t C)
{
    setup(4, T, H, G, C, 1, 0);
    x.prefixed = 1;
    x.prefix[0] = 0;
    x.prefix[1] = 1;
    x.prefix[2] = (int32_t)T * 2 / 3;
    x.prefix[3] = (int32_t)T;
}

static struct mm_tensor *attend(struct mm_graph *g, struct mm_tensor t[3])
{
    struct mm_tensor *s = NULL;

    if (x.segmented)
        s = mm_input_ids(g, x.segment, x.B * x.T);
    t[0] = param(x.q, x.dq, 2, x.B * x.T, x.H * x.C);
    t[1] = param(x.k, x.dk, 2, x.B * x.S, x.G * x.C);
    t[2] = param(x.v, x.dv, 2, x.B * x.S, x.G * x.C);
    if (x.cross)
        return mm_attention_cross(g, &t[0], &t[1], &t[2], x.B, x.H, x.G);
    if (x.prefixed)
        return mm_attention_prefix(g, &t[0], &t[1], &t[2], x.B, x.T, x.H, x.G,
                                   mm_input_ids(g, x.prefix, x.B));
    return mm_attention(g, &t[0], &t[1], &t[2], x.B, x.T, x.H, x.G, s,
                        x.causal);
}

static struct mm_tensor *build(struct mm_graph *g, void *ctx)
{
    static struct mm_tensor t[3];
    struct mm_tensor *y = attend(g, t);

    (void)ctx;
    if (mm_op_computes(g))
        mm_tensor_get(g, y, 0, n_q(), x.y);
    return probe(g, y, x.c);
}

static int sees(size_t t, size_t s)
{
    int32_t a, b;

    if (x.cross)
        return t / x.T == s / x.S;
    if (x.prefixed && t / x.T == s / x.T &&
        (int32_t)(s % x.T) < x.prefix[t / x.T])
        return 1;
    a = x.segmented ? x.segment[t] : 1;
    b = x.segmented ? x.segment[s] : 1;

    return a && a == b && t / x.T == s / x.T && (!x.causal || s <= t);
}

/* y of one token and head; tokens are numbered over all sequences */
static void ref_row(size_t t, size_t h)
{
    size_t g = h / (x.H / x.G), first = t / x.T * x.S;
    const double *q = x.rq + (t * x.H + h) * x.C;
    double *y = x.ry + (t * x.H + h) * x.C, sum = 0;

    memset(y, 0, x.C * sizeof *y);
    for (size_t s = first; s < first + x.S; s++) {
        size_t at = (s * x.G + g) * x.C;
        double z = 0, e;

        if (!sees(t, s))
            continue;
        for (size_t c = 0; c < x.C; c++)
            z += q[c] * x.rk[at + c];
        e = exp(z / sqrt((double)x.C));
        sum += e;
        for (size_t c = 0; c < x.C; c++)
            y[c] += e * x.rv[at + c];
    }
    for (size_t c = 0; sum > 0 && c < x.C; c++)
        y[c] /= sum;
}

static double ref(void *ctx)
{
    double loss = 0;

    (void)ctx;
    for (size_t t = 0; t < x.B * x.T; t++) {
        for (size_t h = 0; h < x.H; h++)
            ref_row(t, h);
    }
    for (size_t i = 0; i < n_q(); i++)
        loss += x.c[i] * x.ry[i];
    return loss;
}

static void run_and_compare(double tol)
{
    float *grad[] = { x.dq, x.dk, x.dv };
    size_t n[] = { n_q(), n_kv(), n_kv() };
    double loss = train(build, NULL, 3, grad, n), want = ref(NULL);

    near_all("y", x.y, x.ry, n_q(), tol);
    assert_true(fabs(loss - want) < 10 * tol * (1 + fabs(want)));
}

/* Differences in windows of w numbers, about one in every of them */
static void compare_gradients(size_t step, size_t w)
{
    for (size_t i = 0; i + w <= n_q(); i += step)
        gradcheck("dq", ref, NULL, x.rq + i, x.dq + i, w, 2e-5);
    for (size_t i = 0; i + w <= n_kv(); i += step) {
        gradcheck("dk", ref, NULL, x.rk + i, x.dk + i, w, 2e-5);
        gradcheck("dv", ref, NULL, x.rv + i, x.dv + i, w, 2e-5);
    }
}

static void test_small_full(void **state)
{
    (void)state;
    setup(2, 5, 2, 2, 8, 0, 0);
    run_and_compare(2e-6);
    compare_gradients(1, 1);
}

static void test_small_causal_grouped(void **state)
{
    (void)state;
    setup(2, 7, 4, 2, 16, 1, 1);
    run_and_compare(2e-6);
    compare_gradients(1, 1);
}

/* Tiles end inside segments, and some see nothing. */
static void test_segments_across_tiles(void **state)
{
    (void)state;
    for (int causal = 0; causal < 2; causal++) {
        setup(1, 150, 1, 1, 8, causal, 1);
        run_and_compare(2e-6);
        compare_gradients(37, 2);
    }
    setup(2, 70, 3, 1, 24, 1, 1);
    run_and_compare(2e-6);
    compare_gradients(331, 2);
}

/* More keys than rows and fewer, in whole tiles and in parts */
static void test_cross(void **state)
{
    (void)state;
    setup_cross(2, 4, 9, 2, 1, 8);
    run_and_compare(2e-6);
    compare_gradients(1, 1);
    setup_cross(2, 9, 1, 2, 2, 16);
    run_and_compare(2e-6);
    compare_gradients(1, 1);
    setup_cross(2, 70, 150, 2, 2, 24);
    run_and_compare(2e-6);
    compare_gradients(997, 2);
    setup_cross(1, 150, 66, 2, 2, 80);
    run_and_compare(2e-6);
    compare_gradients(3001, 2);
}

/* Prefixes that end within tiles, at their ends, and at all rows */
static void test_prefix(void **state)
{
    (void)state;
    setup_prefix(6, 2, 1, 8);
    run_and_compare(2e-6);
    compare_gradients(1, 1);
    setup_prefix(96, 1, 1, 16);
    run_and_compare(2e-6);
    compare_gradients(397, 2);
}

static void test_widths(void **state)
{
    const size_t C[] = { 2, 20, 32, 40, 64, 80, 128, 256 };

    (void)state;
    for (size_t i = 0; i < sizeof C / sizeof *C; i++) {
        setup(1, 66, 2, 1, C[i], (int)i % 2, 0);
        run_and_compare(2e-6);
        compare_gradients(66 * C[i] / 3, 1);
    }
}

/* Neither padding's numbers nor its gradients reach anybody. */
static void test_padding(void **state)
{
    (void)state;
    setup(1, 66, 1, 1, 8, 0, 1);
    for (size_t t = 20; t < 66; t++)
        x.segment[t] = 0;
    run_and_compare(2e-6);
    for (size_t i = 20 * 8; i < n_q(); i++) {
        assert_true(x.y[i] == 0 && x.dq[i] == 0);
        assert_true(x.dk[i] == 0 && x.dv[i] == 0);
    }
}

/* Scores of which exp() would be infinite */
static void test_large_scores(void **state)
{
    (void)state;
    setup(1, 70, 1, 1, 16, 1, 0);
    for (size_t i = 0; i < n_q(); i++) {
        x.q[i] *= 20;
        x.rq[i] = x.q[i];
    }
    run_and_compare(5e-5);
}

/* ---- keys and values in pages ---- */

enum { PAGES = 3,
       LEAD = 5 }; /* what stands before keys and values in a page */

struct sheets {
    float *page[PAGES];
    size_t v_at;
};

/* x's keys and values of sequence b, in pages */
static void to_pages(struct sheets *s, size_t b)
{
    size_t E = x.G * x.C;

    s->v_at = LEAD + MM_PAGE * E + 3;
    for (size_t i = 0; i < PAGES; i++) {
        s->page[i] = malloc((s->v_at + MM_PAGE * E) * sizeof(float));
        for (size_t k = 0; k < s->v_at + MM_PAGE * E; k++)
            s->page[i][k] = NAN; /* nobody looks at what is not there */
    }
    for (size_t t = 0; t < x.T; t++) {
        float *to = s->page[t / MM_PAGE] + t % MM_PAGE * E;

        memcpy(to + LEAD, x.k + (b * x.T + t) * E, E * sizeof(float));
        memcpy(to + s->v_at, x.v + (b * x.T + t) * E, E * sizeof(float));
    }
}

static void free_pages(struct sheets *s)
{
    for (size_t i = 0; i < PAGES; i++)
        free(s->page[i]);
}

/* Rows [from[b], to[b]) of each sequence b of x in one call, into y */
static void decode(const struct sheets *s, const size_t *from,
                   const size_t *to, size_t B, float *y)
{
    static float rows[MOST];
    struct mm_err err;
    struct mm_graph *g = mm_graph_create(MM_INFER, 1 << 22, &err);
    size_t D = x.H * x.C, n = 0;
    struct mm_paged paged[4];
    struct mm_tensor *q;

    assert_non_null(g);
    for (size_t b = 0; b < B; n += to[b] - from[b], b++) {
        memcpy(rows + n * D, x.q + (b * x.T + from[b]) * D,
               (to[b] - from[b]) * D * sizeof(float));
        paged[b] = (struct mm_paged){ to[b] - from[b], from[b], s[b].page };
    }
    q = mm_input(g, MM_F32, rows, 2, (size_t[]){ n, D });
    q = mm_attention_paged(g, q, paged, B, LEAD, s->v_at, x.H, x.G);
    n = 0;
    for (size_t b = 0; b < B; n += to[b] - from[b], b++)
        mm_tensor_get(g, q, n * D, (to[b] - from[b]) * D,
                      y + (b * x.T + from[b]) * D);
    mm_graph_free(g);
}

static void decode_one(const struct sheets *s, size_t from, size_t to,
                       float *y)
{
    decode(s, &from, &to, 1, y);
}

/* However rows are cut into calls, and in training too: the same bits */
static void test_paged(void **state)
{
    static float whole[MOST], cut[MOST];
    struct sheets s;

    (void)state;
    setup(1, 150, 4, 2, 24, 1, 0);
    to_pages(&s, 0);
    decode_one(&s, 0, 150, whole);
    decode_one(&s, 0, 1, cut);
    decode_one(&s, 1, 66, cut);
    decode_one(&s, 66, 100, cut);
    for (size_t t = 100; t < 150; t++)
        decode_one(&s, t, t + 1, cut);
    assert_memory_equal(whole, cut, n_q() * sizeof(float));
    run_and_compare(2e-6);
    assert_memory_equal(whole, x.y, n_q() * sizeof(float));
    free_pages(&s);
}

/* Whatever is beside them */
static void test_paged_beside(void **state)
{
    static float y[MOST];
    static const size_t cuts[][4] = {
        { 0, 0, 0 }, { 1, 64, 130 }, { 65, 65, 131 }, { 150, 150, 150 }
    };
    struct sheets s[3];

    (void)state;
    setup(3, 150, 4, 2, 24, 1, 0);
    for (size_t b = 0; b < 3; b++)
        to_pages(&s[b], b);
    for (size_t i = 0; i < 3; i++)
        decode(s, cuts[i], cuts[i + 1], 3, y);
    run_and_compare(2e-6);
    assert_memory_equal(y, x.y, n_q() * sizeof(float));
    for (size_t b = 0; b < 3; b++)
        free_pages(&s[b]);
}

/* Only what is asked for */
static struct mm_tensor *build_frozen(struct mm_graph *g, void *ctx)
{
    static struct mm_tensor t[3];

    struct mm_tensor *y;

    (void)ctx;
    t[0] = param(x.q, NULL, 2, x.B * x.T, x.H * x.C);
    t[1] = param(x.k, NULL, 2, x.B * x.T, x.G * x.C);
    t[2] = param(x.v, x.dv, 2, x.B * x.T, x.G * x.C);
    y = mm_attention(g, &t[0], &t[1], &t[2], x.B, x.T, x.H, x.G, NULL, 1);
    return probe(g, y, x.c);
}

static void test_frozen(void **state)
{
    float *grad[] = { x.dv };
    size_t n;

    (void)state;
    setup(1, 20, 2, 2, 8, 1, 0);
    n = n_kv();
    train(build_frozen, NULL, 1, grad, &n);
    gradcheck("dv", ref, NULL, x.rv, x.dv, n, 2e-5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_full),
        cmocka_unit_test(test_small_causal_grouped),
        cmocka_unit_test(test_segments_across_tiles),
        cmocka_unit_test(test_cross),
        cmocka_unit_test(test_prefix),
        cmocka_unit_test(test_widths),
        cmocka_unit_test(test_padding),
        cmocka_unit_test(test_large_scores),
        cmocka_unit_test(test_paged),
        cmocka_unit_test(test_paged_beside),
        cmocka_unit_test(test_frozen),
    };
    int failed = 0;

    for (int l = 0; level_begin(l); l++)
        failed += cmocka_run_group_tests(tests, NULL, NULL);
    return failed;
}
