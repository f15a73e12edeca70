/*
 * item.c - one question of a benchmark
 */
#include "eval/item.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"

static int add_string(const char ***list, size_t *n, const char *s,
                      struct mm_err *err)
{
    size_t cap = *n;

    if (mm_grow(list, &cap, *n + 1, sizeof **list, err) < 0)
        return -1;
    (*list)[(*n)++] = s;
    return 0;
}

/* The strings of an array member of the document. */
static int add_array(const char ***list, size_t *n, const struct mm_json *a,
                     struct mm_err *err)
{
    if (!a || a->type != MM_JSON_ARRAY)
        return 0;
    for (const struct mm_json *v = a->child; v; v = v->next) {
        if (v->type != MM_JSON_STRING)
            return mm_fail(err, MM_EDATA, "%s among strings",
                           mm_json_type_name(v->type));
        if (add_string(list, n, v->str, err) < 0)
            return -1;
    }
    return 0;
}

static const struct mm_doc_part *first_text(const struct mm_doc *d,
                                            const char *role)
{
    for (size_t i = 0; i < d->n; i++)
        if (d->parts[i].text &&
            (!role || (d->parts[i].role && !strcmp(d->parts[i].role, role))))
            return &d->parts[i];
    return NULL;
}

/* Options that an array has, or A, B, C, ... up to the first empty one. */
static int read_options(struct mm_item *it, struct mm_err *err)
{
    const struct mm_json *root = it->doc.json.root;
    const struct mm_json *list = mm_json_get(root, "options");
    char letter[2] = "A";

    if (!list)
        list = mm_json_get(root, "choices");
    if (list)
        return add_array(&it->options, &it->n_options, list, err);
    for (; letter[0] <= 'Z'; letter[0]++) {
        const char *s = mm_json_str(mm_json_get(root, letter), "");

        if (!*s || strcmp(s, "nan") == 0)
            return 0;
        if (add_string(&it->options, &it->n_options, s, err) < 0)
            return -1;
    }
    return 0;
}

static int read_texts(struct mm_item *it, struct mm_err *err)
{
    const struct mm_json *root = it->doc.json.root;
    int chat = mm_doc_kind(&it->doc) == MM_DOC_CHAT;
    const struct mm_doc_part *question, *answer;

    question = chat ? first_text(&it->doc, "user") : NULL;
    answer = first_text(&it->doc, chat ? "assistant" : NULL);
    it->question = question ? question->text : "";
    if (read_options(it, err) < 0 ||
        add_array(&it->answers, &it->n_answers,
                  mm_json_get(root, chat || !mm_json_get(root, "captions")
                                        ? "answers"
                                        : "captions"),
                  err) < 0)
        return -1;
    if (it->n_answers == 0 && answer &&
        add_string(&it->answers, &it->n_answers, answer->text, err) < 0)
        return -1;
    return 0;
}

static int find_pictures(struct mm_item *it, struct mm_err *err)
{
    size_t n = mm_doc_images(&it->doc);

    it->pictures = mm_alloc(n, sizeof(struct mm_buf *), err);
    if (!it->pictures)
        return -1;
    for (size_t i = 0; i < it->doc.n; i++) {
        const char *name = it->doc.parts[i].image;

        if (name)
            it->pictures[it->n_pictures++] =
                &mm_sample_find(&it->sample, name)->data;
    }
    return 0;
}

/*
 * What a metric may want to know, of equal keys the last.  What the item
 * itself says, or a line of predictions, stands apart.
 */
static int keep_fields(struct mm_item *it, struct mm_err *err)
{
    static const char *const own[] = {
        "texts", "images", "roles", "answers", "captions", "options",
        "question", "source", "run", "id", "item", "key", "hyp", "prediction",
        "loglik", "is_greedy", "thought", "shots"
    };
    const struct mm_json *root = it->doc.json.root;

    for (const struct mm_json *v = root->child; v; v = v->next) {
        struct mm_jw w;
        size_t k = 0;

        while (k < sizeof own / sizeof *own && strcmp(own[k], v->key) != 0)
            k++;
        if (k < sizeof own / sizeof *own || mm_json_get(root, v->key) != v)
            continue;
        if (it->fields.len)
            mm_buf_addc(&it->fields, ',');
        mm_jw_begin(&w, &it->fields);
        mm_jw_key(&w, v->key);
        mm_jw_value(&w, v);
    }
    return mm_buf_check(&it->fields, err);
}

void mm_item_forget(struct mm_item *it)
{
    mm_doc_release(&it->doc);
    free(it->answers);
    free(it->options);
    free(it->pictures);
    it->answers = it->options = NULL;
    it->pictures = NULL;
    it->n_answers = it->n_options = it->n_pictures = 0;
    mm_buf_clear(&it->fields);
}

int mm_item_read(struct mm_item *it, const char *id, struct mm_err *err)
{
    mm_item_forget(it);
    it->id = id;
    if (mm_doc_from_sample(&it->doc, &it->sample, err) < 0)
        return -1;
    if (read_texts(it, err) < 0 || find_pictures(it, err) < 0 ||
        keep_fields(it, err) < 0)
        return mm_fail_in(err, "sample '%s'", it->id);
    return 0;
}

void mm_item_release(struct mm_item *it)
{
    mm_item_forget(it);
    mm_buf_release(&it->fields);
    mm_sample_release(&it->sample);
}

uint64_t mm_item_key(const struct mm_item *it, const char *run)
{
    struct mm_hash h;
    uint64_t key;

    if (mm_hash_init(&h) < 0)
        return 0;
    mm_hash_add(&h, run, strlen(run) + 1);
    mm_hash_add(&h, it->id, strlen(it->id) + 1);
    mm_hash_add(&h, it->question, strlen(it->question) + 1);
    for (size_t i = 0; i < it->n_options; i++)
        mm_hash_add(&h, it->options[i], strlen(it->options[i]) + 1);
    for (size_t i = 0; i < it->n_pictures; i++) {
        uint64_t one = mm_hash64(it->pictures[i]->data, it->pictures[i]->len);

        mm_hash_add(&h, &one, sizeof one);
    }
    key = mm_hash_value(&h);
    mm_hash_release(&h);
    return key;
}
