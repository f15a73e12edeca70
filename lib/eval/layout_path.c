/*
 * layout_path.c - values that a path leads to
 */
#include "eval/layout_path.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define FOUND_MAX 4096 /* values of a path */

static void add_found(struct mm_found *f, const struct mm_json *v)
{
    struct mm_err ignored;

    if (f->n == FOUND_MAX)
        return;
    if (mm_grow(&f->v, &f->cap, f->n + 1, sizeof *f->v, &ignored) < 0)
        f->failed = 1;
    else
        f->v[f->n++] = v;
}

/* Of equal names the last, as in Python. */
static const struct mm_json *member(const struct mm_json *v, const char *name,
                                    size_t n)
{
    const struct mm_json *found = NULL;

    if (v->type != MM_JSON_OBJECT)
        return NULL;
    for (const struct mm_json *m = v->child; m; m = m->next)
        if (m->key_len == n && memcmp(m->key, name, n) == 0)
            found = m;
    return found;
}

/* One step of a path from each of the values; lists are walked through. */
static void step(struct mm_found *f, const char *name, size_t n)
{
    struct mm_found next = { 0 };

    for (size_t i = 0; i < f->n; i++) {
        const struct mm_json *v = f->v[i], *m;

        if (v->type == MM_JSON_ARRAY) {
            for (v = v->child; v; v = v->next)
                if ((m = member(v, name, n)))
                    add_found(&next, m);
        } else if ((m = member(v, name, n))) {
            add_found(&next, m);
        }
    }
    next.failed |= f->failed;
    free(f->v);
    *f = next;
}

static void follow(struct mm_found *f, const struct mm_json *root,
                   const char *path, size_t n)
{
    add_found(f, root);
    while (n && f->n) {
        const char *dot = memchr(path, '.', n);
        size_t k = dot ? (size_t)(dot - path) : n;

        step(f, path, k);
        n -= k + (dot != NULL);
        path += k + (dot != NULL);
    }
}

void mm_found_find(struct mm_found *f, const struct mm_raw *r, const char *path,
                   size_t n)
{
    *f = (struct mm_found){ 0 };
    if (n > 2 && path[1] == ':' && *path >= '0' && *path < '0' + MM_RAW_ROOTS) {
        if ((size_t)(*path - '0') < r->n)
            follow(f, r->root[*path - '0'], path + 2, n - 2);
        return;
    }
    for (size_t i = 0; i < r->n && f->n == 0; i++)
        follow(f, r->root[i], path, n);
}

void mm_found_flatten(struct mm_found *f)
{
    struct mm_found flat = { 0 };

    for (size_t i = 0; i < f->n; i++) {
        const struct mm_json *v = f->v[i];

        if (v->type != MM_JSON_ARRAY) {
            add_found(&flat, v);
            continue;
        }
        for (v = v->child; v; v = v->next) {
            const struct mm_json *a = mm_json_get(v, "answer");

            add_found(&flat, a ? a : v);
        }
    }
    flat.failed |= f->failed;
    free(f->v);
    *f = flat;
}

int mm_found_scalar(const struct mm_json *v)
{
    return v->type != MM_JSON_ARRAY && v->type != MM_JSON_OBJECT &&
           v->type != MM_JSON_NULL;
}

void mm_found_text(struct mm_buf *out, const struct mm_json *v)
{
    struct mm_jw w;

    if (v->type == MM_JSON_STRING) {
        mm_buf_add(out, v->str, v->len);
    } else if (mm_found_scalar(v)) {
        mm_jw_begin(&w, out);
        mm_jw_value(&w, v);
    }
}

void mm_raw_text(const struct mm_raw *r, const char *path, size_t n,
                 struct mm_buf *out)
{
    struct mm_found f;

    mm_buf_clear(out);
    mm_buf_add(out, "", 0);
    if (n == 1 && *path == '@') {
        mm_buf_adds(out, r->name);
        return;
    }
    if (n == 1 && *path == '#') {
        mm_buf_addf(out, "%zu", r->number);
        return;
    }
    mm_found_find(&f, r, path, n);
    mm_found_flatten(&f);
    for (size_t i = 0; i < f.n && out->len == 0; i++)
        mm_found_text(out, f.v[i]);
    free(f.v);
}

size_t mm_layout_word(const char **s)
{
    *s += strspn(*s, " \n");
    return strcspn(*s, " \n");
}
