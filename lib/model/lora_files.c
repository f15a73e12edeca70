/*
 * lora_files.c - adapters in peft's files
 */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/json.h"
#include "base/mem.h"
#include "model/lora.h"
#include "model/rundir.h"
#include "model/safetensors.h"
#include "tensor/optim.h"

#define PREFIX "base_model.model."

static int join(struct mm_buf *path, const char *dir, const char *name,
                struct mm_err *err)
{
    mm_buf_clear(path);
    mm_buf_addf(path, "%s/%s", dir, name);
    return mm_buf_check(path, err);
}

int mm_lora_is_dir(const char *dir)
{
    struct mm_buf path = { 0 };
    struct mm_err ignored;
    struct stat st;
    int is = join(&path, dir, MM_LORA_CONFIG, &ignored) == 0 &&
             mm_stat(path.data, &st) == 0;

    mm_buf_release(&path);
    return is;
}

/* ---- the config ---- */

/* "language_model.model.layers.0.self_attn.q_proj" of a pair's first name */
static const char *module_of(const struct mm_lora *l, size_t i, size_t *n)
{
    const char *name = l->adapter->params[2 * i].name + strlen(PREFIX);

    *n = strlen(name) - strlen(".lora_A.weight");
    return name;
}

void mm_lora_print(const struct mm_lora *l, struct mm_buf *out)
{
    struct mm_jw w;

    mm_jw_begin(&w, out);
    mm_jw_open(&w, '{');
    mm_jw_put_str(&w, "peft_type", "LORA");
    mm_jw_put_str(&w, "task_type", NULL); /* any module, see mm1-sft(1) */
    mm_jw_put_str(&w, "base_model_name_or_path", l->path);
    mm_jw_put_str(&w, "mm1_base", l->hash);
    mm_jw_put_int(&w, "r", l->rank);
    mm_jw_put_num(&w, "lora_alpha", l->alpha);
    mm_jw_put_num(&w, "lora_dropout", 0);
    mm_jw_put_str(&w, "bias", "none");
    mm_jw_put_bool(&w, "fan_in_fan_out", 0);
    mm_jw_put_bool(&w, "inference_mode", 1);
    mm_jw_key(&w, "target_modules");
    mm_jw_open(&w, '[');
    for (size_t i = 0; i < l->n; i++) {
        size_t n;
        const char *name = module_of(l, i, &n);

        mm_jw_strn(&w, name, n);
    }
    mm_jw_close(&w, ']');
    mm_jw_close(&w, '}');
    mm_buf_addc(out, '\n');
}

/* ---- loading ---- */

/* Absent, null, false, {} or [] */
static int is_unset(const struct mm_json *v)
{
    return !v || v->type == MM_JSON_NULL || v->type == MM_JSON_FALSE ||
           ((v->type == MM_JSON_ARRAY || v->type == MM_JSON_OBJECT) &&
            v->n == 0);
}

/*
 * Some ways to start a LoRA take a part out of the base's weights first: such
 * an adapter is nothing to the base as it was.  These leave it whole.
 */
static int check_start(const struct mm_json *config, struct mm_err *err)
{
    static const char *const whole[] = { "", "gaussian", "eva", "orthogonal",
                                         "mica" };
    const char *start = mm_json_str(mm_json_get(config, "init_lora_weights"),
                                    "");

    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        if (strcmp(start, whole[i]) == 0)
            return 0;
    return mm_fail(err, MM_ECONFIG, "\"init_lora_weights\" is \"%.40s\": it "
                                    "may belong to a base that was changed; "
                                    "let peft save it for the base as it was "
                                    "(path_initial_model_for_weight_"
                                    "conversion)",
                   start);
}

/* What peft can make of a LoRA that w + scale b a is not */
static int check_kind(const struct mm_json *config, struct mm_err *err)
{
    static const char *const kinds[] = {
        "alpha_pattern", "rank_pattern", "use_dora",
        "fan_in_fan_out", "modules_to_save", "lora_bias",
        "use_qalora", "layer_replication", "alora_invocation_tokens",
        "target_parameters"
    };
    const char *bias = mm_json_str(mm_json_get(config, "bias"), "none");

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!is_unset(mm_json_get(config, kinds[i])))
            return mm_fail(err, MM_ECONFIG, "\"%s\" is set, and only plain "
                                            "LoRA is known; merge it with "
                                            "peft",
                           kinds[i]);
    if (strcmp(bias, "none") != 0)
        return mm_fail(err, MM_ECONFIG, "\"bias\" is \"%.40s\", and only "
                                        "\"none\" is known; merge it with "
                                        "peft",
                       bias);
    return 0;
}

static int check_config(const struct mm_json *config, struct mm_err *err)
{
    double alpha = mm_json_num(mm_json_get(config, "lora_alpha"), 0);

    if (strcmp(mm_json_str(mm_json_get(config, "peft_type"), ""), "LORA") !=
            0 ||
        mm_json_int(mm_json_get(config, "r"), 0) < 1)
        return mm_fail(err, MM_EDATA, "it describes no LoRA");
    if (!(alpha > 0) || alpha > (double)FLT_MAX)
        return mm_fail(err, MM_EDATA, "\"lora_alpha\" is not a number above "
                                      "0");
    return check_kind(config, err) < 0 ? -1 : check_start(config, err);
}

static int parse_config(const char *dir, struct mm_json_doc *doc,
                        struct mm_err *err)
{
    struct mm_buf path = { 0 };
    int result = join(&path, dir, MM_LORA_CONFIG, err);

    if (result == 0)
        result = mm_json_parse_file(doc, path.data, err);
    if (result == 0 && check_config(doc->root, err) < 0) {
        result = mm_fail_in(err, "'%s'", path.data);
        mm_json_release(doc);
    }
    mm_buf_release(&path);
    return result;
}

/* The alpha that gives the scale when divided by the rank: rank-stabilized
 * LoRA (arXiv 2312.03732) divides by its root. */
static double alpha_of(const struct mm_json *config)
{
    double alpha = mm_json_num(mm_json_get(config, "lora_alpha"), 0);
    double rank = (double)mm_json_int(mm_json_get(config, "r"), 1);

    return mm_json_bool(mm_json_get(config, "use_rslora"), 0)
               ? alpha * sqrt(rank)
               : alpha;
}

static int check_base(const struct mm_lora *l, const char *dir,
                      const struct mm_json *config, struct mm_err *err)
{
    const char *hash = mm_json_str(mm_json_get(config, "mm1_base"), NULL);

    if (!hash || strcmp(hash, l->hash) == 0)
        return 0;
    return mm_fail(err, MM_ECONFIG, "'%s' is an adapter of another base: its "
                                    "weights had the hash %s, those of '%s' "
                                    "have %s",
                   dir, hash, l->path, l->hash);
}

static int read_pair(struct mm_safetensors *s, const struct mm_param *p,
                     struct mm_err *err)
{
    const struct mm_st_entry *e = mm_st_find(&s->header, p->name);

    if (!e)
        return mm_fail(err, MM_ECONFIG, "no tensor '%s': the adapter has "
                                        "other targets",
                       p->name);
    if (e->n_dim != 2 || e->dim[0] != p->tensor.dim[0] ||
        e->dim[1] != p->tensor.dim[1])
        return mm_fail(err, MM_ECONFIG, "tensor '%s' is of another rank or "
                                        "of a model of another shape",
                       p->name);
    if (mm_safetensors_read(s, e, p->tensor.data, err) < 0)
        return -1;
    if (mm_all_finite(p->tensor.data, mm_tensor_count(&p->tensor)))
        return 0;
    return mm_fail(err, MM_EDATA, "tensor '%s' has numbers that are not "
                                  "finite; take an adapter from before",
                   p->name);
}

static int read_pairs(struct mm_lora *l, const char *dir, struct mm_err *err)
{
    struct mm_buf path = { 0 };
    struct mm_safetensors s;
    int result = join(&path, dir, MM_LORA_WEIGHTS, err);

    if (result == 0)
        result = mm_safetensors_open(&s, path.data, err);
    if (result == 0) {
        for (size_t i = 0; result == 0 && i < l->adapter->n_params; i++)
            result = read_pair(&s, &l->adapter->params[i], err);
        if (result == 0 && s.header.n > l->adapter->n_params)
            result = mm_fail(err, MM_ECONFIG, "it has %zu tensors, this "
                                              "model's adapters %zu",
                             s.header.n, l->adapter->n_params);
        if (result < 0)
            mm_fail_in(err, "'%s'", path.data);
        mm_safetensors_close(&s);
    }
    mm_buf_release(&path);
    return result;
}

int mm_lora_load(struct mm_lora *l, const char *dir, struct mm_err *err)
{
    struct mm_json_doc doc;
    int result = parse_config(dir, &doc, err);

    if (result < 0)
        return -1;
    result = check_base(l, dir, doc.root, err);
    mm_json_release(&doc);
    return result < 0 ? -1 : read_pairs(l, dir, err);
}

/* ---- a merged model ---- */

/* Is the module of this parameter what peft means by text? */
static int is_meant(const struct mm_param *p, const struct mm_json *text)
{
    size_t n = strlen(p->name), suffix = strlen(".weight"), k = text->len;

    if (n <= suffix || strcmp(p->name + n - suffix, ".weight") != 0 || k == 0)
        return 0;
    n -= suffix;
    return k <= n && memcmp(p->name + n - k, text->str, k) == 0 &&
           (k == n || p->name[n - k - 1] == '.');
}

/* The modules of the config as --lora-targets has them: "part.module,..." */
static int list_targets(struct mm_buf *out, const struct mm_model *m,
                        const struct mm_json *config, struct mm_err *err)
{
    static const char *const parts[] = { "encoder.", "connector.", "lm." };
    const struct mm_json *list = mm_json_get(config, "target_modules");
    int is_list = list && list->type == MM_JSON_ARRAY;

    for (const struct mm_json *v = is_list ? list->child : NULL; v;
         v = v->next)
        for (size_t i = 0; v->type == MM_JSON_STRING && i < m->n_params; i++) {
            const struct mm_param *p = &m->params[i];

            if (is_meant(p, v))
                mm_buf_addf(out, "%s%s%.*s", out->len ? "," : "",
                            parts[p->part],
                            (int)(strlen(p->name) - strlen(".weight")),
                            p->name);
        }
    if (mm_buf_check(out, err) < 0)
        return -1;
    if (!is_list || out->len == 0)
        return mm_fail(err, MM_ECONFIG, "its \"target_modules\" are none of "
                                        "this model's");
    return 0;
}

static int merge_into(struct mm_model *m, const char *dir, const char *base,
                      const struct mm_json *config, struct mm_err *err)
{
    struct mm_buf targets = { 0 };
    struct mm_lora *l = NULL;
    struct mm_lora_config c = {
        .rank = mm_json_int(mm_json_get(config, "r"), 1),
        .alpha = alpha_of(config)
    };
    int result = list_targets(&targets, m, config, err);

    if (result < 0)
        mm_fail_in(err, "'%s'", dir);
    c.targets = targets.data;
    if (result == 0)
        l = mm_lora_create(m, base, &c, 1, 0, err);
    result = l ? mm_lora_load(l, dir, err) : -1;
    if (result == 0)
        result = mm_lora_merge(l, err);
    mm_lora_free(l);
    mm_buf_release(&targets);
    return result;
}

/* The folder that a run's folder lies in: of ".../RUN/step-N" or ".../RUN" */
static size_t outside(const char *dir)
{
    size_t n = strlen(dir);

    for (int up = 0; up < 2; up++) {
        size_t end;

        while (n > 1 && dir[n - 1] == '/')
            n--;
        end = n;
        while (n > 0 && dir[n - 1] != '/')
            n--;
        if (mm_run_step_number(dir + n) < 0 || end == n)
            break;
    }
    return n;
}

/* Where the base of the adapter lies. */
static int find_base(struct mm_buf *out, const char *dir,
                     const struct mm_json *config, struct mm_err *err)
{
    const char *path =
        mm_json_str(mm_json_get(config, "base_model_name_or_path"), "");
    struct mm_buf beside = { 0 };
    struct stat st;
    int result;

    mm_buf_addf(&beside, "%.*s%s", (int)outside(dir), dir, path);
    result = mm_buf_check(&beside, err);
    if (result == 0 && *path && mm_stat(path, &st) == 0)
        result = mm_model_dir(path, out, err);
    else if (result == 0 && *path && mm_stat(beside.data, &st) == 0)
        result = mm_model_dir(beside.data, out, err);
    else if (result == 0)
        result = mm_fail(err, MM_ENOINPUT, "'%s' is an adapter, and its base "
                                           "'%s' is not there; name it: "
                                           "mm1-sft merge BASE ADAPTER -o "
                                           "MODEL",
                         dir, path);
    mm_buf_release(&beside);
    return result;
}

static struct mm_model *load_merged(const char *dir, const char *base,
                                    const struct mm_json *config,
                                    int trainable, struct mm_err *err)
{
    struct mm_buf path = { 0 };
    struct mm_model *m = NULL;
    int result = base ? mm_model_dir(base, &path, err)
                      : find_base(&path, dir, config, err);

    if (result == 0)
        m = mm_model_load(path.data, trainable, err);
    if (m && merge_into(m, dir, path.data, config, err) < 0) {
        mm_model_free(m);
        m = NULL;
    }
    mm_buf_release(&path);
    return m;
}

struct mm_model *mm_lora_load_merged(const char *dir, const char *base,
                                     int trainable, struct mm_err *err)
{
    struct mm_json_doc doc;
    struct mm_model *m;

    if (parse_config(dir, &doc, err) < 0)
        return NULL;
    m = load_merged(dir, base, doc.root, trainable, err);
    mm_json_release(&doc);
    return m;
}
