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
#include "eval/render.h"
#include "eval/thought.h"
#include "model/sampling.h"

/* ---- prompts ---- */

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

/* The prompt around a shot, its first answer, the separator. */
static int render_shot(struct mm_prompt *p, const struct mm_asking *a,
                       const struct mm_item *shot, size_t fine,
                       struct mm_err *err)
{
    struct mm_render r = renderer(a, p);
    const char *answer = shot->answers[0];
    int result = -1;

    r.blank = a->text_shots;
    r.coarse = coarse_pictures(shot, fine);
    mm_prompt_clear(p);
    if (mm_render(&r, a->task->prompt, shot, "", answer, err) == 0 &&
        mm_render(&r, a->task->answer, shot, answer, answer, err) == 0 &&
        mm_render(&r, a->task->separator, shot, "", answer, err) == 0)
        result = mm_render_flush(&r, err);
    mm_render_release(&r);
    return result < 0 ? mm_fail_in(err, "example '%s'", shot->id) : 0;
}

/* A document in the template's words; its pictures in that order, or NULL. */
static int lay_out(struct mm_prompt *p, const struct mm_asking *a,
                   const struct mm_doc *doc, const size_t *order,
                   const struct mm_item *item, struct mm_err *err)
{
    const struct mm_chat *chat = mm_chat_find(a->task->chat, err);
    int32_t image = mm_tokenizer_image(a->bundle->tokenizer);
    struct mm_render r = renderer(a, p);
    struct mm_ids ids = { 0 };
    int result = -1;
    size_t k = 0;

    r.coarse = coarse_pictures(item, a->bundle->high_res_last);
    mm_prompt_clear(p);
    if (chat &&
        mm_chat_prompt(chat, a->bundle->tokenizer, doc, &ids, err) == 0)
        result = 0;
    for (size_t i = 0; result == 0 && i < ids.n; i++) {
        if (ids.v[i] != image) {
            result = mm_ids_add(&p->ids, ids.v[i], err);
            continue;
        }
        result = mm_render_picture(&r, item, order ? order[k] : k, err);
        k++;
    }
    mm_ids_release(&ids);
    return result;
}

/* The item alone, or what the prompt makes of it as the user's words. */
static int render_chat(struct mm_prompt *p, const struct mm_asking *a,
                       const struct mm_item *item, const char *option,
                       struct mm_err *err)
{
    struct mm_render r = renderer(a, NULL);
    int result;

    if (!a->task->prompt)
        return lay_out(p, a, &item->doc, NULL, item, err);
    result = mm_render(&r, a->task->prompt, item, "", option, err);
    if (result == 0)
        result = mm_render_flush(&r, err);
    if (result == 0)
        result = lay_out(p, a, &r.doc, r.order, item, err);
    mm_render_release(&r);
    return result;
}

static int render_item(struct mm_asker *w, const struct mm_asking *a,
                       const struct mm_item *item, const char *option,
                       struct mm_err *err)
{
    struct mm_render r = renderer(a, &w->prompt);
    int result;

    if (a->task->chat)
        return render_chat(&w->prompt, a, item, option, err);
    r.coarse = coarse_pictures(item, a->bundle->high_res_last);
    mm_prompt_clear(&w->prompt);
    result = mm_render(&r, a->task->prompt, item, "", option, err);
    if (result == 0)
        result = mm_render_flush(&r, err);
    mm_render_release(&r);
    return result;
}

/* ---- reading ---- */

static int read_prompt(struct mm_asker *w, const struct mm_asking *a,
                       const struct mm_prompt *p, size_t n,
                       struct mm_err *err)
{
    const struct mm_bundle *b = a->bundle;

    if (n == 0)
        return 0;
    return mm_session_read(w->session, p->ids.v, n, p->views, p->n_views,
                           b->preprocess.mean, b->preprocess.std, NULL, err);
}

int mm_asker_init(struct mm_asker *w, const struct mm_asking *a,
                  struct mm_err *err)
{
    const struct mm_bundle *b = a->bundle;
    int32_t bos = mm_tokenizer_bos(b->tokenizer);

    *w = (struct mm_asker){ 0 };
    w->session = mm_session_create(b->model, b->model->config.text.context,
                                   err);
    if (!w->session)
        return -1;
    /* a chat template brings its own */
    if (a->task->chat || bos < 0)
        return 0;
    if (mm_session_read(w->session, &bos, 1, NULL, 0, b->preprocess.mean,
                        b->preprocess.std, NULL, err) == 0) {
        w->begin = 1;
        return 0;
    }
    mm_asker_release(w);
    return -1;
}

void mm_asker_release(struct mm_asker *w)
{
    mm_session_free(w->session);
    mm_prompt_release(&w->prompt);
    for (size_t i = 0; i < w->rendered; i++)
        mm_prompt_release(&w->shots[i].prompt);
    free(w->shots);
    *w = (struct mm_asker){ 0 };
}

void mm_reply_release(struct mm_reply *r)
{
    mm_buf_release(&r->text);
    mm_buf_release(&r->thought);
    free(r->loglik);
    *r = (struct mm_reply){ 0 };
}

/* Render shot i of a list, where another or none was in its place. */
static int place_shot(struct mm_asker *w, const struct mm_asking *a, size_t i,
                      const struct mm_shot *shot, size_t fine,
                      struct mm_err *err)
{
    struct mm_shot_read *s = &w->shots[i];

    if (i == w->rendered) {
        *s = (struct mm_shot_read){ 0 };
        w->rendered++;
    } else if (s->number == shot->number && s->fine == fine) {
        return 0;
    }
    s->number = SIZE_MAX; /* until it is whole */
    if (render_shot(&s->prompt, a, shot->item, fine, err) < 0)
        return -1;
    s->number = shot->number;
    s->fine = fine;
    return 0;
}

/* How many of shot i's last pictures are among the last that have tiles */
static size_t fine_pictures(const struct mm_asking *a,
                            const struct mm_shot *shots, size_t n, size_t i,
                            const struct mm_item *item)
{
    size_t left = a->bundle->high_res_last, behind = item->n_pictures;

    for (size_t k = i + 1; k < n; k++)
        behind += shots[k].item->n_pictures;
    left -= behind < left ? behind : left;
    return left < shots[i].item->n_pictures ? left
                                            : shots[i].item->n_pictures;
}

/* Make the session hold these shots and nothing behind them. */
static int read_shots(struct mm_asker *w, const struct mm_asking *a,
                      const struct mm_shot *shots, size_t n,
                      const struct mm_item *item, struct mm_err *err)
{
    size_t same = 0;

    if (mm_grow(&w->shots, &w->shots_cap, n, sizeof *w->shots, err) < 0)
        return -1;
    while (!a->fresh && same < n && same < w->n_shots &&
           w->shots[same].number == shots[same].number &&
           w->shots[same].fine == fine_pictures(a, shots, n, same, item))
        same++;
    mm_session_rewind(w->session,
                      same ? w->shots[same - 1].end : w->begin);
    for (w->n_shots = same; w->n_shots < n; w->n_shots++) {
        struct mm_shot_read *s = &w->shots[w->n_shots];
        size_t fine = fine_pictures(a, shots, n, w->n_shots, item);

        if (place_shot(w, a, w->n_shots, &shots[w->n_shots], fine, err) < 0 ||
            read_prompt(w, a, &s->prompt, s->prompt.ids.n, err) < 0)
            return -1;
        s->end = mm_session_length(w->session);
    }
    return 0;
}

/* ---- asking ---- */

static int generate(struct mm_asker *w, const struct mm_asking *a,
                    struct mm_reply *reply, struct mm_err *err)
{
    const struct mm_decode d = {
        .max_tokens = a->task->max_tokens,
        .sampling = { .top_p = 1 },
        .stops = (const char *const *)a->task->stop,
        .n_stops = a->task->n_stops
    };

    return mm_generate(w->session, a->bundle, &w->prompt, 0, 0, &d,
                       &reply->text, NULL, &reply->n_tokens, err);
}

/* The tokens of an answer behind the last one of the prompt. */
static int render_answer(struct mm_prompt *answer, const struct mm_asking *a,
                         int32_t last, const struct mm_item *item,
                         const char *text, const char *option,
                         struct mm_err *err)
{
    struct mm_render r = renderer(a, answer);
    int result = -1;

    if (mm_ids_add(&answer->ids, last, err) == 0 &&
        mm_render(&r, a->task->answer, item, text, option, err) == 0)
        result = mm_render_flush(&r, err);
    mm_render_release(&r);
    return result;
}

/* The log-probability of an answer behind what the session has read. */
static int score_answer(struct mm_asker *w, const struct mm_asking *a,
                        const struct mm_prompt *answer, double *sum,
                        struct mm_err *err)
{
    const struct mm_bundle *b = a->bundle;
    size_t n = answer->ids.n;
    double *logprob = mm_alloc(n, sizeof *logprob, err);
    int result = -1;

    *sum = 0;
    if (logprob)
        result = mm_session_score(w->session, answer->ids.v, n, NULL, 0,
                                  b->preprocess.mean, b->preprocess.std,
                                  logprob, err);
    for (size_t i = 0; result == 0 && i + 1 < n; i++)
        *sum += logprob[i];
    free(logprob);
    return result;
}

/* Would the model say this answer? */
static int is_greedy(struct mm_asker *w, const struct mm_asking *a,
                     const struct mm_prompt *answer, int *greedy,
                     struct mm_err *err)
{
    const struct mm_sampling how = { .top_p = 1 };
    const struct mm_bundle *b = a->bundle;
    size_t vocab = b->model->config.text.vocab;
    float *logits = mm_alloc(vocab, sizeof *logits, err);
    int result = logits ? 0 : -1;

    *greedy = 1;
    for (size_t i = 0; result == 0 && *greedy && i + 1 < answer->ids.n; i++) {
        result = mm_session_read(w->session, &answer->ids.v[i], 1, NULL, 0,
                                 b->preprocess.mean, b->preprocess.std, logits,
                                 err);
        if (result == 0)
            *greedy = mm_sample_token(&how, logits, vocab, i, err) ==
                      answer->ids.v[i + 1];
    }
    free(logits);
    return result;
}

/* Read the prompt but for its last token, which answers begin with. */
static int read_question(struct mm_asker *w, const struct mm_asking *a,
                         int32_t *last, struct mm_err *err)
{
    size_t n = w->prompt.ids.n;

    *last = n ? w->prompt.ids.v[n - 1] : -1;
    if (*last < 0 || *last == mm_tokenizer_image(a->bundle->tokenizer))
        return mm_fail(err, MM_ECONFIG, "the prompt must end with text");
    return read_prompt(w, a, &w->prompt, n - 1, err);
}

/* Append the log-probability of one answer; the session is as it was. */
static int add_loglik(struct mm_asker *w, const struct mm_asking *a,
                      int32_t last, const struct mm_item *item,
                      const char *text, struct mm_reply *reply,
                      struct mm_err *err)
{
    size_t at = mm_session_length(w->session);
    struct mm_prompt answer = { 0 };
    double *sum;
    int result = -1;

    if (mm_grow(&reply->loglik, &reply->cap, reply->n_loglik + 1, sizeof *sum,
                err) == 0 &&
        render_answer(&answer, a, last, item, text, text, err) == 0) {
        sum = &reply->loglik[reply->n_loglik++];
        result = score_answer(w, a, &answer, sum, err);
    }
    if (result == 0 && a->task->ask == MM_ASK_LOGLIK) {
        mm_session_rewind(w->session, at);
        result = is_greedy(w, a, &answer, &reply->greedy, err);
    }
    mm_session_rewind(w->session, at);
    mm_prompt_release(&answer);
    return result;
}

/* The prompt is read once, unless it has the option in it. */
static int rank(struct mm_asker *w, const struct mm_asking *a,
                const struct mm_item *item, struct mm_reply *reply,
                struct mm_err *err)
{
    const char *prompt = a->task->prompt;
    int each = prompt && strstr(prompt, "{option}");
    size_t best = 0, begin = mm_session_length(w->session);
    int32_t last = -1;

    if (item->n_options < 2)
        return mm_fail(err, MM_EDATA, "there are no options to choose from");
    for (size_t i = 0; i < item->n_options; i++) {
        if (each || i == 0) {
            mm_session_rewind(w->session, begin);
            if (render_item(w, a, item, item->options[i], err) < 0 ||
                read_question(w, a, &last, err) < 0)
                return -1;
        }
        if (add_loglik(w, a, last, item, item->options[i], reply, err) < 0)
            return -1;
        if (reply->loglik[i] > reply->loglik[best])
            best = i;
    }
    mm_buf_adds(&reply->text, item->options[best]);
    return 0;
}

static int loglik(struct mm_asker *w, const struct mm_asking *a,
                  const struct mm_item *item, struct mm_reply *reply,
                  struct mm_err *err)
{
    int32_t last;

    if (item->n_answers == 0)
        return mm_fail(err, MM_EDATA, "there is no answer to judge");
    if (render_item(w, a, item, NULL, err) < 0 ||
        read_question(w, a, &last, err) < 0 ||
        add_loglik(w, a, last, item, item->answers[0], reply, err) < 0)
        return -1;
    if (reply->greedy)
        mm_buf_adds(&reply->text, item->answers[0]);
    return 0;
}

int mm_ask(struct mm_asker *w, const struct mm_asking *a,
           const struct mm_shot *shots, size_t n, const struct mm_item *item,
           struct mm_reply *reply, struct mm_err *err)
{
    mm_buf_clear(&reply->text);
    mm_buf_add(&reply->text, "", 0);
    mm_buf_clear(&reply->thought);
    reply->n_tokens = reply->n_loglik = 0;
    reply->greedy = 0;
    if (read_shots(w, a, shots, n, item, err) < 0)
        return -1;
    if (a->task->ask == MM_ASK_RANK)
        return rank(w, a, item, reply, err);
    if (a->task->ask == MM_ASK_LOGLIK)
        return loglik(w, a, item, reply, err);
    if (render_item(w, a, item, NULL, err) < 0 ||
        generate(w, a, reply, err) < 0)
        return -1;
    if (a->task->marker)
        mm_thought_cut(&reply->text, a->task->marker, &reply->thought);
    return mm_buf_check(&reply->thought, err);
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
        for (size_t k = 0; result == 0 && k < item.n_pictures; k++, n++)
            result = add_picture(&sums, mean, item.pictures[k], pre, err);
    }
    if (result == 0 && n == 0)
        result = mm_fail(err, MM_EDATA, "'%s' has no pictures",
                         mm_source_name(source));
    if (result == 0)
        for (size_t i = 0; i < mean->width * mean->height * 3; i++)
            mean->rgb[i] = (uint8_t)((sums[i] + n / 2) / n);
    free(sums);
    mm_item_release(&item);
    return result;
}
