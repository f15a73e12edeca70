/*
 * fit.c - do data, model and tokenizer belong together?
 */
#include "train/fit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/log.h"
#include "model/rundir.h"

static uint64_t tokenizer_of(const struct mm_packed_info *info)
{
    return strtoull(info->tokenizer, NULL, 16);
}

void mm_fit_adopt(struct mm_config *c, const struct mm_packed_info *info)
{
    struct mm_text_config *t = &c->text;

    t->vocab = info->vocab_size;
    t->bos = info->bos;
    t->eos = info->eos;
    t->pad = info->pad;
    t->image = info->image;
    c->tokenizer_hash = tokenizer_of(info);
}

int mm_fit_tokenizer(const struct mm_config *c,
                     const struct mm_packed_info *info, struct mm_err *err)
{
    const struct mm_text_config *t = &c->text;

    if (info->vocab_size > t->vocab)
        return mm_fail(err, MM_ECONFIG, "the data has %zu tokens, the model "
                                        "knows %zu: it was made with another "
                                        "tokenizer",
                       info->vocab_size, t->vocab);
    if (c->tokenizer_hash && tokenizer_of(info) != c->tokenizer_hash)
        return mm_fail(err, MM_ECONFIG, "the data was made with tokenizer %s, "
                                        "the model with %016llx; encode it "
                                        "with the model's tokenizer.json",
                       info->tokenizer,
                       (unsigned long long)c->tokenizer_hash);
    if (info->image != t->image || info->bos != t->bos || info->eos != t->eos)
        return mm_fail(err, MM_ECONFIG, "the special tokens of the data are "
                                        "not those of the model");
    return 0;
}

static int check_text(const struct mm_config *c,
                      const struct mm_packed_info *info, struct mm_err *err)
{
    const struct mm_text_config *t = &c->text;

    if (c->clip.width)
        return mm_fail(err, MM_ECONFIG, "the model is a CLIP, its two towers "
                                        "read but do not write; mm1-pretrain "
                                        "--init-encoder puts its encoder into "
                                        "a model that does");
    if (mm_fit_tokenizer(c, info, err) < 0)
        return -1;
    if (info->seq_len > t->context)
        return mm_fail(err, MM_ECONFIG, "sequences of %zu tokens do not fit "
                                        "the model's context of %zu; mix "
                                        "with -T %zu, or make a model with "
                                        "--context %zu",
                       info->seq_len, t->context, t->context, info->seq_len);
    return 0;
}

int mm_fit_check(const struct mm_config *c, const struct mm_packed_info *info,
                 struct mm_err *err)
{
    size_t patch = c->vision.patch_size;

    if (check_text(c, info, err) < 0)
        return -1;
    if (!c->vision.layers && info->pictures > 0)
        return mm_fail(err, MM_EDATA, "the model takes no pictures, and the "
                                      "data has %lld; leave them out, or take "
                                      "a model with an encoder",
                       (long long)info->pictures);
    if (!c->vision.layers || info->max_images == 0)
        return 0;
    if (info->image_tokens != c->connector.tokens)
        return mm_fail(err, MM_ECONFIG, "the data has %zu tokens for a view, "
                                        "the model's connector makes %zu; "
                                        "mix with --image-tokens %zu, or make "
                                        "a model with %zu",
                       info->image_tokens, c->connector.tokens,
                       c->connector.tokens, info->image_tokens);
    if (info->image_size % patch != 0)
        return mm_fail(err, MM_ECONFIG, "pictures of %zu pixels are not cut "
                                        "whole by patches of %zu",
                       info->image_size, patch);
    return 0;
}

int mm_fit_validation(const struct mm_packed_info *val,
                      const struct mm_packed_info *data, struct mm_err *err)
{
    if (strcmp(val->tokenizer, data->tokenizer) != 0 ||
        val->image_tokens != data->image_tokens)
        return mm_fail(err, MM_ECONFIG, "the data of --val was made with "
                                        "another tokenizer or number of image "
                                        "tokens");
    return 0;
}

int mm_fit_preprocess(struct mm_preprocess *p,
                      const struct mm_shard_header *h, size_t size,
                      struct mm_err *err)
{
    struct mm_json_doc meta = { 0 };
    const struct mm_json *pixels;
    int result = 0;

    mm_preprocess_default(p);
    if (size)
        p->size = size;
    if (mm_shard_meta(h, &meta, err) < 0)
        return -1;
    pixels = mm_json_get(meta.root, "pixels");
    if (pixels)
        result = mm_preprocess_parse(p, pixels, err);
    mm_json_release(&meta);
    return result;
}

int mm_fit_encoder(const char *dir, const struct mm_preprocess *p,
                   struct mm_err *err)
{
    struct mm_buf path = { 0 };
    struct mm_preprocess theirs;
    struct mm_err ignored;
    int result = mm_model_dir(dir, &path, err);

    if (result == 0 &&
        mm_preprocess_load(&theirs, path.data, &ignored) == 0 &&
        (memcmp(theirs.mean, p->mean, sizeof p->mean) != 0 ||
         memcmp(theirs.std, p->std, sizeof p->std) != 0))
        mm_log(MM_LOG_WARN,
               "the encoder of '%s' knows pixels of mean %.3g, %.3g, %.3g and "
               "deviation %.3g, and the data says %.3g, %.3g, %.3g and %.3g; "
               "see mm1-encode-image --normalise",
               dir, (double)theirs.mean[0], (double)theirs.mean[1],
               (double)theirs.mean[2], (double)theirs.std[0],
               (double)p->mean[0], (double)p->mean[1], (double)p->mean[2],
               (double)p->std[0]);
    mm_buf_release(&path);
    return result;
}

/* The sequences at both ends stand for the bytes between. */
static int hash_ends(struct mm_hash *h, struct mm_packed *data,
                     struct mm_err *err)
{
    struct mm_packed_seq s = { 0 };
    size_t n = mm_packed_count(data);
    int result = 0;

    for (size_t i = 0; result == 0 && i<n; i += n> 1 ? n - 1 : 1) {
        result = mm_packed_get(data, i, &s, err);
        if (result == 0)
            mm_hash_add(h, s.tokens, s.n * sizeof *s.tokens);
    }
    mm_packed_seq_release(&s);
    return result;
}

int mm_fit_identify(struct mm_packed *data, char hash[17], struct mm_err *err)
{
    const struct mm_shard_header *header = mm_packed_header(data);
    uint64_t n = mm_packed_count(data);
    struct mm_hash h;
    int result;

    if (mm_hash_init(&h) < 0)
        return mm_fail(err, MM_ESYS, "out of memory");
    mm_hash_add(&h, header->meta, strlen(header->meta));
    mm_hash_add(&h, header->history, strlen(header->history));
    mm_hash_add(&h, &n, sizeof n);
    result = hash_ends(&h, data, err);
    snprintf(hash, 17, "%016llx", (unsigned long long)mm_hash_value(&h));
    mm_hash_release(&h);
    return result;
}
