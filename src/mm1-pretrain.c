/*
 * mm1-pretrain.c - packed sequences to a model
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/limit.h"
#include "model/model.h"
#include "model/rundir.h"
#include "pretrain.h"
#include "tool.h"
#include "train/objective.h"
#include "train/plan.h"
#include "train/recipe.h"
#include "train/trainer.h"

struct options {
    struct mm_common common;
    struct mm_recipe recipe;
    struct shape shape;
    int objective;
    const char *init_encoder, *init_connector, *init_lm, *upcycle, *augment;
    /* of the plan */
    int64_t vocab, seq_len, max_images;
    double gflops;
    int64_t ranks, rank_memory;
};

#define AT(field) offsetof(struct options, field)
#define SHAPE(name, field, arg, help, max)                                    \
    {                                                                         \
        0, name, MM_OPT_INT, AT(shape.field), arg, "0", help, 0, max, NULL, 0 \
    }

/* clang-format off */
#define MODEL_OPTIONS \
    { 0, "objective", MM_OPT_CHOICE, AT(objective), "name", "mm", \
      "mm: pictures and text; lm: text alone; clip: pairs; aim: pictures", \
      0, 0, "mm|lm|clip|aim", 0 }, \
    SHAPE("vision-layers", vision_layers, "n", \
          "layers of the image encoder; 0, here and below: the preset's", \
          1024), \
    SHAPE("vision-width", vision_width, "n", "its width", 65536), \
    SHAPE("vision-heads", vision_heads, "n", "its attention heads", 1024), \
    SHAPE("vision-hidden", vision_hidden, "n", "width of its MLP", 1 << 20), \
    SHAPE("image-size", image_size, "pixels", "side of its picture", 16384), \
    SHAPE("patch-size", patch_size, "pixels", "side of its patches", 1024), \
    { 0, "connector", MM_OPT_CHOICE, AT(shape.connector), "name", "preset", \
      "patches to image tokens", 0, 0, \
      "preset|c-abstractor|avgpool|attnpool|mlp|cabstractor", 0 }, \
    SHAPE("connector-depth", connector_depth, "n", \
          "blocks in each of the connector's two stages", 64), \
    SHAPE("connector-width", connector_width, "n", "their width", 65536), \
    SHAPE("image-tokens", image_tokens, "n", \
          "tokens of a view, a square number", 16384), \
    SHAPE("layers", layers, "n", "layers of the decoder", 1024), \
    SHAPE("width", width, "n", "its width", 65536), \
    SHAPE("heads", heads, "n", "its attention heads", 1024), \
    SHAPE("kv-heads", kv_heads, "n", "its key-value heads", 1024), \
    SHAPE("hidden", hidden, "n", "width of its MLP", 1 << 20), \
    SHAPE("context", context, "n", "longest sequence", 1 << 20), \
    { 0, "rope-theta", MM_OPT_NUM, AT(shape.rope_theta), "x", "0", \
      "base of the rotary positions", 0, 1e12, NULL, 0 }, \
    { 0, "tied", MM_OPT_CHOICE, AT(shape.tied), "when", "preset", \
      "is the head the embedding?", 0, 0, "preset|yes|no", 0 }, \
    { 0, "encoder", MM_OPT_STR, AT(shape.encoder), "name", NULL, \
      "shape of the image encoder, as vit-l-14; else the preset's", \
      0, 0, NULL, 0 }, \
    { 0, "encoder-layer", MM_OPT_INT, AT(shape.encoder_layer), "n", "0", \
      "layer that feeds the connector; -1: the last, -2: before it; 0: -1", \
      -1024, 1024, NULL, 0 }, \
    { 0, "vision-act", MM_OPT_CHOICE, AT(shape.activation), "name", \
      "preset", "activation of the encoder's MLP", 0, 0, \
      "preset|gelu|quick-gelu", 0 }, \
    SHAPE("connector-heads", connector_heads, "n", \
          "heads of attnpool; 0: by the encoder's width", 1024), \
    SHAPE("experts", experts, "n", \
          "experts in place of an MLP, two for each token", 512), \
    SHAPE("expert-every", expert_every, "n", "every n-th layer has them", \
          1024), \
    SHAPE("expert-hidden", expert_hidden, "n", "width of an expert", \
          1 << 20), \
    { 0, "capacity-factor", MM_OPT_NUM, AT(shape.capacity), "x", "-1", \
      "tokens that an expert takes, of tokens / experts; -1: the preset's", \
      -1, 1e6, NULL, 0 }, \
    { 0, "balance-loss", MM_OPT_NUM, AT(shape.balance), "x", "-1", \
      "weight of uneven loads in the loss; -1: the preset's", \
      -1, 1e6, NULL, 0 }, \
    { 0, "router-z-loss", MM_OPT_NUM, AT(shape.router_z), "x", "-1", \
      "weight of the router's large logits; -1: the preset's", \
      -1, 1e6, NULL, 0 }, \
    { 0, "dropless", MM_OPT_FLAG, AT(shape.dropless), NULL, NULL, \
      "experts take every token", 0, 0, NULL, 0 }, \
    { 0, "clip-loss", MM_OPT_CHOICE, AT(shape.clip_loss), "name", "preset", \
      "InfoNCE or SigLIP's sigmoid loss", 0, 0, "preset|infonce|siglip", \
      0 }, \
    SHAPE("clip-width", clip_width, "n", \
          "width of the space that clip's towers share", 65536), \
    SHAPE("text-context", text_context, "n", \
          "tokens of a text that clip reads; the rest is cut off", 1 << 20), \
    SHAPE("head-layers", head_layers, "n", \
          "aim: blocks of the head; 0: 12", 1024), \
    SHAPE("head-width", head_width, "n", \
          "aim: their width; 0: the encoder's, at most 2048", 65536)
/* clang-format on */

static const struct mm_opt train_opts[] = {
    MM_RECIPE_OPTIONS(struct options, "512", "200000", "0", "0.1", "0.1",
                      "adamw"),
    MODEL_OPTIONS,
    { 0, "init-encoder", MM_OPT_STR, AT(init_encoder), "dir", NULL,
      "take the image encoder of this model", 0, 0, NULL, 0 },
    { 0, "init-connector", MM_OPT_STR, AT(init_connector), "dir", NULL,
      "take the connector of this model", 0, 0, NULL, 0 },
    { 0, "init-lm", MM_OPT_STR, AT(init_lm), "dir", NULL,
      "take the decoder of this model", 0, 0, NULL, 0 },
    { 0, "upcycle", MM_OPT_STR, AT(upcycle), "dir", NULL,
      "fill a decoder with experts from this model's dense one", 0, 0, NULL,
      0 },
    { 0, "augment", MM_OPT_STR, AT(augment), "changes", NULL,
      "clip, aim: flip,crop=x,words=x change pictures and texts", 0, 0, NULL,
      0 },
    { 0 }
};

static const struct mm_opt plan_opts[] = {
    MM_RECIPE_OPTIONS(struct options, "512", "200000", "0", "0.1", "0.1",
                      "adamw"),
    MODEL_OPTIONS,
    { 0, "vocab", MM_OPT_INT, AT(vocab), "n", "0",
      "tokens of the vocabulary; 0: as the data or the preset has it", 0,
      1 << 24, NULL, 0 },
    { 0, "seq-len", MM_OPT_INT, AT(seq_len), "n", "0",
      "tokens of a sequence; 0: as the data has it, or the context", 0,
      1 << 20, NULL, 0 },
    { 0, "max-images", MM_OPT_INT, AT(max_images), "n", "-1",
      "views of a sequence; -1: as the data has it, or 16 as far as they fit",
      -1, 65536, NULL, 0 },
    { 0, "gflops", MM_OPT_NUM, AT(gflops), "n", "0",
      "speed of the machine in GFLOP/s; 0: measure it", 0, 1e12, NULL, 0 },
    { 0, "ranks", MM_OPT_INT, AT(ranks), "n", "0",
      "machines that share the work; 0: as many as the memory asks for", 0,
      1e6, NULL, 0 },
    { 0, "rank-memory", MM_OPT_SIZE, AT(rank_memory), "bytes", "0",
      "memory of each; 0: this machine's", 0, 1e18, NULL, 0 },
    { 0 }
};

/* ---- the shape of the model ---- */

static int make_config(struct mm_config *c, const struct options *o,
                       struct mm_err *err)
{
    return pretrain_config(c, &o->shape, mm_objectives[o->objective],
                           o->common.preset, err);
}

/* The shapes of a preset are looked up when the model is made. */
static const char *preset(const char *name)
{
    struct mm_config c;
    struct mm_err err;

    return mm_config_preset(&c, name, &err) == 0 ? "" : NULL;
}

/* ---- the model at step 0 ---- */

static int load_part(struct mm_model *m, const char *dir, enum mm_part part,
                     struct mm_err *err)
{
    struct mm_buf path = { 0 };
    int result = 0;

    if (!dir)
        return 0;
    result = mm_model_dir(dir, &path, err);
    if (result == 0)
        result = mm_model_load_part(m, path.data, part, err);
    mm_buf_release(&path);
    return result;
}

static int upcycle(struct mm_model *m, const struct options *o,
                   struct mm_err *err)
{
    struct mm_buf path = { 0 };
    int result;

    if (!o->upcycle)
        return 0;
    result = mm_model_dir(o->upcycle, &path, err);
    if (result == 0)
        result = mm_model_upcycle(m, path.data, err);
    mm_buf_release(&path);
    return result;
}

static struct mm_model *create(void *ctx, const struct mm_config *c,
                               struct mm_err *err)
{
    const struct options *o = ctx;
    struct mm_model *m = mm_model_create(c, 1, 1, err);

    if (!m)
        return NULL;
    mm_model_init(m, (uint64_t)o->recipe.seed);
    if (load_part(m, o->init_encoder, MM_PART_ENCODER, err) < 0 ||
        load_part(m, o->init_connector, MM_PART_CONNECTOR, err) < 0 ||
        load_part(m, o->init_lm, MM_PART_LM, err) < 0 ||
        upcycle(m, o, err) < 0) {
        mm_model_free(m);
        return NULL;
    }
    return m;
}

/* What else decides the result, for the manifest. */
static int describe_origin(const struct options *o,
                           const struct mm_augment *augment,
                           struct mm_buf *out, struct mm_err *err)
{
    struct mm_buf changes = { 0 };
    struct mm_jw w;
    int result;

    mm_jw_begin(&w, out);
    mm_jw_put_str(&w, "objective", mm_objectives[o->objective]->name);
    mm_jw_put_str(&w, "init-encoder", o->init_encoder);
    mm_jw_put_str(&w, "init-connector", o->init_connector);
    mm_jw_put_str(&w, "init-lm", o->init_lm);
    mm_jw_put_str(&w, "upcycle", o->upcycle);
    mm_augment_print(augment, &changes);
    result = mm_buf_check(&changes, err);
    mm_jw_put_str(&w, "augment", changes.len ? changes.data : "");
    mm_buf_release(&changes);
    return result < 0 ? -1 : mm_buf_check(out, err);
}

/* Mirrored and cut pictures are no longer what a text says of them. */
static int read_augment(struct mm_augment *a, const struct options *o,
                        struct mm_err *err)
{
    const char *name = mm_objectives[o->objective]->name;

    if (mm_augment_parse(a, o->augment, err) < 0)
        return -1;
    if (mm_augment_any(a) && o->objective != MM_OBJECTIVE_CLIP &&
        o->objective != MM_OBJECTIVE_AIM)
        return mm_fail(err, MM_EUSAGE, "option 'augment' is for --objective "
                                       "clip and aim; with %s the text would "
                                       "speak of other pictures",
                       name);
    if (a->words > 0 && o->objective != MM_OBJECTIVE_CLIP)
        return mm_fail(err, MM_EUSAGE, "option 'augment': --objective %s "
                                       "reads no words",
                       name);
    return 0;
}

static int check_upcycle(const struct options *o, const struct mm_config *c,
                         struct mm_err *err)
{
    if (o->upcycle && !c->text.moe.experts)
        return mm_fail(err, MM_EUSAGE, "option 'upcycle' needs experts; give "
                                       "their number with --experts");
    if (o->upcycle && o->init_lm)
        return mm_fail(err, MM_EUSAGE, "options 'upcycle' and 'init-lm' "
                                       "exclude each other");
    return 0;
}

static struct mm_recipe recipe_of(const struct options *o)
{
    struct mm_recipe r = o->recipe;

    r.old_connector = o->init_connector != NULL;
    return r;
}

static int run_train(const void *options, int argc, char **argv,
                     struct mm_err *err)
{
    const struct options *o = options;
    struct mm_buf origin = { 0 };
    struct mm_job job = { .objective = mm_objectives[o->objective],
                          .recipe = recipe_of(o),
                          .data = (const char *const *)argv,
                          .n_data = (size_t)argc,
                          .config_follows = 1,
                          .fallback_dir = o->init_lm ? o->init_lm
                                                     : o->upcycle,
                          .encoder_dir = o->init_encoder,
                          .create = create,
                          .ctx = (void *)options };
    int result = make_config(&job.config, o, err);

    if (result == 0)
        result = check_upcycle(o, &job.config, err);
    if (result == 0)
        result = read_augment(&job.augment, o, err);
    if (result == 0)
        result = describe_origin(o, &job.augment, &origin, err);
    if (result == 0) {
        job.origin = origin.data;
        result = mm_train(&job, err);
    }
    mm_buf_release(&origin);
    return result;
}

/* ---- print-config ---- */

/* What follows from the data, as the micro-batch does, stays open. */
static int resolve(const struct mm_verb *verb, void *options,
                   struct mm_err *err)
{
    struct options *o = options;
    const struct mm_objective *objective = mm_objectives[o->objective];
    struct mm_config c;
    struct mm_model *shapes;

    (void)verb;
    o->recipe = recipe_of(o);
    if (make_config(&c, o, err) < 0)
        return -1;
    pretrain_shape(&o->shape, &c);
    shapes = mm_model_create(&c, 0, 0, err);
    if (!shapes)
        return -1;
    mm_objective_resolve(objective, &c, &o->recipe,
                         mm_model_count_nonembedding(shapes), NULL);
    mm_model_free(shapes);
    return 0;
}

/* ---- plan ---- */

/* How many views a sequence has where no data says it */
static int count_views(const struct options *o, const struct mm_config *c,
                       size_t T, size_t *views, struct mm_err *err)
{
    const char *name = mm_objectives[o->objective]->name;
    size_t tokens = c->connector.tokens;

    if (o->objective == MM_OBJECTIVE_CLIP && o->max_images >= 0 &&
        o->max_images != 1)
        return mm_fail(err, MM_EUSAGE, "option 'max-images': a pair of "
                                       "--objective %s has 1 picture, "
                                       "not %lld",
                       name, (long long)o->max_images);
    if (o->objective == MM_OBJECTIVE_AIM && o->max_images == 0)
        return mm_fail(err, MM_EUSAGE, "option 'max-images': --objective %s "
                                       "learns from pictures; give 1 or more",
                       name);
    *views = tokens ? T / tokens : 0;
    *views = *views < 16 ? *views : 16;
    if (c->clip.width || !c->text.layers)
        *views = 1;
    if (o->max_images >= 0 && (tokens || *views))
        *views = (size_t)o->max_images;
    if (c->clip.width && T < 2)
        return mm_fail(err, MM_ECONFIG, "a pair of an image token and a text "
                                        "does not fit a sequence of %zu",
                       T);
    if (*views * tokens > T)
        return mm_fail(err, MM_ECONFIG, "%zu views of %zu tokens do not fit "
                                        "a sequence of %zu",
                       *views, tokens, T);
    return 0;
}

/* What shards of such sequences would say of themselves */
static struct mm_packed_info info_of(const struct mm_config *c, size_t T,
                                     size_t views)
{
    const struct mm_text_config *t = &c->text;

    return (struct mm_packed_info){ .seq_len = T,
                                    .image_tokens = c->connector.tokens,
                                    .max_images = views,
                                    .vocab_size = t->vocab,
                                    .bos = t->bos,
                                    .eos = t->eos,
                                    .pad = t->pad,
                                    .image = t->image,
                                    .image_size = c->vision.image_size,
                                    .pictures = views ? -1 : 0 };
}

/* Options say what the sequences are like where no data does. */
static int plan_by_options(const struct options *o, struct mm_config *c,
                           struct mm_plan_data *d, struct mm_err *err)
{
    size_t T = c->text.context + (c->clip.width || !c->text.layers ? 1 : 0);
    struct mm_packed_info info;
    size_t views = 0;

    if (o->vocab)
        c->text.vocab = (size_t)o->vocab;
    if (o->seq_len)
        T = (size_t)o->seq_len;
    if (count_views(o, c, T, &views, err) < 0)
        return -1;
    info = info_of(c, T, views);
    if (mm_objectives[o->objective]->fit(c, &info, err) < 0)
        return -1;
    *d = (struct mm_plan_data){
        .T = T,
        .side = c->vision.image_size,
        .max_views = views,
        .mean_views = (double)views
    };
    d->piece_views = views * mm_plan_micro(d, mm_objectives[o->objective], c,
                                           &o->recipe);
    return 0;
}

static int print_plan(const struct mm_plan *p, const struct mm_recipe *r,
                      const struct mm_plan_ranks *ranks, struct mm_err *err)
{
    struct mm_buf out = { 0 };
    int result;

    mm_plan_print(p, r, &out);
    mm_plan_print_ranks(ranks, &out);
    result = mm_buf_check(&out, err);
    if (result == 0)
        fwrite(out.data, 1, out.len, stdout);
    mm_buf_release(&out);
    return result;
}

static int make_plan(const struct options *o, const struct mm_config *c,
                     const struct mm_plan_data *d, struct mm_err *err)
{
    uint64_t limit = o->rank_memory ? (uint64_t)o->rank_memory
                                    : mm_memory_limit();
    struct mm_recipe r = recipe_of(o);
    struct mm_plan p;
    struct mm_plan_ranks ranks;

    if (mm_plan_make(&p, mm_objectives[o->objective], c, &r, d, o->gflops,
                     err) < 0 ||
        mm_plan_spread(&ranks, &p, c, &r, d, o->ranks, limit, err) < 0)
        return -1;
    return print_plan(&p, &r, &ranks, err);
}

static int run_plan(const void *options, int argc, char **argv,
                    struct mm_err *err)
{
    const struct options *o = options;
    const struct mm_objective *objective = mm_objectives[o->objective];
    struct mm_recipe r = recipe_of(o);
    struct mm_config c;
    struct mm_plan_data d;
    int result = make_config(&c, o, err);

    if (result == 0)
        result = argc ? mm_plan_look(&d, objective, &c,
                                     (const char *const *)argv,
                                     (size_t)argc, &r, err)
                      : plan_by_options(o, &c, &d, err);
    return result < 0 ? -1 : make_plan(o, &c, &d, err);
}

/* The verb without a name comes last: it takes what no other does. */
static const struct mm_verb verbs[] = {
    { "plan", "[shard ...]", "say what a run will take, before it starts",
      plan_opts, sizeof(struct options), run_plan },
    { NULL, "shard ...", "train a model on packed shards", train_opts,
      sizeof(struct options), run_train },
    { 0 }
};

int main(int argc, char **argv)
{
    static const struct mm_program program = {
        .name = "mm1-pretrain",
        .summary = "train a model on packed sequences",
        .verbs = verbs,
        .preset = preset,
        .resolve = resolve
    };

    return tool_main(&program, argc, argv);
}
