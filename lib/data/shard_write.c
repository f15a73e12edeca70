/*
 * shard_write.c - writing a shard
 *
 * Samples are put one after the other as tar entries into a frame; full
 * frames wait in a batch until there is one for each thread, are compressed
 * side by side and written in order.  Where a frame ends depends on the
 * samples only, so the decoded bytes and the frames are the same at any number
 * of threads.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/io.h"
#include "base/mem.h"
#include "base/par.h"
#include "data/shard.h"
#include "data/shard_header.h"
#include "data/shard_in.h"
#include "data/shard_index.h"
#include "data/tar.h"

#define LEVEL_FILE 3
#define LEVEL_PIPE 1
#define BATCH_MAX 16

/* A frame on its way out. */
struct frame {
    struct mm_buf raw, packed;
    ZSTD_CCtx *z;
    uint32_t samples; /* that begin in it */
    size_t failed;    /* what zstd returned, if that is an error */
};

struct mm_shard_writer {
    struct mm_out *out;
    char *name;
    int level, is_pipe;
    struct frame batch[BATCH_MAX];
    size_t n, batch_len; /* batch[n] is being filled */
    struct mm_shard_index index;
    struct mm_shard_sum sum;
    struct mm_buf member, around; /* scratch: its name; header and padding */
};

static void writer_free(struct mm_shard_writer *w)
{
    for (size_t i = 0; i < BATCH_MAX; i++) {
        mm_buf_release(&w->batch[i].raw);
        mm_buf_release(&w->batch[i].packed);
        ZSTD_freeCCtx(w->batch[i].z);
    }
    mm_shard_index_release(&w->index);
    mm_shard_sum_release(&w->sum);
    mm_buf_release(&w->member);
    mm_buf_release(&w->around);
    free(w->name);
    free(w);
}

void mm_shard_discard(struct mm_shard_writer *w)
{
    if (!w)
        return;
    mm_out_discard(w->out);
    writer_free(w);
}

/* ---- frames ---- */

static void compress_frame(void *ctx, size_t i)
{
    struct mm_shard_writer *w = ctx;
    struct frame *f = &w->batch[i];
    size_t bound = ZSTD_compressBound(f->raw.len);
    void *dst;

    mm_buf_clear(&f->packed);
    dst = mm_buf_extend(&f->packed, bound);
    if (!dst)
        return;
    f->failed = ZSTD_compress2(f->z, dst, bound, f->raw.data, f->raw.len);
    if (!ZSTD_isError(f->failed))
        f->packed.len = f->failed;
}

static int write_frame(struct mm_shard_writer *w, struct frame *f,
                       struct mm_err *err)
{
    if (mm_buf_check(&f->packed, err) != 0)
        return -1;
    if (ZSTD_isError(f->failed))
        return mm_shard_zstd_fail(f->failed, err);
    if (mm_out_write(w->out, f->packed.data, f->packed.len, err) != 0 ||
        mm_shard_index_add(&w->index, (uint32_t)f->packed.len,
                           (uint32_t)f->raw.len, f->samples, err) != 0)
        return -1;
    mm_buf_clear(&f->raw);
    f->samples = 0;
    return 0;
}

static int write_batch(struct mm_shard_writer *w, struct mm_err *err)
{
    mm_par_for(w->n, compress_frame, w);
    for (size_t i = 0; i < w->n; i++)
        if (write_frame(w, &w->batch[i], err) != 0)
            return -1;
    w->n = 0;
    return w->is_pipe ? mm_out_flush(w->out, err) : 0;
}

/* The frame being filled is full. */
static int cut(struct mm_shard_writer *w, struct mm_err *err)
{
    struct frame *f = &w->batch[w->n];

    if (mm_buf_check(&f->raw, err) != 0)
        return -1;
    if (f->raw.len == 0)
        return 0;
    w->n++;
    return w->n == w->batch_len ? write_batch(w, err) : 0;
}

/* Append bytes of the archive; what is longer than a frame is cut. */
static int emit(struct mm_shard_writer *w, const char *p, size_t n,
                struct mm_err *err)
{
    while (n > 0) {
        struct mm_buf *raw = &w->batch[w->n].raw;
        size_t room = MM_SHARD_FRAME_MAX - raw->len;
        size_t take = n < room ? n : room;

        mm_buf_add(raw, p, take);
        p += take;
        n -= take;
        if (take == room && cut(w, err) != 0)
            return -1;
    }
    return 0;
}

static int frame_init(struct frame *f, int level, struct mm_err *err)
{
    f->z = ZSTD_createCCtx();
    if (!f->z)
        return mm_fail(err, MM_ESYS, "out of memory");
    ZSTD_CCtx_setParameter(f->z, ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(f->z, ZSTD_c_checksumFlag, 1);
    return 0;
}

/* ---- the archive ---- */

static int put_header(struct mm_shard_writer *w, const char *kind,
                      const char *meta, const char *history,
                      struct mm_err *err)
{
    struct mm_buf text = { 0 };
    int result = mm_shard_header_print(&text, kind, meta, history, err);

    if (result == 0 && text.len > MM_SHARD_HEADER_MAX / 2)
        result = mm_fail(err, MM_EDATA, "meta and history of a shard are "
                                        "longer than 8 MiB");
    if (result == 0) {
        w->sum.header = mm_hash64(text.data, text.len);
        mm_tar_global(&w->batch[0].raw, "comment", text.data);
        result = cut(w, err);
    }
    mm_buf_release(&text);
    return result;
}

static int writer_init(struct mm_shard_writer *w, const char *path,
                       struct mm_err *err)
{
    w->is_pipe = strcmp(path, "-") == 0;
    w->level = w->is_pipe ? LEVEL_PIPE : LEVEL_FILE;
    w->batch_len = w->is_pipe ? 1 : (size_t)mm_par_threads();
    if (w->batch_len > BATCH_MAX)
        w->batch_len = BATCH_MAX;
    w->name = mm_strdup(w->is_pipe ? "standard output" : path, err);
    if (!w->name || mm_shard_sum_init(&w->sum, err) != 0)
        return -1;
    for (size_t i = 0; i < w->batch_len; i++)
        if (frame_init(&w->batch[i], w->level, err) != 0)
            return -1;
    w->out = mm_out_open(path, err);
    if (!w->out)
        return -1;
    if (mm_out_is_terminal(w->out))
        return mm_fail(err, MM_EUSAGE, "a shard is not for a terminal; use "
                                       "-o FILE or a pipe");
    return 0;
}

struct mm_shard_writer *mm_shard_create(const char *path, const char *kind,
                                        const char *meta, const char *history,
                                        struct mm_err *err)
{
    struct mm_shard_writer *w = mm_alloc(1, sizeof(*w), err);

    if (!w)
        return NULL;
    if (writer_init(w, path, err) != 0 ||
        put_header(w, kind, meta, history, err) != 0) {
        mm_shard_discard(w);
        return NULL;
    }
    return w;
}

static int put_member(struct mm_shard_writer *w, const char *key,
                      const struct mm_member *m, struct mm_err *err)
{
    struct mm_buf *name = &w->member, *around = &w->around;
    size_t head;

    mm_buf_clear(name);
    mm_buf_clear(around);
    mm_buf_addf(name, "%s.%s", key, m->name);
    if (mm_buf_check(name, err) != 0)
        return -1;
    mm_tar_header(around, name->data, m->data.len);
    head = around->len;
    mm_tar_pad(around, m->data.len);
    if (mm_buf_check(around, err) != 0 ||
        emit(w, around->data, head, err) != 0 ||
        emit(w, m->data.data, m->data.len, err) != 0)
        return -1;
    return emit(w, around->data + head, around->len - head, err);
}

/* The bytes of a sample in the archive. */
static uint64_t archive_bytes(const struct mm_sample *s)
{
    size_t key_len = strlen(s->key);
    uint64_t n = 0;

    for (size_t i = 0; i < s->n; i++) {
        const struct mm_member *m = &s->members[i];

        n += mm_tar_bytes(key_len + 1 + strlen(m->name), m->data.len);
    }
    return n;
}

static int sample_fits(const struct mm_sample *s, struct mm_err *err)
{
    if (s->n == 0)
        return mm_fail(err, MM_EDATA, "sample '%.200s' has no members",
                       s->key);
    if (mm_sample_bytes(s) > MM_SAMPLE_MAX)
        return mm_fail(err, MM_EDATA, "sample '%.200s' is over 1 GiB", s->key);
    for (size_t i = 0; i < s->n; i++)
        if (mm_buf_check(&s->members[i].data, err) != 0)
            return -1;
    return 0;
}

int mm_shard_put(struct mm_shard_writer *w, const struct mm_sample *s,
                 struct mm_err *err)
{
    struct frame *f = &w->batch[w->n];
    uint64_t bytes;

    assert(s->key);
    if (sample_fits(s, err) != 0)
        return -1;
    bytes = archive_bytes(s);
    if (f->raw.len && f->raw.len + bytes > MM_SHARD_FRAME_MAX) {
        if (cut(w, err) != 0)
            return mm_fail_in(err, "'%s'", w->name);
        f = &w->batch[w->n];
    }
    f->samples++;
    for (size_t i = 0; i < s->n; i++)
        if (put_member(w, s->key, &s->members[i], err) != 0)
            return mm_fail_in(err, "'%s'", w->name);
    mm_shard_sum_add(&w->sum, s);
    if (bytes > MM_SHARD_FRAME_MAX ||
        w->batch[w->n].raw.len >= MM_SHARD_FRAME_MIN)
        return cut(w, err);
    return 0;
}

static int finish(struct mm_shard_writer *w, const char *counts,
                  struct mm_err *err)
{
    struct mm_buf b = { 0 }, *raw;
    int result = -1;

    if (cut(w, err) != 0)
        return -1;
    mm_shard_trailer_print(&w->sum, counts, &b);
    if (mm_buf_check(&b, err) != 0)
        goto out;
    assert(b.len <= MM_SHARD_FRAME_MAX / 2);
    raw = &w->batch[w->n].raw;
    mm_tar_header(raw, MM_SHARD_TRAILER, b.len);
    mm_buf_add(raw, b.data, b.len);
    mm_tar_pad(raw, b.len);
    mm_tar_end(raw);
    if (cut(w, err) != 0 || write_batch(w, err) != 0)
        goto out;
    mm_buf_clear(&b);
    mm_shard_index_print(&w->index, &b);
    if (mm_buf_check(&b, err) == 0)
        result = mm_out_write(w->out, b.data, b.len, err);
out:
    mm_buf_release(&b);
    return result;
}

int mm_shard_commit(struct mm_shard_writer *w, const char *counts,
                    struct mm_err *err)
{
    int result = finish(w, counts, err);

    if (result == 0) {
        result = mm_out_commit(w->out, err);
        w->out = NULL;
    }
    mm_shard_discard(w);
    return result;
}

int mm_shard_commit_both(struct mm_shard_writer *const w[2],
                         const char *const counts[2], struct mm_err *err)
{
    int result = 0;

    for (int i = 0; i < 2 && result == 0; i++)
        result = finish(w[i], counts[i], err);
    if (result == 0) {
        struct mm_out *const outs[2] = { w[0]->out, w[1]->out };

        w[0]->out = w[1]->out = NULL;
        result = mm_out_commit_all(outs, 2, err);
    }
    mm_shard_discard(w[0]);
    mm_shard_discard(w[1]);
    return result;
}
