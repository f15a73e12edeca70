/*
 * batch.c - the sequences of one optimizer step
 */
#include "train/batch.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static int32_t *make_ids(const struct mm_step_batch *b, struct mm_err *err)
{
    size_t n;

    if (mm_size_mul(&n, b->B, b->T) < 0)
        n = SIZE_MAX / 2; /* more than there is: mm_alloc says so */
    return mm_alloc(n, sizeof(int32_t), err);
}

int mm_step_batch_init(struct mm_step_batch *b, const struct mm_packed *data,
                       size_t B, size_t micro, struct mm_err *err)
{
    const struct mm_packed_info *info = mm_packed_info(data);

    assert(B && micro);
    *b = (struct mm_step_batch){ .B = B, .T = info->seq_len, .micro = micro };
    b->max_views = info->max_images;
    b->count = mm_packed_count(data);
    b->seqs = mm_alloc(B, sizeof *b->seqs, err);
    b->tokens = make_ids(b, err);
    b->rows = make_ids(b, err);
    b->segment = make_ids(b, err);
    b->target = make_ids(b, err);
    b->views = mm_alloc(B * b->max_views, sizeof *b->views, err);
    b->image_row = mm_alloc(B * b->max_views, sizeof *b->image_row, err);
    b->first_view = mm_alloc(B + 1, sizeof *b->first_view, err);
    if (b->seqs && b->tokens && b->rows && b->segment && b->target &&
        b->views && b->image_row && b->first_view)
        return 0;
    mm_step_batch_release(b);
    return -1;
}

void mm_step_batch_release(struct mm_step_batch *b)
{
    for (size_t i = 0; b->seqs && i < b->B; i++)
        mm_packed_seq_release(&b->seqs[i]);
    free(b->seqs);
    free(b->tokens);
    free(b->rows);
    free(b->segment);
    free(b->target);
    free(b->views);
    free(b->image_row);
    free(b->first_view);
    mm_augmenter_release(&b->augmenter);
    *b = (struct mm_step_batch){ 0 };
}

static void add_image(struct mm_step_batch *b, size_t i,
                      const struct mm_packed_image *im, size_t tokens)
{
    size_t first_row = i % b->micro * b->T + im->begin;

    for (size_t v = 0; v < im->views; v++) {
        size_t at = b->first_view[i + 1]++;

        b->views[at] = (struct mm_pixels){
            im->pixels + v * im->height * im->width * 3, im->height, im->width
        };
        b->image_row[at] = (int32_t)(first_row + v * tokens);
    }
}

static void add_sequence(struct mm_step_batch *b, size_t i, size_t tokens)
{
    const struct mm_packed_seq *s = &b->seqs[i];
    size_t at = i * b->T, bytes = b->T * sizeof(int32_t);

    assert(s->n == b->T && s->n_views <= b->max_views);
    memcpy(b->tokens + at, s->tokens, bytes);
    memcpy(b->rows + at, s->position, bytes);
    memcpy(b->target + at, s->target, bytes);
    for (size_t t = 0; t < b->T; t++) {
        b->segment[at + t] = s->segment[t];
        b->supervised += s->target[t] >= 0;
    }
    b->used += s->used;
    b->first_view[i + 1] = b->first_view[i];
    for (size_t k = 0; k < s->n_images; k++)
        add_image(b, i, &s->images[k], tokens);
}

/* The model takes views of one size at a time. */
static int check_sizes(const struct mm_step_batch *b, struct mm_err *err)
{
    for (size_t i = 0; i < b->B; i++)
        for (size_t v = b->first_view[i]; v < b->first_view[i + 1]; v++)
            if (b->views[v].height != b->views[0].height ||
                b->views[v].width != b->views[0].width)
                return mm_fail(err, MM_EDATA,
                               "a picture of %zux%zu pixels stands beside one "
                               "of %zux%zu; encode them to one size",
                               b->views[v].width, b->views[v].height,
                               b->views[0].width, b->views[0].height);
    return 0;
}

size_t mm_step_batch_index(const struct mm_step_batch *b, size_t i)
{
    return ((uint64_t)b->position + i) % b->count;
}

void mm_step_batch_augment(struct mm_step_batch *b,
                           const struct mm_augment *how, uint64_t seed)
{
    b->augment = how ? *how : (struct mm_augment){ 0 };
    b->seed = seed;
}

static int change(struct mm_step_batch *b, const struct mm_packed *data,
                  size_t i, struct mm_err *err)
{
    if (!mm_augment_any(&b->augment))
        return 0;
    return mm_augment_sequence(&b->augmenter, &b->augment, b->seed,
                               b->position + (int64_t)i, mm_packed_info(data),
                               &b->seqs[i], err);
}

int mm_step_batch_load(struct mm_step_batch *b, struct mm_packed *data,
                       int64_t position, struct mm_err *err)
{
    size_t tokens = mm_packed_info(data)->image_tokens;

    b->position = position;
    b->supervised = b->used = 0;
    for (size_t i = 0; i < b->B; i++) {
        if (mm_packed_get(data, mm_step_batch_index(b, i), &b->seqs[i],
                          err) < 0 ||
            change(b, data, i, err) < 0)
            return -1;
        add_sequence(b, i, tokens);
    }
    return check_sizes(b, err);
}

size_t mm_step_batch_pieces(const struct mm_step_batch *b)
{
    return (b->B + b->micro - 1) / b->micro;
}

struct mm_batch mm_step_batch_piece(const struct mm_step_batch *b, size_t i)
{
    size_t begin = i * b->micro;
    size_t end = begin + b->micro < b->B ? begin + b->micro : b->B;
    size_t first = b->first_view[begin];

    return (struct mm_batch){ .B = end - begin,
                              .T = b->T,
                              .tokens = b->tokens + begin * b->T,
                              .position = b->rows + begin * b->T,
                              .segment = b->segment + begin * b->T,
                              .target = b->target + begin * b->T,
                              .n_views = b->first_view[end] - first,
                              .views = b->views + first,
                              .image_row = b->image_row + first };
}
