/*
 * tokenizer_text.c - lines of text to lines of ids and back
 */
#include "data/tokenizer_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/par.h"
#include "base/utf8.h"
#include "data/npy.h"
#include "data/tokenizer_lines.h"

struct item {
    struct mm_buf in, out;
    struct mm_ids ids;
    struct mm_sample sample;
    size_t first; /* line of the file, from 1 */
};

struct job {
    const struct mm_tokenizer *t;
    int special;
    struct mm_lines lines;
    struct mm_shard *shard;
    struct mm_out *out;
    int (*line)(const struct job *j, struct item *item, const char *p,
                size_t n, struct mm_err *err);
};

static int read_lines(void *ctx, void *p, struct mm_err *err)
{
    struct job *j = ctx;
    struct item *item = p;

    item->first = j->lines.line + 1;
    return mm_lines_next(&j->lines, &item->in, err);
}

static int work_lines(void *ctx, void *p, struct mm_err *err)
{
    const struct job *j = ctx;
    struct item *item = p;
    size_t line = item->first;

    mm_buf_clear(&item->out);
    for (size_t i = 0, len; i < item->in.len; i += len, line++) {
        const char *text = item->in.data + i;

        len = mm_line_length(text, item->in.len - i);
        item->ids.n = 0;
        if (j->line(j, item, text, len - (text[len - 1] == '\n'), err) < 0)
            return mm_fail_in(err, "'%s': line %zu", mm_in_name(j->lines.in),
                              line);
        mm_buf_addc(&item->out, '\n');
    }
    return mm_buf_check(&item->out, err);
}

static int write_item(void *ctx, void *p, struct mm_err *err)
{
    struct job *j = ctx;
    struct item *item = p;

    return mm_out_write(j->out, item->out.data, item->out.len, err);
}

static void free_item(void *ctx, void *p)
{
    struct item *item = p;

    (void)ctx;
    mm_buf_release(&item->in);
    mm_buf_release(&item->out);
    mm_ids_release(&item->ids);
    mm_sample_release(&item->sample);
}

/* Run the pipeline on what was opened; closes all of it. */
static int run(struct job *j, int opened,
               int (*read)(void *ctx, void *item, struct mm_err *err),
               int (*work)(void *ctx, void *item, struct mm_err *err),
               const char *out, struct mm_err *err)
{
    const struct mm_pipeline p = { sizeof(struct item), read, work, write_item,
                                   free_item, j };
    int result = -1;

    if (opened == 0 && (j->out = mm_out_open(out, err)) != NULL &&
        mm_pipeline_run(&p, mm_par_threads(), err) == 0) {
        result = mm_out_commit(j->out, err);
        j->out = NULL;
    }
    mm_out_discard(j->out);
    mm_lines_close(&j->lines);
    mm_shard_close(j->shard);
    return result;
}

/* ---- text to ids ---- */

static void add_number(struct mm_buf *out, int32_t id)
{
    char digits[12];
    size_t at = sizeof digits;
    uint32_t v = (uint32_t)id;

    do
        digits[--at] = (char)('0' + v % 10);
    while ((v /= 10) > 0);
    mm_buf_add(out, digits + at, sizeof digits - at);
}

static int encode_line(const struct job *j, struct item *item, const char *p,
                       size_t n, struct mm_err *err)
{
    if (mm_tokenizer_encode(j->t, p, n, j->special, &item->ids, err) < 0)
        return -1;
    for (size_t i = 0; i < item->ids.n; i++) {
        if (i > 0)
            mm_buf_addc(&item->out, ' ');
        add_number(&item->out, item->ids.v[i]);
    }
    return 0;
}

int mm_text_encode(const struct mm_tokenizer *t, const char *in,
                   const char *out, int special, struct mm_err *err)
{
    struct job j = { .t = t, .special = special, .line = encode_line };

    return run(&j, mm_lines_open(&j.lines, in, err), read_lines, work_lines,
               out, err);
}

/* ---- ids to text ---- */

/* The id at p[*i], past spaces: 1, 0 at the end, -1 for what is not an id. */
static int take_id(const char *p, size_t n, size_t *i, int32_t *id)
{
    size_t k = *i;
    int64_t v = 0;

    while (k < n && (p[k] == ' ' || p[k] == '\t' || p[k] == '\r'))
        k++;
    *i = k;
    if (k == n)
        return 0;
    for (; k < n && p[k] >= '0' && p[k] <= '9' && v <= INT32_MAX; k++)
        v = v * 10 + (p[k] - '0');
    if (k == *i || v > INT32_MAX ||
        (k < n && memchr(" \t\r", p[k], 3) == NULL))
        return -1;
    *i = k;
    *id = (int32_t)v;
    return 1;
}

static int decode_line(const struct job *j, struct item *item, const char *p,
                       size_t n, struct mm_err *err)
{
    size_t i = 0;
    int32_t id;
    int got;

    while ((got = take_id(p, n, &i, &id)) == 1)
        if (mm_ids_add(&item->ids, id, err) < 0)
            return -1;
    if (got < 0)
        return mm_fail(err, MM_EDATA,
                       "no number at column %zu; ids in decimal with spaces "
                       "between were expected",
                       i + 1);
    return mm_tokenizer_decode(j->t, item->ids.v, item->ids.n, j->special,
                               &item->out, err);
}

int mm_text_decode(const struct mm_tokenizer *t, const char *in,
                   const char *out, int special, struct mm_err *err)
{
    struct job j = { .t = t, .special = special, .line = decode_line };

    return run(&j, mm_lines_open(&j.lines, in, err), read_lines, work_lines,
               out, err);
}

/* ---- shards to text ---- */

static int read_sample(void *ctx, void *p, struct mm_err *err)
{
    struct job *j = ctx;
    struct item *item = p;

    return mm_shard_next(j->shard, &item->sample, err);
}

static int decode_sample(const struct job *j, struct item *item,
                         struct mm_err *err)
{
    const struct mm_member *m = mm_sample_find(&item->sample, "tokens.npy");
    int32_t *ids = NULL;
    size_t n;
    int result;

    if (m == NULL)
        return mm_fail(err, MM_EDATA, "no tokens.npy; is it a tokens shard?");
    if (mm_npy_ints(&ids, &n, m->data.data, m->data.len, err) < 0)
        return -1;
    mm_buf_clear(&item->in);
    result = mm_tokenizer_decode(j->t, ids, n, j->special, &item->in, err);
    free(ids);
    return result;
}

static int work_sample(void *ctx, void *p, struct mm_err *err)
{
    const struct job *j = ctx;
    struct item *item = p;
    struct mm_jw w;

    if (decode_sample(j, item, err) < 0)
        return mm_fail_in(err, "'%s': sample '%s'", mm_shard_name(j->shard),
                          item->sample.key);
    mm_buf_clear(&item->out);
    mm_jw_begin(&w, &item->out);
    mm_jw_open(&w, '{');
    mm_jw_put_str(&w, "key", item->sample.key);
    mm_jw_key(&w, "text");
    mm_jw_strn(&w, item->in.len ? item->in.data : "", item->in.len);
    mm_jw_close(&w, '}');
    mm_buf_addc(&item->out, '\n');
    return mm_buf_check(&item->out, err);
}

int mm_tokenizer_check(const struct mm_tokenizer *t, const struct mm_shard *s,
                       struct mm_err *err)
{
    struct mm_json_doc meta = { 0 };
    const char *hash;
    char own[17];
    int result = mm_shard_meta(mm_shard_header(s), &meta, err);

    snprintf(own, sizeof own, "%016llx",
             (unsigned long long)mm_tokenizer_hash(t));
    hash = mm_json_str(mm_json_get(mm_json_get(meta.root, "tokenizer"), "hash"),
                       own);
    if (result == 0 && strcmp(hash, own) != 0)
        result = mm_fail(err, MM_ECONFIG,
                         "'%s' was made with tokenizer %s, this one is %s",
                         mm_shard_name(s), hash, own);
    mm_json_release(&meta);
    return result;
}

int mm_text_decode_shard(const struct mm_tokenizer *t, const char *in,
                         const char *out, int special, struct mm_err *err)
{
    struct job j = { .t = t, .special = special };

    int opened = -1;

    j.shard = mm_shard_open(in, err);
    if (j.shard != NULL)
        opened = mm_tokenizer_check(t, j.shard, err);
    return run(&j, opened, read_sample, work_sample, out, err);
}
