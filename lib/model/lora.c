/*
 * lora.c - adapters of low rank beside the weights of a model
 */
#include "model/lora.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/rng.h"
#include "tensor/gemm.h"
#include "tensor/optim.h"

/* ---- which linear maps ---- */

static const char *const part_names[] = { [MM_PART_ENCODER] = "encoder",
                                          [MM_PART_CONNECTOR] = "connector",
                                          [MM_PART_LM] = "lm" };
#define N_PARTS (sizeof part_names / sizeof *part_names)

/* The length of the module's name: without ".weight"; 0: it has none. */
static size_t module_length(const char *name)
{
    size_t n = strlen(name), suffix = strlen(".weight");

    return n > suffix && strcmp(name + n - suffix, ".weight") == 0
               ? n - suffix
               : 0;
}

static int ends_with(const char *name, size_t n, const char *end, size_t k)
{
    return k && k <= n && memcmp(name + n - k, end, k) == 0 &&
           (k == n || name[n - k - 1] == '.');
}

/* Not tables that are looked up, routers, experts */
static int is_linear(const struct mm_param *p)
{
    static const char *const others[] = { "embed_tokens", "token_embedding",
                                          "position_embedding", "lm_head",
                                          "mlp.gate" };
    size_t n = module_length(p->name);

    if (n == 0 || p->tensor.n_dim != 2 || p->idle ||
        strstr(p->name, ".experts."))
        return 0;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (ends_with(p->name, n, others[i], strlen(others[i])))
            return 0;
    return 1;
}

/* Does the target (k bytes) mean this parameter? */
static int means(const char *target, size_t k, const struct mm_param *p)
{
    enum mm_part part = MM_PART_LM;

    for (size_t i = 0; i < N_PARTS; i++) {
        size_t n = strlen(part_names[i]);

        if (k < n || memcmp(target, part_names[i], n) != 0)
            continue;
        if (k == n)
            return p->part == (enum mm_part)i;
        if (target[n] == '.') {
            part = (enum mm_part)i;
            target += n + 1;
            k -= n + 1;
            break;
        }
    }
    return p->part == part &&
           ends_with(p->name, module_length(p->name), target, k);
}

static int is_target(const char *targets, const struct mm_param *p)
{
    for (const char *s = targets; *s;) {
        size_t k = strcspn(s, ",");

        if (means(s, k, p))
            return 1;
        s += k + (s[k] == ',');
    }
    return 0;
}

/* Every target means something. */
static int check_targets(const struct mm_model *m, const char *targets,
                         struct mm_err *err)
{
    for (const char *s = targets;;) {
        size_t k = strcspn(s, ","), i = 0;

        while (i < m->n_params &&
               !(is_linear(&m->params[i]) && means(s, k, &m->params[i])))
            i++;
        if (i == m->n_params)
            return mm_fail(err, MM_EUSAGE,
                           "--lora-targets: the model has no linear map "
                           "'%.*s'; name parts (lm, connector, encoder) or "
                           "modules, as q_proj or encoder.fc1",
                           k < 80 ? (int)k : 80, s);
        s += k;
        if (!*s++)
            return 0;
    }
}

/* ---- the pairs ---- */

static void add_pair(struct mm_layout *l, const struct mm_param *p,
                     size_t rank)
{
    char name[200];
    int n = (int)module_length(p->name);

    l->part = p->part;
    snprintf(name, sizeof name, "base_model.model.%.*s.lora_A.weight", n,
             p->name);
    mm_layout_matrix(l, name, 0, rank, p->tensor.dim[1]);
    snprintf(name, sizeof name, "base_model.model.%.*s.lora_B.weight", n,
             p->name);
    mm_layout_matrix(l, name, 0, p->tensor.dim[0], rank);
}

static void lay_out(const struct mm_lora *l, struct mm_layout *layout)
{
    for (size_t i = 0; i < l->n; i++)
        add_pair(layout, &l->base->params[l->of[i]], (size_t)l->rank);
}

static int choose(struct mm_lora *l, const char *targets, struct mm_err *err)
{
    l->of = mm_alloc(l->base->n_params, sizeof *l->of, err);
    if (!l->of)
        return -1;
    for (size_t i = 0; i < l->base->n_params; i++)
        if (is_linear(&l->base->params[i]) &&
            is_target(targets, &l->base->params[i]))
            l->of[l->n++] = i;
    return 0;
}

static int create_table(struct mm_lora *l, struct mm_err *err)
{
    struct mm_layout layout = { 0 };
    struct mm_model *m = l->adapter;

    m->config = l->base->config;
    lay_out(l, &layout);
    m->params = mm_alloc(layout.n, sizeof *m->params, err);
    m->names = mm_alloc(layout.names_len, 1, err);
    if (!m->params || !m->names)
        return -1;
    m->n_params = layout.n;
    m->size = layout.size;
    layout = (struct mm_layout){ .params = m->params, .names = m->names };
    lay_out(l, &layout);
    return 0;
}

static int create_blocks(struct mm_model *m, struct mm_err *err)
{
    m->weights = mm_alloc(m->size, sizeof(float), err);
    m->grads = mm_alloc(m->size, sizeof(float), err);
    if (!m->weights || !m->grads)
        return -1;
    for (size_t i = 0; i < m->n_params; i++) {
        struct mm_param *p = &m->params[i];

        p->tensor.data = m->weights + p->offset;
        p->tensor.grad = m->grads + p->offset;
    }
    return 0;
}

/* a uniform, b 0 */
static void fill(struct mm_model *m, uint64_t seed)
{
    for (size_t i = 0; i < m->n_params; i += 2) {
        const struct mm_param *p = &m->params[i];
        uint32_t hash = (uint32_t)mm_hash64(p->name, strlen(p->name));
        double bound = 1 / sqrt((double)p->tensor.dim[1]);
        float *a = p->tensor.data;

        for (size_t k = 0; k < mm_tensor_count(&p->tensor); k++)
            a[k] = (float)(bound *
                           (2 * mm_rng_uniform(seed, MM_RNG_INIT + hash, k) -
                            1));
    }
}

static int attach(struct mm_lora *l, struct mm_err *err)
{
    double scale = l->alpha / (double)l->rank;

    l->updates = mm_alloc(l->n, sizeof *l->updates, err);
    if (!l->updates)
        return -1;
    for (size_t i = 0; i < l->n; i++) {
        struct mm_param *pair = &l->adapter->params[2 * i];

        pair[0].tensor.wants_grad = pair[1].tensor.wants_grad = 1;
        l->updates[i] = (struct mm_low_rank){ &pair[0].tensor,
                                              &pair[1].tensor, (float)scale };
        l->base->params[l->of[i]].tensor.update = &l->updates[i];
    }
    return 0;
}

/* XXH3-64 of all weights in the order of the table, in hexadecimal. */
static void hash_weights(const struct mm_model *m, char hash[17])
{
    snprintf(hash, 17, "%016llx",
             (unsigned long long)mm_hash64(m->weights,
                                           m->size * sizeof *m->weights));
}

static int create(struct mm_lora *l, const struct mm_lora_config *c,
                  const char *path, int data, uint64_t seed,
                  struct mm_err *err)
{
    const char *targets = c->targets ? c->targets : MM_LORA_TARGETS;

    l->path = mm_strdup(path ? path : "", err);
    l->adapter = mm_alloc(1, sizeof *l->adapter, err);
    if (!l->path || !l->adapter ||
        check_targets(l->base, targets, err) < 0 ||
        choose(l, targets, err) < 0 || create_table(l, err) < 0)
        return -1;
    if (data) {
        hash_weights(l->base, l->hash);
        if (create_blocks(l->adapter, err) < 0)
            return -1;
        fill(l->adapter, seed);
    }
    return attach(l, err);
}

struct mm_lora *mm_lora_create(struct mm_model *base, const char *path,
                               const struct mm_lora_config *c, int data,
                               uint64_t seed, struct mm_err *err)
{
    struct mm_lora *l = mm_alloc(1, sizeof *l, err);

    assert(c->rank > 0 && (base->weights || !data));
    if (!l)
        return NULL;
    l->base = base;
    l->rank = c->rank;
    l->alpha = c->alpha > 0 ? c->alpha : (double)c->rank;
    if (create(l, c, path, data, seed, err) < 0) {
        mm_lora_free(l);
        return NULL;
    }
    return l;
}

static void detach(struct mm_lora *l)
{
    for (size_t i = 0; l->updates && i < l->n; i++)
        l->base->params[l->of[i]].tensor.update = NULL;
}

void mm_lora_free(struct mm_lora *l)
{
    if (!l)
        return;
    detach(l);
    mm_model_free(l->adapter);
    free(l->updates);
    free(l->of);
    free(l->path);
    free(l);
}

/* ---- merging: w += scale b a ---- */

static int merge_one(struct mm_tensor *w, const struct mm_low_rank *u,
                     struct mm_err *err)
{
    size_t O = u->b->dim[0], r = u->b->dim[1], D = u->a->dim[1];
    float *scaled = mm_alloc(O * r, sizeof *scaled, err);
    const float *b = u->b->data;

    if (!scaled)
        return -1;
    for (size_t i = 0; i < O * r; i++)
        scaled[i] = u->scale * b[i];
    mm_gemm(MM_NN, O, D, r, scaled, r, u->a->data, D, 1, w->data, D);
    free(scaled);
    return 0;
}

int mm_lora_merge(struct mm_lora *l, struct mm_err *err)
{
    for (size_t i = 0; i < l->n; i++) {
        struct mm_param *p = &l->base->params[l->of[i]];

        if (merge_one(&p->tensor, &l->updates[i], err) < 0)
            return -1;
        if (!mm_all_finite(p->tensor.data, mm_tensor_count(&p->tensor)))
            return mm_fail(err, MM_EDATA, "tensor '%s' with its adapter has "
                                          "numbers that are not finite",
                           p->name);
    }
    detach(l);
    return 0;
}
