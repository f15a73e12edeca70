/*
 * pack_seq.c - a sequence while it is filled
 */
#include "data/pack_seq.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/npy.h"

#define SEGMENTS_MAX 65535 /* segment.npy is <u2 */

struct mm_pack_seq *mm_pack_seq_create(const struct mm_pack_config *c,
                                       struct mm_err *err)
{
    struct mm_pack_seq *q = mm_alloc(1, sizeof(*q), err);

    if (!q)
        return NULL;
    q->tokens = mm_alloc(c->seq_len, sizeof(*q->tokens), err);
    q->loss = mm_alloc(c->seq_len, sizeof(*q->loss), err);
    q->segment = mm_alloc(c->seq_len, sizeof(*q->segment), err);
    if (!q->tokens || !q->loss || !q->segment) {
        mm_pack_seq_free(q);
        return NULL;
    }
    mm_pack_seq_clear(q, c);
    return q;
}

void mm_pack_seq_free(struct mm_pack_seq *q)
{
    if (!q)
        return;
    free(q->tokens);
    free(q->loss);
    free(q->segment);
    mm_sample_release(&q->pictures);
    mm_buf_release(&q->json);
    free(q);
}

void mm_pack_seq_clear(struct mm_pack_seq *q, const struct mm_pack_config *c)
{
    for (size_t i = 0; i < c->seq_len; i++)
        q->tokens[i] = c->pad;
    memset(q->loss, 0, c->seq_len);
    memset(q->segment, 0, c->seq_len * sizeof(*q->segment));
    q->used = q->views = q->n_segments = 0;
    q->targets = 0;
    mm_sample_clear(&q->pictures);
    mm_buf_clear(&q->json);
    mm_jw_begin(&q->w, &q->json);
    mm_jw_open(&q->w, '{');
    mm_jw_key(&q->w, "segments");
    mm_jw_open(&q->w, '[');
}

int mm_pack_seq_has_room(const struct mm_pack_seq *q,
                         const struct mm_pack_config *c,
                         const struct mm_pack_piece *p)
{
    return q->used + p->length <= c->seq_len &&
           q->views + p->views <= c->max_images &&
           q->n_segments < SEGMENTS_MAX &&
           q->pictures.n + (p->last - p->first) + 4 <= MM_SAMPLE_MEMBERS_MAX;
}

static void push(struct mm_pack_seq *q, int32_t id, int loss, size_t n)
{
    for (size_t i = 0; i < n; i++, q->used++) {
        q->tokens[q->used] = id;
        q->loss[q->used] = (uint8_t)loss;
        q->segment[q->used] = (uint16_t)q->n_segments;
        q->targets += (uint64_t)loss;
    }
}

static int add_picture(struct mm_pack_seq *q,
                       const struct mm_pack_picture *picture,
                       struct mm_err *err)
{
    const struct mm_buf *data = &picture->member->data;
    struct mm_buf name = { 0 };
    int result = -1;

    mm_buf_addf(&name, "%zu.%s", q->pictures.n, picture->suffix);
    if (mm_buf_check(&name, err) == 0)
        result = mm_sample_add_bytes(&q->pictures, name.data, data->data,
                                     data->len, err);
    mm_buf_release(&name);
    return result;
}

static void add_provenance(struct mm_pack_seq *q, const char *source,
                           const char *key, const struct mm_pack_piece *p)
{
    struct mm_jw *w = &q->w;

    mm_jw_open(w, '{');
    mm_jw_put_str(w, "source", source);
    mm_jw_put_str(w, "key", key);
    mm_jw_put_size(w, "begin", q->used);
    mm_jw_put_size(w, "length", p->length);
    mm_jw_put_size(w, "images", p->last - p->first);
    if (p->begin) {
        mm_jw_put_size(w, "from", p->begin);
    }
    mm_jw_close(w, '}');
}

int mm_pack_seq_add(struct mm_pack_seq *q, const struct mm_pack_config *c,
                    const struct mm_pack_doc *d, const struct mm_pack_piece *p,
                    const char *source, struct mm_err *err)
{
    const uint8_t *loss = d->loss.data;
    size_t picture = p->first;

    assert(mm_pack_seq_has_room(q, c, p));
    add_provenance(q, source, d->key, p);
    q->n_segments++;
    if (p->begin > 0)
        push(q, c->bos, 0, 1);
    for (size_t i = p->begin; i < p->end; i++) {
        if (d->tokens[i] != c->image) {
            push(q, d->tokens[i], i > 0 && loss[i] != 0, 1);
            continue;
        }
        push(q, c->image, 0, d->pictures[picture].views * c->image_tokens);
        if (add_picture(q, &d->pictures[picture], err) != 0)
            return -1;
        picture++;
    }
    q->views += p->views;
    return mm_buf_check(&q->json, err);
}

static int add_array(struct mm_sample *out, const char *name,
                     enum mm_npy_type type, size_t n, const void *data,
                     struct mm_err *err)
{
    struct mm_member *m = mm_sample_add(out, name, err);

    if (!m)
        return -1;
    mm_npy_write(&m->data, type, 1, &n, data);
    return mm_buf_check(&m->data, err);
}

/* The picture's bytes go to out, out's spare ones come here. */
static int move_picture(struct mm_sample *out, struct mm_member *from,
                        struct mm_err *err)
{
    struct mm_member *to = mm_sample_add(out, from->name, err);
    struct mm_buf spare;

    if (!to)
        return -1;
    spare = to->data;
    to->data = from->data;
    from->data = spare;
    return 0;
}

int mm_pack_seq_finish(struct mm_pack_seq *q, const struct mm_pack_config *c,
                       struct mm_sample *out, struct mm_err *err)
{
    mm_jw_close(&q->w, ']');
    mm_jw_close(&q->w, '}');
    mm_sample_clear(out);
    if (mm_buf_check(&q->json, err) != 0 ||
        mm_sample_add_bytes(out, "json", q->json.data, q->json.len, err) ||
        add_array(out, "tokens.npy", MM_NPY_I4, c->seq_len, q->tokens, err) ||
        add_array(out, "loss.npy", MM_NPY_U1, c->seq_len, q->loss, err) ||
        add_array(out, "segment.npy", MM_NPY_U2, c->seq_len, q->segment, err))
        return -1;
    for (size_t i = 0; i < q->pictures.n; i++)
        if (move_picture(out, &q->pictures.members[i], err) != 0)
            return -1;
    return 0;
}
