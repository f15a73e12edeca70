/*
 * test_lora.c - adapters: the model they begin at, learn beside, fold into
 */
#include <math.h>

#include "../model_batch.h"

#include "model/lora.h"

static const struct mm_lora_config all = { 3, 6, "lm,connector,encoder" };

/* The loss of the golden batch */
static double loss_of(struct mm_model *m, const struct golden_batch *g,
                      int train)
{
    struct mm_err err;
    struct mm_graph *graph = mm_graph_create(train ? MM_TRAIN : MM_INFER,
                                             (size_t)64 << 20, &err);
    struct mm_tensor *loss;
    double value;

    assert_non_null(graph);
    loss = mm_model_loss(m, graph, &g->b, 0, NULL);
    value = mm_tensor_scalar(graph, loss);
    if (train)
        mm_graph_backward(graph, loss, 1);
    mm_graph_free(graph);
    return value;
}

static struct golden_batch *new_batch(const struct mm_model *m)
{
    struct golden_batch *g = calloc(1, sizeof *g);

    assert_non_null(g);
    golden_make(g, &m->config, 8);
    return g;
}

/* Pairs that say something: b is 0 at first. */
static void shake(struct mm_lora *l)
{
    for (size_t i = 0; i < l->adapter->size; i++)
        l->adapter->weights[i] += 0.05f * (float)sin((double)i);
}

static void test_merge(void **state)
{
    const struct mm_config c = tiny_config();
    struct mm_model *m = new_model(&c, 0);
    struct golden_batch *g = new_batch(m);
    struct mm_err err;
    double before = loss_of(m, g, 0), apart, merged;
    struct mm_lora *l = mm_lora_create(m, "base", &all, 1, 1, &err);

    (void)state;
    assert_non_null(l);
    assert_true(loss_of(m, g, 0) == before);
    shake(l);
    apart = loss_of(m, g, 0);
    assert_true(fabs(apart - before) > 1e-3);
    assert_int_equal(mm_lora_merge(l, &err), 0);
    merged = loss_of(m, g, 0);
    assert_true(fabs(merged - apart) < 1e-5 * fabs(apart));
    mm_lora_free(l);
    mm_model_free(m);
    free(g);
}

/* Each pair gets a gradient; the model has none. */
static void test_gradient(void **state)
{
    const struct mm_config c = tiny_config();
    struct mm_model *m = new_model(&c, 0);
    struct golden_batch *g = new_batch(m);
    struct mm_err err;
    struct mm_lora *l = mm_lora_create(m, NULL, &all, 1, 1, &err);

    (void)state;
    assert_non_null(l);
    assert_null(m->grads);
    shake(l);
    loss_of(m, g, 1);
    for (size_t i = 0; i < l->adapter->n_params; i++) {
        const struct mm_tensor *t = &l->adapter->params[i].tensor;
        double sum = 0;

        for (size_t k = 0; k < mm_tensor_count(t); k++)
            sum += fabs((double)t->grad[k]);
        if (!(sum > 0))
            fail_msg("no gradient: %s", t->name);
    }
    mm_lora_free(l);
    mm_model_free(m);
    free(g);
}

static void test_targets(void **state)
{
    static const struct {
        const char *targets;
        size_t pairs; /* of two layers; 0: refused */
    } cases[] = {
        { "lm", 14 },
        { "q_proj", 2 },
        { "lm.q_proj", 2 },
        { "self_attn.q_proj,v_proj", 4 },
        { "q_proj,lm", 14 },
        { "proj", 0 },
        { "embed_tokens", 0 },
        { "lm,", 0 },
        { "", 0 },
        { "encoder.down_proj", 0 },
    };
    const struct mm_config c = tiny_config();
    struct mm_model *m = mm_model_create(&c, 0, 0, &(struct mm_err){ 0 });

    (void)state;
    assert_non_null(m);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct mm_lora_config how = { 2, 0, cases[i].targets };
        struct mm_err err;
        struct mm_lora *l = mm_lora_create(m, NULL, &how, 0, 1, &err);

        assert_int_equal(l != NULL, cases[i].pairs > 0);
        if (l)
            assert_int_equal(l->n, cases[i].pairs *
                                       m->config.text.layers / 2);
        else
            assert_int_equal(err.code, MM_EUSAGE);
        mm_lora_free(l);
    }
    mm_model_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_merge),
        cmocka_unit_test(test_gradient),
        cmocka_unit_test(test_targets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
