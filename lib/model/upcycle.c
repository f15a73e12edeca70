/*
 * upcycle.c - a decoder with experts from a dense one
 */
#include <stdio.h>
#include <string.h>

#include "model/model.h"

/* ---- may it be? ---- */

static int differs(const char *key, double theirs, double ours,
                   struct mm_err *err)
{
    return mm_fail(err, MM_ECONFIG, "text_config: %s is %g, but this model's "
                                    "is %g",
                   key, theirs, ours);
}

static int check(const struct mm_text_config *dense,
                 const struct mm_text_config *t, struct mm_err *err)
{
    const struct {
        const char *key;
        double theirs, ours;
    } pairs[] = {
        { "num_hidden_layers", (double)dense->layers, (double)t->layers },
        { "hidden_size", (double)dense->width, (double)t->width },
        { "num_attention_heads", (double)dense->heads, (double)t->heads },
        { "num_key_value_heads", (double)dense->kv_heads,
          (double)t->kv_heads },
        { "intermediate_size", (double)dense->hidden, (double)t->hidden },
        { "vocab_size", (double)dense->vocab, (double)t->vocab },
        { "rope_theta", (double)dense->rope_theta, (double)t->rope_theta },
        { "tie_word_embeddings", dense->tied, t->tied },
    };

    if (dense->moe.experts)
        return mm_fail(err, MM_ECONFIG, "it has experts already; --init-lm "
                                        "takes it");
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (pairs[i].theirs != pairs[i].ours)
            return differs(pairs[i].key, pairs[i].theirs, pairs[i].ours, err);
    if (t->moe.hidden != dense->hidden)
        return mm_fail(err, MM_ECONFIG, "an MLP of width %zu does not fill "
                                        "experts of %zu",
                       dense->hidden, t->moe.hidden);
    return 0;
}

/* ---- copying ---- */

/* "...mlp.experts.5.up_proj.weight" -> "...mlp.up_proj.weight" */
static void dense_name(char *out, size_t size, const char *name)
{
    const char *expert = strstr(name, "mlp.experts.");
    int before = expert ? (int)(expert - name) : 0;
    const char *what = expert ? strchr(expert + strlen("mlp.experts."), '.')
                              : NULL;

    if (what)
        snprintf(out, size, "%.*smlp%s", before, name, what);
    else
        snprintf(out, size, "%s", name);
}

static const struct mm_param *find(const struct mm_model *m, const char *name)
{
    for (size_t i = 0; i < m->n_params; i++)
        if (strcmp(m->params[i].name, name) == 0)
            return &m->params[i];
    return NULL;
}

/* What the dense model does not have is a router. */
static void copy(struct mm_model *m, const struct mm_model *dense)
{
    for (size_t i = 0; i < m->n_params; i++) {
        struct mm_tensor *t = &m->params[i].tensor;
        const struct mm_param *from;
        char name[192];

        if (m->params[i].part != MM_PART_LM)
            continue;
        dense_name(name, sizeof name, m->params[i].name);
        from = find(dense, name);
        if (from)
            memcpy(t->data, from->tensor.data,
                   mm_tensor_count(t) * sizeof(float));
    }
}

int mm_model_upcycle(struct mm_model *m, const char *dir, struct mm_err *err)
{
    struct mm_config c;
    struct mm_model *dense;

    if (mm_config_load(&c, dir, err) < 0)
        return -1;
    if (check(&c.text, &m->config.text, err) < 0)
        return mm_fail_in(err, "'%s'", dir);
    dense = mm_model_load(dir, 0, err);
    if (!dense)
        return -1;
    copy(m, dense);
    mm_model_free(dense);
    return 0;
}
