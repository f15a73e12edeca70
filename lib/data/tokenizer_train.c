/*
 * tokenizer_train.c - learn a tokenizer from files
 */
#include "data/tokenizer_train.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/par.h"
#include "data/chat.h"
#include "data/doc.h"
#include "data/shard.h"
#include "data/tokenizer_lines.h"

enum { BATCH = 1 << 20 }; /* bytes of documents that are counted together */

struct item {
    struct mm_buf bytes;
    size_t *ends; /* of documents in bytes; text has none */
    size_t n, cap;
    struct mm_map words;
    int64_t texts;
};

struct job {
    struct mm_shard *shard; /* or */
    struct mm_lines lines;
    struct mm_sample sample;
    struct mm_map *words;
    struct mm_train_counts *n;
};

/* ---- read ---- */

static int add_document(struct item *item, const struct mm_sample *s,
                        struct mm_err *err)
{
    const struct mm_member *m = mm_sample_find(s, "json");

    if (m == NULL)
        return mm_fail(err, MM_EDATA, "sample '%s' has no json", s->key);
    if (mm_grow(&item->ends, &item->cap, item->n + 1, sizeof *item->ends,
                err) < 0)
        return -1;
    mm_buf_add(&item->bytes, m->data.data, m->data.len);
    item->ends[item->n++] = item->bytes.len;
    return mm_buf_check(&item->bytes, err);
}

static int read_documents(struct job *j, struct item *item,
                          struct mm_err *err)
{
    int got = 1;

    mm_buf_clear(&item->bytes);
    item->n = 0;
    while (item->bytes.len < BATCH) {
        got = mm_shard_next(j->shard, &j->sample, err);
        if (got <= 0)
            break;
        if (add_document(item, &j->sample, err) < 0)
            return mm_fail_in(err, "'%s'", mm_shard_name(j->shard));
    }
    if (got < 0)
        return -1;
    return item->n > 0;
}

static int read_item(void *ctx, void *p, struct mm_err *err)
{
    struct job *j = ctx;
    struct item *item = p;

    if (j->shard != NULL)
        return read_documents(j, item, err);
    return mm_lines_next(&j->lines, &item->bytes, err);
}

/* ---- count ---- */

/* Words are those that running text has. */
static int count_part(struct item *item, const struct mm_doc *d, size_t i,
                      struct mm_buf *spaced, struct mm_err *err)
{
    const struct mm_doc_part *p = &d->parts[i];

    if (p->text == NULL)
        return 0;
    item->texts++;
    if (!mm_chat_spaced(d, i))
        return mm_bpe_count(&item->words, p->text, p->text_len, err);
    mm_buf_clear(spaced);
    mm_buf_addc(spaced, ' ');
    mm_buf_add(spaced, p->text, p->text_len);
    if (mm_buf_check(spaced, err) < 0)
        return -1;
    return mm_bpe_count(&item->words, spaced->data, spaced->len, err);
}

static int count_document(struct item *item, const char *json, size_t n,
                          struct mm_err *err)
{
    struct mm_buf spaced = { 0 };
    struct mm_doc d = { 0 };
    int result = mm_doc_parse(&d, json, n, err);

    for (size_t i = 0; result == 0 && i < d.n; i++)
        result = count_part(item, &d, i, &spaced, err);
    mm_doc_release(&d);
    mm_buf_release(&spaced);
    return result;
}

static int count_lines(struct item *item, struct mm_err *err)
{
    const char *p = item->bytes.data;

    for (size_t i = 0, len; i < item->bytes.len; i += len) {
        len = mm_line_length(p + i, item->bytes.len - i);
        if (mm_bpe_count(&item->words, p + i, len, err) < 0)
            return -1;
        item->texts++;
    }
    return 0;
}

static int count_item(void *ctx, void *p, struct mm_err *err)
{
    const struct job *j = ctx;
    struct item *item = p;
    size_t begin = 0;

    item->texts = 0;
    if (j->shard == NULL)
        return count_lines(item, err);
    for (size_t i = 0; i < item->n; begin = item->ends[i++])
        if (count_document(item, item->bytes.data + begin,
                           item->ends[i] - begin, err) < 0)
            return mm_fail_in(err, "'%s'", mm_shard_name(j->shard));
    return 0;
}

static int add_item(void *ctx, void *p, struct mm_err *err)
{
    struct job *j = ctx;
    struct item *item = p;
    size_t pos = 0, n;
    const char *key;
    int64_t count;

    while (mm_map_next(&item->words, &pos, &key, &n, &count)) {
        int64_t *sum = mm_map_at(j->words, key, n, err);

        if (sum == NULL)
            return -1;
        *sum += count;
        j->n->words += count;
    }
    j->n->texts += item->texts;
    mm_map_release(&item->words);
    mm_progress("%lld words, %zu different", (long long)j->n->words,
                j->words->n);
    return 0;
}

static void free_item(void *ctx, void *p)
{
    struct item *item = p;

    (void)ctx;
    mm_buf_release(&item->bytes);
    mm_map_release(&item->words);
    free(item->ends);
}

static int open_input(struct job *j, const char *path, int is_shard,
                      struct mm_err *err)
{
    is_shard = mm_input_is_shard(path, is_shard, err);
    if (is_shard < 0)
        return -1;
    if (!is_shard)
        return mm_lines_open(&j->lines, path, err);
    j->shard = mm_shard_open(path, err);
    return j->shard == NULL ? -1 : 0;
}

int mm_tokenizer_count_file(struct mm_map *words, const char *path,
                            int is_shard, struct mm_train_counts *n,
                            struct mm_err *err)
{
    struct job j = { .words = words, .n = n };
    const struct mm_pipeline p = { sizeof(struct item), read_item, count_item,
                                   add_item, free_item, &j };
    int result = open_input(&j, path, is_shard, err);

    if (result == 0)
        result = mm_pipeline_run(&p, mm_par_threads(), err);
    mm_shard_close(j.shard);
    mm_lines_close(&j.lines);
    mm_sample_release(&j.sample);
    return result;
}
