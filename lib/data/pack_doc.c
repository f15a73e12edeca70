/*
 * pack_doc.c - a document that is to be packed, and where it may be cut
 */
#include "data/pack_doc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/doc.h"

void mm_pack_doc_release(struct mm_pack_doc *d)
{
    free(d->tokens);
    free(d->pictures);
    memset(d, 0, sizeof(*d));
}

/* ---- pictures ---- */

/* Member "0.jpg", or what mm1-encode-image made of it, "0.u8.npy". */
static const struct mm_member *find_picture(const struct mm_sample *s,
                                            const char *ref)
{
    const struct mm_member *m = mm_sample_find(s, ref);
    char name[64];

    if (m || strcspn(ref, ".") > 40)
        return m;
    snprintf(name, sizeof(name), "%.*s.u8.npy", (int)strcspn(ref, "."), ref);
    return mm_sample_find(s, name);
}

/* Views of a member: the first size of an array, 1 for an encoded picture. */
static int count_views(const struct mm_member *m, size_t *views,
                       struct mm_err *err)
{
    size_t len = strlen(m->name);
    struct mm_npy a;

    *views = 1;
    if (len < 4 || strcmp(m->name + len - 4, ".npy") != 0)
        return 0;
    if (mm_npy_parse(&a, m->data.data, m->data.len, err) != 0)
        return mm_fail_in(err, "member '%s'", m->name);
    if (a.type != MM_NPY_U1 || a.n_dim != 4 || a.dim[3] != 3 || a.count == 0)
        return mm_fail(err, MM_EDATA, "member '%s' is no |u1 [views,height,"
                                      "width,3]",
                       m->name);
    *views = a.dim[0];
    return 0;
}

static int add_picture(struct mm_pack_doc *d, const struct mm_sample *s,
                       const char *ref, struct mm_err *err)
{
    struct mm_pack_picture *p;
    const char *dot;

    if (mm_grow(&d->pictures, &d->pictures_cap, d->n_pictures + 1, sizeof(*p),
                err) != 0)
        return -1;
    p = &d->pictures[d->n_pictures++];
    p->member = find_picture(s, ref);
    if (!p->member)
        return mm_fail(err, MM_EDATA, "there is no member '%.200s', which its "
                                      "document names",
                       ref);
    dot = strchr(p->member->name, '.');
    p->suffix = dot ? dot + 1 : p->member->name;
    return count_views(p->member, &p->views, err);
}

/* Do the views that the document lists agree with its arrays? */
static int check_views(const struct mm_pack_doc *d, const struct mm_doc *doc,
                       struct mm_err *err)
{
    const struct mm_json *v = mm_json_get(doc->json.root, "views");
    size_t i = 0;

    if (!v)
        return 0;
    if (v->type != MM_JSON_ARRAY || v->n != d->n_pictures)
        return mm_fail(err, MM_EDATA, "its \"views\" are not one for each of "
                                      "%zu pictures",
                       d->n_pictures);
    for (v = v->child; v; v = v->next, i++)
        if (mm_json_int(v, -1) != (int64_t)d->pictures[i].views)
            return mm_fail(err, MM_EDATA, "picture %zu has %zu views, not as "
                                          "many as its document says",
                           i, d->pictures[i].views);
    return 0;
}

static int take_document(struct mm_pack_doc *d, const struct mm_sample *s,
                         struct mm_err *err)
{
    const struct mm_member *m = mm_sample_find(s, "json");
    struct mm_doc doc;
    int result = 0;

    d->n_pictures = 0;
    if (!m)
        return mm_fail(err, MM_EDATA, "there is no member 'json'");
    if (mm_doc_parse(&doc, m->data.data, m->data.len, err) != 0)
        return -1;
    d->is_chat = mm_doc_kind(&doc) == MM_DOC_CHAT;
    for (size_t i = 0; result == 0 && i < doc.n; i++)
        if (doc.parts[i].image)
            result = add_picture(d, s, doc.parts[i].image, err);
    if (result == 0)
        result = check_views(d, &doc, err);
    mm_doc_release(&doc);
    return result;
}

/* ---- tokens ---- */

static int take_tokens(struct mm_pack_doc *d, const struct mm_sample *s,
                       struct mm_err *err)
{
    const struct mm_member *tokens = mm_sample_find(s, "tokens.npy");
    const struct mm_member *loss = mm_sample_find(s, "loss.npy");

    free(d->tokens);
    d->tokens = NULL;
    if (!tokens || !loss)
        return mm_fail(err, MM_EDATA, "there is no member '%s'; run "
                                      "mm1-tokenize encode first",
                       tokens ? "loss.npy" : "tokens.npy");
    if (mm_npy_ints(&d->tokens, &d->n, tokens->data.data, tokens->data.len,
                    err) != 0)
        return mm_fail_in(err, "member 'tokens.npy'");
    if (mm_npy_parse(&d->loss, loss->data.data, loss->data.len, err) != 0)
        return mm_fail_in(err, "member 'loss.npy'");
    if (d->loss.type != MM_NPY_U1 || d->loss.n_dim != 1 ||
        d->loss.count != d->n)
        return mm_fail(err, MM_EDATA, "member 'loss.npy' is no |u1 of as many "
                                      "as its %zu tokens",
                       d->n);
    return 0;
}

/* Ids in range, BOS in front, one image id for each picture. */
static int check_tokens(struct mm_pack_doc *d, const struct mm_pack_config *c,
                        struct mm_err *err)
{
    size_t pictures = 0;

    for (size_t i = 0; i < d->n; i++) {
        int32_t id = d->tokens[i];

        if (id < 0 || (size_t)id >= c->vocab_size)
            return mm_fail(err, MM_EDATA, "token %zu is %d, not in the "
                                          "vocabulary of %zu",
                           i, (int)id, c->vocab_size);
        if (id == c->image && pictures < d->n_pictures)
            d->pictures[pictures].at = i;
        pictures += id == c->image;
    }
    if (d->n < 2 || d->tokens[0] != c->bos)
        return mm_fail(err, MM_EDATA, "its tokens do not begin with BOS");
    if (pictures != d->n_pictures)
        return mm_fail(err, MM_EDATA, "it has %zu image tokens and %zu "
                                      "pictures",
                       pictures, d->n_pictures);
    return 0;
}

int mm_pack_doc_parse(struct mm_pack_doc *d, const struct mm_sample *s,
                      const struct mm_pack_config *c, struct mm_err *err)
{
    d->key = s->key;
    if (take_document(d, s, err) != 0 || take_tokens(d, s, err) != 0 ||
        check_tokens(d, c, err) != 0)
        return mm_fail_in(err, "sample '%.200s'", s->key);
    return 0;
}

/* ---- cutting ---- */

size_t mm_pack_doc_hopeless(const struct mm_pack_doc *d,
                            const struct mm_pack_config *c)
{
    for (size_t i = 0; i < d->n_pictures; i++) {
        size_t views = d->pictures[i].views;

        if (views > c->max_images ||
            views > (c->seq_len - 1) / c->image_tokens)
            return views;
    }
    return 0;
}

/* Extend the piece by what fits. */
static void fill_piece(const struct mm_pack_doc *d,
                       const struct mm_pack_config *c, struct mm_pack_piece *p)
{
    for (; p->end < d->n; p->end++) {
        int is_image = d->tokens[p->end] == c->image;
        size_t views = is_image ? d->pictures[p->last].views : 0;
        size_t length = is_image ? views * c->image_tokens : 1;

        if (p->length + length > c->seq_len || p->views + views > c->max_images)
            break;
        p->length += length;
        p->views += views;
        p->last += (size_t)is_image;
    }
}

/* Pictures at the end of a piece go to the next, where their text is. */
static void give_back_pictures(const struct mm_pack_doc *d,
                               const struct mm_pack_config *c,
                               struct mm_pack_piece *p)
{
    struct mm_pack_piece less = *p;

    while (less.end > p->begin && d->tokens[less.end - 1] == c->image) {
        const struct mm_pack_picture *picture = &d->pictures[less.last - 1];

        less.end--;
        less.last--;
        less.length -= picture->views * c->image_tokens;
        less.views -= picture->views;
    }
    /* but only where something stays that is more than BOS */
    if (less.length > 1)
        *p = less;
}

int mm_pack_doc_next(const struct mm_pack_doc *d,
                     const struct mm_pack_config *c, struct mm_pack_piece *p)
{
    int further = p->end > 0;

    /* an EOS alone is not a piece */
    if (p->end == d->n || (further && p->end + 1 == d->n &&
                           d->tokens[p->end] == c->eos))
        return 0;
    p->begin = p->end;
    p->first = p->last;
    p->length = (size_t)further; /* its BOS */
    p->views = 0;
    fill_piece(d, c, p);
    if (p->end < d->n)
        give_back_pictures(d, c, p);
    return 1;
}
