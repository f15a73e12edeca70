/*
 * shard_set.c - several shards as one, by number
 */
#include "data/shard_set.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "data/shard_header.h"

void mm_shard_set_release(struct mm_shard_set *s)
{
    for (size_t i = 0; s->paths && i < s->n; i++)
        free(s->paths[i]);
    free(s->paths);
    free(s->first);
    free(s->frame_begin);
    mm_shard_header_release(&s->header);
    mm_buf_release(&s->hashes);
    mm_shard_close(s->open);
    memset(s, 0, sizeof(*s));
}

size_t mm_shard_set_count(const struct mm_shard_set *s)
{
    return s->first[s->n];
}

/* Make file i the open one. */
static int switch_to(struct mm_shard_set *s, size_t i, struct mm_err *err)
{
    if (s->open && s->open_path == i)
        return 0;
    mm_shard_close(s->open);
    s->open = mm_shard_open(s->paths[i], err);
    s->open_path = i;
    return s->open ? mm_shard_index(s->open, err) : -1;
}

static int same_header(const struct mm_shard_set *s, struct mm_err *err)
{
    return mm_shard_header_agree(&s->header, s->paths[0],
                                 mm_shard_header(s->open),
                                 mm_shard_name(s->open),
                                 "make both in the same way", err);
}

static int add_frames(struct mm_shard_set *s, size_t base, struct mm_err *err)
{
    size_t n = mm_shard_frames(s->open);

    if (mm_grow(&s->frame_begin, &s->frames_cap, s->n_frames + n + 1,
                sizeof(*s->frame_begin), err) != 0)
        return -1;
    for (size_t f = 0; f < n; f++)
        s->frame_begin[s->n_frames++] =
            base + mm_shard_frame_begin(s->open, f);
    s->frame_begin[s->n_frames] = base + mm_shard_count(s->open);
    return 0;
}

static void add_members(struct mm_shard_set *s)
{
    const char *trailer = mm_shard_trailer(s->open);
    struct mm_json_doc doc = { 0 };
    struct mm_err ignored;
    int64_t n = -1;

    if (trailer && mm_json_parse(&doc, trailer, strlen(trailer),
                                 &ignored) == 0)
        n = mm_json_int(mm_json_get(doc.root, "members"), -1);
    mm_json_release(&doc);
    s->members = n < 0 || s->members < 0 ? -1 : s->members + n;
}

static int add_file(struct mm_shard_set *s, size_t i, struct mm_err *err)
{
    if (switch_to(s, i, err) != 0)
        return -1;
    if (i == 0 ? mm_shard_header_copy(&s->header, mm_shard_header(s->open), err)
               : same_header(s, err))
        return -1;
    mm_shard_hashes_add(&s->hashes, mm_shard_trailer(s->open));
    add_members(s);
    s->first[i + 1] = s->first[i] + mm_shard_count(s->open);
    return add_frames(s, s->first[i], err);
}

int mm_shard_set_open(struct mm_shard_set *s, const char *const *paths,
                      size_t n, struct mm_err *err)
{
    assert(n > 0);
    memset(s, 0, sizeof(*s));
    s->paths = mm_alloc(n, sizeof(*s->paths), err);
    s->first = mm_alloc(n + 1, sizeof(*s->first), err);
    if (!s->paths || !s->first)
        goto fail;
    for (size_t i = 0; i < n; i++) {
        s->n = i + 1;
        s->paths[i] = mm_strdup(paths[i], err);
        if (!s->paths[i] || add_file(s, i, err) != 0)
            goto fail;
    }
    return 0;
fail:
    mm_shard_set_release(s);
    return -1;
}

size_t mm_shard_set_file(const struct mm_shard_set *s, size_t i)
{
    size_t lo = 0, hi = s->n; /* first[lo] <= i < first[hi] */

    while (hi - lo > 1) {
        size_t mid = lo + (hi - lo) / 2;

        if (s->first[mid] <= i)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}

int mm_shard_set_get(struct mm_shard_set *s, size_t i,
                     struct mm_sample *sample, struct mm_err *err)
{
    size_t file = mm_shard_set_file(s, i);

    assert(i < mm_shard_set_count(s));
    if (switch_to(s, file, err) != 0)
        return -1;
    return mm_shard_get(s->open, i - s->first[file], sample, err);
}
