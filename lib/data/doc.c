/*
 * doc.c - an interleaved document
 */
#include "data/doc.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void mm_doc_release(struct mm_doc *d)
{
    free(d->parts);
    mm_json_release(&d->json);
    memset(d, 0, sizeof(*d));
}

size_t mm_doc_images(const struct mm_doc *d)
{
    size_t n = 0;

    for (size_t i = 0; i < d->n; i++)
        n += d->parts[i].image != NULL;
    return n;
}

enum mm_doc_kind mm_doc_kind(const struct mm_doc *d)
{
    size_t images = mm_doc_images(d);

    for (size_t i = 0; i < d->n; i++)
        if (d->parts[i].role)
            return MM_DOC_CHAT;
    if (images == 0)
        return MM_DOC_TEXT;
    return images == 1 && d->n == 2 ? MM_DOC_PAIR : MM_DOC_INTERLEAVED;
}

/* ---- parsing ---- */

static int bad(struct mm_err *err, size_t at, const char *what)
{
    return mm_fail(err, MM_EDATA, "document: %s at position %zu", what, at);
}

static int role_known(const struct mm_json *v)
{
    return v->type == MM_JSON_STRING &&
           (strcmp(v->str, "user") == 0 || strcmp(v->str, "assistant") == 0 ||
            strcmp(v->str, "system") == 0);
}

/* One position of the lists; role is NULL where there is no such list. */
static int take_part(struct mm_doc_part *p, size_t at,
                     const struct mm_json *text, const struct mm_json *image,
                     const struct mm_json *role, struct mm_err *err)
{
    int has_text = text->type == MM_JSON_STRING;
    int has_image = image->type == MM_JSON_STRING;

    if (!has_text && text->type != MM_JSON_NULL)
        return bad(err, at, "a text is neither a string nor null");
    if (!has_image && image->type != MM_JSON_NULL)
        return bad(err, at, "an image is neither a string nor null");
    if (has_text == has_image)
        return bad(err, at, "not exactly one of text and image");
    if (role && !role_known(role))
        return bad(err, at, "a role is not user, assistant or system");
    memset(p, 0, sizeof(*p));
    p->text = has_text ? text->str : NULL;
    p->text_len = has_text ? text->len : 0;
    p->image = has_image ? image->str : NULL;
    p->role = role ? role->str : NULL;
    return 0;
}

/* The list of that name; *out NULL where it may be and is missing. */
static int find_list(const struct mm_json *root, const char *name, int needed,
                     const struct mm_json **out, struct mm_err *err)
{
    const struct mm_json *v = mm_json_get(root, name);

    if (!v && !needed) {
        *out = NULL;
        return 0;
    }
    if (!v || v->type != MM_JSON_ARRAY)
        return mm_fail(err, MM_EDATA, "document: no list \"%s\"", name);
    *out = v;
    return 0;
}

static int take_parts(struct mm_doc *d, struct mm_err *err)
{
    const struct mm_json *texts = NULL, *images = NULL, *roles = NULL;
    const struct mm_json *t, *i, *r;

    if (find_list(d->json.root, "texts", 1, &texts, err) != 0 ||
        find_list(d->json.root, "images", 1, &images, err) != 0 ||
        find_list(d->json.root, "roles", 0, &roles, err) != 0)
        return -1;
    if (texts->n != images->n || (roles && roles->n != texts->n))
        return mm_fail(err, MM_EDATA, "document: its lists \"texts\", "
                                      "\"images\" (and \"roles\") differ in "
                                      "length");
    if (mm_grow(&d->parts, &d->cap, texts->n, sizeof(*d->parts), err) != 0)
        return -1;
    t = texts->child;
    i = images->child;
    r = roles ? roles->child : NULL;
    for (d->n = 0; d->n < texts->n; d->n++) {
        if (take_part(&d->parts[d->n], d->n, t, i, r, err) != 0)
            return -1;
        t = t->next;
        i = i->next;
        r = r ? r->next : NULL;
    }
    return 0;
}

int mm_doc_parse(struct mm_doc *d, const char *text, size_t n,
                 struct mm_err *err)
{
    memset(d, 0, sizeof(*d));
    if (mm_json_parse(&d->json, text, n, err) != 0)
        return mm_fail_in(err, "document");
    if (take_parts(d, err) != 0) {
        mm_doc_release(d);
        return -1;
    }
    return 0;
}

int mm_doc_from_sample(struct mm_doc *d, const struct mm_sample *s,
                       struct mm_err *err)
{
    const struct mm_member *m = mm_sample_find(s, "json");

    memset(d, 0, sizeof(*d));
    if (!m)
        return mm_fail(err, MM_EDATA, "sample '%s' has no member 'json'",
                       s->key);
    if (mm_doc_parse(d, m->data.data, m->data.len, err) != 0)
        return mm_fail_in(err, "sample '%s'", s->key);
    for (size_t i = 0; i < d->n; i++) {
        const char *image = d->parts[i].image;

        if (image && !mm_sample_find(s, image)) {
            mm_fail(err, MM_EDATA, "sample '%s' has no member '%.200s', "
                                   "which its document names",
                    s->key, image);
            mm_doc_release(d);
            return -1;
        }
    }
    return 0;
}

/* ---- printing ---- */

static int is_list(const struct mm_json *v)
{
    return strcmp(v->key, "texts") == 0 || strcmp(v->key, "images") == 0 ||
           strcmp(v->key, "roles") == 0;
}

static void print_others(const struct mm_doc *d, struct mm_jw *w)
{
    const struct mm_json *v = d->json.root ? d->json.root->child : NULL;

    for (; v; v = v->next) {
        if (is_list(v))
            continue;
        mm_jw_key(w, v->key);
        mm_jw_value(w, v);
    }
}

int mm_doc_print(const struct mm_doc *d, struct mm_buf *out,
                 struct mm_err *err)
{
    struct mm_jw w;

    mm_jw_begin(&w, out);
    mm_jw_open(&w, '{');
    mm_jw_key(&w, "texts");
    mm_jw_open(&w, '[');
    for (size_t i = 0; i < d->n; i++) {
        if (d->parts[i].text)
            mm_jw_strn(&w, d->parts[i].text, d->parts[i].text_len);
        else
            mm_jw_null(&w);
    }
    mm_jw_close(&w, ']');
    mm_jw_key(&w, "images");
    mm_jw_open(&w, '[');
    for (size_t i = 0; i < d->n; i++)
        mm_jw_str(&w, d->parts[i].image);
    mm_jw_close(&w, ']');
    if (mm_doc_kind(d) == MM_DOC_CHAT) {
        mm_jw_key(&w, "roles");
        mm_jw_open(&w, '[');
        for (size_t i = 0; i < d->n; i++)
            mm_jw_str(&w, d->parts[i].role);
        mm_jw_close(&w, ']');
    }
    print_others(d, &w);
    mm_jw_close(&w, '}');
    return mm_buf_check(out, err);
}
