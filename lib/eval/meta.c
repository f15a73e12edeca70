/*
 * meta.c - one number for many benchmarks
 */
#include "eval/meta.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "eval/csv_write.h"
#include "eval/seeds.h"

/* ---- the baseline ---- */

static double score_of(const struct mm_json *v)
{
    return v->type == MM_JSON_OBJECT
               ? mm_json_num(mm_json_get(v, "score"), NAN)
               : mm_json_num(v, NAN);
}

static double most_of(const struct mm_json *v)
{
    return mm_json_num(mm_json_get(v, "max"), 100);
}

static int is_positive(double x)
{
    return isfinite(x) && x > 0;
}

static int check_baseline(const struct mm_json *root, const char *path,
                          struct mm_err *err)
{
    if (root->type != MM_JSON_OBJECT || root->n == 0)
        return mm_fail(err, MM_EDATA, "'%s': no object of scores", path);
    for (const struct mm_json *v = root->child; v; v = v->next)
        if (!is_positive(score_of(v)) || !is_positive(most_of(v)))
            return mm_fail(err, MM_EDATA, "'%s': '%s' is no positive number",
                           path, v->key);
    return 0;
}

/* ---- averages ---- */

static int is_named(const struct mm_score *s, const char *key)
{
    size_t n = strlen(s->task);

    if (strncmp(key, s->task, n) != 0)
        return 0;
    return key[n] == '\0' ||
           (key[n] == ':' && strcmp(key + n + 1, s->metric) == 0);
}

/*
 * The score of a label for a task of the baseline, of several seeds their mean;
 * n 0: none.  Others of that label and task would be as good: an error.
 */
static int find(struct mm_seeds *g, const struct mm_score *scores, size_t n,
                const char *label, const char *key, struct mm_err *err)
{
    size_t found = 0;

    *g = (struct mm_seeds){ 0 };
    for (size_t i = 0; i < n; i++) {
        if (strcmp(scores[i].label, label) != 0 || !is_named(&scores[i], key))
            continue;
        if (found++ == 0)
            *g = mm_seeds_of(scores, n, i);
        if (g->n < found)
            return mm_fail(err, MM_EUSAGE,
                           "the baseline's '%s' is scored in '%s' and in '%s', "
                           "both called '%s'; give one of them",
                           key, scores[g->first].predictions->path,
                           scores[i].predictions->path, label);
    }
    return 0;
}

static int average(struct mm_meta *m, const struct mm_json *baseline,
                   const struct mm_score *scores, size_t n, struct mm_err *err)
{
    for (const struct mm_json *v = baseline->child; v; v = v->next) {
        struct mm_seeds g;

        if (find(&g, scores, n, m->label, v->key, err) < 0)
            return -1;
        m->expected++;
        if (g.n == 0 || isnan(g.mean)) {
            mm_buf_addf(&m->missing, "%s%s", m->missing.len ? ", " : "",
                        v->key);
            continue;
        }
        m->ratio += g.mean / score_of(v);
        m->share += g.mean / most_of(v);
        m->partial |= g.partial;
        m->n++;
    }
    m->partial |= m->n < m->expected;
    m->ratio = m->n ? m->ratio / (double)m->n : NAN;
    m->share = m->n ? m->share / (double)m->n : NAN;
    return 0;
}

static int has_label(const struct mm_metas *m, const char *label)
{
    for (size_t i = 0; i < m->n; i++)
        if (strcmp(m->v[i].label, label) == 0)
            return 1;
    return 0;
}

int mm_meta_average(struct mm_metas *m, const char *path,
                    const struct mm_score *scores, size_t n,
                    struct mm_err *err)
{
    *m = (struct mm_metas){ 0 };
    if (mm_json_parse_file(&m->baseline, path, err) < 0)
        return -1;
    if (check_baseline(m->baseline.root, path, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (has_label(m, scores[i].label))
            continue;
        if (mm_grow(&m->v, &m->cap, m->n + 1, sizeof *m->v, err) < 0)
            return -1;
        m->v[m->n] = (struct mm_meta){ .label = scores[i].label };
        if (average(&m->v[m->n++], m->baseline.root, scores, n, err) < 0)
            return -1;
    }
    return 0;
}

void mm_metas_release(struct mm_metas *m)
{
    for (size_t i = 0; i < m->n; i++)
        mm_buf_release(&m->v[i].missing);
    free(m->v);
    mm_json_release(&m->baseline);
    *m = (struct mm_metas){ 0 };
}

/* ---- tables ---- */

static void json_row(struct mm_jw *w, const struct mm_meta *m)
{
    mm_jw_open(w, '{');
    mm_jw_key(w, "label");
    mm_jw_str(w, m->label);
    mm_jw_key(w, "of_baseline");
    mm_jw_num(w, m->ratio);
    mm_jw_key(w, "of_maxima");
    mm_jw_num(w, m->share);
    mm_jw_key(w, "n");
    mm_jw_int(w, (int64_t)m->n);
    mm_jw_key(w, "expected");
    mm_jw_int(w, (int64_t)m->expected);
    mm_jw_key(w, "partial");
    mm_jw_bool(w, m->partial);
    mm_jw_close(w, '}');
}

static void json_table(struct mm_buf *out, const struct mm_metas *m)
{
    struct mm_jw w;

    mm_jw_begin(&w, out);
    mm_jw_open(&w, '[');
    for (size_t i = 0; i < m->n; i++)
        json_row(&w, &m->v[i]);
    mm_jw_close(&w, ']');
}

/* In the columns of the scores. */
static void csv_row(struct mm_buf *out, const struct mm_meta *m)
{
    struct mm_csv_row r = { .out = out };

    mm_csv_text(&r, "meta-average");
    mm_csv_text(&r, m->label);
    mm_csv_text(&r, "");
    mm_csv_text(&r, "ratio to the baseline");
    for (int i = 0; i < 3; i++)
        mm_csv_text(&r, "");
    mm_csv_number(&r, m->ratio);
    for (int i = 0; i < 3; i++)
        mm_csv_text(&r, "");
    mm_csv_count(&r, m->n);
    mm_csv_count(&r, m->expected);
    mm_csv_text(&r, m->partial ? "yes" : "no");
    mm_csv_text(&r, "");
    mm_csv_text(&r, "");
    mm_csv_end(&r);
}

static void text_row(struct mm_buf *out, const struct mm_meta *m,
                     const char *bullet)
{
    const char *missing = m->missing.data;

    mm_buf_addf(out, "%smeta-average, %s: ", bullet, m->label);
    if (m->n)
        mm_buf_addf(out, "%.4f of the baseline's scores, %.4f of the greatest, "
                         "on %zu of %zu tasks",
                    m->ratio, m->share, m->n, m->expected);
    else
        mm_buf_addf(out, "none of the baseline's %zu tasks is here",
                    m->expected);
    if (m->partial)
        mm_buf_adds(out, " (partial)");
    if (m->n < m->expected)
        mm_buf_addf(out, "; without %s", missing ? missing : "");
    mm_buf_addc(out, '\n');
}

void mm_meta_table(struct mm_buf *out, const struct mm_metas *m,
                   enum mm_table_format format)
{
    if (format == MM_TABLE_JSON) {
        json_table(out, m);
        return;
    }
    if (format != MM_TABLE_CSV)
        mm_buf_addc(out, '\n');
    for (size_t i = 0; i < m->n; i++)
        if (format == MM_TABLE_CSV)
            csv_row(out, &m->v[i]);
        else
            text_row(out, &m->v[i], format == MM_TABLE_MARKDOWN ? "- " : "");
}
