/*
 * item.c - one question of a benchmark
 */
#include "eval/item.h"

#include <stdlib.h>
#include <string.h>

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

static int read_texts(struct mm_item *it, struct mm_err *err)
{
    const struct mm_json *root = it->doc.json.root;
    int chat = mm_doc_kind(&it->doc) == MM_DOC_CHAT;
    const struct mm_doc_part *question, *answer;

    question = chat ? first_text(&it->doc, "user") : NULL;
    answer = first_text(&it->doc, chat ? "assistant" : NULL);
    it->question = question ? question->text : "";
    if (add_array(&it->options, &it->n_options, mm_json_get(root, "options"),
                  err) < 0 ||
        add_array(&it->answers, &it->n_answers,
                  mm_json_get(root, chat ? "answers" : "captions"), err) < 0)
        return -1;
    if (it->n_answers == 0 && answer &&
        add_string(&it->answers, &it->n_answers, answer->text, err) < 0)
        return -1;
    if (it->n_answers == 0)
        return mm_fail(err, MM_EDATA, "there is no answer");
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

static void forget(struct mm_item *it)
{
    mm_doc_release(&it->doc);
    free(it->answers);
    free(it->options);
    free(it->pictures);
    it->answers = it->options = NULL;
    it->pictures = NULL;
    it->n_answers = it->n_options = it->n_pictures = 0;
}

int mm_item_load(struct mm_item *it, struct mm_shard *shard, size_t i,
                 struct mm_err *err)
{
    forget(it);
    if (mm_shard_get(shard, i, &it->sample, err) < 0)
        return -1;
    it->id = it->sample.key;
    if (mm_doc_from_sample(&it->doc, &it->sample, err) < 0)
        return mm_fail_in(err, "'%s'", mm_shard_name(shard));
    if (read_texts(it, err) < 0 || find_pictures(it, err) < 0)
        return mm_fail_in(err, "'%s': sample '%s'", mm_shard_name(shard),
                          it->id);
    return 0;
}

void mm_item_release(struct mm_item *it)
{
    forget(it);
    mm_sample_release(&it->sample);
}
