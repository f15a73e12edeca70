/*
 * eval_probe.c - mm1-eval probe
 */
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/mem.h"
#include "eval.h"
#include "eval/bootstrap.h"
#include "eval/probe_data.h"

#define REPLICATES 1000

enum { LINEAR,
       ATTENTIVE };
enum { TEXT,
       JSON };

#define AT(field) offsetof(struct eval_probe_options, field)

const struct mm_opt eval_probe_options[] = {
    { 'm', "model", MM_OPT_STR, AT(model), "dir", NULL,
      "the model whose encoder is asked", 0, 0, NULL, 0 },
    { 0, "train", MM_OPT_STR, AT(train), "shard", NULL,
      "documents that the classifier learns from", 0, 0, NULL, 0 },
    { 0, "test", MM_OPT_STR, AT(test), "shard", NULL,
      "documents that it is asked about", 0, 0, NULL, 0 },
    { 0, "kind", MM_OPT_CHOICE, AT(kind), "name", "linear",
      "what is put on the features", 0, 0, "linear|attentive", 0 },
    { 0, "encoder-layer", MM_OPT_INT, AT(layer), "n", "0",
      "take the features of another layer than the model does; 0: its", -1024,
      1024, NULL, 0 },
    { 0, "random", MM_OPT_FLAG, AT(random), NULL, NULL,
      "first values in place of the encoder's weights", 0, 0, NULL, 0 },
    { 'n', "limit", MM_OPT_INT, AT(limit), "n", "0",
      "learn from the first n items; 0: all", 0, 1e9, NULL, 0 },
    { 0, "epochs", MM_OPT_INT, AT(epochs), "n", "20",
      "times that they are gone through", 1, 1e6, NULL, 0 },
    { 'b', "batch", MM_OPT_INT, AT(batch), "n", "256", "items of a step", 1,
      1e6, NULL, 0 },
    { 0, "lr", MM_OPT_NUM, AT(rate), "rate", "0",
      "peak rate; 0: 0.005, attentive 0.001", 0, 10, NULL, 0 },
    { 0, "decay", MM_OPT_NUM, AT(decay), "x", "-1",
      "decay of the weights, of the rate; -1: chosen by a tenth", -1, 1e6,
      NULL, 0 },
    { 0, "heads", MM_OPT_INT, AT(heads), "n", "0",
      "heads of the attentive probe; 0: the encoder's", 0, 1024, NULL, 0 },
    { 0, "grid", MM_OPT_INT, AT(grid), "n", "1",
      "linear: means over n x n cells of the picture, side by side", 1, 64,
      NULL, 0 },
    { 's', "seed", MM_OPT_INT, AT(seed), "n", "1",
      "seed of its first values and batches", 0, 9e15, NULL, 0 },
    { 'f', "format", MM_OPT_CHOICE, AT(format), "name", "text",
      "how it is said", 0, 0, "text|json", MM_OPT_QUIET },
    { 'o', "output", MM_OPT_STR, AT(output), "file", NULL, "write there", 0, 0,
      NULL, MM_OPT_QUIET },
    { 0 }
};

struct probing {
    const struct eval_probe_options *o;
    struct mm_features features;
    struct mm_probe_data data;
    struct mm_probe_set train, test;
    struct mm_probe_how how;
    struct mm_probe_result result;
    struct mm_interval interval;
    size_t test_bad; /* left out of the test */
};

/* ---- the encoder ---- */

static int open_encoder(struct probing *p, struct mm_err *err)
{
    const struct eval_probe_options *o = p->o;
    struct mm_config *c;

    if (mm_features_open(&p->features, o->model, err) < 0)
        return -1;
    c = &p->features.model->config;
    if (o->layer) {
        if (o->layer > (int64_t)c->vision.layers ||
            -o->layer > (int64_t)c->vision.layers)
            return mm_fail(err, MM_ECONFIG, "there is no layer %lld: the "
                                            "encoder has %zu",
                           (long long)o->layer, c->vision.layers);
        c->vision.feature_layer = (int)o->layer;
    }
    if (o->random)
        mm_model_init(p->features.model, (uint64_t)o->seed);
    return 0;
}

static int set_how(struct probing *p, struct mm_err *err)
{
    const struct eval_probe_options *o = p->o;
    const struct mm_vision_config *v = &p->features.model->config.vision;
    double usual = o->kind == ATTENTIVE ? 1e-3 : 5e-3;

    p->how = (struct mm_probe_how){ .attentive = o->kind == ATTENTIVE,
                                    .classes = p->data.classes.n,
                                    .epochs = (size_t)o->epochs,
                                    .batch = (size_t)o->batch,
                                    .heads = (size_t)o->heads,
                                    .rate = o->rate > 0 ? o->rate : usual,
                                    .decay = o->decay,
                                    .seed = (uint64_t)o->seed };
    if (p->how.batch > p->train.n)
        p->how.batch = p->train.n;
    if (p->how.heads == 0)
        p->how.heads = v->heads;
    if (v->width % p->how.heads)
        return mm_fail(err, MM_ECONFIG, "%zu heads do not divide the "
                                        "encoder's width %zu",
                       p->how.heads, v->width);
    if (p->how.classes < 2)
        return mm_fail(err, MM_EDATA, "'%s' has one class only", o->train);
    return 0;
}

/* ---- what is said ---- */

static double percent(const struct probing *p)
{
    return 100 * (double)p->result.n_right / (double)p->result.n;
}

static void print_text(const struct probing *p, struct mm_buf *out)
{
    const struct mm_vision_config *v = &p->features.model->config.vision;

    mm_buf_addf(out, "%-10s %s, %zu classes\n", "probe",
                p->how.attentive ? "attentive" : "linear", p->how.classes);
    mm_buf_addf(out, "%-10s layer %zu of %zu, %zu wide, ", "features",
                mm_vision_depth(v), v->layers, v->width);
    if (p->how.attentive)
        mm_buf_addf(out, "of %zu patches", p->train.rows);
    else
        mm_buf_addf(out, "means over %zu x %zu cells", p->data.grid,
                    p->data.grid);
    mm_buf_addf(out, "%s\n", p->o->random ? ", random weights" : "");
    mm_buf_addf(out, "%-10s %zu\n", "train", p->train.n);
    mm_buf_addf(out, "%-10s %zu\n", "test", p->test.n);
    if (p->data.n_bad)
        mm_buf_addf(out, "%-10s %zu\n", "left out", p->data.n_bad);
    mm_buf_addf(out, "%-10s %g%s\n", "decay", p->result.decay,
                p->how.decay < 0 ? ", chosen" : "");
    mm_buf_addf(out, "%-10s %.2f %% [%.2f, %.2f], %zu of %zu", "accuracy",
                percent(p), p->interval.low, p->interval.high,
                p->result.n_right, p->result.n);
    if (p->test_bad)
        mm_buf_addf(out, ", of %zu items", p->result.n + p->test_bad);
    mm_buf_adds(out, p->test_bad ? " (partial)\n" : "\n");
}

static void print_json(const struct probing *p, struct mm_buf *out)
{
    struct mm_jw w;

    mm_jw_begin(&w, out);
    mm_jw_open(&w, '{');
    mm_jw_put_str(&w, "probe", p->how.attentive ? "attentive" : "linear");
    mm_jw_put_str(&w, "model", p->o->model);
    mm_jw_put_bool(&w, "random", p->o->random);
    mm_jw_put_size(&w, "layer",
                   mm_vision_depth(&p->features.model->config.vision));
    mm_jw_put_size(&w, "grid", p->how.attentive ? 0 : p->data.grid);
    mm_jw_put_size(&w, "classes", p->how.classes);
    mm_jw_put_size(&w, "train", p->train.n);
    mm_jw_put_size(&w, "test", p->test.n);
    mm_jw_put_size(&w, "left_out", p->data.n_bad);
    mm_jw_put_num(&w, "decay", p->result.decay);
    mm_jw_put_size(&w, "right", p->result.n_right);
    mm_jw_put_num(&w, "accuracy", percent(p));
    mm_jw_put_num(&w, "low", p->interval.low);
    mm_jw_put_num(&w, "high", p->interval.high);
    mm_jw_put_size(&w, "n", p->result.n);
    mm_jw_put_size(&w, "of", p->result.n + p->test_bad);
    mm_jw_put_bool(&w, "partial", p->test_bad > 0);
    mm_jw_close(&w, '}');
    mm_buf_addc(out, '\n');
}

static int say(struct probing *p, struct mm_err *err)
{
    struct mm_buf out = { 0 };
    size_t n = p->result.n;
    double *scores = mm_alloc(n, sizeof *scores, err);
    int result;

    if (!scores)
        return -1;
    for (size_t i = 0; i < n; i++)
        scores[i] = 100.0 * p->result.right[i];
    result = mm_bootstrap(&p->interval, scores, NULL, n, n, REPLICATES,
                          (uint64_t)p->o->seed, err);
    free(scores);
    if (result < 0)
        return -1;
    if (p->o->format == JSON)
        print_json(p, &out);
    else
        print_text(p, &out);
    result = mm_buf_check(&out, err);
    if (result == 0)
        result = mm_write_file(p->o->output ? p->o->output : "-", out.data,
                               out.len, err);
    mm_buf_release(&out);
    return result;
}

/* ---- the verb ---- */

static int run(struct probing *p, struct mm_err *err)
{
    const struct eval_probe_options *o = p->o;

    if (open_encoder(p, err) < 0)
        return -1;
    p->data.features = &p->features;
    p->data.patches = o->kind == ATTENTIVE;
    p->data.grid = (size_t)o->grid;
    if (mm_probe_data_read(&p->data, &p->train, o->train, (size_t)o->limit,
                           err) < 0)
        return -1;
    p->test_bad = p->data.n_bad;
    if (mm_probe_data_read(&p->data, &p->test, o->test, 0, err) < 0)
        return -1;
    p->test_bad = p->data.n_bad - p->test_bad;
    if (set_how(p, err) < 0 ||
        mm_probe_run(&p->result, &p->train, &p->test, &p->how, err) < 0)
        return -1;
    return say(p, err);
}

int eval_probe(const void *options, int argc, char **argv, struct mm_err *err)
{
    struct probing p = { .o = options };
    int result;

    (void)argv;
    if (argc)
        return mm_fail(err, MM_EUSAGE, "probe takes no operands");
    if (!p.o->model || !p.o->train || !p.o->test)
        return mm_fail(err, MM_EUSAGE, "probe needs -m, --train and --test");
    result = run(&p, err);
    mm_probe_data_release(&p.data);
    mm_probe_set_release(&p.train);
    mm_probe_set_release(&p.test);
    mm_features_close(&p.features);
    free(p.result.right);
    return result;
}
