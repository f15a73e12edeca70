/*
 * foreign.c - predictions of other programs, and the references of a task
 */
#include "eval/foreign.h"

#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "eval/aside.h"

#define MAX_FILE ((size_t)4 << 30)

/* ---- any form as lines {"id", "hyp"} ---- */

static int is_said(const struct mm_json *v)
{
    return v->type == MM_JSON_STRING || v->is_int;
}

/* The first member of these names that fits. */
static const struct mm_json *first_of(const struct mm_json *v,
                                      const char *const *names, size_t n,
                                      int (*fits)(const struct mm_json *))
{
    for (size_t i = 0; i < n; i++) {
        const struct mm_json *m = mm_json_get(v, names[i]);

        if (m && fits(m))
            return m;
    }
    return NULL;
}

static const struct mm_json *id_of(const struct mm_json *v)
{
    static const char *const names[] = { "id", "question_id", "image_id",
                                         "questionId", "index", "pid",
                                         "image" };

    return first_of(v, names, sizeof names / sizeof *names, mm_record_is_id);
}

static const struct mm_json *said_by(const struct mm_json *v)
{
    static const char *const names[] = { "hyp", "prediction", "caption",
                                         "text", "response", "output",
                                         "review", "verdict", "answer" };

    return first_of(v, names, sizeof names / sizeof *names, is_said);
}

static void add_line(struct mm_buf *out, const struct mm_json *v)
{
    const struct mm_json *id = id_of(v), *said = said_by(v);
    struct mm_jw w;

    mm_jw_begin(&w, out);
    mm_jw_open(&w, '{');
    if (id) {
        mm_jw_key(&w, "id");
        mm_jw_value(&w, id);
    }
    if (said) {
        mm_jw_key(&w, "hyp");
        mm_jw_value(&w, said);
    }
    mm_jw_close(&w, '}');
    mm_buf_addc(out, '\n');
}

/* A member {id: text}, or {id: {"answer"}} */
static void add_named(struct mm_buf *out, const struct mm_json *v)
{
    const struct mm_json *said = v->type == MM_JSON_OBJECT ? said_by(v) : v;
    struct mm_jw w;

    mm_jw_begin(&w, out);
    mm_jw_open(&w, '{');
    mm_jw_key(&w, "id");
    mm_jw_strn(&w, v->key, v->key_len);
    if (said) {
        mm_jw_key(&w, "hyp");
        mm_jw_value(&w, said);
    }
    mm_jw_close(&w, '}');
    mm_buf_addc(out, '\n');
}

/* The byte order mark is no part of a value. */
static void skip_mark(struct mm_buf *text)
{
    if (text->len < 3 || memcmp(text->data, "\xef\xbb\xbf", 3) != 0)
        return;
    text->len -= 3;
    memmove(text->data, text->data + 3, text->len + 1);
}

static char first_char(const struct mm_buf *text)
{
    size_t i = 0;

    while (i < text->len && strchr(" \t\r\n", text->data[i]))
        i++;
    return i < text->len ? text->data[i] : '\0';
}

/* Flaws of a file that is one value. */
struct flaws {
    int utf8, not_finite;
    size_t lone, twice;
};

static void note_flaws(struct flaws *f, const struct mm_json_doc *doc,
                       const char *path)
{
    const char *key;

    f->lone = doc->lone;
    f->twice = mm_json_twice(doc, &key);
    if (f->twice)
        mm_log(MM_LOG_WARN, "'%s': '%s' comes twice in an object; the last "
                            "counts",
               path, key);
}

/* What stands in the place of a file. */
static int replace(struct mm_buf *text, struct mm_buf *lines,
                   struct mm_err *err)
{
    mm_buf_release(text);
    *text = *lines;
    return mm_buf_check(text, err);
}

/* A list of objects, as lines; their numbers are then those of records. */
static int list_as_lines(struct mm_buf *text, struct flaws *f,
                         const char *path, struct mm_err *err)
{
    struct mm_json_doc doc = { 0 };
    struct mm_buf out = { 0 };

    if (mm_record_parse(&doc, text->data, text->len, &f->utf8, &f->not_finite,
                        err) < 0)
        return mm_fail_in(err, "'%s'", path);
    note_flaws(f, &doc, path);
    for (const struct mm_json *v = doc.root->child; v; v = v->next)
        add_line(&out, v);
    mm_json_release(&doc);
    return replace(text, &out, err);
}

/* The last place of each key. */
static int find_last(struct mm_map *last, const struct mm_json *object,
                     struct mm_err *err)
{
    for (const struct mm_json *m = object->child; m; m = m->next)
        if (mm_map_put(last, m->key, m->key_len, (int64_t)m->offset, err) < 0)
            return -1;
    return 0;
}

/*
 * One object that is not a line of ours: ids to texts, perhaps in a version.
 * Of an id that comes twice the last counts, as for who reads it with Python.
 */
static int object_as_lines(struct mm_buf *text, struct flaws *f,
                           const char *path, struct mm_err *err)
{
    struct mm_json_doc doc = { 0 };
    struct mm_buf out = { 0 };
    struct mm_map last = { 0 };
    struct mm_err ignored;
    struct flaws its = { 0 };
    int result = 0;

    if (mm_record_parse(&doc, text->data, text->len, &its.utf8,
                        &its.not_finite, &ignored) < 0)
        return 0; /* lines, then */
    if (!id_of(doc.root) && !mm_json_get(doc.root, "run")) {
        *f = its;
        note_flaws(f, &doc, path);
        result = find_last(&last, doc.root, err);
        for (const struct mm_json *m = doc.root->child; m; m = m->next)
            if (result == 0 && *mm_map_get(&last, m->key, m->key_len) ==
                                   (int64_t)m->offset)
                add_named(&out, m);
        result = replace(text, &out, err) < 0 ? -1 : result;
    }
    mm_map_release(&last);
    mm_json_release(&doc);
    return result;
}

/* What is said where "hyp" is another name's: only our readers' names. */
static int lines_of(struct mm_records *r, struct mm_err *err)
{
    for (size_t i = 0; i < r->n; i++) {
        struct mm_record *it = &r->v[i];
        const struct mm_json *said = said_by(it->doc.root);
        struct mm_buf text = { 0 };

        if (mm_record_hyp(it, NULL) || !said)
            continue;
        if (said->type == MM_JSON_STRING)
            mm_buf_adds(&text, said->str);
        else
            mm_buf_addf(&text, "%lld", (long long)said->integer);
        if (mm_buf_check(&text, err) < 0)
            return -1;
        it->said = text.data;
    }
    return 0;
}

static void add_flaws(struct mm_records *r, const struct flaws *f)
{
    r->faults[MM_FAULT_TWICE] += f->twice;
    if (f->utf8)
        mm_records_fault(r, MM_FAULT_UTF8, 0, NULL);
    if (f->not_finite)
        mm_records_fault(r, MM_FAULT_NUMBER, 0, NULL);
    if (f->lone)
        mm_records_fault(r, MM_FAULT_SURROGATE, 0, NULL);
}

static int read_any(struct mm_records *r, const char *path,
                    struct mm_err *err)
{
    const char *name = strcmp(path, "-") ? path : "standard input";
    struct mm_buf text = { 0 };
    struct flaws flaws = { 0 };
    char c;
    int result = mm_read_file(path, &text, MAX_FILE, err);

    skip_mark(&text);
    c = first_char(&text);
    if (result == 0 && c == '[')
        result = list_as_lines(&text, &flaws, name, err);
    else if (result == 0 && c == '{')
        result = object_as_lines(&text, &flaws, name, err);
    if (result == 0)
        result = mm_records_parse(r, name, text.data ? text.data : "",
                                  text.len, err);
    if (result == 0)
        add_flaws(r, &flaws);
    mm_buf_release(&text);
    return result < 0 ? -1 : lines_of(r, err);
}

/* ---- the join ---- */

static void describe_flaws(struct mm_jw *w,
                           const struct mm_source *references)
{
    size_t n = mm_source_flawed(references);

    if (n == 0)
        return;
    mm_jw_put_size(w, "flawed", n);
}

/* A run's own, with the flaws of what it is scored against. */
static void copy_header(struct mm_jw *w, const struct mm_json *header,
                        const struct mm_source *references)
{
    mm_jw_open(w, '{');
    for (const struct mm_json *v = header->child; v; v = v->next) {
        if (strcmp(v->key, "flawed") == 0)
            continue;
        mm_jw_key(w, v->key);
        mm_jw_value(w, v);
    }
    describe_flaws(w, references);
    mm_jw_close(w, '}');
}

static int write_header(struct mm_buf *out, const struct mm_records *r,
                        const struct mm_task *t,
                        struct mm_source *references, struct mm_err *err)
{
    size_t n = mm_source_count(references);
    struct mm_jw w;
    int result;

    mm_jw_begin(&w, out);
    if (r->header.root) {
        copy_header(&w, r->header.root, references);
        mm_buf_addc(out, '\n');
        return 0;
    }
    mm_jw_open(&w, '{');
    mm_jw_put_str(&w, "run", "");
    mm_jw_put_str(&w, "label", r->path);
    mm_jw_key(&w, "task");
    mm_jw_open(&w, '{');
    mm_jw_put_str(&w, "name", t->name);
    mm_jw_close(&w, '}');
    mm_jw_put_size(&w, "n", n);
    mm_jw_put_size(&w, "of", n);
    mm_jw_put_size(&w, "faulty", mm_source_faults(references));
    describe_flaws(&w, references);
    result = mm_aside_describe(references, t->metric, &w, err);
    mm_jw_close(&w, '}');
    mm_buf_addc(out, '\n');
    return result;
}

static void write_strings(struct mm_jw *w, const char *key,
                          const char *const *v, size_t n)
{
    if (n == 0)
        return;
    mm_jw_key(w, key);
    mm_jw_open(w, '[');
    for (size_t i = 0; i < n; i++)
        mm_jw_str(w, v[i]);
    mm_jw_close(w, ']');
}

/* r and said are NULL for an item without a prediction. */
static void write_joined(struct mm_buf *out, const struct mm_item *it,
                         const char *said, const struct mm_record *r)
{
    static const char *const own[] = { "loglik", "is_greedy", "picture" };
    struct mm_jw w;

    mm_jw_begin(&w, out);
    mm_jw_open(&w, '{');
    mm_jw_put_str(&w, "id", it->id);
    mm_jw_put_str(&w, "question", it->question);
    mm_jw_put_str(&w, "hyp", said);
    for (size_t i = 0; r && i < 3; i++) {
        const struct mm_json *v = mm_record_get(r, own[i], NULL);

        if (!v)
            continue;
        mm_jw_key(&w, own[i]);
        mm_jw_value(&w, v);
    }
    write_strings(&w, "answers", it->answers, it->n_answers);
    write_strings(&w, "options", it->options, it->n_options);
    if (it->fields.len) {
        mm_buf_addc(out, ',');
        mm_buf_add(out, it->fields.data, it->fields.len);
    }
    mm_jw_close(&w, '}');
    mm_buf_addc(out, '\n');
}

struct join {
    struct mm_records *in;
    struct mm_source *references;
    struct mm_buf text; /* of the joined records */
    struct mm_map used; /* ids of predictions that an item has */
};

static int add_item(struct join *j, const struct mm_item *it,
                    struct mm_err *err)
{
    const int64_t *at = mm_map_get(&j->in->ids, it->id, strlen(it->id));
    const struct mm_record *r = at ? &j->in->v[*at] : NULL;
    const char *said = r ? mm_record_hyp(r, NULL) : NULL;

    /* null is as good as no line */
    write_joined(&j->text, it, said, said ? r : NULL);
    return r ? mm_map_put(&j->used, it->id, strlen(it->id), 1, err) : 0;
}

static int add_items(struct join *j, struct mm_err *err)
{
    struct mm_item it = { 0 };
    int result = 0;

    for (size_t i = 0; result >= 0 && i < mm_source_count(j->references);
         i++) {
        result = mm_source_load_text(j->references, i, &it, err);
        if (result == 0)
            result = add_item(j, &it, err);
    }
    mm_item_release(&it);
    return result < 0 ? -1 : mm_buf_check(&j->text, err);
}

/* Faults of the file, and of the join, become those of the records. */
static void add_faults(struct mm_records *out, struct join *j)
{
    for (size_t i = 0; i < MM_N_FAULTS; i++)
        out->faults[i] += j->in->faults[i];
    for (size_t i = 0; i < j->in->n; i++) {
        const char *id = j->in->v[i].id;

        if (!mm_map_get(&j->used, id, strlen(id)))
            mm_records_fault(out, MM_FAULT_UNKNOWN, 0, id);
    }
}

static void release(struct join *j)
{
    mm_map_release(&j->used);
    mm_buf_release(&j->text);
}

int mm_foreign_load(struct mm_predictions *p, const char *path,
                    const struct mm_task *task, struct mm_source *references,
                    struct mm_err *err)
{
    struct mm_records in = { 0 }, joined = { 0 };
    struct join j = { .in = &in, .references = references };
    int result = read_any(&in, path, err);

    if (result == 0) {
        result = write_header(&j.text, &in, task, references, err);
        if (result == 0)
            result = add_items(&j, err);
    }
    if (result == 0 && j.used.n == 0)
        result = in.n ? mm_fail(err, MM_EDATA, "'%s' has %zu predictions, none "
                                               "of them for an item of '%s' "
                                               "(the first is of '%s')",
                                in.path, in.n, mm_source_name(references),
                                in.v[0].id)
                      : mm_fail(err, MM_EDATA, "'%s' has no predictions",
                                in.path);
    if (result == 0)
        result = mm_records_parse(&joined, in.path, j.text.data, j.text.len,
                                  err);
    if (result == 0) {
        for (size_t i = 0; i < joined.n; i++)
            joined.v[i].line = 0; /* of the join, and of no file */
        add_faults(&joined, &j);
        result = mm_predictions_take(p, &joined, path, err);
    }
    release(&j);
    mm_records_release(&in);
    return result;
}
