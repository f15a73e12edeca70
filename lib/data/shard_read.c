/*
 * shard_read.c - reading a shard, in order or by number
 *
 * Both ways use the same code for the archive (shard_sample.c) over another
 * source of bytes: the whole stream (shard_in.c), or the frame in which a
 * sample begins.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/log.h"
#include "base/mem.h"
#include "data/shard.h"
#include "data/shard_header.h"
#include "data/shard_in.h"
#include "data/shard_index.h"
#include "data/shard_sample.h"

#define NO_FRAME SIZE_MAX

/* A frame in memory; a sample that is longer continues in those after it. */
struct window {
    size_t frame, next; /* of the index; NO_FRAME: starts are not valid */
    struct mm_buf packed, raw;
    size_t pos;     /* in raw */
    size_t *starts; /* where the samples that begin in it begin */
    size_t n, cap;
    ZSTD_DCtx *z;
};

struct mm_shard {
    struct mm_shard_in in;
    struct mm_shard_taker seq; /* in order */
    struct mm_shard_header header;
    struct mm_shard_sum sum;
    int done; /* the end mark was seen */

    struct mm_shard_taker rnd; /* by number */
    struct mm_shard_index index;
    struct window window;
    size_t *frames, n_frames; /* those in which samples begin */
    struct mm_buf trailer;    /* as the index leads to it */
};

void mm_shard_close(struct mm_shard *r)
{
    if (!r)
        return;
    mm_shard_in_close(&r->in);
    mm_shard_taker_release(&r->seq);
    mm_shard_taker_release(&r->rnd);
    mm_shard_header_release(&r->header);
    mm_shard_sum_release(&r->sum);
    mm_shard_index_release(&r->index);
    mm_buf_release(&r->trailer);
    mm_buf_release(&r->window.packed);
    mm_buf_release(&r->window.raw);
    ZSTD_freeDCtx(r->window.z);
    free(r->window.starts);
    free(r->frames);
    free(r);
}

const struct mm_shard_header *mm_shard_header(const struct mm_shard *r)
{
    return &r->header;
}

const char *mm_shard_name(const struct mm_shard *r)
{
    return mm_in_name(r->in.in);
}

/* ---- in order ---- */

/* Our header from the pax records of the first entry, or a foreign one. */
static int take_header(struct mm_shard *r, struct mm_err *err)
{
    struct mm_tar *tar = &r->seq.tar;
    struct mm_buf pax = { 0 };
    const char *text;
    size_t n = 0;
    int wrong, ours = 0;

    if (mm_tar_data(tar, &pax, MM_SHARD_HEADER_MAX, err) != 0)
        goto fail;
    text = mm_tar_record(pax.data, pax.len, "comment", &n, &wrong);
    if (wrong) {
        mm_fail(err, MM_EDATA, "corrupted: a wrong pax global header");
        goto fail;
    }
    if (text) {
        ours = mm_shard_header_parse(&r->header, text, n, err);
        r->sum.header = mm_hash64(text, n);
    }
    if (ours < 0)
        goto fail;
    mm_buf_release(&pax);
    return ours ? 0 : mm_shard_header_foreign(&r->header, err);
fail:
    mm_buf_release(&pax);
    return -1;
}

static int read_header(struct mm_shard *r, struct mm_err *err)
{
    struct mm_tar *tar = &r->seq.tar;
    enum mm_tar_result t = mm_tar_next(tar, err);

    if (t == MM_TAR_ERROR)
        return -1;
    if (t == MM_TAR_ENTRY && tar->type == 'g')
        return take_header(r, err);
    if (t == MM_TAR_ENTRY)
        mm_tar_hold(tar);
    return mm_shard_header_foreign(&r->header, err);
}

static int start(struct mm_shard *r, const char *path, struct mm_err *err)
{
    struct mm_tar_source source = { mm_shard_in_read, &r->in };

    if (mm_shard_sum_init(&r->sum, err) != 0 ||
        mm_shard_in_open(&r->in, path, err) != 0)
        return -1;
    mm_tar_init(&r->seq.tar, source);
    if (read_header(r, err) != 0)
        return mm_fail_in(err, "'%s'", mm_shard_name(r));
    r->seq.foreign = r->header.version == 0;
    return 0;
}

struct mm_shard *mm_shard_open(const char *path, struct mm_err *err)
{
    struct mm_shard *r = mm_alloc(1, sizeof(*r), err);

    if (r && start(r, path, err) != 0) {
        mm_shard_close(r);
        return NULL;
    }
    return r;
}

/* After the last sample. */
static int finish(struct mm_shard *r, struct mm_err *err)
{
    const struct mm_buf *t = &r->seq.trailer;

    if (mm_shard_in_finish(&r->in, err) != 0)
        return -1;
    r->done = 1;
    if (r->seq.skipped)
        mm_log(MM_LOG_WARN, "'%s': %zu entries that are no members of "
                            "samples were skipped",
               mm_shard_name(r), r->seq.skipped);
    if (r->seq.foreign)
        return 0;
    if (!r->seq.has_trailer)
        return mm_fail(err, MM_EDATA, "corrupted: it has no trailer");
    return mm_shard_trailer_check(&r->sum, t->data, t->len, err);
}

int mm_shard_next(struct mm_shard *r, struct mm_sample *s, struct mm_err *err)
{
    int got;

    if (r->done) {
        mm_sample_clear(s);
        return 0;
    }
    mm_shard_in_mark(&r->in);
    got = mm_shard_take(&r->seq, s, err);
    if (got > 0)
        mm_shard_sum_add(&r->sum, s);
    else if (got == 0)
        got = finish(r, err);
    return got < 0 ? mm_fail_in(err, "'%s'", mm_shard_name(r)) : got;
}

const char *mm_shard_trailer(const struct mm_shard *r)
{
    if (r->done && r->seq.has_trailer)
        return r->seq.trailer.data;
    return r->trailer.data;
}

/* ---- by number ---- */

static int load_frame(struct mm_shard *r, size_t f, struct mm_err *err)
{
    const struct mm_shard_frame *frame = &r->index.frames[f];
    struct window *w = &r->window;
    void *packed, *raw;
    size_t n;

    if (frame->bytes > MM_SHARD_FRAME_MAX ||
        frame->packed > ZSTD_compressBound(MM_SHARD_FRAME_MAX))
        return mm_fail(err, MM_EDATA, "corrupted: its index cannot be");
    w->frame = NO_FRAME;
    w->pos = 0;
    mm_buf_clear(&w->packed);
    mm_buf_clear(&w->raw);
    packed = mm_buf_extend(&w->packed, frame->packed);
    raw = mm_buf_extend(&w->raw, frame->bytes);
    if (!packed || !raw)
        return mm_fail(err, MM_ESYS, "out of memory");
    if (mm_in_pread(r->in.in, packed, frame->packed, frame->at, err) != 0)
        return -1;
    n = ZSTD_decompressDCtx(w->z, raw, frame->bytes, packed, frame->packed);
    if (ZSTD_isError(n))
        mm_shard_zstd_fail(n, err);
    else if (n != frame->bytes)
        mm_fail(err, MM_EDATA, "corrupted: less than its index says");
    else
        return 0;
    return mm_fail_in(err, "frame at byte %llu",
                      (unsigned long long)frame->at);
}

/* Source of the archive: the frame, and those that continue its sample. */
static ssize_t window_read(void *ctx, void *p, size_t n, struct mm_err *err)
{
    struct mm_shard *r = ctx;
    struct window *w = &r->window;
    size_t done = 0;

    while (done < n) {
        size_t have = w->raw.len - w->pos;

        if (have == 0) {
            /* the last frame is that of the trailer */
            if (w->next + 1 >= r->index.n ||
                r->index.frames[w->next].samples > 0)
                break;
            if (load_frame(r, w->next, err) != 0)
                return -1;
            w->next++;
            continue;
        }
        have = have < n - done ? have : n - done;
        memcpy((char *)p + done, w->raw.data + w->pos, have);
        w->pos += have;
        done += have;
    }
    return (ssize_t)done;
}

/*
 * Find where the samples of the frame in the window begin.  One that is longer
 * than a frame is alone in it, at its beginning.
 */
static int find_starts(struct mm_shard *r, size_t want, struct mm_err *err)
{
    struct window *w = &r->window;
    struct mm_tar *tar = &r->rnd.tar;
    struct mm_buf key = { 0 };
    enum mm_tar_result t;
    int result = -1;

    w->n = 0;
    if (mm_grow(&w->starts, &w->cap, want, sizeof(*w->starts), err) != 0)
        return -1;
    mm_tar_restart(tar, 0);
    while (w->n <= want && (t = mm_tar_next(tar, err)) == MM_TAR_ENTRY) {
        size_t n = mm_shard_key_len(tar->name.data);

        if (w->n && key.len == n && memcmp(key.data, tar->name.data, n) == 0)
            continue;
        mm_buf_clear(&key);
        mm_buf_add(&key, tar->name.data, n);
        if (w->n < want)
            w->starts[w->n] = tar->begin;
        w->n++;
    }
    if (w->n == want && t == MM_TAR_CUT)
        result = mm_buf_check(&key, err);
    else if (t != MM_TAR_ERROR)
        mm_fail(err, MM_EDATA, "corrupted: its index counts other samples");
    mm_buf_release(&key);
    return result;
}

/* Bring frame f into the window. */
static int go_to(struct mm_shard *r, size_t f, struct mm_err *err)
{
    struct window *w = &r->window;
    size_t want = r->index.frames[f].samples;
    int goes_on = f + 2 < r->index.n && r->index.frames[f + 1].samples == 0;

    if (w->frame == f)
        return 0;
    if (load_frame(r, f, err) != 0)
        return -1;
    w->next = f + 1;
    if (goes_on) {
        if (want != 1)
            return mm_fail(err, MM_EDATA, "corrupted: its index cannot be");
        w->n = 1;
        if (mm_grow(&w->starts, &w->cap, 1, sizeof(*w->starts), err) != 0)
            return -1;
        w->starts[0] = 0;
        return 0;
    }
    if (find_starts(r, want, err) != 0)
        return -1;
    w->frame = f;
    return 0;
}

static int list_frames(struct mm_shard *r, struct mm_err *err)
{
    r->frames = mm_alloc(r->index.n, sizeof(*r->frames), err);
    if (!r->frames)
        return -1;
    for (size_t f = 0; f < r->index.n; f++)
        if (r->index.frames[f].samples)
            r->frames[r->n_frames++] = f;
    return 0;
}

/* The last frame is that of the trailer. */
static int load_trailer(struct mm_shard *r, struct mm_err *err)
{
    struct mm_shard_taker *t = &r->rnd;
    struct mm_sample none = { 0 };
    int got;

    if (load_frame(r, r->index.n - 1, err) != 0)
        return -1;
    r->window.next = r->index.n;
    mm_tar_restart(&t->tar, 0);
    got = mm_shard_take(t, &none, err);
    mm_sample_release(&none);
    if (got == 0 && t->has_trailer) {
        struct mm_buf b = r->trailer;

        r->trailer = t->trailer;
        t->trailer = b;
        t->has_trailer = 0;
        return 0;
    }
    return got < 0 ? -1 : mm_fail(err, MM_EDATA, "corrupted: no trailer");
}

int mm_shard_index(struct mm_shard *r, struct mm_err *err)
{
    struct mm_tar_source source = { window_read, r };

    if (r->frames)
        return 0;
    r->window.frame = NO_FRAME;
    if (!r->window.z)
        r->window.z = ZSTD_createDCtx();
    if (!r->window.z)
        return mm_fail(err, MM_ESYS, "out of memory");
    if (mm_shard_index_read(&r->index, r->in.in, err) != 0)
        return mm_fail_in(err, "'%s'", mm_shard_name(r));
    mm_tar_init(&r->rnd.tar, source);
    r->rnd.in_pieces = 1;
    if (load_trailer(r, err) != 0)
        return mm_fail_in(err, "'%s'", mm_shard_name(r));
    return list_frames(r, err);
}

int mm_shard_has_index(const struct mm_shard *r)
{
    return r->in.z && r->header.version > 0 && mm_in_is_file(r->in.in);
}

size_t mm_shard_count(const struct mm_shard *r)
{
    return r->index.samples;
}

size_t mm_shard_frames(const struct mm_shard *r)
{
    return r->n_frames;
}

size_t mm_shard_frame_begin(const struct mm_shard *r, size_t f)
{
    assert(f <= r->n_frames);
    return f == r->n_frames ? r->index.samples
                            : r->index.frames[r->frames[f]].first;
}

static int get(struct mm_shard *r, size_t i, struct mm_sample *s,
               struct mm_err *err)
{
    size_t f = mm_shard_index_find(&r->index, i);
    size_t at;
    int got;

    if (go_to(r, f, err) != 0)
        return -1;
    at = r->window.starts[i - r->index.frames[f].first];
    r->window.pos = at;
    mm_tar_restart(&r->rnd.tar, at);
    got = mm_shard_take(&r->rnd, s, err);
    if (got == 0)
        return mm_fail(err, MM_EDATA, "corrupted: its index counts other "
                                      "samples");
    return got < 0 ? -1 : 0;
}

int mm_shard_get(struct mm_shard *r, size_t i, struct mm_sample *s,
                 struct mm_err *err)
{
    assert(r->frames && i < r->index.samples);
    if (get(r, i, s, err) != 0)
        return mm_fail_in(err, "'%s': sample %zu", mm_shard_name(r), i);
    return 0;
}
