/*
 * ask.c - put one item to a model
 */
#include "eval/ask.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/chat.h"
#include "data/image_fit.h"
#include "eval/generate.h"

/* ---- rendering ---- */

/* Text that waits to be encoded in one piece, up to the next picture. */
struct render {
    const struct mm_asking *a;
    struct mm_prompt *prompt;
    struct mm_buf text;
};

static int flush(struct render *r, struct mm_err *err)
{
    int result = mm_buf_check(&r->text, err);

    if (result == 0 && r->text.len)
        result = mm_prompt_text(r->prompt, r->a->bundle, r->text.data,
                                r->text.len, err);
    mm_buf_clear(&r->text);
    return result;
}

static int add_pictures(struct render *r, const struct mm_item *item,
                        struct mm_err *err)
{
    if (flush(r, err) < 0)
        return -1;
    for (size_t i = 0; i < item->n_pictures; i++) {
        const struct mm_buf *picture = item->pictures[i];
        int result;

        if (r->a->mean)
            result = mm_prompt_pixels(r->prompt, r->a->bundle, r->a->mean,
                                      err);
        else
            result = mm_prompt_image(r->prompt, r->a->bundle, picture->data,
                                     picture->len, err);
        if (result < 0)
            return mm_fail_in(err, "picture %zu", i);
    }
    return 0;
}

static void add_options(struct mm_buf *text, const struct mm_item *item)
{
    for (size_t i = 0; i < item->n_options; i++)
        mm_buf_addf(text, "%s%c. %s", i ? "\n" : "", (char)('A' + i % 26),
                    item->options[i]);
}

/* {image}, {question}, {options}, {answer}; other text as it stands. */
static int render(struct render *r, const char *template,
                  const struct mm_item *item, const char *answer,
                  struct mm_err *err)
{
    static const char *const names[] = { "{image}", "{question}", "{options}",
                                         "{answer}" };

    while (*template) {
        size_t k = 0, n = 0;

        for (; k < 4; k++) {
            n = strlen(names[k]);
            if (strncmp(template, names[k], n) == 0)
                break;
        }
        if (k == 0 && add_pictures(r, item, err) < 0)
            return -1;
        if (k == 1)
            mm_buf_adds(&r->text, item->question);
        if (k == 2)
            add_options(&r->text, item);
        if (k == 3)
            mm_buf_adds(&r->text, answer);
        if (k == 4)
            mm_buf_addc(&r->text, *template);
        template += k == 4 ? 1 : n;
    }
    return 0;
}

int mm_ask_add_shot(struct mm_asking *a, const struct mm_item *shot,
                    struct mm_err *err)
{
    struct render r = { a, &a->shots, { 0 } };
    int result = 0;

    if (!a->task->prompt)
        return mm_fail(err, MM_ECONFIG, "task '%s' has no prompt to put shots "
                                        "in",
                       a->task->name);
    if (a->shots.ids.n == 0)
        result = mm_prompt_begin(&a->shots, a->bundle, err);
    if (result == 0 &&
        (render(&r, a->task->prompt, shot, "", err) < 0 ||
         render(&r, a->task->answer, shot, shot->answers[0], err) < 0 ||
         render(&r, a->task->separator, shot, "", err) < 0))
        result = -1;
    if (result == 0)
        result = flush(&r, err);
    mm_buf_release(&r.text);
    return result;
}

/* The item alone, by the task's chat template. */
static int render_chat(struct mm_prompt *p, const struct mm_asking *a,
                       const struct mm_item *item, struct mm_err *err)
{
    const struct mm_chat *chat = mm_chat_find(a->task->chat, err);
    int32_t image = mm_tokenizer_image(a->bundle->tokenizer);
    struct mm_ids ids = { 0 };
    int result = -1;
    size_t k = 0;

    mm_prompt_clear(p);
    if (chat && mm_chat_prompt(chat, a->bundle->tokenizer, &item->doc, &ids,
                               err) == 0)
        result = 0;
    for (size_t i = 0; result == 0 && i < ids.n; i++) {
        if (ids.v[i] != image)
            result = mm_ids_add(&p->ids, ids.v[i], err);
        else if (a->mean)
            result = mm_prompt_pixels(p, a->bundle, a->mean, err);
        else
            result = mm_prompt_image(p, a->bundle, item->pictures[k]->data,
                                     item->pictures[k]->len, err);
        k += ids.v[i] == image;
    }
    mm_ids_release(&ids);
    return result;
}

static int render_item(struct mm_asker *w, const struct mm_asking *a,
                       const struct mm_item *item, struct mm_err *err)
{
    struct render r = { a, &w->prompt, { 0 } };
    int result;

    if (a->task->chat)
        return render_chat(&w->prompt, a, item, err);
    if (a->shots.ids.n)
        mm_prompt_clear(&w->prompt);
    else if (mm_prompt_begin(&w->prompt, a->bundle, err) < 0)
        return -1;
    result = render(&r, a->task->prompt, item, "", err);
    if (result == 0)
        result = flush(&r, err);
    mm_buf_release(&r.text);
    return result;
}

/* ---- asking ---- */

int mm_asker_init(struct mm_asker *w, const struct mm_asking *a,
                  struct mm_err *err)
{
    const struct mm_bundle *b = a->bundle;
    const struct mm_prompt *shots = &a->shots;

    *w = (struct mm_asker){ 0 };
    w->session = mm_session_create(b->model, b->model->config.text.context,
                                   err);
    if (!w->session)
        return -1;
    if (shots->ids.n == 0)
        return 0;
    if (mm_session_read(w->session, shots->ids.v, shots->ids.n, shots->views,
                        shots->n_views, b->preprocess.mean, b->preprocess.std,
                        NULL, err) < 0) {
        mm_fail_in(err, "the shots");
        mm_asker_release(w);
        return -1;
    }
    return 0;
}

void mm_asker_release(struct mm_asker *w)
{
    mm_session_free(w->session);
    mm_prompt_release(&w->prompt);
    *w = (struct mm_asker){ 0 };
}

static int generate(struct mm_asker *w, const struct mm_asking *a,
                    struct mm_buf *out, size_t *n_tokens, struct mm_err *err)
{
    const struct mm_decode d = {
        .max_tokens = a->task->max_tokens,
        .sampling = { .top_p = 1 },
        .stops = (const char *const *)a->task->stop,
        .n_stops = a->task->n_stops
    };

    return mm_generate(w->session, a->bundle, &w->prompt, 0, 0, &d, out, NULL,
                       n_tokens, err);
}

/* Log-probability of an answer behind what the session has read up to last. */
static int score_option(struct mm_asker *w, const struct mm_asking *a,
                        int32_t last, const struct mm_item *item,
                        const char *option, double *sum, struct mm_err *err)
{
    const struct mm_bundle *b = a->bundle;
    struct mm_prompt answer = { 0 };
    struct render r = { a, &answer, { 0 } };
    double *logprob = NULL;
    int result = -1;

    *sum = 0;
    if (mm_ids_add(&answer.ids, last, err) == 0 &&
        render(&r, a->task->answer, item, option, err) == 0 &&
        flush(&r, err) == 0 &&
        (logprob = mm_alloc(answer.ids.n, sizeof *logprob, err)))
        result = mm_session_score(w->session, answer.ids.v, answer.ids.n, NULL,
                                  0, b->preprocess.mean, b->preprocess.std,
                                  logprob, err);
    for (size_t i = 0; result == 0 && i + 1 < answer.ids.n; i++)
        *sum += logprob[i];
    free(logprob);
    mm_buf_release(&r.text);
    mm_prompt_release(&answer);
    return result;
}

/* The prompt is read once, but for its last token; each option goes on. */
static int choose(struct mm_asker *w, const struct mm_asking *a,
                  const struct mm_item *item, struct mm_buf *out,
                  struct mm_err *err)
{
    const struct mm_bundle *b = a->bundle;
    size_t n = w->prompt.ids.n, best = 0, at;
    int32_t last = n ? w->prompt.ids.v[n - 1] : -1;
    double most = 0;

    if (item->n_options < 2)
        return mm_fail(err, MM_EDATA, "there are no options to choose from");
    if (last < 0 || last == mm_tokenizer_image(b->tokenizer))
        return mm_fail(err, MM_ECONFIG, "the prompt must end with text");
    if (mm_session_read(w->session, w->prompt.ids.v, n - 1, w->prompt.views,
                        w->prompt.n_views, b->preprocess.mean,
                        b->preprocess.std, NULL, err) < 0)
        return -1;
    at = mm_session_length(w->session);
    for (size_t i = 0; i < item->n_options; i++) {
        double sum;

        if (score_option(w, a, last, item, item->options[i], &sum, err) < 0)
            return -1;
        mm_session_rewind(w->session, at);
        if (i == 0 || sum > most) {
            most = sum;
            best = i;
        }
    }
    mm_buf_adds(out, item->options[best]);
    return 0;
}

int mm_ask(struct mm_asker *w, const struct mm_asking *a,
           const struct mm_item *item, struct mm_buf *out, size_t *n_tokens,
           struct mm_err *err)
{
    int result;

    *n_tokens = 0;
    if (render_item(w, a, item, err) < 0)
        return -1;
    result = a->task->metric == MM_METRIC_CHOICE
                 ? choose(w, a, item, out, err)
                 : generate(w, a, out, n_tokens, err);
    mm_session_rewind(w->session, a->shots.ids.n);
    return result;
}

/* ---- the blind row ---- */

static int add_picture(uint64_t **sums, struct mm_image *size,
                       const struct mm_buf *bytes,
                       const struct mm_preprocess *pre, struct mm_err *err)
{
    struct mm_fitter fitter = { 0 };
    int result = mm_fitter_decode(&fitter, size, bytes->data, bytes->len, pre,
                                  err);

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

int mm_ask_mean_picture(struct mm_image *mean, struct mm_shard *shard,
                        size_t most, const struct mm_preprocess *pre,
                        struct mm_err *err)
{
    struct mm_item item = { 0 };
    uint64_t *sums = NULL;
    size_t n = 0, count = mm_shard_count(shard);
    int result = 0;

    for (size_t i = 0; result == 0 && i < count && n < most; i++) {
        result = mm_item_load(&item, shard, i, err);
        for (size_t k = 0; result == 0 && k < item.n_pictures; k++, n++)
            result = add_picture(&sums, mean, item.pictures[k], pre, err);
    }
    if (result == 0 && n == 0)
        result = mm_fail(err, MM_EDATA, "'%s' has no pictures",
                         mm_shard_name(shard));
    if (result == 0)
        for (size_t i = 0; i < mean->width * mean->height * 3; i++)
            mean->rgb[i] = (uint8_t)((sums[i] + n / 2) / n);
    free(sums);
    mm_item_release(&item);
    return result;
}
