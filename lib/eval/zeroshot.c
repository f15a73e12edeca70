/*
 * zeroshot.c - which of these does the picture show?
 */
#include "eval/zeroshot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/stamp.h"
#include "eval/embed.h"

#define MAX_BYTES ((size_t)16 << 20) /* of a file of classes or templates */

/* ---- lists of lines ---- */

struct lines {
    struct mm_buf text;
    char **v;
    size_t n, cap;
};

static void lines_release(struct lines *l)
{
    mm_buf_release(&l->text);
    free(l->v);
}

static int add_line(struct lines *l, char *line, struct mm_err *err)
{
    if (mm_grow(&l->v, &l->cap, l->n + 1, sizeof *l->v, err) < 0)
        return -1;
    l->v[l->n++] = line;
    return 0;
}

/* The lines of a file that are not empty */
static int read_lines(struct lines *l, const char *path, struct mm_err *err)
{
    if (mm_read_file(path, &l->text, MAX_BYTES, err) < 0)
        return -1;
    mm_buf_addc(&l->text, '\0');
    if (mm_buf_check(&l->text, err) < 0)
        return -1;
    for (char *s = l->text.data; s && *s;) {
        char *end = s + strcspn(s, "\r\n");
        char *next = *end ? end + 1 : end;

        *end = '\0';
        if (*s && add_line(l, s, err) < 0)
            return -1;
        s = next;
    }
    return l->n ? 0 : mm_fail(err, MM_EDATA, "'%s' has no lines", path);
}

static int read_templates(struct lines *l, const char *path,
                          struct mm_err *err)
{
    static char only[] = "{}";

    if (!path)
        return add_line(l, only, err);
    if (read_lines(l, path, err) < 0)
        return -1;
    for (size_t i = 0; i < l->n; i++)
        if (!strstr(l->v[i], "{}"))
            return mm_fail(err, MM_EDATA, "'%s': template %zu has no {} where "
                                          "the name belongs",
                           path, i + 1);
    return 0;
}

/* ---- classes ---- */

struct classes {
    struct lines lines; /* from a file */
    const char **answers, **names;
    size_t n, answers_cap, names_cap;
    struct mm_map numbers; /* of answers, from 1 */
    float *rows;           /* [n,width] */
};

static void classes_release(struct classes *c)
{
    lines_release(&c->lines);
    free(c->answers);
    free(c->names);
    free(c->rows);
    mm_map_release(&c->numbers);
}

/* 1 when the answer is there already */
static int add_class(struct classes *c, const char *answer, const char *name,
                     struct mm_err *err)
{
    int64_t *number = mm_map_at(&c->numbers, answer, strlen(answer), err);

    if (!number)
        return -1;
    if (*number)
        return 1;
    if (mm_grow(&c->answers, &c->answers_cap, c->n + 1, sizeof *c->answers,
                err) < 0 ||
        mm_grow(&c->names, &c->names_cap, c->n + 1, sizeof *c->names,
                err) < 0)
        return -1;
    c->answers[c->n] = answer;
    c->names[c->n++] = name;
    *number = (int64_t)c->n;
    return 0;
}

static int read_classes(struct classes *c, const char *path,
                        struct mm_err *err)
{
    if (read_lines(&c->lines, path, err) < 0)
        return -1;
    for (size_t i = 0; i < c->lines.n; i++) {
        char *answer = c->lines.v[i], *tab = strchr(answer, '\t');
        int result;

        if (tab)
            *tab++ = '\0';
        result = add_class(c, answer, tab ? tab : answer, err);
        if (result > 0)
            return mm_fail(err, MM_EDATA, "'%s' names class '%s' twice", path,
                           answer);
        if (result < 0)
            return -1;
    }
    return 0;
}

static int find_classes(struct classes *c, const struct mm_embedded *m,
                        struct mm_err *err)
{
    for (size_t i = 0; i < m->n; i++) {
        const struct mm_item *it = &m->items[i];

        if (it->n_answers &&
            add_class(c, it->answers[0], it->answers[0], err) < 0)
            return -1;
    }
    return c->n ? 0 : mm_fail(err, MM_EDATA, "the items have no answers");
}

/* The template with the name in place of each {} */
static void fill_in(struct mm_buf *out, const char *template, const char *name)
{
    const char *at;

    mm_buf_clear(out);
    for (; (at = strstr(template, "{}")); template = at + 2)
        mm_buf_addf(out, "%.*s%s", (int)(at - template), template, name);
    mm_buf_adds(out, template);
}

/* rows [n,width] of a class's texts become their mean, of length 1 */
static void average(const float *rows, size_t n, size_t width, float *mean)
{
    double square = 0;

    for (size_t k = 0; k < width; k++) {
        double s = 0;

        for (size_t i = 0; i < n; i++)
            s += (double)rows[i * width + k];
        mean[k] = (float)(s / (double)n);
        square += (double)mean[k] * (double)mean[k];
    }
    for (size_t k = 0; k < width; k++)
        mean[k] = (float)((double)mean[k] / fmax(sqrt(square), 1e-12));
}

/* Texts of one class into rows */
static int embed_class(struct mm_embedder *e, const struct lines *templates,
                       const char *name, struct mm_buf *texts,
                       const char **pointers, float *rows, struct mm_err *err)
{
    for (size_t i = 0; i < templates->n; i++) {
        fill_in(&texts[i], templates->v[i], name);
        if (mm_buf_check(&texts[i], err) < 0)
            return -1;
        pointers[i] = texts[i].data ? texts[i].data : "";
    }
    return mm_embed_texts(e, pointers, templates->n, rows, err);
}

static int embed_classes(struct classes *c, struct mm_embedder *e,
                         const struct lines *templates, struct mm_err *err)
{
    size_t n = templates->n, width = e->width;
    struct mm_buf *texts = mm_alloc(n, sizeof *texts, err);
    const char **pointers = mm_alloc(n, sizeof *pointers, err);
    float *rows = mm_alloc(n * width, sizeof *rows, err);
    int result = -1;

    c->rows = mm_alloc(c->n * width, sizeof *c->rows, err);
    if (texts && pointers && rows && c->rows)
        result = 0;
    for (size_t i = 0; result == 0 && i < c->n; i++) {
        result = embed_class(e, templates, c->names[i], texts, pointers, rows,
                             err);
        average(rows, n, width, c->rows + i * width);
    }
    for (size_t i = 0; texts && i < n; i++)
        mm_buf_release(&texts[i]);
    free(texts);
    free(pointers);
    free(rows);
    return result;
}

/* ---- pictures ---- */

/* Items and hits of each class */
struct tally {
    size_t *items, *hits;
    float *z;                    /* [classes] */
    size_t left;                 /* whose answer is no class */
    const struct mm_item *first; /* of these */
};

static void count_item(struct mm_zeroshot *z, const struct classes *c,
                       struct tally *t, const struct mm_item *it,
                       const float *row, size_t width)
{
    const char *answer = it->n_answers ? it->answers[0] : "";
    int64_t *number = mm_map_get(&c->numbers, answer, strlen(answer));
    size_t own, place;

    if (!number) {
        if (t->left++ == 0)
            t->first = it;
        return;
    }
    own = (size_t)*number - 1;
    mm_embed_compare(c->rows, c->n, row, width, t->z);
    place = mm_embed_rank(t->z, c->n, own);
    z->n++;
    z->top1 += place < 1;
    z->top5 += place < 5;
    t->items[own]++;
    t->hits[own] += place < 1;
}

static void tell_left(const struct tally *t, size_t n)
{
    if (t->left)
        mm_log(MM_LOG_WARN, "%zu of %zu items are left out, their answers are "
                            "no class; the first is '%s', '%s'",
               t->left, n, t->first->id,
               t->first->n_answers ? t->first->answers[0] : "");
}

static int finish(struct mm_zeroshot *z, const struct classes *c,
                  const struct tally *t, struct mm_err *err)
{
    size_t occur = 0, most = 0;

    if (z->n == 0)
        return mm_fail(err, MM_EDATA, "no item has an answer that is a class");
    for (size_t i = 0; i < c->n; i++) {
        most = t->items[i] > most ? t->items[i] : most;
        if (t->items[i] == 0)
            continue;
        occur++;
        z->recall += (double)t->hits[i] / (double)t->items[i];
    }
    z->top1 /= (double)z->n;
    z->top5 /= (double)z->n;
    z->recall /= (double)occur;
    z->chance = 1 / (double)c->n;
    z->majority = (double)most / (double)z->n;
    return 0;
}

static int classify(struct mm_zeroshot *z, const struct classes *c,
                    const struct mm_embedded *m, size_t width,
                    struct mm_err *err)
{
    struct tally t = { .items = mm_alloc(c->n, sizeof(size_t), err),
                       .hits = mm_alloc(c->n, sizeof(size_t), err),
                       .z = mm_alloc(c->n, sizeof(float), err) };
    int result = -1;

    if (t.items && t.hits && t.z) {
        for (size_t i = 0; i < m->n; i++)
            count_item(z, c, &t, &m->items[i], m->rows + i * width, width);
        tell_left(&t, m->n);
        result = finish(z, c, &t, err);
    }
    free(t.items);
    free(t.hits);
    free(t.z);
    return result;
}

static int run_all(struct mm_zeroshot *z, const struct mm_zeroshot_run *run,
                   struct mm_embedder *e, struct classes *c,
                   struct lines *templates, struct mm_err *err)
{
    struct mm_embedded m = { 0 };
    struct mm_source *s;
    int result;

    if (read_templates(templates, run->templates, err) < 0 ||
        (run->classes && read_classes(c, run->classes, err) < 0))
        return -1;
    s = mm_source_open(run->data, err);
    if (!s)
        return -1;
    result = mm_embed_source(e, s, run->limit, &m, err);
    if (result == 0 && !run->classes)
        result = find_classes(c, &m, err);
    if (result == 0)
        result = embed_classes(c, e, templates, err);
    z->of = m.of;
    z->classes = c->n;
    z->templates = templates->n;
    if (result == 0)
        result = classify(z, c, &m, e->width, err);
    mm_embedded_release(&m);
    mm_source_close(s);
    return result;
}

int mm_zeroshot(struct mm_zeroshot *z, const struct mm_zeroshot_run *run,
                struct mm_err *err)
{
    struct classes c = { 0 };
    struct lines templates = { 0 };
    struct mm_embedder e;
    int result;

    *z = (struct mm_zeroshot){ 0 };
    if (mm_embedder_open(&e, run->model, err) < 0)
        return -1;
    result = run_all(z, run, &e, &c, &templates, err);
    classes_release(&c);
    lines_release(&templates);
    mm_embedder_close(&e);
    return result;
}

/* ---- the table ---- */

static void print_json(struct mm_buf *out, const struct mm_zeroshot *z,
                       const struct mm_zeroshot_run *run)
{
    const struct {
        const char *key;
        double value;
    } shares[] = { { "top1", z->top1 },
                   { "top5", z->top5 },
                   { "mean_recall", z->recall },
                   { "chance", z->chance },
                   { "majority", z->majority } };
    const struct {
        const char *key;
        size_t value;
    } counts[] = { { "n", z->n },
                   { "of", z->of },
                   { "classes", z->classes },
                   { "templates", z->templates } };
    struct mm_jw w;

    mm_jw_begin(&w, out);
    mm_jw_open(&w, '{');
    mm_jw_put_str(&w, "task", "zeroshot");
    mm_jw_put_str(&w, "model", run->model);
    mm_jw_put_str(&w, "data", run->data);
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        mm_jw_put_num(&w, shares[i].key, shares[i].value);
    }
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        mm_jw_put_size(&w, counts[i].key, counts[i].value);
    }
    mm_jw_put_bool(&w, "partial", z->n < z->of);
    mm_jw_put_str(&w, "version", mm_version());
    mm_jw_close(&w, '}');
    mm_buf_addc(out, '\n');
}

static void print_row(struct mm_buf *out, int bars, const char *name,
                      double share)
{
    if (bars)
        mm_buf_addf(out, "| %s | %.1f |\n", name, 100 * share);
    else
        mm_buf_addf(out, "%-22s %6.1f\n", name, 100 * share);
}

void mm_zeroshot_print(struct mm_buf *out, const struct mm_zeroshot *z,
                       const struct mm_zeroshot_run *run,
                       enum mm_table_format format)
{
    int bars = format == MM_TABLE_MARKDOWN;

    if (format == MM_TABLE_JSON) {
        print_json(out, z, run);
        return;
    }
    if (bars)
        mm_buf_adds(out, "| | % |\n|---|---:|\n");
    print_row(out, bars, "top 1", z->top1);
    print_row(out, bars, "  by chance", z->chance);
    print_row(out, bars, "  most frequent class", z->majority);
    print_row(out, bars, "top 5", z->top5);
    print_row(out, bars, "mean over classes", z->recall);
    mm_buf_addf(out, "%s%zu pictures of %zu items%s, %zu class%s, %zu "
                     "template%s\n",
                bars ? "\n" : "", z->n, z->of,
                z->n < z->of ? " (partial)" : "", z->classes,
                z->classes == 1 ? "" : "es", z->templates,
                z->templates == 1 ? "" : "s");
}
