/*
 * encode_doc.c - document shards to token shards
 */
#include "data/encode_doc.h"

#include <string.h>

#include "base/log.h"
#include "base/par.h"
#include "data/npy.h"
#include "data/sample.h"
#include "data/shard.h"

/* ---- one sample ---- */

static int add_array(struct mm_sample *s, const char *name,
                     enum mm_npy_type type, size_t n, const void *data,
                     struct mm_err *err)
{
    struct mm_member *m = mm_sample_add(s, name, err);

    if (m == NULL)
        return -1;
    mm_npy_write(&m->data, type, 1, &n, data);
    return mm_buf_check(&m->data, err);
}

/*
 * Add tokens.npy (<i4 [n]) and loss.npy (|u1 [n]) to a sample by its "json"
 * member.  e is work space.  Adds to the counts.
 */
static int encode_sample(const struct mm_tokenizer *t, const struct mm_chat *c,
                         struct mm_sample *s, struct mm_encoded *e,
                         struct mm_encode_counts *n, struct mm_err *err)
{
    struct mm_doc doc = { 0 };
    int result = -1;

    if (mm_doc_from_sample(&doc, s, err) == 0 &&
        mm_chat_encode(c, t, &doc, e, err) == 0 &&
        add_array(s, "tokens.npy", MM_NPY_I4, e->ids.n, e->ids.v, err) == 0 &&
        add_array(s, "loss.npy", MM_NPY_U1, e->ids.n, e->loss.data, err) == 0)
        result = 0;
    if (result == 0) {
        n->documents++;
        n->tokens += (int64_t)e->ids.n;
        n->images += (int64_t)mm_doc_images(&doc);
        for (size_t i = 0; i < e->ids.n; i++)
            n->targets += e->loss.data[i];
    }
    mm_doc_release(&doc);
    return result;
}

/* ---- a shard ---- */

struct item {
    struct mm_sample sample;
    struct mm_encoded work;
    struct mm_encode_counts n;
};

struct job {
    const struct mm_tokenizer *t;
    const struct mm_chat *chat;
    struct mm_shard *in;
    struct mm_shard_writer *out;
    struct mm_encode_counts *n;
};

static int read_item(void *ctx, void *p, struct mm_err *err)
{
    struct job *j = ctx;
    struct item *item = p;

    return mm_shard_next(j->in, &item->sample, err);
}

static int encode_item(void *ctx, void *p, struct mm_err *err)
{
    struct job *j = ctx;
    struct item *item = p;

    memset(&item->n, 0, sizeof item->n);
    if (encode_sample(j->t, j->chat, &item->sample, &item->work, &item->n,
                      err) == 0)
        return 0;
    return mm_fail_in(err, "'%s': sample '%s'", mm_shard_name(j->in),
                      item->sample.key);
}

static int write_item(void *ctx, void *p, struct mm_err *err)
{
    struct job *j = ctx;
    struct item *item = p;

    j->n->documents += item->n.documents;
    j->n->tokens += item->n.tokens;
    j->n->targets += item->n.targets;
    j->n->images += item->n.images;
    mm_progress("%lld documents, %lld tokens", (long long)j->n->documents,
                (long long)j->n->tokens);
    return mm_shard_put(j->out, &item->sample, err);
}

static void free_item(void *ctx, void *p)
{
    struct item *item = p;

    (void)ctx;
    mm_sample_release(&item->sample);
    mm_encoded_release(&item->work);
}

/* The input's meta with what is now known: tokenizer and template. */
static int make_meta(const struct job *j, struct mm_buf *out,
                     struct mm_err *err)
{
    struct mm_json_doc doc;
    struct mm_jw w;

    if (mm_shard_meta(mm_shard_header(j->in), &doc, err) < 0)
        return -1;
    mm_jw_begin(&w, out);
    mm_jw_open(&w, '{');
    for (const struct mm_json *m = doc.root->child; m != NULL; m = m->next) {
        if (strcmp(m->key, "tokenizer") == 0 || strcmp(m->key, "chat") == 0)
            continue;
        mm_jw_key(&w, m->key);
        mm_jw_value(&w, m);
    }
    mm_jw_key(&w, "tokenizer");
    mm_tokenizer_describe(j->t, &w);
    mm_jw_put_str(&w, "chat", mm_chat_name(j->chat));
    mm_jw_close(&w, '}');
    mm_json_release(&doc);
    return mm_buf_check(out, err);
}

static int open_both(struct job *j, const char *in, const char *out,
                     struct mm_err *err)
{
    const struct mm_shard_header *h;
    struct mm_buf meta = { 0 };

    j->in = mm_shard_open(in, err);
    if (j->in == NULL)
        return -1;
    h = mm_shard_header(j->in);
    if (strcmp(h->kind, MM_KIND_DOCUMENTS) != 0)
        return mm_fail(err, MM_EDATA,
                       "'%s' holds %s, not documents; encode what "
                       "mm1-tokenize import made",
                       mm_shard_name(j->in), h->kind);
    if (make_meta(j, &meta, err) == 0)
        j->out = mm_shard_create(out, MM_KIND_TOKENS, meta.data, h->history,
                                 err);
    mm_buf_release(&meta);
    return j->out == NULL ? -1 : 0;
}

static int commit(struct job *j, struct mm_err *err)
{
    struct mm_shard_writer *w = j->out;
    struct mm_buf counts = { 0 };
    int result;

    mm_buf_addf(&counts,
                "{\"documents\":%lld,\"tokens\":%lld,\"targets\":%lld,"
                "\"images\":%lld}",
                (long long)j->n->documents, (long long)j->n->tokens,
                (long long)j->n->targets, (long long)j->n->images);
    if (mm_buf_check(&counts, err) < 0)
        return -1;
    j->out = NULL;
    result = mm_shard_commit(w, counts.data, err);
    mm_buf_release(&counts);
    return result;
}

int mm_encode_shard(const struct mm_tokenizer *t, const struct mm_chat *c,
                    const char *in, const char *out,
                    struct mm_encode_counts *n, struct mm_err *err)
{
    struct job j = { .t = t, .chat = c, .n = n };
    const struct mm_pipeline p = { sizeof(struct item), read_item, encode_item,
                                   write_item, free_item, &j };
    int result = -1;

    memset(n, 0, sizeof *n);
    if (open_both(&j, in, out, err) == 0 &&
        mm_pipeline_run(&p, mm_par_threads(), err) == 0)
        result = commit(&j, err);
    mm_shard_discard(j.out);
    mm_shard_close(j.in);
    return result;
}
