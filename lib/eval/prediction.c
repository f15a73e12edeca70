/*
 * prediction.c - a file of predictions
 */
#include "eval/prediction.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/mem.h"

static int read_item(struct mm_prediction *it, const struct mm_record *r,
                     struct mm_err *err)
{
    const char *text = mm_record_hyp(r, "caption"), *one;
    int result;

    *it = (struct mm_prediction){ .id = r->id };
    if (!text)
        text = mm_record_str(r, "text", NULL);
    it->text = text ? text : "";
    it->question = mm_json_str(mm_record_get(r, "question", NULL), "");
    result = mm_record_list(mm_record_refs(r), &it->answers,
                            &it->cap, &it->n_answers, err);
    if (result < 0)
        return -1;
    if (result == 0)
        return 0;
    it->n_answers = 0;
    one = mm_record_answer(r, "answer", "label");
    if (!one)
        return 0;
    if (mm_grow(&it->answers, &it->cap, 1, sizeof *it->answers, err) < 0)
        return -1;
    it->answers[it->n_answers++] = one;
    return 0;
}

int mm_predictions_take(struct mm_predictions *p, struct mm_records *records,
                        const char *path, struct mm_err *err)
{
    *p = (struct mm_predictions){ .records = *records };
    *records = (struct mm_records){ 0 };
    p->path = mm_strdup(strcmp(path, "-") ? path : "standard input", err);
    p->items = mm_alloc(p->records.n, sizeof *p->items, err);
    p->records.path = p->path;
    if (p->path && p->items)
        for (; p->n < p->records.n; p->n++)
            if (read_item(&p->items[p->n], &p->records.v[p->n], err) < 0)
                break;
    if (p->path && p->items && p->n == p->records.n)
        return 0;
    mm_predictions_release(p);
    return -1;
}

int mm_predictions_load(struct mm_predictions *p, const char *path,
                        struct mm_err *err)
{
    struct mm_records records = { 0 };
    struct stat st;

    *p = (struct mm_predictions){ 0 };
    if ((strcmp(path, "-") == 0 || mm_stat(path, &st) == 0) &&
        mm_records_read(&records, path, err) < 0)
        return -1;
    return mm_predictions_take(p, &records, path, err);
}

void mm_predictions_release(struct mm_predictions *p)
{
    for (size_t i = 0; i < p->n; i++)
        free(p->items[i].answers);
    mm_records_release(&p->records);
    free(p->items);
    free(p->path);
    *p = (struct mm_predictions){ 0 };
}

const char *mm_predictions_run(const struct mm_predictions *p)
{
    return mm_json_str(mm_json_get(p->records.header.root, "run"), "");
}

const struct mm_prediction *mm_predictions_find(const struct mm_predictions *p,
                                                const char *id)
{
    const int64_t *at = mm_map_get(&p->records.ids, id, strlen(id));

    return at ? &p->items[*at] : NULL;
}

/* ---- writing ---- */

static void print_loglik(struct mm_jw *w, const struct mm_prediction_line *l)
{
    mm_jw_key(w, "loglik");
    if (l->n_loglik == 1) { /* of the answer: there are no two options */
        mm_jw_num(w, l->loglik[0]);
        mm_jw_put_bool(w, "is_greedy", l->greedy);
        return;
    }
    mm_jw_open(w, '[');
    for (size_t i = 0; i < l->n_loglik; i++)
        mm_jw_num(w, l->loglik[i]);
    mm_jw_close(w, ']');
}

void mm_prediction_print(struct mm_buf *out,
                         const struct mm_prediction_line *l)
{
    struct mm_jw w;
    char key[17];

    snprintf(key, sizeof key, "%016llx", (unsigned long long)l->key);
    mm_jw_begin(&w, out);
    mm_jw_open(&w, '{');
    mm_jw_put_str(&w, "run", l->run);
    mm_jw_put_str(&w, "id", l->id);
    mm_jw_put_size(&w, "item", l->item);
    mm_jw_put_str(&w, "key", key);
    if (*l->question) {
        mm_jw_put_str(&w, "question", l->question);
    }
    mm_jw_put_str(&w, "prediction", l->text);
    if (l->n_answers)
        mm_jw_put_strs(&w, "answers", l->answers, l->n_answers);
    if (l->n_options)
        mm_jw_put_strs(&w, "options", l->options, l->n_options);
    if (l->n_loglik)
        print_loglik(&w, l);
    if (l->picture && !(l->fields && strstr(l->fields, "\"picture\":"))) {
        snprintf(key, sizeof key, "%016llx",
                 (unsigned long long)l->picture);
        mm_jw_put_str(&w, "picture", key);
    }
    if (l->thought) {
        mm_jw_put_str(&w, "thought", l->thought);
    }
    if (l->n_shots)
        mm_jw_put_strs(&w, "shots", l->shots, l->n_shots);
    if (l->fields && *l->fields) {
        mm_buf_addc(out, ',');
        mm_buf_adds(out, l->fields);
    }
    mm_jw_close(&w, '}');
    mm_buf_addc(out, '\n');
}
