/*
 * import_doc.c - the "json" member of a document being imported
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "data/import_reader.h"

static struct mm_import_part *part_add(struct mm_import_doc *d)
{
    struct mm_err err;

    if (mm_grow(&d->parts, &d->cap, d->n + 1, sizeof *d->parts, &err) < 0) {
        d->failed = 1;
        return NULL;
    }
    return &d->parts[d->n++];
}

void mm_import_doc_text(struct mm_import_doc *d, const char *text, size_t n,
                        const char *role)
{
    struct mm_import_part *p = part_add(d);

    if (!p)
        return;
    *p = (struct mm_import_part){ d->bytes.len, n, -1, role };
    mm_buf_add(&d->bytes, text, n);
}

void mm_import_doc_image(struct mm_import_doc *d, size_t i, const char *role)
{
    struct mm_import_part *p = part_add(d);

    if (p)
        *p = (struct mm_import_part){ 0, 0, (int)i, role };
}

void mm_import_doc_release(struct mm_import_doc *d)
{
    mm_buf_release(&d->bytes);
    free(d->parts);
    memset(d, 0, sizeof *d);
}

/* ---- writing ---- */

static void write_texts(struct mm_jw *w, const struct mm_import_doc *d)
{
    mm_jw_key(w, "texts");
    mm_jw_open(w, '[');
    for (size_t i = 0; i < d->n; i++) {
        const struct mm_import_part *p = &d->parts[i];

        if (p->image < 0)
            mm_jw_strn(w, p->len ? d->bytes.data + p->begin : "", p->len);
        else
            mm_jw_null(w);
    }
    mm_jw_close(w, ']');
}

static void write_images(struct mm_jw *w, const struct mm_import_doc *d,
                         const struct mm_sample *s)
{
    mm_jw_key(w, "images");
    mm_jw_open(w, '[');
    for (size_t i = 0; i < d->n; i++) {
        int image = d->parts[i].image;

        if (image < 0)
            mm_jw_null(w);
        else
            mm_jw_str(w, s->members[image].name);
    }
    mm_jw_close(w, ']');
}

static void write_roles(struct mm_jw *w, const struct mm_import_doc *d)
{
    if (d->n == 0 || !d->parts[0].role)
        return;
    mm_jw_key(w, "roles");
    mm_jw_open(w, '[');
    for (size_t i = 0; i < d->n; i++)
        mm_jw_str(w, d->parts[i].role);
    mm_jw_close(w, ']');
}

int mm_import_doc_end(struct mm_import_doc *d, struct mm_import_item *it,
                      const char *members, struct mm_err *err)
{
    struct mm_member *m = mm_sample_add(&it->sample, "json", err);
    struct mm_jw w;

    if (!m)
        return -1;
    if (d->failed)
        return mm_fail(err, MM_ESYS, "out of memory");
    mm_jw_begin(&w, &m->data);
    mm_jw_open(&w, '{');
    write_texts(&w, d);
    write_images(&w, d, &it->sample);
    write_roles(&w, d);
    if (members && *members) {
        mm_buf_addc(&m->data, ',');
        mm_buf_adds(&m->data, members);
    }
    mm_buf_addc(&m->data, '}');
    it->made = 1;
    return mm_buf_check(&d->bytes, err) < 0 ? -1 : mm_buf_check(&m->data, err);
}

void mm_import_member(struct mm_buf *members, const char *key,
                      const char *value, size_t n)
{
    struct mm_jw w;

    if (members->len)
        mm_buf_addc(members, ',');
    mm_jw_begin(&w, members);
    mm_jw_key(&w, key);
    mm_jw_strn(&w, value, n);
}

/* ---- a picture and a text ---- */

/* The text in its template. */
static void fill_template(struct mm_buf *out, const char *template,
                          const char *text, size_t n)
{
    const char *at = template ? strstr(template, "%s") : NULL;

    if (at)
        mm_buf_add(out, template, (size_t)(at - template));
    mm_buf_add(out, text, n);
    if (at)
        mm_buf_adds(out, at + 2);
}

/* "answers" is where the scorers look for what is right. */
static void answer_member(struct mm_buf *members, const char *text, size_t n)
{
    struct mm_jw w;

    if (members->len)
        mm_buf_addc(members, ',');
    mm_jw_begin(&w, members);
    mm_jw_key(&w, "answers");
    mm_jw_open(&w, '[');
    mm_jw_strn(&w, text, n);
    mm_jw_close(&w, ']');
}

int mm_import_pair(const struct mm_import *im, struct mm_import_item *it,
                   const char *text, size_t n, const char *members,
                   struct mm_err *err)
{
    struct mm_import_doc d = { 0 };
    struct mm_buf filled = { 0 }, more = { 0 };
    const char *question = im->o->question;
    int vqa = im->o->as == MM_IMPORT_VQA, result;

    fill_template(&filled, im->o->template, text, n);
    if (members)
        mm_buf_adds(&more, members);
    mm_import_doc_image(&d, it->pictures - 1, vqa ? "user" : NULL);
    if (vqa) {
        mm_import_doc_text(&d, question, strlen(question), "user");
        mm_import_member(&more, "question", question, strlen(question));
        answer_member(&more, filled.data, filled.len);
    }
    if (filled.len)
        mm_import_doc_text(&d, filled.data, filled.len,
                           vqa ? "assistant" : NULL);
    result = mm_buf_check(&filled, err) < 0 ? -1 : mm_buf_check(&more, err);
    if (result == 0)
        result = mm_import_doc_end(&d, it, more.data, err);
    mm_import_doc_release(&d);
    mm_buf_release(&filled);
    mm_buf_release(&more);
    return result;
}

/* ---- text ---- */

static int is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

void mm_import_squeeze(struct mm_buf *out, const char *p, size_t n)
{
    size_t i = 0;
    int begun = 0;

    while (i < n) {
        size_t from;

        while (i < n && is_space(p[i]))
            i++;
        for (from = i; i < n && !is_space(p[i]);)
            i++;
        if (i > from && begun)
            mm_buf_addc(out, ' ');
        mm_buf_add(out, p + from, i - from);
        begun |= i > from;
    }
}

int mm_import_is_text(const char *p, size_t n, struct mm_err *err)
{
    size_t good = mm_utf8_check(p, n);
    const char *nul = n ? memchr(p, 0, n) : NULL;

    if (nul)
        return mm_fail(err, MM_EDATA, "a NUL at byte %zu: this is not text",
                       (size_t)(nul - p));
    if (good < n)
        return mm_fail(err, MM_EDATA, "no UTF-8 at byte %zu; convert it with "
                                      "iconv",
                       good);
    return 0;
}
