/*
 * test_connector.c - the connectors without blocks against plain references:
 * values, gradients, memory, threads, counts, files
 */
#include "../gradcheck.h"
#include "../levels.h"
#include "../model_batch.h"
#include "../ref.h"

#include "base/io.h"

enum { VIEWS = 2,
       SIDE = 5, /* 3 does not divide it */
       PATCHES = SIDE * SIDE,
       OUT = 3,
       TOKENS = OUT * OUT,
       E = 12, /* the encoder's width */
       HEADS = 2,
       D = 10, /* the decoder's */
       N_X = VIEWS * PATCHES * E,
       N_Y = VIEWS * TOKENS * D,
       MOST = 8192 };

static const enum mm_connector_kind kinds[] = {
    MM_CONNECTOR_AVGPOOL, MM_CONNECTOR_ATTNPOOL, MM_CONNECTOR_MLP
};
enum { N_KINDS = sizeof kinds / sizeof *kinds };

/* The case: its model and inputs, the same numbers as double */
static struct mm_model *model;
static float x[N_X], dx[N_X], y[N_Y], c[N_Y];
static double rx[N_X], ry[N_Y], rw[MOST];

static struct mm_config small(enum mm_connector_kind kind)
{
    struct mm_config k = tiny_config();

    k.vision.width = E;
    k.vision.heads = HEADS;
    k.vision.image_size = SIDE * k.vision.patch_size;
    k.text.width = D;
    k.text.heads = k.text.kv_heads = 1;
    k.connector = (struct mm_connector_config){ kind, 0, 0, TOKENS, 0 };
    return k;
}

/* Weights far from their first values, so that all of them count */
static void setup(enum mm_connector_kind kind)
{
    const struct mm_config k = small(kind);

    model = new_model(&k, 1);
    assert_true(model->size <= MOST);
    fill(x, rx, N_X, 2, 1);
    fill(c, NULL, N_Y, 1, 2);
    fill(model->weights, rw, model->size, 0.7, 3);
}

/* ---- the reference ---- */

static const double *weight(const char *name)
{
    for (size_t i = 0; i < model->n_params; i++) {
        if (!strcmp(model->params[i].name, name))
            return rw + model->params[i].offset;
    }
    fail_msg("no parameter '%s'", name);
    return NULL;
}

/* Means over cells floor(i n/m) .. ceil((i+1) n/m) - 1 */
static void ref_pool(double *to, const double *from, size_t width)
{
    for (size_t i = 0; i < VIEWS * TOKENS * width; i++) {
        size_t d = i % width, t = i / width % TOKENS;
        size_t view = i / width / TOKENS, r = t / OUT, q = t % OUT;
        size_t r1 = ((r + 1) * SIDE + OUT - 1) / OUT, n = 0;
        size_t q1 = ((q + 1) * SIDE + OUT - 1) / OUT;

        to[i] = 0;
        for (size_t a = r * SIDE / OUT; a < r1; a++)
            for (size_t b = q * SIDE / OUT; b < q1; b++, n++)
                to[i] += from[((view * SIDE + a) * SIDE + b) * width + d];
        to[i] /= (double)n;
    }
}

static void ref_avgpool(void)
{
    static double p[VIEWS * TOKENS * E];

    ref_pool(p, rx, E);
    ref_linear(ry, p, weight("connector.project_up.weight"), NULL,
               VIEWS * TOKENS, E, D);
}

static void ref_mlp(void)
{
    static double h[VIEWS * PATCHES * D], z[VIEWS * PATCHES * D];

    ref_linear(h, rx, weight("connector.linear_1.weight"),
               weight("connector.linear_1.bias"), VIEWS * PATCHES, E, D);
    for (size_t i = 0; i < VIEWS * PATCHES * D; i++)
        h[i] *= (1 + erf(h[i] / sqrt(2))) / 2;
    ref_linear(z, h, weight("connector.linear_2.weight"),
               weight("connector.linear_2.bias"), VIEWS * PATCHES, D, D);
    ref_pool(ry, z, D);
}

static void ref_norm(double *to, const double *from)
{
    const double *w = weight("connector.norm.weight");
    const double *b = weight("connector.norm.bias");

    for (size_t n = 0; n < VIEWS * PATCHES; n++, to += E, from += E) {
        double mean = 0, var = 0;

        for (size_t d = 0; d < E; d++)
            mean += from[d] / E;
        for (size_t d = 0; d < E; d++)
            var += (from[d] - mean) * (from[d] - mean) / E;
        for (size_t d = 0; d < E; d++)
            to[d] = (from[d] - mean) / sqrt(var + 1e-5) * w[d] + b[d];
    }
}

/* One query and head against the keys and values of a view */
static void ref_attend(double *to, const double *q, const double *k,
                       const double *v)
{
    const size_t C = E / HEADS;
    double z[PATCHES], all;

    for (size_t s = 0; s < PATCHES; s++) {
        z[s] = 0;
        for (size_t d = 0; d < C; d++)
            z[s] += q[d] * k[s * E + d] / sqrt((double)C);
    }
    all = ref_logsumexp(z, PATCHES);
    for (size_t d = 0; d < C; d++) {
        to[d] = 0;
        for (size_t s = 0; s < PATCHES; s++)
            to[d] += exp(z[s] - all) * v[s * E + d];
    }
}

static void ref_attnpool(void)
{
    static double f[N_X], k[N_X], v[N_X], q[TOKENS * E];
    static double a[VIEWS * TOKENS * E], o[VIEWS * TOKENS * E];
    const size_t C = E / HEADS;

    ref_norm(f, rx);
    ref_linear(q, weight("connector.queries"),
               weight("connector.q_proj.weight"), NULL, TOKENS, E, E);
    ref_linear(k, f, weight("connector.k_proj.weight"), NULL,
               VIEWS * PATCHES, E, E);
    ref_linear(v, f, weight("connector.v_proj.weight"), NULL,
               VIEWS * PATCHES, E, E);
    for (size_t t = 0; t < VIEWS * TOKENS; t++) {
        size_t kv = t / TOKENS * PATCHES * E;

        for (size_t h = 0; h < E; h += C)
            ref_attend(a + t * E + h, q + t % TOKENS * E + h, k + kv + h,
                       v + kv + h);
    }
    ref_linear(o, a, weight("connector.out_proj.weight"), NULL,
               VIEWS * TOKENS, E, E);
    ref_linear(ry, o, weight("connector.project_up.weight"),
               weight("connector.project_up.bias"), VIEWS * TOKENS, E, D);
}

static double ref(void *ctx)
{
    double loss = 0;

    (void)ctx;
    if (model->config.connector.kind == MM_CONNECTOR_AVGPOOL)
        ref_avgpool();
    else if (model->config.connector.kind == MM_CONNECTOR_MLP)
        ref_mlp();
    else
        ref_attnpool();
    for (size_t i = 0; i < N_Y; i++)
        loss += c[i] * ry[i];
    return loss;
}

/* ---- values and gradients ---- */

static struct mm_tensor *build(struct mm_graph *g, void *ctx)
{
    static struct mm_tensor features;
    struct mm_tensor *t;

    (void)ctx;
    features = param(x, dx, 2, VIEWS * PATCHES, E);
    t = mm_connector_forward(g, &model->connector, &model->config, &features,
                             VIEWS);
    assert_int_equal(mm_tensor_count(t), N_Y);
    if (mm_op_computes(g))
        mm_tensor_get(g, t, 0, N_Y, y);
    return probe(g, t, c);
}

/* Memory as planned and the same bits on two threads: train() sees to it. */
static void test_reference(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_KINDS; i++) {
        float *grad[2] = { dx };
        size_t n[2] = { N_X };

        setup(kinds[i]);
        grad[1] = model->grads;
        n[1] = model->size;
        train(build, NULL, 2, grad, n);
        ref(NULL);
        near_all(mm_connector_name(kinds[i]), y, ry, N_Y, 5e-6);
        for (size_t j = 0; j < N_X; j += 37)
            gradcheck("dx", ref, NULL, rx + j, dx + j, 1, 5e-5);
        for (size_t j = 0; j < model->n_params; j++) {
            const struct mm_param *p = &model->params[j];
            size_t all = mm_tensor_count(&p->tensor);

            if (p->part != MM_PART_CONNECTOR)
                continue;
            for (size_t e = 0; e < all; e += 1 + all / 9)
                gradcheck(p->name, ref, NULL, rw + p->offset + e,
                          model->grads + p->offset + e, 1, 5e-5);
        }
        mm_model_free(model);
    }
}

/* Another picture beside it, or another size of it */
static void connect(float *to, const float *from, size_t n, size_t side)
{
    struct mm_err err;
    struct mm_graph *g = mm_graph_create(MM_INFER, 1 << 20, &err);
    struct mm_tensor *t;

    assert_non_null(g);
    t = mm_input(g, MM_F32, from, 2, (size_t[]){ n * side * side, E });
    t = mm_connector_forward(g, &model->connector, &model->config, t, n);
    assert_int_equal(mm_tensor_rows(t), n * TOKENS);
    assert_int_equal(mm_tensor_width(t), D);
    mm_tensor_get(g, t, 0, n * TOKENS * D, to);
    mm_graph_free(g);
}

static void test_views(void **state)
{
    float both[N_Y], one[N_Y];

    (void)state;
    for (size_t i = 0; i < N_KINDS; i++) {
        setup(kinds[i]);
        connect(both, x, 2, SIDE);
        connect(one, x, 1, SIDE);
        connect(one + N_Y / 2, x + N_X / 2, 1, SIDE);
        assert_memory_equal(both, one, sizeof both);
        connect(one, x, 1, 7);
        connect(one, x, 1, OUT);
        mm_model_free(model);
    }
}

/* ---- counts and files ---- */

static size_t count(const char *preset, enum mm_connector_kind kind,
                    size_t tokens)
{
    struct mm_config k = preset_config(preset);
    struct mm_err err;
    struct mm_model *m;
    size_t n;

    k.connector = (struct mm_connector_config){ kind, 0, 0, tokens, 0 };
    m = mm_model_create(&k, 0, 1, &err);
    if (!m)
        fail_msg("%s", err.msg);
    n = mm_model_count_part(m, MM_PART_CONNECTOR);
    mm_model_free(m);
    return n;
}

static void test_counts(void **state)
{
    static const size_t tokens[] = { 64, 144, 256 };
    const size_t e = 1280, d = 3072; /* mm1-3b: 27 x 27 patches */

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        size_t n = tokens[i];

        assert_int_equal(count("3b", MM_CONNECTOR_AVGPOOL, n), e * d);
        assert_int_equal(count("3b", MM_CONNECTOR_ATTNPOOL, n),
                         n * e + 2 * e + 4 * e * e + e * d + d);
        assert_int_equal(count("3b", MM_CONNECTOR_MLP, n),
                         e * d + d + d * d + d);
    }
    assert_int_equal(count("1.2b", MM_CONNECTOR_MLP, 576),
                     1024 * 2048 + 2048 * 2048 + 2 * 2048);
}

static void test_heads(void **state)
{
    static const struct {
        size_t width, own, heads;
    } want[] = {
        { 1280, 16, 16 },
        { 1024, 16, 16 },
        { 768, 12, 12 },
        { 128, 4, 2 },
        { 320, 5, 4 },
        { 24, 3, 3 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        struct mm_config k = { .vision = { .width = want[i].width,
                                           .heads = want[i].own } };

        assert_int_equal(mm_connector_heads(&k), want[i].heads);
        k.connector.heads = 7;
        assert_int_equal(mm_connector_heads(&k), 7);
    }
}

static void test_files(void **state)
{
    struct mm_err err;

    (void)state;
    for (size_t i = 0; i < N_KINDS; i++) {
        char dir[] = "/tmp/mm1-test-XXXXXX";
        struct mm_model *back;

        assert_non_null(mkdtemp(dir));
        setup(kinds[i]);
        mm_model_init(model, 9); /* the gaps between parameters are 0 again */
        assert_int_equal(mm_model_save(model, dir, &err), 0);
        back = mm_model_load(dir, 0, &err);
        assert_non_null(back);
        assert_int_equal(back->config.connector.kind, kinds[i]);
        assert_int_equal(back->n_params, model->n_params);
        for (size_t j = 0; j < back->n_params; j++)
            assert_memory_equal(back->params[j].tensor.data,
                                model->params[j].tensor.data,
                                mm_tensor_count(&back->params[j].tensor) *
                                    sizeof(float));
        assert_int_equal(mm_remove_tree(dir, &err), 0);
        mm_model_free(model);
        mm_model_free(back);
    }
}

int main(void)
{
    const struct CMUnitTest ops[] = {
        cmocka_unit_test(test_reference),
        cmocka_unit_test(test_views),
    };
    const struct CMUnitTest shapes[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_heads),
        cmocka_unit_test(test_files),
    };
    int failed = cmocka_run_group_tests(shapes, NULL, NULL);

    for (int l = 0; level_begin(l); l++)
        failed += cmocka_run_group_tests(ops, NULL, NULL);
    return failed;
}
