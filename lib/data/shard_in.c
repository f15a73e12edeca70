/*
 * shard_in.c - the bytes of a shard's archive, decompressed as they come
 */
#include "data/shard_in.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/mem.h"
#include "data/tar.h"

#define BUF_BYTES ((size_t)1 << 17)

/*
 * What may come out for nothing, and per byte that went in: blank pictures
 * shrink a thousandfold, bombs go further.
 */
#define FREE_BYTES ((uint64_t)64 << 20)
#define RATIO 1000

int mm_shard_zstd_fail(size_t code, struct mm_err *err)
{
    switch (ZSTD_getErrorCode(code)) {
    case ZSTD_error_memory_allocation:
        return mm_fail(err, MM_ESYS, "out of memory");
    case ZSTD_error_frameParameter_windowTooLarge:
        return mm_fail(err, MM_EDATA,
                       "it needs a window of more than 8 MiB; compress it "
                       "without --long and --ultra");
    case ZSTD_error_checksum_wrong:
        return mm_fail(err, MM_EDATA, "corrupted: a checksum is wrong");
    case ZSTD_error_dictionary_wrong:
        return mm_fail(err, MM_EDATA, "it needs a zstd dictionary; compress "
                                      "it without one");
    default:
        return mm_fail(err, MM_EDATA, "corrupted: %s",
                       ZSTD_getErrorName(code));
    }
}

/* Make buf hold at least want bytes if the input has them. */
static int fill(struct mm_shard_in *s, size_t want, struct mm_err *err)
{
    memmove(s->buf, s->buf + s->pos, s->len - s->pos);
    s->len -= s->pos;
    s->pos = 0;
    while (!s->at_end && s->len < want) {
        ssize_t n = mm_in_read(s->in, s->buf + s->len, BUF_BYTES - s->len, err);

        if (n < 0)
            return -1;
        s->at_end = n == 0;
        s->len += (size_t)n;
    }
    return 0;
}

uint64_t mm_shard_in_offset(const struct mm_shard_in *s)
{
    return mm_in_offset(s->in) - (s->len - s->pos);
}

void mm_shard_in_mark(struct mm_shard_in *s)
{
    s->allowance = FREE_BYTES;
}

/* ---- the first bytes ---- */

static uint32_t u32(const char *p)
{
    const uint8_t *b = (const uint8_t *)p;

    return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 |
           (uint32_t)b[3] << 24;
}

static int is_zstd(const char *p, size_t n)
{
    return n >= 4 && (u32(p) == ZSTD_MAGICNUMBER ||
                      (u32(p) & ZSTD_MAGIC_SKIPPABLE_MASK) ==
                          ZSTD_MAGIC_SKIPPABLE_START);
}

/* Does p look like the first block of a tar?  All old and new kinds do. */
static int is_tar(const char *p, size_t n)
{
    static const char zeros[MM_TAR_BLOCK];

    return n >= MM_TAR_BLOCK && (memcmp(p + 257, "ustar", 5) == 0 ||
                                 memcmp(p, zeros, sizeof(zeros)) == 0);
}

static int refuse(const struct mm_shard_in *s, struct mm_err *err)
{
    const uint8_t *b = (const uint8_t *)s->buf;

    if (s->len == 0)
        return mm_fail(err, MM_EDATA, "no shard: it is empty");
    if (s->len >= 2 && b[0] == 0x1f && b[1] == 0x8b)
        return mm_fail(err, MM_EDATA, "no shard: it is compressed with gzip; "
                                      "use zcat and a pipe");
    return mm_fail(err, MM_EDATA, "no shard: it is neither zstd nor tar; "
                                  "mm1-tokenize import makes shards");
}

static int start_zstd(struct mm_shard_in *s, struct mm_err *err)
{
    s->z = ZSTD_createDCtx();
    if (!s->z)
        return mm_fail(err, MM_ESYS, "out of memory");
    ZSTD_DCtx_setParameter(s->z, ZSTD_d_windowLogMax, MM_SHARD_WINDOW_LOG);
    return 0;
}

int mm_shard_in_open(struct mm_shard_in *s, const char *path,
                     struct mm_err *err)
{
    memset(s, 0, sizeof(*s));
    s->in = mm_in_open(path, err);
    if (!s->in)
        return -1;
    s->buf = mm_alloc(BUF_BYTES, 1, err);
    if (!s->buf || fill(s, MM_TAR_BLOCK, err) != 0)
        goto fail;
    mm_shard_in_mark(s);
    if (is_zstd(s->buf, s->len)) {
        if (start_zstd(s, err) != 0)
            goto fail;
    } else if (!is_tar(s->buf, s->len)) {
        refuse(s, err);
        mm_fail_in(err, "'%s'", mm_in_name(s->in));
        goto fail;
    }
    return 0;
fail:
    mm_shard_in_close(s);
    return -1;
}

void mm_shard_in_close(struct mm_shard_in *s)
{
    ZSTD_freeDCtx(s->z);
    free(s->buf);
    mm_in_close(s->in);
    memset(s, 0, sizeof(*s));
}

/* ---- reading ---- */

static ssize_t read_plain(struct mm_shard_in *s, char *p, size_t n,
                          struct mm_err *err)
{
    size_t done = 0;

    while (done < n) {
        size_t have = s->len - s->pos;

        if (have == 0) {
            if (fill(s, 1, err) != 0)
                return -1;
            have = s->len;
            if (have == 0)
                break;
        }
        have = have < n - done ? have : n - done;
        memcpy(p + done, s->buf + s->pos, have);
        s->pos += have;
        done += have;
    }
    return (ssize_t)done;
}

/* Is what came out more than what went in can honestly hold? */
static int spend(struct mm_shard_in *s, size_t out, size_t in,
                 struct mm_err *err)
{
    s->allowance += (uint64_t)in * RATIO;
    if (out > s->allowance)
        return mm_fail(err, MM_EDATA,
                       "corrupted: over %d times its compressed size comes "
                       "out near byte %llu",
                       RATIO, (unsigned long long)mm_shard_in_offset(s));
    s->allowance -= out;
    return 0;
}

/*
 * One call of the decoder: 1, 0 at the end of the input, -1.  At the end of a
 * frame it stops, so that the caller sees where the next begins.
 */
static int decode(struct mm_shard_in *s, ZSTD_outBuffer *o, struct mm_err *err)
{
    ZSTD_inBuffer i;
    size_t left, before = o->pos;

    if (s->pos == s->len && fill(s, 1, err) != 0)
        return -1;
    if (s->pos == s->len && !s->in_frame)
        return 0;
    i = (ZSTD_inBuffer){ s->buf, s->len, s->pos };
    left = ZSTD_decompressStream(s->z, o, &i);
    if (ZSTD_isError(left)) {
        mm_shard_zstd_fail(left, err);
        return mm_fail_in(err, "frame near byte %llu",
                          (unsigned long long)mm_shard_in_offset(s));
    }
    if (s->at_end && i.pos == s->pos && o->pos == before && left != 0)
        return mm_fail(err, MM_EDATA, "cut short: ends inside a frame at "
                                      "byte %llu; make it again",
                       (unsigned long long)mm_shard_in_offset(s));
    if (spend(s, o->pos - before, i.pos - s->pos, err) != 0)
        return -1;
    s->pos = i.pos;
    s->in_frame = left != 0;
    return 1;
}

ssize_t mm_shard_in_read(void *ctx, void *p, size_t n, struct mm_err *err)
{
    struct mm_shard_in *s = ctx;
    ZSTD_outBuffer o = { p, n, 0 };

    if (!s->z)
        return read_plain(s, p, n, err);
    while (o.pos < n) {
        int r = decode(s, &o, err);

        if (r < 0)
            return -1;
        if (r == 0)
            break;
    }
    return (ssize_t)o.pos;
}

/* Nothing but zeros until the end. */
int mm_shard_in_finish(struct mm_shard_in *s, struct mm_err *err)
{
    char scratch[8192];
    ssize_t n;

    do {
        mm_shard_in_mark(s);
        n = mm_shard_in_read(s, scratch, sizeof(scratch), err);
        for (ssize_t i = 0; i < n; i++)
            if (scratch[i] != 0)
                return mm_fail(err, MM_EDATA,
                               "corrupted: data behind its end mark near "
                               "byte %llu; to join shards use mm1-mix cat",
                               (unsigned long long)mm_shard_in_offset(s));
    } while (n > 0);
    return n < 0 ? -1 : 0;
}
