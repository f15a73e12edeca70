/*
 * test_route.c - choices, capacity, losses and gradients of the router
 */
#include "tensor/route.h"

#include "../gradcheck.h"
#include "../levels.h"
#include "../ref.h"

enum { B = 3,
       T = 11,
       N = B * T,
       E = 5 };

static float z[N * E], dz[N * E], c[N * 2], weight[N * 2];
static double rz[N * E];
static int32_t segment[N], begin[E + 1], token[2 * N], slot[2 * N];
static float stats[MM_ROUTE_LOAD + E];
static struct mm_route_how how;
static int padded;
static size_t n_slots;

static struct mm_tensor *build(struct mm_graph *g, void *ctx)
{
    static struct mm_tensor tz;
    struct mm_route r;

    (void)ctx;
    tz = param(z, dz, 2, N, E);
    r = mm_route(g, &tz, padded ? mm_input_ids(g, segment, N) : NULL, &how,
                 stats);
    n_slots = mm_tensor_count(r.token);
    if (mm_op_computes(g)) {
        mm_tensor_get(g, r.weight, 0, N * 2, weight);
        mm_op_get(g, begin, r.begin->data, sizeof begin);
        mm_op_get(g, token, r.token->data, n_slots * sizeof *token);
        mm_op_get(g, slot, r.slot->data, sizeof slot);
    }
    return probe(g, r.weight, c);
}

/* ---- the plain reference ---- */

struct ref {
    int first[N], second[N]; /* -1: padding */
    int kept[N][2];
    double weight[N][2], balance, lse2, entropy;
    int tokens, dropped, load[E];
};

static void ref_softmax(double *p, const double *x)
{
    double lse = ref_logsumexp(x, E);

    for (int e = 0; e < E; e++)
        p[e] = exp(x[e] - lse);
}

static int ref_choice(const double *p, int not_this)
{
    int best = -1;

    for (int e = 0; e < E; e++)
        if (e != not_this && (best < 0 || p[e] > p[best]))
            best = e;
    return best;
}

static void ref_token(struct ref *r, int n, double *mean, double *share)
{
    double p[E], s;

    r->first[n] = r->second[n] = -1;
    r->weight[n][0] = r->weight[n][1] = 0;
    if (padded && segment[n] == 0)
        return;
    ref_softmax(p, rz + n * E);
    r->first[n] = ref_choice(p, -1);
    r->second[n] = ref_choice(p, r->first[n]);
    s = p[r->first[n]] + p[r->second[n]] + 1e-9;
    r->weight[n][0] = p[r->first[n]] / s;
    r->weight[n][1] = p[r->second[n]] / s;
    r->tokens++;
    r->lse2 += pow(ref_logsumexp(rz + n * E, E), 2);
    share[r->first[n]]++;
    r->load[r->first[n]]++;
    r->load[r->second[n]]++;
    for (int e = 0; e < E; e++) {
        mean[e] += p[e];
        r->entropy -= p[e] * log(p[e]);
    }
}

static int per_group(void)
{
    return N / (int)how.B;
}

static void ref_room(struct ref *r, int b, int live)
{
    int room = how.capacity > 0 ? (int)(how.capacity * (float)live / E) : N;
    int taken[E] = { 0 };

    room = room < 1 ? 1 : room;
    for (int j = 0; j < 2; j++)
        for (int n = b * per_group(); n < (b + 1) * per_group(); n++) {
            int e = j ? r->second[n] : r->first[n];

            r->kept[n][j] = e >= 0 && taken[e] < room;
            taken[e < 0 ? 0 : e] += r->kept[n][j];
            r->dropped += e >= 0 && !r->kept[n][j];
        }
}

static void ref_route(struct ref *r)
{
    *r = (struct ref){ 0 };
    for (int b = 0; b < (int)how.B; b++) {
        double mean[E] = { 0 }, share[E] = { 0 };
        int before = r->tokens, live;

        for (int n = b * per_group(); n < (b + 1) * per_group(); n++)
            ref_token(r, n, mean, share);
        live = r->tokens - before;
        for (int e = 0; live && e < E; e++)
            r->balance += E * share[e] * mean[e] / live;
        ref_room(r, b, live);
    }
}

static double ref_loss(void *ctx)
{
    struct ref r;
    double loss;

    (void)ctx;
    ref_route(&r);
    loss = how.balance * r.balance + how.z_loss * r.lse2;
    for (int n = 0; n < N; n++)
        loss += c[2 * n] * r.weight[n][0] + c[2 * n + 1] * r.weight[n][1];
    return loss;
}

/* ---- comparing ---- */

static void check_slots(const struct ref *r)
{
    int at = 0;

    assert_int_equal(begin[0], 0);
    for (int e = 0; e < E; e++) {
        for (int n = 0; n < N; n++)
            for (int j = 0; j < 2; j++) {
                if ((j ? r->second[n] : r->first[n]) != e || !r->kept[n][j])
                    continue;
                assert_int_equal(slot[2 * n + j], at);
                assert_int_equal(token[at++], n);
            }
        assert_int_equal(begin[e + 1], at);
    }
    assert_true((size_t)at <= n_slots);
    for (int n = 0; n < N; n++)
        for (int j = 0; j < 2; j++)
            assert_true(r->kept[n][j] || slot[2 * n + j] == -1);
}

static void check_stats(const struct ref *r)
{
    const double sums[] = { r->tokens, r->dropped, r->balance, r->lse2,
                            r->entropy };

    near_all("stats", stats, sums, 5, 2e-6);
    for (int e = 0; e < E; e++)
        assert_true(stats[MM_ROUTE_LOAD + e] == (float)r->load[e]);
}

static struct ref check(struct mm_route_how h, int with_padding)
{
    float *grad[] = { dz };
    size_t n[] = { N * E };
    struct ref r;

    how = h;
    padded = with_padding;
    for (int i = 0; i < N; i++) /* the last group is all padding */
        segment[i] = i % T < 8 && i < 2 * T ? 1 + i % 2 : 0;
    fill(z, rz, N * E, 2, 1);
    for (int i = 0; i < N; i++) { /* one expert is liked by most */
        z[i * E + 2] += 0.9f;
        rz[i * E + 2] = z[i * E + 2];
    }
    fill(c, NULL, N * 2, 1, 2);
    train(build, NULL, 1, grad, n);
    ref_route(&r);
    check_slots(&r);
    check_stats(&r);
    near_all("weight", weight, &r.weight[0][0], N * 2, 1e-6);
    gradcheck("dz", ref_loss, NULL, rz, dz, N * E, 3e-6);
    return r;
}

static void test_no_limit(void **state)
{
    (void)state;
    assert_int_equal(check((struct mm_route_how){ B, 0, 0, 0 }, 0).dropped, 0);
    assert_int_equal(n_slots, 2 * N);
}

static void test_losses(void **state)
{
    (void)state;
    check((struct mm_route_how){ B, 0, 0.3f, 0.1f }, 0);
    check((struct mm_route_how){ 1, 0, 0, 0.1f }, 1);
}

static void test_capacity(void **state)
{
    struct ref r;

    (void)state;
    r = check((struct mm_route_how){ B, 1.5f, 0.3f, 0.1f }, 0);
    assert_true(r.dropped > 0);
    assert_int_equal(n_slots, B * E * 3); /* 11 * 1.5 / 5 */
    check((struct mm_route_how){ B, 0.01f, 0.3f, 0.1f }, 0);
    assert_int_equal(n_slots, B * E);
    check((struct mm_route_how){ B, 100, 0.3f, 0.1f }, 0);
    assert_int_equal(n_slots, 2 * N);
}

static void test_padding(void **state)
{
    struct ref r;

    (void)state;
    r = check((struct mm_route_how){ B, 1.5f, 0.3f, 0.1f }, 1);
    assert_int_equal(r.tokens, 16);
    for (int n = 2 * T; n < N; n++)
        for (int e = 0; e < E; e++)
            assert_true(dz[n * E + e] == 0);
}

/* Equal logits: the first two; the balance of even probabilities is 1 */
static void test_ties(void **state)
{
    float *grad[] = { dz };
    size_t n[] = { N * E };

    (void)state;
    how = (struct mm_route_how){ B, 0, 0, 0 };
    padded = 0;
    memset(z, 0, sizeof z);
    train(build, NULL, 1, grad, n);
    assert_int_equal(begin[1], N);
    assert_int_equal(begin[2], 2 * N);
    assert_int_equal(begin[E], 2 * N);
    assert_true(fabsf(weight[0] - 0.5f) < 1e-6f);
    assert_true(fabsf(stats[MM_ROUTE_BALANCE] / N - 1) < 1e-6f);
    assert_true(fabsf(stats[MM_ROUTE_ENTROPY] / N - logf(E)) < 1e-6f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_limit),
        cmocka_unit_test(test_losses),
        cmocka_unit_test(test_capacity),
        cmocka_unit_test(test_padding),
        cmocka_unit_test(test_ties),
    };
    int failed = 0;

    for (int l = 0; level_begin(l); l++)
        failed += cmocka_run_group_tests(tests, NULL, NULL);
    return failed;
}
