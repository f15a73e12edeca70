/*
 * merge.c - the predictions of a run that was asked in parts
 */
#include "eval/merge.h"

#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"
#include "eval/prediction.h"

struct merge {
    struct mm_predictions *parts;
    size_t n_parts;
    const struct mm_record **v; /* of all parts, each id once */
    size_t n, cap;
    struct mm_map ids;
    int64_t asked, of; /* items by the headers */
};

static int same_text(const struct mm_record *a, const struct mm_record *b,
                     const char *member)
{
    return strcmp(mm_json_str(mm_record_get(a, member, NULL), ""),
                  mm_json_str(mm_record_get(b, member, NULL), "")) == 0;
}

static int add_record(struct merge *m, const struct mm_predictions *p,
                      const struct mm_record *r, struct mm_err *err)
{
    const int64_t *at = mm_map_get(&m->ids, r->id, strlen(r->id));

    if (at) {
        if (same_text(r, m->v[*at], "prediction") &&
            same_text(r, m->v[*at], "key"))
            return 0;
        return mm_fail(err, MM_EDATA, "'%s', line %zu: another prediction for "
                                      "'%s' than an earlier part has",
                       p->path, r->line, r->id);
    }
    if (mm_grow(&m->v, &m->cap, m->n + 1, sizeof *m->v, err) < 0 ||
        mm_map_put(&m->ids, r->id, strlen(r->id), (int64_t)m->n, err) < 0)
        return -1;
    m->v[m->n++] = r;
    return 0;
}

static int add_part(struct merge *m, const char *path, struct mm_err *err)
{
    struct mm_predictions *p = &m->parts[m->n_parts];
    const struct mm_json *header;
    struct stat st;

    if (strcmp(path, "-") && mm_stat(path, &st) < 0)
        return mm_fail_errno(err, "cannot open '%s'", path);
    if (mm_predictions_load(p, path, err) < 0)
        return -1;
    m->n_parts++;
    header = p->records.header.root;
    if (!header)
        return mm_fail(err, MM_EDATA, "'%s' is no file of a run: it has no "
                                      "header",
                       p->path);
    if (strcmp(mm_predictions_run(p), mm_predictions_run(&m->parts[0])) != 0)
        return mm_fail(err, MM_EDATA, "'%s' and '%s' are parts of different "
                                      "runs",
                       m->parts[0].path, p->path);
    m->asked += mm_json_int(mm_json_get(header, "n"), 0);
    m->of = mm_json_int(mm_json_get(header, "of"), 0);
    for (size_t i = 0; i < p->records.n; i++)
        if (add_record(m, p, &p->records.v[i], err) < 0)
            return -1;
    return 0;
}

static int by_item(const void *a, const void *b)
{
    const struct mm_record *x = *(const struct mm_record *const *)a;
    const struct mm_record *y = *(const struct mm_record *const *)b;
    int64_t i = mm_json_int(mm_record_get(x, "item", NULL), 0);
    int64_t k = mm_json_int(mm_record_get(y, "item", NULL), 0);

    return (i > k) - (i < k);
}

/* The first header, with the number of items that all parts asked. */
static void write_header(struct mm_buf *out, const struct merge *m)
{
    const struct mm_json *header = m->parts[0].records.header.root;
    struct mm_jw w;

    mm_jw_begin(&w, out);
    mm_jw_open(&w, '{');
    for (const struct mm_json *v = header->child; v; v = v->next) {
        mm_jw_key(&w, v->key);
        if (strcmp(v->key, "n") == 0)
            mm_jw_int(&w, m->asked < m->of ? m->asked : m->of);
        else
            mm_jw_value(&w, v);
    }
    mm_jw_close(&w, '}');
    mm_buf_addc(out, '\n');
}

static void write_all(struct mm_buf *out, struct merge *m)
{
    write_header(out, m);
    if (m->n)
        qsort(m->v, m->n, sizeof *m->v, by_item);
    for (size_t i = 0; i < m->n; i++) {
        struct mm_jw w;

        mm_jw_begin(&w, out);
        mm_jw_value(&w, m->v[i]->doc.root);
        mm_buf_addc(out, '\n');
    }
}

int mm_merge(struct mm_buf *out, const char *const *paths, size_t n,
             int *partial, struct mm_err *err)
{
    struct merge m = { 0 };
    int result = 0;

    m.parts = mm_alloc(n, sizeof *m.parts, err);
    if (!m.parts)
        return -1;
    for (size_t i = 0; result == 0 && i < n; i++)
        result = add_part(&m, paths[i], err);
    *partial = m.of > (int64_t)m.n;
    for (size_t i = 0; i < m.n_parts; i++)
        *partial |= mm_records_partial(&m.parts[i].records);
    if (result == 0) {
        write_all(out, &m);
        mm_log(MM_LOG_INFO, "%zu of %lld items", m.n, (long long)m.of);
        result = mm_buf_check(out, err);
    }
    for (size_t i = 0; i < m.n_parts; i++)
        mm_predictions_release(&m.parts[i]);
    mm_map_release(&m.ids);
    free(m.parts);
    free(m.v);
    return result;
}
