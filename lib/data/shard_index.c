/*
 * shard_index.c - sample index and seek table
 *
 * The seek table is that of the zstd seekable format 0.1.0 (contrib/
 * seekable_format in the sources of zstd).
 */
#include "data/shard_index.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"

#define SEEK_MAGIC 0x184D2A5Eu
#define SEEK_END 0x8F92EAB1u
#define INDEX_MAGIC 0x184D2A5Du
#define INDEX_VERSION 1
#define FRAME_HEAD 8  /* magic and size of a skippable frame */
#define SEEK_FOOT 9   /* count, flags, magic */
#define SEEK_ENTRY 8  /* compressed size, decompressed size */
#define INDEX_HEAD 20 /* mm1i, version, samples, frames */

void mm_shard_index_release(struct mm_shard_index *x)
{
    free(x->frames);
    memset(x, 0, sizeof(*x));
}

int mm_shard_index_add(struct mm_shard_index *x, uint32_t packed,
                       uint32_t bytes, uint32_t samples, struct mm_err *err)
{
    struct mm_shard_frame *f;

    if (mm_grow(&x->frames, &x->cap, x->n + 1, sizeof(*f), err) != 0)
        return -1;
    f = &x->frames[x->n];
    f->at = x->n ? f[-1].at + f[-1].packed : 0;
    f->first = x->samples;
    f->packed = packed;
    f->bytes = bytes;
    f->samples = samples;
    x->samples += samples;
    x->n++;
    return 0;
}

/* ---- integers ---- */

static void put32(struct mm_buf *b, uint32_t v)
{
    uint8_t p[4] = { (uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16),
                     (uint8_t)(v >> 24) };

    mm_buf_add(b, p, sizeof(p));
}

static void put64(struct mm_buf *b, uint64_t v)
{
    put32(b, (uint32_t)v);
    put32(b, (uint32_t)(v >> 32));
}

static uint32_t get32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}

static uint64_t get64(const uint8_t *p)
{
    return get32(p) | (uint64_t)get32(p + 4) << 32;
}

/* ---- writing ---- */

/* The hash that binds the two: body of the index, entries of the table. */
static int hash_both(const void *body, size_t body_len, const void *table,
                     size_t table_len, uint64_t *out)
{
    struct mm_hash h;

    if (mm_hash_init(&h) != 0)
        return -1;
    mm_hash_add(&h, body, body_len);
    mm_hash_add(&h, table, table_len);
    *out = mm_hash_value(&h);
    mm_hash_release(&h);
    return 0;
}

static void print_body(const struct mm_shard_index *x, struct mm_buf *b)
{
    mm_buf_add(b, "mm1i", 4);
    put32(b, INDEX_VERSION);
    put64(b, x->samples);
    put32(b, (uint32_t)x->n);
    for (size_t i = 0; i < x->n; i++)
        put32(b, x->frames[i].samples);
}

static void print_entries(const struct mm_shard_index *x, size_t index_bytes,
                          struct mm_buf *b)
{
    for (size_t i = 0; i < x->n; i++) {
        put32(b, x->frames[i].packed);
        put32(b, x->frames[i].bytes);
    }
    put32(b, (uint32_t)index_bytes);
    put32(b, 0);
}

void mm_shard_index_print(const struct mm_shard_index *x, struct mm_buf *out)
{
    struct mm_buf body = { 0 }, table = { 0 };
    uint64_t hash = 0;

    print_body(x, &body);
    print_entries(x, FRAME_HEAD + body.len + 8, &table);
    if (body.failed || table.failed ||
        hash_both(body.data, body.len, table.data, table.len, &hash) != 0) {
        out->failed = 1;
    } else {
        put32(out, INDEX_MAGIC);
        put32(out, (uint32_t)body.len + 8);
        mm_buf_add(out, body.data, body.len);
        put64(out, hash);
        put32(out, SEEK_MAGIC);
        put32(out, (uint32_t)table.len + SEEK_FOOT);
        mm_buf_add(out, table.data, table.len);
        put32(out, (uint32_t)x->n + 1);
        mm_buf_addc(out, 0);
        put32(out, SEEK_END);
    }
    mm_buf_release(&body);
    mm_buf_release(&table);
}

/* ---- reading ---- */

static int none(struct mm_err *err, const char *why)
{
    return mm_fail(err, MM_EDATA, "has no index to read samples by number "
                                  "(%s); mm1-mix cat -o writes one",
                   why);
}

static int wrong(struct mm_err *err, const char *what)
{
    return mm_fail(err, MM_EDATA, "corrupted: %s; mm1-mix cat -o "
                                  "writes it anew",
                   what);
}

/* The last n bytes of the first end bytes of the file, allocated. */
static uint8_t *read_tail(struct mm_in *in, uint64_t end, size_t n,
                          struct mm_err *err)
{
    uint8_t *p = mm_alloc(n, 1, err);

    if (p && mm_in_pread(in, p, n, end - n, err) != 0) {
        free(p);
        return NULL;
    }
    return p;
}

/* The seek table of a file, whole frame; *entries of it. */
static uint8_t *read_table(struct mm_in *in, size_t *entries,
                           struct mm_err *err)
{
    uint64_t size = mm_in_size(in);
    uint8_t foot[SEEK_FOOT], *p;
    uint64_t n, bytes;

    if (size < FRAME_HEAD + SEEK_FOOT) {
        none(err, "it is too short");
        return NULL;
    }
    if (mm_in_pread(in, foot, SEEK_FOOT, size - SEEK_FOOT, err) != 0)
        return NULL;
    n = get32(foot);
    bytes = FRAME_HEAD + n * SEEK_ENTRY + SEEK_FOOT;
    if (get32(foot + 5) != SEEK_END || foot[4] != 0 || bytes > size ||
        n == 0) {
        none(err, "it was cut short, or another program made it");
        return NULL;
    }
    p = read_tail(in, size, (size_t)bytes, err);
    if (p && (get32(p) != SEEK_MAGIC || get32(p + 4) != bytes - FRAME_HEAD)) {
        free(p);
        wrong(err, "its seek table is damaged");
        return NULL;
    }
    *entries = (size_t)n;
    return p;
}

/* Do the parts of an index frame of n bytes fit to each other? */
static int index_fits(const uint8_t *p, size_t n, const uint8_t *table,
                      size_t entries)
{
    const uint8_t *body = p + FRAME_HEAD;
    size_t body_len = n - FRAME_HEAD - 8;
    uint64_t hash;

    return get32(p) == INDEX_MAGIC && get32(p + 4) == n - FRAME_HEAD &&
           memcmp(body, "mm1i", 4) == 0 && get32(body + 4) == INDEX_VERSION &&
           get32(body + 16) == entries - 1 &&
           hash_both(body, body_len, table + FRAME_HEAD, entries * SEEK_ENTRY,
                     &hash) == 0 &&
           get64(body + body_len) == hash;
}

/* counts: samples per frame, 4 bytes each; table: entries of the seek table */
static int take_frames(struct mm_shard_index *x, const uint8_t *counts,
                       const uint8_t *table, size_t n, struct mm_err *err)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t packed = get32(table + i * SEEK_ENTRY);
        uint32_t bytes = get32(table + i * SEEK_ENTRY + 4);
        uint32_t samples = get32(counts + 4 * i);

        /* each sample has a header of 512 bytes at least */
        if (samples > bytes / 512 ||
            (samples && bytes > MM_SHARD_FRAME_MAX))
            return wrong(err, "its index cannot be");
        if (mm_shard_index_add(x, packed, bytes, samples, err) != 0)
            return -1;
    }
    return 0;
}

/* From a seek table of that many entries; the last is that of the index. */
static int read_index(struct mm_shard_index *x, struct mm_in *in,
                      const uint8_t *table, size_t entries, struct mm_err *err)
{
    const uint8_t *entry = table + FRAME_HEAD;
    size_t table_bytes = FRAME_HEAD + entries * SEEK_ENTRY + SEEK_FOOT;
    size_t n = get32(entry + (entries - 1) * SEEK_ENTRY);
    size_t want = FRAME_HEAD + INDEX_HEAD + 4 * (entries - 1) + 8;
    uint64_t end = mm_in_size(in) - table_bytes;
    uint8_t *p;
    int result = -1;

    if (n != want || n > end ||
        get32(entry + (entries - 1) * SEEK_ENTRY + 4) != 0)
        return none(err, "another program made it");
    p = read_tail(in, end, n, err);
    if (!p)
        return -1;
    if (!index_fits(p, n, table, entries))
        wrong(err, "its index is damaged");
    else
        result = take_frames(x, p + FRAME_HEAD + INDEX_HEAD, entry,
                             entries - 1, err);
    if (result == 0 && (x->samples != get64(p + FRAME_HEAD + 8) || x->n < 2 ||
                        x->frames[x->n - 1].at + x->frames[x->n - 1].packed !=
                            end - n))
        result = wrong(err, "its index does not fit to it");
    free(p);
    return result;
}

int mm_shard_index_read(struct mm_shard_index *x, struct mm_in *in,
                        struct mm_err *err)
{
    uint8_t *table;
    size_t entries;
    int result;

    memset(x, 0, sizeof(*x));
    if (!mm_in_is_file(in))
        return none(err, "it is no file");
    table = read_table(in, &entries, err);
    if (!table)
        return -1;
    result = read_index(x, in, table, entries, err);
    free(table);
    if (result != 0)
        mm_shard_index_release(x);
    return result;
}

size_t mm_shard_index_find(const struct mm_shard_index *x, uint64_t i)
{
    size_t lo = 0, hi = x->n; /* frames[lo].first <= i < frames[hi].first */

    assert(i < x->samples);
    while (hi - lo > 1) {
        size_t mid = lo + (hi - lo) / 2;

        if (x->frames[mid].first <= i)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}
