/*
 * ask.c - an item in the words in which a model is asked
 */
#include "eval/ask.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/chat.h"
#include "data/image_fit.h"
#include "eval/render.h"

static struct mm_render renderer(const struct mm_asking *a,
                                 struct mm_prompt *p)
{
    struct mm_render r = { .bundle = a->bundle, .task = a->task };

    r.mean = a->mean;
    r.prompt = p;
    return r;
}

/* All of an item's pictures but the last fine ones are overviews. */
static size_t coarse_pictures(const struct mm_item *item, size_t fine)
{
    return item->n_pictures > fine ? item->n_pictures - fine : 0;
}

int mm_ask_begin(struct mm_prompt *p, const struct mm_asking *a,
                 struct mm_err *err)
{
    int32_t bos = mm_tokenizer_bos(a->bundle->tokenizer);

    if (a->task->chat || bos < 0)
        return 0; /* a template brings its own */
    return mm_ids_add(&p->ids, bos, err);
}

size_t mm_ask_fine(const struct mm_asking *a, const struct mm_shot *shots,
                   size_t n, size_t i, const struct mm_item *item)
{
    size_t left = a->bundle->high_res_last, behind = item->n_pictures;

    for (size_t k = i + 1; k < n; k++)
        behind += shots[k].item->n_pictures;
    left -= behind < left ? behind : left;
    return left < shots[i].item->n_pictures ? left
                                            : shots[i].item->n_pictures;
}

/* ---- in a chat template ---- */

/* Ids of which each picture's becomes views; in that order, or NULL. */
static int place(struct mm_prompt *p, const struct mm_asking *a,
                 const struct mm_ids *ids, const size_t *order,
                 const struct mm_item *item, size_t fine, struct mm_err *err)
{
    int32_t image = mm_tokenizer_image(a->bundle->tokenizer);
    struct mm_render r = renderer(a, p);
    int result = 0;
    size_t k = 0;

    r.coarse = coarse_pictures(item, fine);
    for (size_t i = 0; result == 0 && i < ids->n; i++) {
        if (ids->v[i] != image) {
            result = mm_ids_add(&p->ids, ids->v[i], err);
            continue;
        }
        result = mm_render_picture(&r, item, order ? order[k] : k, err);
        k++;
    }
    return result;
}

/* What asks about a document. */
static int lay_out(struct mm_prompt *p, const struct mm_asking *a, int first,
                   const struct mm_doc *doc, const size_t *order,
                   const struct mm_item *item, struct mm_err *err)
{
    const struct mm_chat *chat = mm_chat_find(a->task->chat, err);
    struct mm_ids ids = { 0 };
    int result = -1;

    if (chat && mm_chat_next(chat, a->bundle->tokenizer, doc, first, &ids,
                             err) == 0)
        result = place(p, a, &ids, order, item, a->bundle->high_res_last, err);
    mm_ids_release(&ids);
    return result;
}

/* The item alone, or what the prompt makes of it as the user's words. */
static int chat_item(struct mm_prompt *p, const struct mm_asking *a, int first,
                     const struct mm_item *item, const char *option,
                     struct mm_err *err)
{
    struct mm_render r = renderer(a, NULL);
    int result;

    if (!a->task->prompt)
        return lay_out(p, a, first, &item->doc, NULL, item, err);
    result = mm_render(&r, a->task->prompt, item, "", option, err);
    if (result == 0)
        result = mm_render_flush(&r, err);
    if (result == 0)
        result = lay_out(p, a, first, &r.doc, r.order, item, err);
    mm_render_release(&r);
    return result;
}

/* The answer's words are the assistant's; the template puts a space in front
 * where it wants one. */
static int add_answer(struct mm_render *r, const struct mm_item *shot,
                      struct mm_err *err)
{
    const char *answer = shot->answers[0];
    size_t n = r->doc.n, space;
    struct mm_doc_part *part;
    char *text;

    if (mm_render(r, r->task->answer, shot, answer, answer, err) < 0 ||
        mm_render_flush(r, err) < 0)
        return -1;
    if (r->doc.n != n + 1 || !r->doc.parts[n].text)
        return mm_fail(err, MM_EDATA, "its answer is no text");
    part = &r->doc.parts[n];
    part->role = "assistant";
    space = strspn(part->text, " ");
    text = (char *)(uintptr_t)part->text; /* it is the renderer's own */
    memmove(text, text + space, part->text_len - space + 1);
    part->text_len -= space;
    return 0;
}

static int chat_shot(struct mm_prompt *p, const struct mm_asking *a, int first,
                     const struct mm_item *shot, size_t fine,
                     struct mm_err *err)
{
    const struct mm_chat *chat = mm_chat_find(a->task->chat, err);
    struct mm_render r = renderer(a, NULL);
    struct mm_ids ids = { 0 };
    int result = -1;

    r.blank = a->text_shots;
    if (chat &&
        mm_render(&r, a->task->prompt, shot, "", shot->answers[0], err) == 0 &&
        mm_render_flush(&r, err) == 0 && add_answer(&r, shot, err) == 0 &&
        mm_chat_exchange(chat, a->bundle->tokenizer, &r.doc, first, &ids,
                         err) == 0)
        result = place(p, a, &ids, r.order, shot, fine, err);
    mm_ids_release(&ids);
    mm_render_release(&r);
    return result;
}

/* ---- in the task's own words ---- */

static int text_shot(struct mm_prompt *p, const struct mm_asking *a,
                     const struct mm_item *shot, size_t fine,
                     struct mm_err *err)
{
    struct mm_render r = renderer(a, p);
    const char *answer = shot->answers[0];
    int result = -1;

    r.blank = a->text_shots;
    r.coarse = coarse_pictures(shot, fine);
    if (mm_render(&r, a->task->prompt, shot, "", answer, err) == 0 &&
        mm_render(&r, a->task->answer, shot, answer, answer, err) == 0 &&
        mm_render(&r, a->task->separator, shot, "", answer, err) == 0)
        result = mm_render_flush(&r, err);
    mm_render_release(&r);
    return result;
}

int mm_ask_shot(struct mm_prompt *p, const struct mm_asking *a, size_t i,
                const struct mm_item *shot, size_t fine, struct mm_err *err)
{
    int result = a->task->chat ? chat_shot(p, a, i == 0, shot, fine, err)
                               : text_shot(p, a, shot, fine, err);

    return result < 0 ? mm_fail_in(err, "example '%s'", shot->id) : 0;
}

int mm_ask_item(struct mm_prompt *p, const struct mm_asking *a, size_t n_shots,
                const struct mm_item *item, const char *option,
                struct mm_err *err)
{
    struct mm_render r = renderer(a, p);
    int result;

    if (a->task->chat)
        return chat_item(p, a, n_shots == 0, item, option, err);
    r.coarse = coarse_pictures(item, a->bundle->high_res_last);
    result = mm_render(&r, a->task->prompt, item, "", option, err);
    if (result == 0)
        result = mm_render_flush(&r, err);
    mm_render_release(&r);
    return result;
}

int mm_ask_answer(struct mm_prompt *p, const struct mm_asking *a,
                  const struct mm_prompt *prompt, const struct mm_item *item,
                  const char *text, struct mm_err *err)
{
    struct mm_render r = renderer(a, p);
    size_t n = prompt->ids.n;
    int32_t last = n ? prompt->ids.v[n - 1] : -1;
    int result = -1;

    if (last < 0 || last == mm_tokenizer_image(a->bundle->tokenizer))
        return mm_fail(err, MM_ECONFIG, "the prompt must end with text; put a "
                                        "word behind the picture");
    if (mm_ids_add(&p->ids, last, err) == 0 &&
        mm_render(&r, a->task->answer, item, text, text, err) == 0)
        result = mm_render_flush(&r, err);
    mm_render_release(&r);
    return result;
}

/* ---- the blind row ---- */

static int add_picture(uint64_t **sums, struct mm_image *size,
                       const struct mm_buf *bytes,
                       const struct mm_preprocess *pre, struct mm_err *err)
{
    struct mm_preprocess overview = *pre;
    struct mm_fitter fitter = { 0 };
    int result;

    overview.tiling = (struct mm_tiling){ 0 };
    result = mm_fitter_decode(&fitter, size, bytes->data, bytes->len,
                              &overview, err);

    mm_fitter_release(&fitter);
    if (result < 0)
        return -1;
    if (!*sums && !(*sums = mm_alloc(size->width * size->height * 3,
                                     sizeof **sums, err)))
        return -1;
    for (size_t i = 0; i < size->width * size->height * 3; i++)
        (*sums)[i] += size->rgb[i];
    return 0;
}

int mm_ask_mean_picture(struct mm_image *mean, struct mm_source *source,
                        size_t most, const struct mm_preprocess *pre,
                        struct mm_err *err)
{
    struct mm_item item = { 0 };
    uint64_t *sums = NULL;
    size_t n = 0, count = mm_source_count(source);
    int result = 0;

    for (size_t i = 0; result == 0 && i < count && n < most; i++) {
        result = mm_source_load(source, i, &item, err);
        if (result > 0) {
            result = 0;
            continue;
        }
        for (size_t k = 0; result == 0 && k < item.n_pictures; k++) {
            result = add_picture(&sums, mean, item.pictures[k], pre, err);
            n += result == 0;
            if (result < 0 && err->code == MM_EDATA)
                result = 0; /* one that cannot be read has no part in it */
        }
    }
    if (result == 0 && n == 0)
        result = mm_fail(err, MM_EDATA, "'%s' has no pictures that can "
                                        "be read",
                         mm_source_name(source));
    if (result == 0)
        result = mm_image_room(mean, pre->size, pre->size, err);
    if (result == 0)
        for (size_t i = 0; i < mean->width * mean->height * 3; i++)
            mean->rgb[i] = (uint8_t)((sums[i] + n / 2) / n);
    free(sums);
    mm_item_release(&item);
    return result;
}
