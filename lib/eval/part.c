/*
 * part.c - scores of the items of a kind
 */
#include "eval/part.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/map.h"
#include "base/mem.h"
#include "eval/bootstrap.h"
#include "eval/cluster.h"

#define REPLICATES 2000

/* An item in a part. */
struct place {
    size_t part, item;
};

struct places {
    struct place *v;
    size_t n, cap;
    struct mm_map names;
};

/* A member, "a.b" of a member */
static const struct mm_json *find(const struct mm_record *r, const char *by)
{
    const struct mm_json *v = mm_record_get(r, by, NULL);
    const char *dot = strchr(by, '.');
    struct mm_buf first = { 0 };

    if (v || !dot)
        return v;
    mm_buf_add(&first, by, (size_t)(dot - by));
    if (first.data && !first.failed)
        v = mm_json_get(mm_record_get(r, first.data, NULL), dot + 1);
    mm_buf_release(&first);
    return v;
}

/* The value as text: of a string itself, of others their JSON. */
static void name_of(struct mm_buf *out, const struct mm_json *v)
{
    struct mm_jw w;

    mm_buf_clear(out);
    if (v->type == MM_JSON_STRING) {
        mm_buf_adds(out, v->str);
    } else {
        mm_jw_begin(&w, out);
        mm_jw_value(&w, v);
    }
    mm_buf_add(out, "", 0);
}

static int add_part(struct mm_score *s, struct places *p, const char *name,
                    struct mm_err *err)
{
    if (mm_grow(&s->parts, &s->parts_cap, s->n_parts + 1, sizeof *s->parts,
                err) < 0)
        return -1;
    s->parts[s->n_parts] = (struct mm_score_part){ 0 };
    if (!(s->parts[s->n_parts].name = mm_strdup(name, err)))
        return -1;
    *mm_map_get(&p->names, name, strlen(name)) = (int64_t)s->n_parts++;
    return 0;
}

static int add_place(struct mm_score *s, struct places *p, size_t item,
                     const char *name, size_t n, struct mm_err *err)
{
    size_t before = p->names.n;
    int64_t *at = mm_map_at(&p->names, name, n, err);
    char *text;

    if (at && p->names.n > before) {
        text = mm_strndup(name, n, err);
        at = text && add_part(s, p, text, err) == 0
                 ? mm_map_get(&p->names, name, n)
                 : NULL;
        free(text);
    }
    if (!at || mm_grow(&p->v, &p->cap, p->n + 1, sizeof *p->v, err) < 0)
        return -1;
    p->v[p->n++] = (struct place){ (size_t)*at, item };
    return 0;
}

static int add_value(struct mm_score *s, struct places *p, size_t item,
                     const struct mm_json *v, struct mm_err *err)
{
    struct mm_buf name = { 0 };
    int result;

    name_of(&name, v);
    result = mm_buf_check(&name, err);
    if (result == 0)
        result = add_place(s, p, item, name.data, name.len, err);
    mm_buf_release(&name);
    return result;
}

/* POPE's samplings share questions: "random,popular" is of both. */
static int add_samplings(struct mm_score *s, struct places *p, size_t item,
                         const char *names, struct mm_err *err)
{
    for (;;) {
        size_t n = strcspn(names, ",");

        if (add_place(s, p, item, names, n, err) < 0)
            return -1;
        if (names[n] == '\0')
            return 0;
        names += n + 1;
    }
}

static int add_places(struct mm_score *s, struct places *p, size_t item,
                      const struct mm_json *v, struct mm_err *err)
{
    if (v->type == MM_JSON_STRING && strcmp(s->metric, "pope") == 0 &&
        strcmp(s->by, "category") == 0)
        return add_samplings(s, p, item, v->str, err);
    if (v->type != MM_JSON_ARRAY)
        return v->type == MM_JSON_NULL ? 0 : add_value(s, p, item, v, err);
    for (v = v->child; v; v = v->next)
        if (add_value(s, p, item, v, err) < 0)
            return -1;
    return 0;
}

/* Is item i one of the headline, with a score or without? */
static int counts(const struct mm_score *s, size_t i)
{
    return isnan(s->items[i]) || mm_score_has(s, i);
}

/* Is there something wrong that cannot be told of a record? */
static int is_flawed(const struct mm_score *s)
{
    const struct mm_records *r = &s->predictions->records;
    const struct mm_json *flawed = mm_json_get(r->header.root, "flawed");
    size_t unscored = 0, n = 0, known = 0;

    for (size_t i = 0; i < r->n; i++) {
        n += counts(s, i) != 0;
        unscored += isnan(s->items[i]) != 0;
    }
    for (size_t k = 0; k < MM_N_FAULTS; k++)
        if (k == MM_FAULT_NUMBER || k == MM_FAULT_FIELDS ||
            k == MM_FAULT_ANSWERS || k == MM_FAULT_MISSING ||
            k == MM_FAULT_GROUP)
            known += r->faults[k];
        else if (r->faults[k])
            return 1;
    return known > unscored || n < s->expected || r->n < r->lines ||
           mm_json_int(flawed, 0) > 0;
}

/* The interval of a single picture would say that it is sure. */
static void take_interval(struct mm_score_part *out, double scale,
                          size_t clusters, const struct mm_interval *interval)
{
    out->error = out->low = out->high = NAN;
    if (clusters < 2)
        return;
    out->error = scale * interval->error;
    out->low = scale * interval->low;
    out->high = scale * interval->high;
}

static void collect(struct mm_score *s, const struct places *p, size_t part,
                    double *scores, size_t *index)
{
    struct mm_score_part *out = &s->parts[part];

    for (size_t i = 0; i < p->n; i++) {
        size_t item = p->v[i].item;

        if (p->v[i].part != part)
            continue;
        out->expected++;
        if (!mm_score_has(s, item))
            continue;
        index[out->n] = item;
        scores[out->n++] = s->items[item];
    }
}

/* scores and index have room for all items */
static int measure(struct mm_score *s, const struct places *p, size_t part,
                   double *scores, size_t *index, uint64_t seed,
                   struct mm_err *err)
{
    double scale = s->scale > 0 ? s->scale : 100, sum = 0;
    struct mm_score_part *out = &s->parts[part];
    struct mm_interval interval;
    struct mm_clusters clusters;
    double value = 0;
    int result;

    collect(s, p, part, scores, index);
    for (size_t i = 0; i < out->n; i++)
        sum += scores[i];
    out->value = NAN;
    take_interval(out, scale, 0, NULL);
    if (out->n == 0)
        return 0;
    if (mm_clusters_find(&clusters, s->predictions, index, out->n, err) < 0)
        return -1;
    if (s->sums_scale > 0) {
        scale = s->sums_scale;
        result = mm_score_of_sums(&value, &interval, s, index, out->n,
                                  &clusters, seed, err);
    } else {
        value = sum / (double)out->n;
        result = mm_bootstrap(&interval, scores, clusters.of, out->n,
                              clusters.n, REPLICATES, seed, err);
    }
    out->value = scale * value;
    if (result == 0)
        take_interval(out, scale, clusters.n, &interval);
    mm_clusters_release(&clusters);
    return result;
}

static int measure_all(struct mm_score *s, const struct places *p,
                       uint64_t seed, struct mm_err *err)
{
    double *scores = mm_alloc(p->n, sizeof *scores, err);
    size_t *index = mm_alloc(p->n, sizeof *index, err);
    int result = scores && index ? 0 : -1, flawed = is_flawed(s);

    for (size_t k = 0; result == 0 && k < s->n_parts; k++) {
        struct mm_score_part *part = &s->parts[k];

        result = measure(s, p, k, scores, index, seed, err);
        part->partial = flawed || part->n < part->expected;
    }
    free(scores);
    free(index);
    return result;
}

int mm_score_split(struct mm_score *s, const char *by, uint64_t seed,
                   struct mm_err *err)
{
    const struct mm_records *r = &s->predictions->records;
    struct places p = { 0 };
    int result = 0;

    s->by = by;
    for (size_t i = 0; result == 0 && i < r->n; i++) {
        const struct mm_json *v = find(&r->v[i], by);

        if (v && counts(s, i))
            result = add_places(s, &p, i, v, err);
    }
    if (result == 0 && s->n_parts == 0)
        result = mm_fail(err, MM_EDATA, "'%s': no item has '%s' to sort by",
                         s->predictions->path, by);
    if (result == 0)
        result = measure_all(s, &p, seed, err);
    mm_map_release(&p.names);
    free(p.v);
    return result;
}

void mm_parts_release(struct mm_score *s)
{
    for (size_t i = 0; i < s->n_parts; i++)
        free(s->parts[i].name);
    free(s->parts);
    s->parts = NULL;
    s->n_parts = s->parts_cap = 0;
}
