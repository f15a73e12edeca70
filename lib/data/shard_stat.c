/*
 * shard_stat.c - what is in a shard, in numbers
 */
#include "data/shard_stat.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/map.h"
#include "data/doc.h"
#include "data/npy.h"
#include "data/shard.h"
#include "data/shard_header.h"

#define NAMES_MAX 1000 /* of members that are told apart */

struct stat_sums {
    struct mm_shard_sum sum;
    uint64_t kinds[4], pictures; /* by enum mm_doc_kind */
    uint64_t tokens, targets;
    struct mm_map count, bytes; /* by name of member */
};

static void sums_release(struct stat_sums *t)
{
    mm_shard_sum_release(&t->sum);
    mm_map_release(&t->count);
    mm_map_release(&t->bytes);
}

/* "17.jpg" is counted as "N.jpg". */
static int count_member(struct stat_sums *t, const struct mm_member *m,
                        struct mm_err *err)
{
    struct mm_buf name = { 0 };
    size_t digits = strspn(m->name, "0123456789");
    int64_t *count = NULL, *bytes = NULL;

    if (digits && m->name[digits] == '.')
        mm_buf_addf(&name, "N%s", m->name + digits);
    else
        mm_buf_adds(&name, t->count.n < NAMES_MAX ? m->name : "other");
    if (mm_buf_check(&name, err) == 0) {
        count = mm_map_at(&t->count, name.data, name.len, err);
        bytes = mm_map_at(&t->bytes, name.data, name.len, err);
    }
    mm_buf_release(&name);
    if (!count || !bytes)
        return -1;
    ++*count;
    *bytes += (int64_t)m->data.len;
    return 0;
}

/* A sample without a document is not an error here; lint says so. */
static void count_document(struct stat_sums *t, const struct mm_sample *s)
{
    struct mm_err ignored;
    struct mm_doc d;

    if (mm_doc_from_sample(&d, s, &ignored) != 0)
        return;
    t->kinds[mm_doc_kind(&d)]++;
    t->pictures += mm_doc_images(&d);
    mm_doc_release(&d);
}

static void count_tokens(struct stat_sums *t, const struct mm_sample *s)
{
    const struct mm_member *tokens = mm_sample_find(s, "tokens.npy");
    const struct mm_member *loss = mm_sample_find(s, "loss.npy");
    struct mm_err ignored;
    struct mm_npy a;

    if (tokens && mm_npy_parse(&a, tokens->data.data, tokens->data.len,
                               &ignored) == 0)
        t->tokens += a.count;
    if (!loss ||
        mm_npy_parse(&a, loss->data.data, loss->data.len, &ignored) != 0 ||
        a.type != MM_NPY_U1)
        return;
    for (size_t i = 0; i < a.count; i++)
        t->targets += ((const uint8_t *)a.data)[i] != 0;
}

static int add_sample(struct stat_sums *t, const struct mm_sample *s,
                      struct mm_err *err)
{
    mm_shard_sum_add(&t->sum, s);
    count_document(t, s);
    count_tokens(t, s);
    for (size_t i = 0; i < s->n; i++)
        if (count_member(t, &s->members[i], err) != 0)
            return -1;
    return 0;
}

/* ---- printing ---- */

static void print_sum(struct mm_jw *w, const struct mm_shard_sum *s)
{
    char hex[17];

    mm_jw_put_size(w, "samples", s->samples);
    mm_jw_put_size(w, "members", s->members);
    mm_jw_put_size(w, "bytes", s->bytes);
    snprintf(hex, sizeof(hex), "%016" PRIx64, mm_hash_value(&s->hash));
    mm_jw_put_str(w, "hash", hex);
}

static void print_documents(struct mm_jw *w, const struct stat_sums *t)
{
    mm_jw_key(w, "documents");
    mm_jw_open(w, '{');
    mm_jw_put_size(w, "text", t->kinds[MM_DOC_TEXT]);
    mm_jw_put_size(w, "pair", t->kinds[MM_DOC_PAIR]);
    mm_jw_put_size(w, "interleaved", t->kinds[MM_DOC_INTERLEAVED]);
    mm_jw_put_size(w, "chat", t->kinds[MM_DOC_CHAT]);
    mm_jw_close(w, '}');
    mm_jw_put_size(w, "pictures", t->pictures);
    if (t->tokens) {
        mm_jw_put_size(w, "tokens", t->tokens);
        mm_jw_put_size(w, "targets", t->targets);
    }
}

static void print_names(struct mm_jw *w, const struct stat_sums *t)
{
    const char *name;
    size_t at = 0, n;
    int64_t count;

    mm_jw_key(w, "names");
    mm_jw_open(w, '{');
    while (mm_map_next(&t->count, &at, &name, &n, &count)) {
        char key[256];

        snprintf(key, sizeof(key), "%.*s", (int)n, name);
        mm_jw_key(w, key);
        mm_jw_open(w, '[');
        mm_jw_int(w, count);
        mm_jw_int(w, *mm_map_get(&t->bytes, name, n));
        mm_jw_close(w, ']');
    }
    mm_jw_close(w, '}');
}

/* The program's own counts out of the trailer. */
static int print_counts(struct mm_jw *w, const char *trailer,
                        struct mm_err *err)
{
    struct mm_json_doc doc;
    const struct mm_json *counts;

    if (!trailer)
        return 0;
    if (mm_json_parse(&doc, trailer, strlen(trailer), err) != 0)
        return -1;
    counts = mm_json_get(doc.root, "counts");
    if (counts) {
        mm_jw_key(w, "counts");
        mm_jw_value(w, counts);
    }
    mm_json_release(&doc);
    return 0;
}

static int print_all(struct mm_jw *w, const struct mm_shard *r,
                     const struct stat_sums *t, struct mm_err *err)
{
    const struct mm_shard_header *h = mm_shard_header(r);

    mm_jw_open(w, '{');
    mm_jw_put_str(w, "file", mm_shard_name(r));
    mm_jw_put_int(w, "format", h->version);
    mm_jw_put_str(w, "kind", h->kind);
    print_sum(w, &t->sum);
    if (strcmp(h->kind, MM_KIND_PACKED) != 0) /* counts has its tokens */
        print_documents(w, t);
    print_names(w, t);
    if (print_counts(w, mm_shard_trailer(r), err) != 0)
        return -1;
    mm_jw_key(w, "meta");
    mm_jw_raw(w, h->meta, strlen(h->meta));
    mm_jw_key(w, "history");
    mm_jw_raw(w, h->history, strlen(h->history));
    mm_jw_close(w, '}');
    return 0;
}

int mm_shard_stat(const char *path, struct mm_buf *out, struct mm_err *err)
{
    struct mm_shard *r = mm_shard_open(path, err);
    struct stat_sums t = { 0 };
    struct mm_sample s = { 0 };
    struct mm_jw w;
    int got = -1;

    if (!r)
        return -1;
    if (mm_shard_sum_init(&t.sum, err) == 0)
        while ((got = mm_shard_next(r, &s, err)) > 0)
            if (add_sample(&t, &s, err) != 0) {
                got = -1;
                break;
            }
    mm_jw_begin(&w, out);
    if (got == 0)
        got = print_all(&w, r, &t, err);
    if (got == 0)
        got = mm_buf_check(out, err);
    sums_release(&t);
    mm_sample_release(&s);
    mm_shard_close(r);
    return got;
}
