/*
 * pairs.c - is packed data pairs of a picture and a text?
 */
#include "train/pairs.h"

#define LOOK_AT 64 /* sequences */

static int check_segment(const struct mm_packed_seq *s, size_t i,
                         struct mm_err *err)
{
    const struct mm_packed_segment *g = &s->segments[i];

    if (g->n_images == 1 && s->images[g->first_image].views == 1)
        return 0;
    if (g->n_images == 0 && g->from > 0)
        return mm_fail(err, MM_EDATA, "the end of '%s' (%s) has no picture: "
                                      "it was cut; mix with --too-long drop "
                                      "or a larger -T",
                       g->key, g->source);
    if (g->n_images == 0)
        return mm_fail(err, MM_EDATA, "'%s' (%s) has no picture; a pair has "
                                      "one",
                       g->key, g->source);
    return mm_fail(err, MM_EDATA, "'%s' (%s) has several pictures or views; "
                                  "a pair has one",
                   g->key, g->source);
}

int mm_pairs_check(const struct mm_packed_seq *s, size_t index,
                   struct mm_err *err)
{
    for (size_t k = 0; k < s->n_segments; k++)
        if (check_segment(s, k, err) < 0)
            return mm_fail_in(err, "sequence %zu", index);
    return 0;
}

int mm_pairs_look(struct mm_packed *data, struct mm_err *err)
{
    size_t n = mm_packed_count(data);
    struct mm_packed_seq s = { 0 };
    int result = 0;

    for (size_t i = 0; result == 0 && i < n && i < LOOK_AT; i++) {
        result = mm_packed_get(data, i, &s, err);
        if (result == 0)
            result = mm_pairs_check(&s, i, err);
    }
    mm_packed_seq_release(&s);
    return result;
}

int mm_pairs_suffice(const struct mm_config *c, const struct mm_recipe *r,
                     struct mm_packed *data, struct mm_err *err)
{
    size_t n = mm_packed_count(data), most = 0;
    struct mm_packed_seq s = { 0 };
    int result = 0;

    if (r->batch > 1 || c->clip.loss != MM_CLIP_INFONCE)
        return 0;
    for (size_t i = 0; result == 0 && i < n && i < LOOK_AT; i++) {
        result = mm_packed_get(data, i, &s, err);
        if (result == 0 && s.n_segments > most)
            most = s.n_segments;
    }
    mm_packed_seq_release(&s);
    if (result < 0 || most > 1)
        return result;
    return mm_fail(err, MM_ECONFIG, "a batch of one pair has nothing to tell "
                                    "it from, the loss would be 0; raise "
                                    "--batch, or take --clip-loss siglip");
}
