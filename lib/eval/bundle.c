/*
 * bundle.c - a model directory, opened
 */
#include "eval/bundle.h"

#include "base/hash.h"
#include "model/rundir.h"

static int check_id(const char *dir, const char *name, int32_t model,
                    int32_t tokenizer, struct mm_err *err)
{
    if (model < 0 || model == tokenizer)
        return 0;
    return mm_fail(err, MM_ECONFIG,
                   "'%s': the model has %s as token %d, its tokenizer as %d",
                   dir, name, (int)model, (int)tokenizer);
}

static int check_fit(const struct mm_bundle *b, const char *dir,
                     struct mm_err *err)
{
    const struct mm_text_config *text = &b->model->config.text;
    const struct mm_tokenizer *t = b->tokenizer;
    uint64_t hash = b->model->config.tokenizer_hash;

    if (mm_tokenizer_size(t) > text->vocab)
        return mm_fail(err, MM_ECONFIG,
                       "'%s': the tokenizer has %zu ids, the model only %zu",
                       dir, mm_tokenizer_size(t), text->vocab);
    if (hash && hash != mm_tokenizer_hash(t))
        return mm_fail(err, MM_ECONFIG,
                       "'%s': the model was trained with tokenizer %016llx, "
                       "this one is %016llx",
                       dir, (unsigned long long)hash,
                       (unsigned long long)mm_tokenizer_hash(t));
    if (check_id(dir, "<s>", text->bos, mm_tokenizer_bos(t), err) < 0 ||
        check_id(dir, "</s>", text->eos, mm_tokenizer_eos(t), err) < 0)
        return -1;
    return check_id(dir, "<image>", text->image, mm_tokenizer_image(t), err);
}

static int load_preprocess(struct mm_bundle *b, const char *dir,
                           struct mm_err *err)
{
    mm_preprocess_default(&b->preprocess);
    if (b->model->config.vision.layers == 0)
        return 0;
    return mm_preprocess_load(&b->preprocess, dir, err);
}

static int open_at(struct mm_bundle *b, const char *dir, struct mm_err *err)
{
    if (!(b->model = mm_model_load(dir, 0, err)))
        return -1;
    if (b->model->config.text.layers == 0)
        return mm_fail(err, MM_ECONFIG,
                       "'%s' is an encoder of pictures, it has no words; "
                       "mm1-pretrain --init-encoder makes a model of it",
                       dir);
    if (!(b->tokenizer = mm_tokenizer_load(dir, err)) ||
        load_preprocess(b, dir, err) < 0)
        return -1;
    return check_fit(b, dir, err);
}

int mm_bundle_open(struct mm_bundle *b, const char *dir, struct mm_err *err)
{
    struct mm_buf at = { 0 };
    int result = mm_model_dir(dir, &at, err);

    *b = (struct mm_bundle){ .high_res_last = SIZE_MAX };
    if (result == 0)
        result = open_at(b, at.data, err);
    if (result < 0)
        mm_bundle_close(b);
    mm_buf_release(&at);
    return result;
}

void mm_bundle_close(struct mm_bundle *b)
{
    mm_model_free(b->model);
    mm_tokenizer_free(b->tokenizer);
    *b = (struct mm_bundle){ 0 };
}

uint64_t mm_bundle_hash(const struct mm_bundle *b)
{
    return mm_hash64(b->model->weights,
                     b->model->size * sizeof *b->model->weights);
}
