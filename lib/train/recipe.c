/*
 * recipe.c - the settings of a training run
 */
#include "train/recipe.h"

#include <stdio.h>
#include <string.h>

#include "train/schedule.h"

#define WARMUP 2000
#define CONNECTOR_RATE 8e-5
#define MICRO_ROWS 4096
#define Z_LOSS 1e-4
#define Z_LOSS_FROM 20000000000 /* parameters */

int64_t mm_recipe_micro(const struct mm_recipe *r, size_t rows)
{
    int64_t micro = r->micro;

    if (micro == 0)
        micro = rows < MICRO_ROWS ? MICRO_ROWS / (int64_t)rows : 1;
    return micro < r->batch ? micro : r->batch;
}

void mm_recipe_resolve(struct mm_recipe *r, size_t n_nonembedding)
{
    int by_law = r->lr == 0;

    if (by_law)
        r->lr = mm_peak_rate((double)(n_nonembedding ? n_nonembedding : 1));
    if (r->lr_encoder == 0)
        r->lr_encoder = r->lr;
    if (r->lr_connector == 0)
        r->lr_connector = by_law && !r->old_connector &&
                                  r->lr < CONNECTOR_RATE
                              ? CONNECTOR_RATE
                              : r->lr;
    if (r->warmup < 0)
        r->warmup = r->steps / 10 < WARMUP ? r->steps / 10 : WARMUP;
    if (r->z_loss < 0)
        r->z_loss = n_nonembedding >= Z_LOSS_FROM ? Z_LOSS : 0;
}

/* ---- parts ---- */

static const char *const parts[] = { [MM_PART_ENCODER] = "encoder",
                                     [MM_PART_CONNECTOR] = "connector",
                                     [MM_PART_LM] = "lm" };
#define N_PARTS (sizeof parts / sizeof *parts)
#define ALL_PARTS ((1u << N_PARTS) - 1)

const char *mm_recipe_part(int part)
{
    return parts[part];
}

/* The bit of the part that the n bytes at name name, or 0 */
static unsigned part_bit(const char *name, size_t n)
{
    for (size_t i = 0; i < N_PARTS; i++)
        if (strlen(parts[i]) == n && memcmp(parts[i], name, n) == 0)
            return 1u << i;
    return 0;
}

static int unknown_part(const char *name, size_t n, struct mm_err *err)
{
    char word[32];
    const char *near;

    n = n < sizeof word ? n : sizeof word - 1;
    memcpy(word, name, n);
    word[n] = '\0';
    near = mm_suggest(word, parts, N_PARTS);
    if (near)
        return mm_fail(err, MM_EUSAGE, "option 'train': there is no part "
                                       "'%s'; did you mean '%s'?",
                       word, near);
    return mm_fail(err, MM_EUSAGE, "option 'train': there is no part '%s'; "
                                   "name some of encoder,connector,lm",
                   word);
}

int mm_recipe_check(const struct mm_recipe *r, struct mm_err *err)
{
    for (const char *s = r->train; s; s = strchr(s, ',')) {
        s += s != r->train; /* the comma */
        if (!part_bit(s, strcspn(s, ",")))
            return unknown_part(s, strcspn(s, ","), err);
    }
    return 0;
}

unsigned mm_recipe_trained(const struct mm_recipe *r)
{
    unsigned trained = 0;

    for (const char *s = r->train; s; s = strchr(s, ',')) {
        s += s != r->train;
        trained |= part_bit(s, strcspn(s, ","));
    }
    return r->train ? trained : ALL_PARTS;
}

/* ---- the manifest ---- */

/* In one order, however they were named */
static void print_trained(unsigned trained, struct mm_jw *w)
{
    char text[32] = "";
    size_t n = 0;

    for (size_t i = 0; i < N_PARTS; i++)
        if (trained >> i & 1)
            n += (size_t)snprintf(text + n, sizeof text - n, "%s%s",
                                  n ? "," : "", parts[i]);
    mm_jw_put_str(w, "train", text);
}

static void print_lora(const struct mm_lora_config *l, struct mm_jw *w)
{
    mm_jw_put_int(w, "lora", l->rank);
    mm_jw_put_num(w, "lora-alpha", l->alpha > 0 ? l->alpha : (double)l->rank);
    mm_jw_put_str(w, "lora-targets", l->targets);
}

void mm_recipe_print(const struct mm_recipe *r, struct mm_jw *w)
{
    const struct {
        const char *name;
        double value;
    } members[] = {
        { "steps", (double)r->steps },
        { "batch", (double)r->batch },
        { "micro-batch", (double)r->micro },
        { "seed", (double)r->seed },
        { "warmup", (double)r->warmup },
        { "lr", r->lr },
        { "lr-encoder", r->lr_encoder },
        { "lr-connector", r->lr_connector },
        { "lr-floor", r->floor },
        { "weight-decay", r->decay },
        { "beta1", r->beta1 },
        { "beta2", r->beta2 },
        { "epsilon", r->epsilon },
        { "clip", r->clip },
        { "z-loss", r->z_loss },
        { "skip-on-spike", r->skip_on_spike ? r->spike_sigma : 0 },
    };

    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        mm_jw_put_num(w, members[i].name, members[i].value);
    }
    mm_jw_put_str(w, "optimizer",
                  r->optimizer == MM_ADAFACTOR ? "adafactor" : "adamw");
    print_trained(mm_recipe_trained(r), w);
    if (r->lora.rank)
        print_lora(&r->lora, w);
}

static void value_text(const struct mm_json *v, struct mm_buf *out)
{
    struct mm_jw w;

    mm_jw_begin(&w, out);
    if (v)
        mm_jw_value(&w, v);
    else
        mm_buf_adds(out, "nothing");
}

static int same(const struct mm_json *a, const struct mm_json *b,
                struct mm_buf *a_text, struct mm_buf *b_text)
{
    value_text(a, a_text);
    value_text(b, b_text);
    return a_text->data && b_text->data &&
           strcmp(a_text->data, b_text->data) == 0;
}

static int differ(const char *parent, const char *key, const char *theirs,
                  const char *ours, struct mm_err *err)
{
    return mm_fail(err, MM_ECONFIG,
                   "'%s%s%s' is %.80s here and was %.80s in the checkpoint; "
                   "give the same, or another -o",
                   parent, *parent ? "." : "", key, ours, theirs);
}

/* What a checkpoint that does not say was made with */
static int is_former(const struct mm_json *v)
{
    const char *text = mm_json_str(v, "");

    return (strcmp(v->key, "skip-on-spike") == 0 && v->number == 0) ||
           (strcmp(v->key, "augment") == 0 && v->type == MM_JSON_STRING &&
            *text == '\0') ||
           (strcmp(v->key, "optimizer") == 0 && strcmp(text, "adamw") == 0) ||
           (strcmp(v->key, "train") == 0 &&
            strcmp(text, "encoder,connector,lm") == 0);
}

static int compare_member(const char *parent, const struct mm_json *theirs,
                          const struct mm_json *our_member,
                          struct mm_err *err)
{
    const char *key = our_member->key;
    const struct mm_json *member = mm_json_get(theirs, key);
    struct mm_buf a = { 0 }, b = { 0 };
    int result = 0;

    if (!same(member, our_member, &a, &b) &&
        (member || !is_former(our_member)))
        result = mm_buf_check(&a, err) < 0 || mm_buf_check(&b, err) < 0
                     ? -1
                     : differ(parent, key, a.data, b.data, err);
    mm_buf_release(&a);
    mm_buf_release(&b);
    return result;
}

static int compare_level(const char *parent, const struct mm_json *theirs,
                         const struct mm_json *ours, struct mm_err *err)
{
    for (const struct mm_json *v = ours->child; v; v = v->next)
        if (v->type != MM_JSON_OBJECT &&
            compare_member(parent, theirs, v, err) < 0)
            return -1;
    return 0;
}

/*
 * Two levels are told apart by key, what lies deeper by its text.  The model's
 * shape comes first: rates and counts follow from it.
 */
int mm_recipe_compare(const struct mm_json *theirs, const struct mm_json *ours,
                      struct mm_err *err)
{
    for (const struct mm_json *v = ours->child; v; v = v->next) {
        const struct mm_json *there = mm_json_get(theirs, v->key);

        if (v->type != MM_JSON_OBJECT)
            continue;
        for (const struct mm_json *u = v->child; u; u = u->next)
            if (compare_member(v->key, there, u, err) < 0)
                return -1;
    }
    return compare_level("", theirs, ours, err);
}
