/*
 * packed_seq.c - a packed sample becomes a sequence, everything checked
 */
#include "data/packed_seq.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "data/npy.h"

static int bad(struct mm_err *err, const char *what)
{
    return mm_fail(err, MM_EDATA, "%s", what);
}

/* ---- meta ---- */

static int take_size(const struct mm_json *v, const char *name, int64_t min,
                     size_t *out, struct mm_err *err)
{
    int64_t n = mm_json_int(mm_json_get(v, name), -1);

    if (n < min || n > INT32_MAX)
        return mm_fail(err, MM_EDATA, "meta has no good '%s'", name);
    *out = (size_t)n;
    return 0;
}

static int take_id(const struct mm_json *v, const char *name, int32_t *out,
                   const struct mm_packed_info *info, struct mm_err *err)
{
    size_t id = 0;

    if (take_size(v, name, 0, &id, err) != 0)
        return -1;
    if (id >= info->vocab_size)
        return mm_fail(err, MM_EDATA, "meta: '%s' is not in the vocabulary",
                       name);
    *out = (int32_t)id;
    return 0;
}

static int take_meta(struct mm_packed_info *info, const struct mm_json *meta,
                     int packed, struct mm_err *err)
{
    const struct mm_json *t = mm_json_get(meta, "tokenizer");
    const struct mm_json *p = mm_json_get(meta, "packing");
    const struct mm_json *size =
        mm_json_get(mm_json_get(meta, "pixels"), "size");

    if (!t || (packed && !p))
        return mm_fail(err, MM_EDATA, "meta has no '%s'",
                       t ? "packing" : "tokenizer");
    if (take_size(t, "vocab_size", 1, &info->vocab_size, err) != 0 ||
        take_id(t, "bos", &info->bos, info, err) != 0 ||
        take_id(t, "eos", &info->eos, info, err) != 0 ||
        take_id(t, "pad", &info->pad, info, err) != 0 ||
        take_id(t, "image", &info->image, info, err) != 0)
        return -1;
    snprintf(info->tokenizer, sizeof(info->tokenizer), "%s",
             mm_json_str(mm_json_get(t, "hash"), ""));
    info->image_size = (size_t)mm_json_int(size, 0);
    if (!packed)
        return 0;
    if (take_size(p, "seq_len", 2, &info->seq_len, err) != 0 ||
        take_size(p, "image_tokens", 1, &info->image_tokens, err) != 0)
        return -1;
    return take_size(p, "max_images", 0, &info->max_images, err);
}

int mm_packed_info_parse(struct mm_packed_info *info,
                         const struct mm_shard_header *h, struct mm_err *err)
{
    struct mm_json_doc doc;
    int result;

    *info = (struct mm_packed_info){ .pictures = -1 };
    if (mm_shard_meta(h, &doc, err) != 0)
        return -1;
    result = take_meta(info, doc.root, strcmp(h->kind, MM_KIND_PACKED) == 0,
                       err);
    mm_json_release(&doc);
    return result;
}

/* ---- memory ---- */

void mm_packed_seq_release(struct mm_packed_seq *q)
{
    free(q->tokens);
    free(q->target);
    free(q->position);
    free(q->segment);
    free(q->loss);
    for (size_t i = 0; i < q->images_cap; i++)
        free(q->images[i].pixels);
    free(q->images);
    free(q->segments);
    mm_json_release(&q->json);
    memset(q, 0, sizeof(*q));
}

const char *mm_packed_source(const struct mm_packed_seq *q)
{
    return q->n_segments ? q->segments[0].source : "";
}

static int make_room(struct mm_packed_seq *q, size_t n, struct mm_err *err)
{
    if (n <= q->token_cap)
        return 0;
    mm_packed_seq_release(q);
    q->tokens = mm_alloc(n, sizeof(*q->tokens), err);
    q->target = mm_alloc(n, sizeof(*q->target), err);
    q->position = mm_alloc(n, sizeof(*q->position), err);
    q->segment = mm_alloc(n, sizeof(*q->segment), err);
    q->loss = mm_alloc(n, sizeof(*q->loss), err);
    if (!q->tokens || !q->target || !q->position || !q->segment || !q->loss)
        return -1;
    q->token_cap = n;
    return 0;
}

/* ---- arrays ---- */

static int take_array(void *out, const struct mm_sample *s, const char *name,
                      enum mm_npy_type type, size_t n, struct mm_err *err)
{
    const struct mm_member *m = mm_sample_find(s, name);
    struct mm_npy a;

    if (!m)
        return mm_fail(err, MM_EDATA, "there is no member '%s'", name);
    if (mm_npy_parse(&a, m->data.data, m->data.len, err) != 0)
        return mm_fail_in(err, "member '%s'", name);
    if (a.type != type || a.n_dim != 1 || a.count != n)
        return mm_fail(err, MM_EDATA, "member '%s' is not %zu numbers of the "
                                      "right type",
                       name, n);
    memcpy(out, a.data, n * mm_npy_bytes(type));
    return 0;
}

static int take_arrays(struct mm_packed_seq *q, const struct mm_sample *s,
                       const struct mm_packed_info *info, struct mm_err *err)
{
    size_t n = info->seq_len;

    if (make_room(q, n, err) != 0 ||
        take_array(q->tokens, s, "tokens.npy", MM_NPY_I4, n, err) != 0 ||
        take_array(q->loss, s, "loss.npy", MM_NPY_U1, n, err) != 0 ||
        take_array(q->segment, s, "segment.npy", MM_NPY_U2, n, err) != 0)
        return -1;
    q->n = n;
    for (size_t i = 0; i < n; i++)
        if (q->tokens[i] < 0 || (size_t)q->tokens[i] >= info->vocab_size)
            return mm_fail(err, MM_EDATA, "token %zu is %d, not in the "
                                          "vocabulary of %zu",
                           i, (int)q->tokens[i], info->vocab_size);
    return 0;
}

/* ---- segments ---- */

static int take_segment(struct mm_packed_seq *q, const struct mm_json *v,
                        struct mm_err *err)
{
    struct mm_packed_segment *g = &q->segments[q->n_segments];
    int64_t begin = mm_json_int(mm_json_get(v, "begin"), -1);
    int64_t length = mm_json_int(mm_json_get(v, "length"), -1);
    int64_t images = mm_json_int(mm_json_get(v, "images"), -1);

    g->source = mm_json_str(mm_json_get(v, "source"), NULL);
    g->key = mm_json_str(mm_json_get(v, "key"), NULL);
    if (!g->source || !g->key || begin != (int64_t)q->used || length < 1 ||
        (uint64_t)length > q->n - q->used || images < 0 || images > length)
        return bad(err, "its list of segments is wrong");
    q->n_segments++;
    g->begin = q->used;
    g->length = (size_t)length;
    g->n_images = (size_t)images;
    g->from = (size_t)mm_json_int(mm_json_get(v, "from"), 0);
    for (size_t i = g->begin; i < g->begin + g->length; i++)
        if (q->segment[i] != q->n_segments)
            return bad(err, "member 'segment.npy' and its list of segments "
                            "differ");
    q->used += g->length;
    return 0;
}

static int take_segments(struct mm_packed_seq *q, const struct mm_sample *s,
                         const struct mm_packed_info *info,
                         struct mm_err *err)
{
    const struct mm_member *m = mm_sample_find(s, "json");
    const struct mm_json *v;

    mm_json_release(&q->json);
    q->n_segments = q->used = 0;
    if (!m)
        return bad(err, "there is no member 'json'");
    if (mm_json_parse(&q->json, m->data.data, m->data.len, err) != 0)
        return -1;
    v = mm_json_get(q->json.root, "segments");
    if (!v || v->type != MM_JSON_ARRAY || v->n > q->n)
        return bad(err, "it has no list of segments");
    if (mm_grow(&q->segments, &q->segments_cap, v->n + 1,
                sizeof(*q->segments), err) != 0)
        return -1;
    for (v = v->child; v; v = v->next)
        if (take_segment(q, v, err) != 0)
            return -1;
    for (size_t i = q->used; i < q->n; i++)
        if (q->segment[i] || q->loss[i] || q->tokens[i] != info->pad)
            return bad(err, "its padding is not empty");
    return 0;
}

/* ---- pictures ---- */

const struct mm_member *mm_packed_picture(const struct mm_sample *s, size_t i)
{
    const struct mm_member *m;
    char number[24];
    size_t n = (size_t)snprintf(number, sizeof(number), "%zu.", i);

    if (MM_PACKED_MEMBERS + i >= s->n)
        return NULL;
    m = &s->members[MM_PACKED_MEMBERS + i];
    return strncmp(m->name, number, n) == 0 ? m : NULL;
}

static int images_grow(struct mm_packed_seq *q, size_t n, struct mm_err *err)
{
    size_t before = q->images_cap;

    if (n <= before)
        return 0;
    if (mm_grow(&q->images, &q->images_cap, n, sizeof(*q->images), err) != 0)
        return -1;
    memset(q->images + before, 0,
           (q->images_cap - before) * sizeof(*q->images));
    return 0;
}

static int take_size_of(struct mm_packed_image *im, const struct mm_member *m,
                        struct mm_err *err)
{
    size_t len = strlen(m->name);
    struct mm_npy a;

    im->views = 1;
    im->height = im->width = 0;
    if (len < 4 || strcmp(m->name + len - 4, ".npy") != 0)
        return 0;
    if (mm_npy_parse(&a, m->data.data, m->data.len, err) != 0)
        return -1;
    if (a.type != MM_NPY_U1 || a.n_dim != 4 || a.dim[3] != 3 || a.count == 0)
        return bad(err, "it is no |u1 [views,height,width,3]");
    im->views = a.dim[0];
    im->height = a.dim[1];
    im->width = a.dim[2];
    return 0;
}

static int take_pictures(struct mm_packed_seq *q, const struct mm_sample *s,
                         const struct mm_packed_info *info,
                         struct mm_err *err)
{
    size_t n = s->n < MM_PACKED_MEMBERS ? 0 : s->n - MM_PACKED_MEMBERS;

    q->n_images = q->n_views = 0;
    if (images_grow(q, n, err) != 0)
        return -1;
    for (; q->n_images < n; q->n_images++) {
        struct mm_packed_image *im = &q->images[q->n_images];
        const struct mm_member *m = mm_packed_picture(s, q->n_images);

        if (!m)
            return mm_fail(err, MM_EDATA, "its pictures are not in order at "
                                          "'%.100s'",
                           s->members[MM_PACKED_MEMBERS + q->n_images].name);
        if (take_size_of(im, m, err) != 0)
            return mm_fail_in(err, "member '%s'", m->name);
        q->n_views += im->views;
        if (q->n_views > info->max_images)
            return mm_fail(err, MM_EDATA, "it has more than %zu views",
                           info->max_images);
    }
    return 0;
}

/* Picture k begins at token i: its run must be whole and not a target. */
static int take_run(struct mm_packed_seq *q, size_t k, size_t i, size_t end,
                    const struct mm_packed_info *info, struct mm_err *err)
{
    size_t n = q->images[k].views * info->image_tokens;

    if (n > end - i)
        return mm_fail(err, MM_EDATA, "the run of picture %zu is cut", k);
    for (size_t j = i; j < i + n; j++)
        if (q->tokens[j] != info->image || q->loss[j])
            return mm_fail(err, MM_EDATA, "the run of picture %zu is wrong", k);
    q->images[k].begin = i;
    return 0;
}

static int find_runs(struct mm_packed_seq *q, const struct mm_packed_info *info,
                     struct mm_err *err)
{
    size_t k = 0;

    for (size_t g = 0; g < q->n_segments; g++) {
        struct mm_packed_segment *seg = &q->segments[g];
        size_t end = seg->begin + seg->length, i = seg->begin;

        seg->first_image = k;
        while (i < end) {
            if (q->tokens[i] != info->image) {
                i++;
                continue;
            }
            if (k == q->n_images)
                return bad(err, "it has more image tokens than pictures");
            if (take_run(q, k, i, end, info, err) != 0)
                return -1;
            i += q->images[k++].views * info->image_tokens;
        }
        if (k - seg->first_image != seg->n_images)
            return bad(err, "a segment has other pictures than it lists");
    }
    return k == q->n_images ? 0
                            : bad(err, "it has more pictures than image "
                                       "tokens");
}

/* ---- what follows from the rest ---- */

static void derive(struct mm_packed_seq *q)
{
    for (size_t i = 0; i < q->n; i++) {
        int same = i + 1 < q->n && q->segment[i] &&
                   q->segment[i] == q->segment[i + 1];
        int first = i == 0 || q->segment[i] != q->segment[i - 1];

        q->target[i] = same && q->loss[i + 1] ? q->tokens[i + 1] : -1;
        q->position[i] =
            first || !q->segment[i] ? 0 : q->position[i - 1] + 1;
    }
}

int mm_packed_seq_parse(struct mm_packed_seq *q, const struct mm_sample *s,
                        const struct mm_packed_info *info,
                        struct mm_err *err)
{
    if (take_arrays(q, s, info, err) != 0 ||
        take_segments(q, s, info, err) != 0 ||
        take_pictures(q, s, info, err) != 0 || find_runs(q, info, err) != 0)
        return -1;
    derive(q);
    return 0;
}
