/*
 * mix_run.c - sources into packed sequences
 */
#include "data/mix_run.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "data/mix_plan.h"
#include "data/shard_header.h"

struct source {
    struct mm_mix_source *samples;
    struct mm_packer *packer;
    struct mm_json_doc meta;
    uint64_t read; /* samples, of all epochs */
    int dry;       /* it gives no more */
};

struct run {
    const struct mm_mix_config *c;
    struct mm_pack_config pack;
    struct source *sources; /* [c->n] */
    struct mm_mix_plan plan;
    struct mm_sample sample, sequence;
    struct mm_shard_writer *w;
    uint64_t done;
};

static void run_release(struct run *r)
{
    for (size_t i = 0; r->sources && i < r->c->n; i++) {
        mm_mix_source_close(r->sources[i].samples);
        mm_packer_free(r->sources[i].packer);
        mm_json_release(&r->sources[i].meta);
    }
    free(r->sources);
    mm_mix_plan_release(&r->plan);
    mm_sample_release(&r->sample);
    mm_sample_release(&r->sequence);
    mm_shard_discard(r->w);
}

/* ---- what the sources are ---- */

static int check_kind(const struct mm_shard_header *h, struct mm_err *err)
{
    if (strcmp(h->kind, MM_KIND_TOKENS) == 0 ||
        strcmp(h->kind, MM_KIND_PIXELS) == 0)
        return 0;
    return mm_fail(err, MM_EDATA, "holds %s, not tokens or pixels%s", h->kind,
                   strcmp(h->kind, MM_KIND_DOCUMENTS) == 0
                       ? "; run mm1-tokenize encode first"
                       : "");
}

static int open_source(struct run *r, size_t i, struct mm_err *err)
{
    const struct mm_mix_input *in = &r->c->inputs[i];
    struct source *s = &r->sources[i];
    const struct mm_shard_header *h;

    s->samples = mm_mix_source_open((const char *const *)in->paths,
                                    in->n_paths, r->c->shuffle, r->c->seed, i,
                                    err);
    if (!s->samples)
        return -1;
    h = mm_mix_source_header(s->samples);
    if (check_kind(h, err) != 0 || mm_shard_meta(h, &s->meta, err) != 0)
        return mm_fail_in(err, "source '%s'", in->name);
    return 0;
}

static int id_of(const struct mm_json *tokenizer, const char *name,
                 int32_t *out, size_t vocab_size, struct mm_err *err)
{
    int64_t id = mm_json_int(mm_json_get(tokenizer, name), -1);

    if (id < 0 || (uint64_t)id >= vocab_size)
        return mm_fail(err, MM_EDATA, "meta.tokenizer has no '%s'", name);
    *out = (int32_t)id;
    return 0;
}

/* The ids that packing needs, from the first source's meta. */
static int take_ids(struct run *r, struct mm_err *err)
{
    struct mm_pack_config *p = &r->pack;
    const struct mm_json *t =
        mm_json_get(r->sources[0].meta.root, "tokenizer");
    int64_t v = mm_json_int(mm_json_get(t, "vocab_size"), -1);

    if (v < 1 || v > INT32_MAX)
        return mm_fail(err, MM_EDATA, "source '%s': meta.tokenizer has no "
                                      "'vocab_size'",
                       r->c->inputs[0].name);
    p->vocab_size = (size_t)v;
    if (id_of(t, "bos", &p->bos, p->vocab_size, err) != 0 ||
        id_of(t, "eos", &p->eos, p->vocab_size, err) != 0 ||
        id_of(t, "pad", &p->pad, p->vocab_size, err) != 0 ||
        id_of(t, "image", &p->image, p->vocab_size, err) != 0)
        return mm_fail_in(err, "source '%s'", r->c->inputs[0].name);
    return 0;
}

static int same_value(const struct mm_json *a, const struct mm_json *b)
{
    struct mm_buf x = { 0 }, y = { 0 };
    struct mm_jw w;
    int same;

    mm_jw_begin(&w, &x);
    mm_jw_value(&w, a);
    mm_jw_begin(&w, &y);
    mm_jw_value(&w, b);
    same = !x.failed && !y.failed && x.len == y.len &&
           memcmp(x.data, y.data, x.len) == 0;
    mm_buf_release(&x);
    mm_buf_release(&y);
    return same;
}

/*
 * The value of a member of meta that all sources who have it agree on.
 * *at: the first that has it, or n.
 */
static int agree(const struct run *r, const char *name, size_t *at,
                 struct mm_err *err)
{
    const struct mm_json *first = NULL, *v;

    *at = r->c->n;
    for (size_t i = 0; i < r->c->n; i++) {
        v = mm_json_get(r->sources[i].meta.root, name);
        if (v && !first) {
            first = v;
            *at = i;
        } else if (v && !same_value(first, v)) {
            return mm_fail(err, MM_EDATA, "sources '%s' and '%s' have "
                                          "different %s; make both with the "
                                          "same",
                           r->c->inputs[*at].name, r->c->inputs[i].name, name);
        }
    }
    return 0;
}

static void print_packing(struct mm_jw *w, const struct mm_pack_config *p)
{
    mm_jw_key(w, "packing");
    mm_jw_open(w, '{');
    mm_jw_put_size(w, "seq_len", p->seq_len);
    mm_jw_put_size(w, "image_tokens", p->image_tokens);
    mm_jw_put_size(w, "max_images", p->max_images);
    mm_jw_close(w, '}');
}

/* What is true of the result. */
static int print_meta(const struct run *r, struct mm_buf *out,
                      struct mm_err *err)
{
    static const char *const names[] = { "tokenizer", "pixels" };
    struct mm_jw w;

    mm_jw_begin(&w, out);
    mm_jw_open(&w, '{');
    for (size_t k = 0; k < 2; k++) {
        size_t at;

        if (agree(r, names[k], &at, err) != 0)
            return -1;
        if (at == r->c->n)
            continue;
        mm_jw_key(&w, names[k]);
        mm_jw_value(&w, mm_json_get(r->sources[at].meta.root, names[k]));
    }
    print_packing(&w, &r->pack);
    mm_jw_close(&w, '}');
    return mm_buf_check(out, err);
}

/* ---- sequences ---- */

/* Why pictures do not fit, and what would; "" where none did not */
static void explain(const struct run *r, const struct mm_pack_counts *n,
                    char text[200])
{
    const struct mm_pack_config *p = &r->pack;

    *text = '\0';
    if (n->too_many > 0)
        snprintf(text, 200,
                 "; a picture of %llu view%s needs %llu image tokens, "
                 "--seq-len %zu has room for %zu, --max-images allows %zu",
                 (unsigned long long)n->too_many, n->too_many > 1 ? "s" : "",
                 (unsigned long long)(n->too_many * p->image_tokens),
                 p->seq_len, (p->seq_len - 1) / p->image_tokens,
                 p->max_images);
}

/* At the end of an epoch of a source. */
static int begin_again(struct run *r, size_t i, struct mm_err *err)
{
    struct source *s = &r->sources[i];
    const struct mm_pack_counts *n = mm_packer_counts(s->packer);
    char why[200];

    explain(r, n, why);
    if (s->read == 0)
        return mm_fail(err, MM_EDATA, "source '%s' has no samples",
                       r->c->inputs[i].name);
    if (n->dropped_long + n->dropped_image == n->documents)
        return mm_fail(err, MM_EDATA,
                       "source '%s': no document fits; a longer --seq-len or "
                       "more --max-images may help%s",
                       r->c->inputs[i].name, why);
    if (r->c->sequences == 0 || !mm_mix_source_can_repeat(s->samples)) {
        if (!s->dry) {
            s->dry = 1;
            return mm_packer_flush(s->packer, err);
        }
        if (r->c->sequences == 0)
            return 0;
    }
    return mm_mix_source_again(s->samples, err);
}

/* The next sequence of source i: 1, 0 when it is dry, -1. */
static int next_sequence(struct run *r, size_t i, struct mm_err *err)
{
    struct source *s = &r->sources[i];

    for (;;) {
        int got = mm_packer_take(s->packer, &r->sequence, err);

        if (got != 0)
            return got;
        if (s->dry && r->c->sequences == 0)
            return 0;
        got = mm_mix_source_next(s->samples, &r->sample, err);
        if (got < 0)
            return -1;
        if (got == 0) {
            if (begin_again(r, i, err) != 0)
                return -1;
            continue;
        }
        s->read++;
        mm_mix_plan_read(&r->plan, i, mm_mix_source_count(s->samples));
        if (mm_packer_put(s->packer, &r->sample, err) != 0)
            return mm_fail_in(err, "source '%s'", r->c->inputs[i].name);
    }
}

static int put_sequence(struct run *r, struct mm_err *err)
{
    char key[24];

    snprintf(key, sizeof(key), "%08" PRIu64, r->done);
    if (mm_sample_set_key(&r->sequence, key, err) != 0 ||
        mm_shard_put(r->w, &r->sequence, err) != 0)
        return -1;
    r->done++;
    mm_progress("%" PRIu64 " sequences", r->done);
    return 0;
}

static int run_all(struct run *r, struct mm_err *err)
{
    while (r->c->sequences == 0 || r->done < r->c->sequences) {
        size_t i;
        int got;

        if (mm_mix_plan_next(&r->plan, &i, err) != 0)
            return -1;
        if (i == r->c->n)
            break;
        got = next_sequence(r, i, err);
        if (got < 0)
            return -1;
        if (got == 0 && !r->c->by_documents)
            break;
        if (got == 0) {
            mm_mix_plan_out(&r->plan, i);
            continue;
        }
        if (put_sequence(r, err) != 0)
            return -1;
    }
    return 0;
}

/* ---- what is told at the end ---- */

static double fill(const struct run *r, const struct mm_pack_counts *n)
{
    double all = (double)n->sequences * (double)r->pack.seq_len;

    return all > 0 ? round((double)n->tokens / all * 1e4) / 1e4 : 0;
}

static void print_counts(struct mm_jw *w, const struct run *r,
                         const struct mm_pack_counts *n)
{
    mm_jw_put_size(w, "sequences", n->sequences);
    mm_jw_put_size(w, "tokens", n->tokens);
    mm_jw_put_size(w, "targets", n->targets);
    mm_jw_put_size(w, "images", n->images);
    mm_jw_put_size(w, "views", n->views);
    mm_jw_put_num(w, "fill", fill(r, n));
}

static void print_source(struct mm_jw *w, const struct run *r, size_t i,
                         struct mm_pack_counts *all)
{
    const struct source *s = &r->sources[i];
    const struct mm_pack_counts *n = mm_packer_counts(s->packer);

    mm_jw_open(w, '{');
    mm_jw_put_str(w, "name", r->c->inputs[i].name);
    mm_jw_put_num(w, "weight", r->c->inputs[i].weight);
    print_counts(w, r, n);
    mm_jw_put_size(w, "documents", n->documents);
    mm_jw_put_size(w, "cut", n->cut);
    mm_jw_put_size(w, "dropped_long", n->dropped_long);
    mm_jw_put_size(w, "dropped_image", n->dropped_image);
    mm_jw_put_size(w, "repeats", mm_mix_source_epoch(s->samples));
    mm_jw_key(w, "hash");
    mm_mix_source_hashes(s->samples, w);
    mm_jw_close(w, '}');
    all->sequences += n->sequences;
    all->tokens += n->tokens;
    all->targets += n->targets;
    all->images += n->images;
    all->views += n->views;
}

static void say_dropped(const struct run *r, size_t i)
{
    const struct mm_pack_counts *n = mm_packer_counts(r->sources[i].packer);
    uint64_t dropped = n->dropped_long + n->dropped_image;
    char why[200];

    explain(r, n, why);
    if (dropped)
        mm_log(MM_LOG_WARN,
               "source '%s': %llu of %llu documents do not fit and were "
               "dropped%s",
               r->c->inputs[i].name, (unsigned long long)dropped,
               (unsigned long long)n->documents, why);
}

static int finish(struct run *r, struct mm_err *err)
{
    struct mm_pack_counts all = { 0 };
    struct mm_buf b = { 0 };
    struct mm_jw w;
    int result;

    mm_jw_begin(&w, &b);
    mm_jw_open(&w, '{');
    mm_jw_key(&w, "sources");
    mm_jw_open(&w, '[');
    for (size_t i = 0; i < r->c->n; i++) {
        print_source(&w, r, i, &all);
        say_dropped(r, i);
    }
    mm_jw_close(&w, ']');
    print_counts(&w, r, &all);
    if (r->plan.n_pieces > 1) {
        mm_jw_key(&w, "schedule");
        mm_mix_plan_print(&r->plan, &w);
    }
    mm_jw_close(&w, '}');
    result = mm_buf_check(&b, err);
    if (result == 0) {
        result = mm_shard_commit(r->w, b.data, err);
        r->w = NULL;
    }
    mm_buf_release(&b);
    return result;
}

/* ---- the whole ---- */

static int open_output(struct run *r, const char *path, struct mm_err *err)
{
    struct mm_shard_header h = { 0 };
    struct mm_buf meta = { 0 };
    int result = mm_shard_header_copy(
        &h, mm_mix_source_header(r->sources[0].samples), err);

    for (size_t i = 1; result == 0 && i < r->c->n; i++)
        result = mm_shard_history_join(
            &h, mm_mix_source_header(r->sources[i].samples), err);
    if (result == 0 && print_meta(r, &meta, err) == 0)
        r->w = mm_shard_create(path, MM_KIND_PACKED, meta.data, h.history,
                               err);
    mm_buf_release(&meta);
    mm_shard_header_release(&h);
    return r->w ? 0 : -1;
}

static int start(struct run *r, const char *path, struct mm_err *err)
{
    size_t n = r->c->n;

    if (n == 0 || n > MM_MIX_SOURCES_MAX)
        return mm_fail(err, MM_EUSAGE, "1 to %d sources can be mixed",
                       MM_MIX_SOURCES_MAX);
    r->sources = mm_alloc(n, sizeof(*r->sources), err);
    if (!r->sources)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (open_source(r, i, err) != 0)
            return -1;
    if (take_ids(r, err) != 0 ||
        mm_mix_plan_init(&r->plan, r->c->inputs, n,
                         r->c->step ? r->c->step : 1, err) != 0)
        return -1;
    if (r->c->by_documents &&
        (r->c->shuffle.kind != MM_SHUFFLE_FRAMES
             ? mm_fail(err, MM_EUSAGE, "--weigh documents needs to know how "
                                       "many there are: files, and --shuffle "
                                       "frames=W")
             : mm_mix_plan_by_documents(&r->plan, err)) != 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        r->sources[i].packer =
            mm_packer_create(&r->pack, r->c->inputs[i].name, err);
        if (!r->sources[i].packer)
            return -1;
    }
    return open_output(r, path, err);
}

int mm_mix_run(const struct mm_mix_config *c, const char *path,
               struct mm_err *err)
{
    struct run r = { .c = c, .pack = c->pack };
    int result = start(&r, path, err);

    if (result == 0)
        result = run_all(&r, err);
    if (result == 0)
        result = finish(&r, err);
    run_release(&r);
    return result;
}
