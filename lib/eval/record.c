/*
 * record.c - JSON lines to score, and what is wrong with them
 */
#include "eval/record.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"

#define MAX_LINE ((size_t)256 << 20)
#define NAMED 5 /* faults of a kind that are named, before they only count */

static const char *const fault_names[] = {
    "cut line", "broken UTF-8", "no finite number", "no id", "duplicate id",
    "missing field", "not 10 answers", "line break in a caption",
    "no prediction", "unknown id", "incomplete group",
    "lone surrogate", "key that comes twice"
};

static void name_fault(const struct mm_records *r, enum mm_fault fault,
                       size_t line, const char *what)
{
    const char *before = line ? " '" : ": '";
    int in_item = fault == MM_FAULT_FIELDS || fault == MM_FAULT_NUMBER ||
                  fault == MM_FAULT_ANSWERS;
    char place[32] = "";

    if (line && in_item)
        before = " in '";
    if (line)
        snprintf(place, sizeof place, ", line %zu", line);
    mm_log(MM_LOG_WARN, "'%s'%s: %s%s%s%s", r->path, place,
           fault_names[fault], what ? before : "", what ? what : "",
           what ? "'" : "");
}

void mm_records_fault(struct mm_records *r, enum mm_fault fault, size_t line,
                      const char *what)
{
    size_t n = ++r->faults[fault];

    if (n <= NAMED)
        name_fault(r, fault, line, what);
    if (n == NAMED + 1)
        mm_log(MM_LOG_WARN, "'%s': more of these are only counted: %s",
               r->path, fault_names[fault]);
}

static int is_null(const struct mm_json *v)
{
    return v && v->type == MM_JSON_NULL;
}

void mm_records_lack(struct mm_records *r, const struct mm_record *it)
{
    enum mm_fault fault = MM_FAULT_FIELDS;

    if (is_null(mm_record_get(it, "hyp", NULL)))
        fault = MM_FAULT_MISSING;
    if (!it->not_finite)
        mm_records_fault(r, fault, it->line, it->id);
}

int mm_records_partial(const struct mm_records *r)
{
    for (size_t i = 0; i < MM_N_FAULTS; i++)
        if (r->faults[i])
            return 1;
    return 0;
}

void mm_records_describe(const struct mm_records *r, size_t scored,
                         int partial, struct mm_jw *w)
{
    mm_jw_key(w, "n");
    mm_jw_int(w, (int64_t)scored);
    mm_jw_key(w, "of");
    mm_jw_int(w, (int64_t)r->lines);
    mm_jw_key(w, "partial");
    mm_jw_bool(w, partial || mm_records_partial(r) || scored < r->lines ||
                      r->lines == 0);
    if (!mm_records_partial(r))
        return;
    mm_jw_key(w, "faults");
    mm_jw_open(w, '{');
    for (size_t i = 0; i < MM_N_FAULTS; i++)
        if (r->faults[i]) {
            mm_jw_key(w, fault_names[i]);
            mm_jw_int(w, (int64_t)r->faults[i]);
        }
    mm_jw_close(w, '}');
}

void mm_records_faults(const struct mm_records *r, struct mm_buf *out)
{
    for (size_t i = 0; i < MM_N_FAULTS; i++)
        if (r->faults[i])
            mm_buf_addf(out, "%s%zu %s", out->len ? ", " : "", r->faults[i],
                        fault_names[i]);
}

/* ---- reading ---- */

/* What was mended, and what no program should write. */
static int parse(struct mm_records *r, struct mm_json_doc *doc, const char *s,
                 size_t n, size_t line, int *not_finite, struct mm_err *err)
{
    const char *key;
    int utf8;

    if (mm_record_parse(doc, s, n, &utf8, not_finite, err) < 0)
        return -1;
    if (utf8)
        mm_records_fault(r, MM_FAULT_UTF8, line, NULL);
    if (doc->lone)
        mm_records_fault(r, MM_FAULT_SURROGATE, line, NULL);
    if (mm_json_twice(doc, &key))
        mm_records_fault(r, MM_FAULT_TWICE, line, key);
    return 0;
}

static void keep_nul(struct mm_json *v)
{
    char *s = (char *)v->str;

    if (v->type == MM_JSON_STRING && strlen(s) < v->len)
        for (size_t i = 0; i < v->len; i++)
            if (s[i] == '\0')
                s[i] = MM_RECORD_NUL;
}

void mm_record_write(struct mm_jw *w, const char *s, size_t n)
{
    struct mm_buf text = { 0 };

    if (!n || !memchr(s, MM_RECORD_NUL, n)) {
        mm_jw_strn(w, s, n);
        return;
    }
    for (size_t i = 0; i < n; i++)
        mm_buf_addc(&text, s[i] == MM_RECORD_NUL ? '\0' : s[i]);
    if (text.failed)
        w->out->failed = 1;
    else
        mm_jw_strn(w, text.data, text.len);
    mm_buf_release(&text);
}

void mm_record_name(struct mm_jw *w, const struct mm_record *r)
{
    if (r->name->type == MM_JSON_STRING)
        mm_record_write(w, r->name->str, r->name->len);
    else
        mm_jw_value(w, r->name);
}

/* 1e400 is JSON, and no double. */
static int all_finite(const struct mm_json_doc *doc)
{
    for (size_t i = 0; i < doc->n_nodes; i++)
        if (doc->nodes[i].type == MM_JSON_NUMBER &&
            !isfinite(doc->nodes[i].number))
            return 0;
    return 1;
}

/* A string, or a whole number that a double holds exactly. */
int mm_record_is_id(const struct mm_json *v)
{
    return v->type == MM_JSON_STRING || v->is_int ||
           (v->type == MM_JSON_NUMBER && v->number == floor(v->number) &&
            fabs(v->number) < 9e15);
}

static char *id_of(const struct mm_json *v, struct mm_err *err)
{
    struct mm_buf text = { 0 };

    if (v->type == MM_JSON_STRING)
        return mm_strdup(v->str, err);
    mm_buf_addf(&text, "%lld",
                v->is_int ? (long long)v->integer : (long long)v->number);
    if (mm_buf_check(&text, err) == 0)
        return text.data;
    mm_buf_release(&text);
    return NULL;
}

static const struct mm_json *find_id(const struct mm_json *root)
{
    static const char *const names[] = { "id", "question_id", "image_id",
                                         "questionId", "index", "pid" };
    const struct mm_json *id = NULL;

    for (size_t i = 0; i < sizeof names / sizeof *names && !id; i++)
        id = mm_json_get(root, names[i]);
    return id && mm_record_is_id(id) ? id : NULL;
}

static int add_record(struct mm_records *r, struct mm_json_doc *doc,
                      size_t line, int not_finite, struct mm_err *err)
{
    const struct mm_json *id = find_id(doc->root);
    struct mm_record *it = &r->v[r->n];
    char *text;

    if (!id) {
        mm_records_fault(r, MM_FAULT_NO_ID, line, NULL);
        mm_json_release(doc);
        return 0;
    }
    text = id_of(id, err);
    if (!text)
        return -1;
    if (mm_map_get(&r->ids, text, strlen(text))) {
        mm_records_fault(r, MM_FAULT_DUPLICATE, line, text);
        mm_json_release(doc);
        free(text);
        return 0;
    }
    *it = (struct mm_record){ .doc = *doc, .id = text, .name = id };
    it->line = line;
    it->not_finite = not_finite || !all_finite(doc);
    if (it->not_finite)
        mm_records_fault(r, MM_FAULT_NUMBER, line, text);
    return mm_map_put(&r->ids, text, strlen(text), (int64_t)r->n++, err);
}

/* A later header is of the same run, gone on with: it says how far. */
static int take_header(struct mm_records *r, struct mm_json_doc *doc,
                       struct mm_err *err)
{
    const char *run = mm_json_str(mm_json_get(doc->root, "run"), "");
    const struct mm_json *was = mm_json_get(r->header.root, "run");

    if (r->header.root && strcmp(run, mm_json_str(was, "")) != 0) {
        mm_json_release(doc);
        return mm_fail(err, MM_EDATA, "the header of another run");
    }
    mm_json_release(&r->header);
    r->header = *doc;
    return 0;
}

static int is_header(const struct mm_json *v)
{
    return mm_json_get(v, "run") && !mm_json_get(v, "id") &&
           mm_json_get(v, "task");
}

static int add_line(struct mm_records *r, const char *s, size_t n, size_t line,
                    int ended, struct mm_err *err)
{
    struct mm_json_doc doc = { 0 };
    int not_finite = 0;

    if (mm_grow(&r->v, &r->cap, r->n + 1, sizeof *r->v, err) < 0)
        return -1;
    r->lines++;
    if (!ended && r->header.root) {
        mm_records_fault(r, MM_FAULT_CUT, line, NULL);
        return 0;
    }
    if (parse(r, &doc, s, n, line, &not_finite, err) < 0) {
        if (ended || err->code != MM_EDATA)
            return mm_fail_in(err, "'%s', line %zu", r->path, line);
        mm_records_fault(r, MM_FAULT_CUT, line, NULL);
        return 0;
    }
    for (size_t i = 0; i < doc.n_nodes; i++)
        keep_nul(&doc.nodes[i]);
    if (is_header(doc.root)) {
        r->lines--;
        return take_header(r, &doc, err) < 0
                   ? mm_fail_in(err, "'%s', line %zu", r->path, line)
                   : 0;
    }
    if (add_record(r, &doc, line, not_finite, err) < 0) {
        mm_json_release(&doc);
        return -1;
    }
    return 0;
}

static int is_blank(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (s[i] != ' ' && s[i] != '\t' && s[i] != '\r')
            return 0;
    return 1;
}

static int read_lines(struct mm_records *r, const char *text, size_t size,
                      struct mm_err *err)
{
    size_t at = 0, line = 0;

    if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        at = 3;
    while (at < size) {
        const char *s = text + at;
        const char *nl = memchr(s, '\n', size - at);
        size_t n = nl ? (size_t)(nl - s) : size - at;

        line++;
        if (n > MAX_LINE)
            return mm_fail(err, MM_EDATA, "'%s', line %zu: too long", r->path,
                           line);
        if (!is_blank(s, n) && add_line(r, s, n, line, nl != NULL, err) < 0)
            return -1;
        at += n + (nl != NULL);
        if (nl)
            r->whole = at;
    }
    return 0;
}

int mm_records_parse(struct mm_records *r, const char *path, const char *text,
                     size_t n, struct mm_err *err)
{
    *r = (struct mm_records){ .path = path, .size = n };
    if (read_lines(r, text, n, err) == 0)
        return 0;
    mm_records_release(r);
    return -1;
}

int mm_records_read(struct mm_records *r, const char *path,
                    struct mm_err *err)
{
    struct mm_buf text = { 0 };
    const char *name = strcmp(path, "-") ? path : "standard input";
    int result = mm_read_file(path, &text, (size_t)16 << 30, err);

    *r = (struct mm_records){ 0 };
    if (result == 0)
        result = mm_records_parse(r, name, text.data, text.len, err);
    mm_buf_release(&text);
    return result;
}

void mm_records_release(struct mm_records *r)
{
    for (size_t i = 0; i < r->n; i++) {
        mm_json_release(&r->v[i].doc);
        free((char *)r->v[i].id);
        free(r->v[i].said);
    }
    mm_map_release(&r->ids);
    mm_json_release(&r->header);
    free(r->v);
    *r = (struct mm_records){ 0 };
}

/* ---- members ---- */

const struct mm_json *mm_record_get(const struct mm_record *r,
                                    const char *name, const char *other)
{
    const struct mm_json *v = mm_json_get(r->doc.root, name);

    return v || !other ? v : mm_json_get(r->doc.root, other);
}

const char *mm_record_str(const struct mm_record *r, const char *name,
                          const char *other)
{
    return mm_json_str(mm_record_get(r, name, other), NULL);
}

const char *mm_record_hyp(const struct mm_record *r, const char *other)
{
    const char *s = r->said;

    if (!s && is_null(mm_record_get(r, "hyp", NULL)))
        return NULL;
    if (!s)
        s = mm_record_str(r, "hyp", "prediction");
    if (!s && other)
        s = mm_record_str(r, other, NULL);
    return s ? s : mm_record_str(r, "pred", "response");
}

const struct mm_json *mm_record_refs(const struct mm_record *r)
{
    const struct mm_json *v = mm_record_get(r, "refs", "answers");

    return v ? v : mm_record_get(r, "references", "captions");
}

const char *mm_record_answer(const struct mm_record *r, const char *name,
                             const char *other)
{
    const struct mm_json *v = mm_record_get(r, name, other);

    if (!v && (v = mm_record_get(r, "answers", "refs")) &&
        v->type == MM_JSON_ARRAY)
        v = v->child;
    return mm_json_str(v ? v : mm_record_get(r, "target", NULL), NULL);
}

int64_t mm_record_gold(const struct mm_record *r)
{
    const struct mm_json *choices = mm_record_get(r, "choices", "options");
    const struct mm_json *v = mm_record_get(r, "gold", "answer");
    const char *s;
    int64_t i = 0;

    if (!v)
        v = mm_record_get(r, "label", NULL);
    if (v && v->is_int)
        return v->integer;
    if (v && v->type == MM_JSON_NUMBER && mm_record_is_id(v))
        return (int64_t)v->number;
    s = mm_record_answer(r, "gold", "answer");
    if (!s)
        s = mm_record_answer(r, "label", NULL);
    if (!s)
        return -1;
    if (choices && choices->type == MM_JSON_ARRAY)
        for (v = choices->child; v; v = v->next, i++)
            if (strcmp(mm_json_str(v, ""), s) == 0)
                return i;
    if (s[0] >= '0' && s[0] <= '9' && s[1] == '\0')
        return s[0] - '0';
    return s[0] >= 'A' && s[0] <= 'Z' && s[1] == '\0' ? s[0] - 'A' : -1;
}

int mm_record_list(const struct mm_json *v, const char ***list, size_t *cap,
                   size_t *n, struct mm_err *err)
{
    *n = 0;
    if (!v || (v->type != MM_JSON_ARRAY && v->type != MM_JSON_STRING))
        return 1;
    if (mm_grow(list, cap, v->n + 1, sizeof **list, err) < 0)
        return -1;
    if (v->type == MM_JSON_STRING)
        (*list)[(*n)++] = v->str;
    for (const struct mm_json *e = v->child; e; e = e->next) {
        const char *s = mm_json_str(e, NULL);

        if (!s)
            s = mm_json_str(mm_json_get(e, "answer"), NULL);
        if (!s)
            s = mm_json_str(mm_json_get(e, "caption"), NULL);
        if (!s)
            return 1;
        (*list)[(*n)++] = s;
    }
    return 0;
}
