/*
 * encode_image.c - a sample with pictures to a sample with pixels
 *
 * The new sample is made beside the old one, member by member in the old
 * order, pixels last; what does not change is moved, not copied.
 */
#include "data/encode_image.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/npy.h"

#define NAME_BYTES 32 /* of "123.u8.npy" */

/* The document of a sample, with what became of each of its pictures */
struct page {
    struct mm_doc doc;
    size_t n;      /* pictures */
    char *usable;  /* [n] */
    size_t *views; /* [n] of those that are usable, in order */
    char *names;   /* [n,NAME_BYTES] of the new members */
};

void mm_encode_image_release(struct mm_encode_image_item *it)
{
    mm_sample_release(&it->sample);
    mm_sample_release(&it->spare);
    mm_image_release(&it->fitted);
    mm_fitter_release(&it->fitter);
    mm_buf_release(&it->report);
    memset(it, 0, sizeof *it);
}

static int page_init(struct page *p, const struct mm_sample *s,
                     struct mm_err *err)
{
    memset(p, 0, sizeof *p);
    if (mm_doc_from_sample(&p->doc, s, err) != 0)
        return -1;
    p->n = mm_doc_images(&p->doc);
    p->usable = mm_alloc(p->n, 1, err);
    p->names = mm_alloc(p->n, NAME_BYTES, err);
    p->views = mm_alloc(p->n, sizeof *p->views, err);
    return p->usable == NULL || p->names == NULL || p->views == NULL ? -1 : 0;
}

static void page_release(struct page *p)
{
    mm_doc_release(&p->doc);
    free(p->usable);
    free(p->names);
    free(p->views);
}

/* Is the sample of no use without all of its pictures? */
static int is_bound(const struct page *p)
{
    enum mm_doc_kind kind = mm_doc_kind(&p->doc);

    return kind == MM_DOC_PAIR || kind == MM_DOC_CHAT ||
           mm_json_get(p->doc.json.root, "answers") != NULL;
}

/* ---- pixels ---- */

static int add_pixels(struct mm_sample *s, const char *name,
                      const struct mm_image *im, struct mm_err *err)
{
    const size_t shape[4] = { im->height / im->width, im->width, im->width,
                              3 };
    struct mm_member *m = mm_sample_add(s, name, err);

    if (m == NULL)
        return -1;
    mm_npy_write(&m->data, MM_NPY_U1, 4, shape, im->rgb);
    return mm_buf_check(&m->data, err);
}

static void report(struct mm_encode_image_item *it, const char *name,
                   const struct mm_err *why)
{
    if (it->report.len > 0)
        mm_buf_addc(&it->report, 0);
    mm_buf_addf(&it->report, "sample '%s': '%s': %s", it->sample.key, name,
                why->msg);
    it->unusable++;
}

/* Picture k, found under ref, into the new sample: 1, 0 unusable, -1 */
static int encode_picture(const struct mm_encode_image *e,
                          struct mm_encode_image_item *it, const char *ref,
                          const char *name, struct mm_err *err)
{
    const struct mm_member *m = mm_sample_find(&it->sample, ref);
    struct mm_err why;

    assert(m != NULL); /* mm_doc_from_sample() saw it */
    if (mm_fitter_decode(&it->fitter, &it->fitted, m->data.data, m->data.len,
                         &e->pre, &why) != 0) {
        if (why.code != MM_EDATA) {
            *err = why;
            return -1;
        }
        report(it, ref, &why);
        return 0;
    }
    return add_pixels(&it->spare, name, &it->fitted, err) != 0 ? -1 : 1;
}

/* All pictures; stops at the first that makes the sample worthless. */
static int encode_pictures(const struct mm_encode_image *e,
                           struct mm_encode_image_item *it, struct page *p,
                           struct mm_err *err)
{
    size_t k = 0, kept = 0;

    for (size_t i = 0; i < p->doc.n; i++) {
        char *name = p->names + k * NAME_BYTES;
        int got;

        if (p->doc.parts[i].image == NULL)
            continue;
        snprintf(name, NAME_BYTES, "%zu.u8.npy", kept);
        got = encode_picture(e, it, p->doc.parts[i].image, name, err);
        if (got < 0)
            return -1;
        if (!got && is_bound(p)) {
            it->dropped = 1;
            return 0;
        }
        p->usable[k++] = (char)got;
        if (got)
            p->views[kept] = it->fitted.height / it->fitted.width;
        kept += (size_t)got;
    }
    return 0;
}

/* ---- tokens ---- */

static int missing_tokens(const struct mm_sample *s, struct mm_err *err)
{
    return mm_fail(err, MM_EDATA, "sample '%s' has no tokens.npy or loss.npy",
                   s->key);
}

/* Take the image ids of unusable pictures out of tokens and mask. */
static size_t filter_tokens(int32_t *tokens, uint8_t *loss, size_t n,
                            int32_t image, const char *usable)
{
    size_t kept = 0, k = 0;

    for (size_t i = 0; i < n; i++) {
        if (tokens[i] == image && !usable[k++])
            continue;
        tokens[kept] = tokens[i];
        loss[kept++] = loss[i];
    }
    return kept;
}

static size_t count_token(const int32_t *tokens, size_t n, int32_t wanted)
{
    size_t count = 0;

    for (size_t i = 0; i < n; i++)
        count += tokens[i] == wanted;
    return count;
}

static void write_tokens(struct mm_member *tokens, struct mm_member *loss,
                         const int32_t *ids, const uint8_t *mask, size_t n)
{
    mm_buf_clear(&tokens->data);
    mm_buf_clear(&loss->data);
    mm_npy_write(&tokens->data, MM_NPY_I4, 1, &n, ids);
    mm_npy_write(&loss->data, MM_NPY_U1, 1, &n, mask);
}

/* ids[n] and mask[n] of the members checked against the page, then rewritten */
static int edit_tokens(struct mm_member *tokens, struct mm_member *loss,
                       int32_t image, const struct page *p, struct mm_err *err)
{
    int32_t *ids = NULL;
    struct mm_npy mask;
    uint8_t *copy = NULL;
    size_t n = 0, images;
    int result = -1;

    if (mm_npy_ints(&ids, &n, tokens->data.data, tokens->data.len, err) != 0 ||
        mm_npy_parse(&mask, loss->data.data, loss->data.len, err) != 0)
        goto out;
    images = count_token(ids, n, image);
    if (mask.type != MM_NPY_U1 || mask.n_dim != 1 || mask.count != n) {
        mm_fail(err, MM_EDATA, "loss.npy is no |u1 [%zu] as tokens.npy is", n);
    } else if (images != p->n) {
        mm_fail(err, MM_EDATA, "%zu image tokens for %zu pictures", images,
                p->n);
    } else if (memchr(p->usable, 0, p->n) == NULL) {
        result = 0; /* all stay as they are */
    } else if ((copy = mm_alloc(n, 1, err)) != NULL) {
        memcpy(copy, mask.data, n);
        n = filter_tokens(ids, copy, n, image, p->usable);
        write_tokens(tokens, loss, ids, copy, n);
        result = mm_buf_check(&tokens->data, err);
    }
out:
    free(ids);
    free(copy);
    return result;
}

static int set_tokens(const struct mm_encode_image *e, struct mm_sample *s,
                      const struct page *p, struct mm_err *err)
{
    struct mm_member *tokens = mm_sample_find(s, "tokens.npy");
    struct mm_member *loss = mm_sample_find(s, "loss.npy");

    if (e->image_token < 0)
        return 0;
    if (tokens == NULL || loss == NULL)
        return missing_tokens(s, err);
    if (edit_tokens(tokens, loss, e->image_token, p, err) != 0)
        return mm_fail_in(err, "sample '%s'", s->key);
    return 0;
}

/* ---- the document ---- */

/* Unusable pictures go, the others get their new names. */
static size_t set_parts(struct page *p)
{
    struct mm_doc_part *parts = p->doc.parts;
    size_t kept = 0, k = 0, pictures = 0;

    for (size_t i = 0; i < p->doc.n; i++) {
        struct mm_doc_part part = parts[i];

        if (part.image != NULL) {
            part.image = p->names + k * NAME_BYTES;
            if (!p->usable[k++])
                continue;
            pictures++;
        }
        parts[kept++] = part;
    }
    p->doc.n = kept;
    return pictures;
}

/* The document as JSON, with the number of views of each picture */
static int print_page(struct page *p, size_t pictures, struct mm_buf *out,
                      struct mm_err *err)
{
    mm_buf_clear(out);
    if (mm_doc_print(&p->doc, out, err) != 0)
        return -1;
    assert(out->len > 2); /* it has its lists */
    out->len--;           /* the closing brace comes after */
    mm_buf_adds(out, ",\"views\":[");
    for (size_t i = 0; i < pictures; i++)
        mm_buf_addf(out, "%s%zu", i ? "," : "", p->views[i]);
    mm_buf_adds(out, "]}");
    return mm_buf_check(out, err);
}

/* ---- the sample ---- */

static int is_picture(const struct page *p, const char *name)
{
    for (size_t i = 0; i < p->doc.n; i++)
        if (p->doc.parts[i].image != NULL &&
            strcmp(p->doc.parts[i].image, name) == 0)
            return 1;
    return 0;
}

/* Members that are not pictures move to the new sample. */
static int move_members(struct mm_sample *to, struct mm_sample *from,
                        const struct page *p, struct mm_err *err)
{
    mm_sample_clear(to);
    if (mm_sample_set_key(to, from->key, err) != 0)
        return -1;
    for (size_t i = 0; i < from->n; i++) {
        struct mm_member *m;
        struct mm_buf data;

        if (is_picture(p, from->members[i].name))
            continue;
        m = mm_sample_add(to, from->members[i].name, err);
        if (m == NULL)
            return -1;
        data = m->data;
        m->data = from->members[i].data;
        from->members[i].data = data;
    }
    return 0;
}

static int encode_page(const struct mm_encode_image *e,
                       struct mm_encode_image_item *it, struct page *p,
                       struct mm_err *err)
{
    struct mm_member *json;
    size_t pictures;

    if (move_members(&it->spare, &it->sample, p, err) != 0 ||
        encode_pictures(e, it, p, err) != 0)
        return -1;
    if (it->dropped)
        return 0;
    if (set_tokens(e, &it->spare, p, err) != 0)
        return -1;
    pictures = set_parts(p);
    it->dropped = p->doc.n == 0;
    json = mm_sample_find(&it->spare, "json");
    if (print_page(p, pictures, &json->data, err) != 0)
        return -1;
    mm_sample_swap(&it->sample, &it->spare);
    return 0;
}

int mm_encode_image_sample(const struct mm_encode_image *e,
                           struct mm_encode_image_item *it,
                           struct mm_err *err)
{
    struct page p;
    int result;

    it->unusable = 0;
    it->dropped = 0;
    mm_buf_clear(&it->report);
    result = page_init(&p, &it->sample, err);
    if (result == 0) {
        it->kind = mm_doc_kind(&p.doc);
        it->pictures = p.n;
        if (p.n > 0)
            result = encode_page(e, it, &p, err);
    }
    page_release(&p);
    return result != 0 ? -1 : mm_buf_check(&it->report, err);
}

/* ---- counts ---- */

void mm_encode_image_count(struct mm_encode_image_counts *c,
                           const struct mm_encode_image_item *it)
{
    c->samples[it->kind]++;
    c->dropped[it->kind] += it->dropped != 0;
    c->unusable[it->kind] += it->unusable;
    c->pictures += it->pictures;
}

static void print_kinds(const char *key, const size_t n[MM_DOC_KINDS],
                        struct mm_jw *w)
{
    static const char *const kinds[MM_DOC_KINDS] = {
        [MM_DOC_TEXT] = "text",
        [MM_DOC_PAIR] = "pair",
        [MM_DOC_INTERLEAVED] = "interleaved",
        [MM_DOC_CHAT] = "chat"
    };

    mm_jw_key(w, key);
    mm_jw_open(w, '{');
    for (size_t i = 0; i < MM_DOC_KINDS; i++) {
        mm_jw_put_size(w, kinds[i], n[i]);
    }
    mm_jw_close(w, '}');
}

void mm_encode_image_print(const struct mm_encode_image_counts *c,
                           struct mm_jw *w)
{
    mm_jw_open(w, '{');
    print_kinds("read", c->samples, w);
    print_kinds("dropped", c->dropped, w);
    mm_jw_put_size(w, "pictures", c->pictures);
    print_kinds("unusable", c->unusable, w);
    mm_jw_close(w, '}');
}
