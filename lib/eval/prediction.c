/*
 * prediction.c - a file of predictions
 */
#include "eval/prediction.h"

#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/mem.h"

#define MAX_FILE ((size_t)4 << 30)

static int read_answers(struct mm_prediction *it, const struct mm_json *list,
                        struct mm_err *err)
{
    if (!list || list->type != MM_JSON_ARRAY)
        return mm_fail(err, MM_EDATA, "'answers' is no array");
    it->answers = mm_alloc(list->n, sizeof *it->answers, err);
    if (!it->answers)
        return -1;
    for (const struct mm_json *v = list->child; v; v = v->next) {
        if (v->type != MM_JSON_STRING)
            return mm_fail(err, MM_EDATA, "an answer is %s",
                           mm_json_type_name(v->type));
        it->answers[it->n_answers++] = v->str;
    }
    return 0;
}

static int add_item(struct mm_predictions *p, const struct mm_json *line,
                    struct mm_err *err)
{
    const char *id = mm_json_str(mm_json_get(line, "id"), NULL);
    const char *text = mm_json_str(mm_json_get(line, "prediction"), NULL);
    struct mm_prediction *it = &p->items[p->n];

    if (!id || !text)
        return mm_fail(err, MM_EDATA, "'%s' is missing or no string",
                       id ? "prediction" : "id");
    if (mm_map_get(&p->ids, id, strlen(id)))
        return mm_fail(err, MM_EDATA, "the id '%s' comes twice", id);
    *it = (struct mm_prediction){ .id = id, .text = text };
    it->question = mm_json_str(mm_json_get(line, "question"), "");
    if (read_answers(it, mm_json_get(line, "answers"), err) < 0 ||
        mm_map_put(&p->ids, id, strlen(id), (int64_t)p->n, err) < 0) {
        free(it->answers);
        return -1;
    }
    p->n++;
    return 0;
}

/* A later header is of the same run, gone on with: it says how far. */
static int take_header(struct mm_predictions *p, struct mm_json_doc *doc,
                       struct mm_err *err)
{
    const char *run = mm_json_str(mm_json_get(doc->root, "run"), "");

    if (p->header.root && strcmp(run, mm_predictions_run(p)) != 0) {
        mm_json_release(doc);
        return mm_fail(err, MM_EDATA, "the header of another run");
    }
    mm_json_release(&p->header);
    p->header = *doc;
    return 0;
}

static int add_line(struct mm_predictions *p, const char *s, size_t n,
                    struct mm_err *err)
{
    struct mm_json_doc *doc;
    size_t want = p->n + 1;

    if (mm_grow(&p->docs, &p->docs_cap, want, sizeof *p->docs, err) < 0 ||
        mm_grow(&p->items, &p->items_cap, want, sizeof *p->items, err) < 0)
        return -1;
    doc = &p->docs[p->n];
    if (mm_json_parse(doc, s, n, err) < 0)
        return -1;
    if (!mm_json_get(doc->root, "id") && mm_json_get(doc->root, "task"))
        return take_header(p, doc, err);
    if (add_item(p, doc->root, err) < 0) {
        mm_json_release(doc);
        return -1;
    }
    return 0;
}

static int read_lines(struct mm_predictions *p, const char *text, size_t size,
                      struct mm_err *err)
{
    size_t line = 0;

    p->size = size;
    while (p->whole < size) {
        const char *s = text + p->whole;
        const char *nl = memchr(s, '\n', size - p->whole);

        if (!nl && p->header.root)
            return 0; /* a run that was cut; other programs write no end */
        nl = nl ? nl : text + size;
        line++;
        if (nl > s && add_line(p, s, (size_t)(nl - s), err) < 0)
            return mm_fail_in(err, "'%s', line %zu", p->path, line);
        p->whole = (size_t)(nl - text) + (nl < text + size);
    }
    return 0;
}

int mm_predictions_load(struct mm_predictions *p, const char *path,
                        struct mm_err *err)
{
    struct mm_buf text = { 0 };
    struct stat st;
    int result;

    *p = (struct mm_predictions){ 0 };
    p->path = mm_strdup(strcmp(path, "-") ? path : "standard input", err);
    if (!p->path)
        return -1;
    if (strcmp(path, "-") != 0 && mm_stat(path, &st) < 0)
        return 0;
    result = mm_read_file(path, &text, MAX_FILE, err);
    if (result == 0)
        result = read_lines(p, text.data, text.len, err);
    mm_buf_release(&text);
    if (result < 0)
        mm_predictions_release(p);
    return result;
}

void mm_predictions_release(struct mm_predictions *p)
{
    for (size_t i = 0; i < p->n; i++) {
        mm_json_release(&p->docs[i]);
        free(p->items[i].answers);
    }
    mm_json_release(&p->header);
    mm_map_release(&p->ids);
    free(p->docs);
    free(p->items);
    free(p->path);
    *p = (struct mm_predictions){ 0 };
}

const char *mm_predictions_run(const struct mm_predictions *p)
{
    return mm_json_str(mm_json_get(p->header.root, "run"), "");
}

static void print_strings(struct mm_jw *w, const char *key,
                          const char *const *v, size_t n)
{
    mm_jw_key(w, key);
    mm_jw_open(w, '[');
    for (size_t i = 0; i < n; i++)
        mm_jw_str(w, v[i]);
    mm_jw_close(w, ']');
}

void mm_prediction_print(struct mm_buf *out, const char *run, const char *id,
                         const char *question, const char *text,
                         const char *const *answers, size_t n_answers,
                         const char *const *options, size_t n_options)
{
    struct mm_jw w;

    mm_jw_begin(&w, out);
    mm_jw_open(&w, '{');
    mm_jw_key(&w, "run");
    mm_jw_str(&w, run);
    mm_jw_key(&w, "id");
    mm_jw_str(&w, id);
    if (*question) {
        mm_jw_key(&w, "question");
        mm_jw_str(&w, question);
    }
    mm_jw_key(&w, "prediction");
    mm_jw_str(&w, text);
    print_strings(&w, "answers", answers, n_answers);
    if (n_options)
        print_strings(&w, "options", options, n_options);
    mm_jw_close(&w, '}');
    mm_buf_addc(out, '\n');
}
