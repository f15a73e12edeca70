/*
 * reply.c - a model answers one talk after the other
 */
#include "eval/reply.h"

#include "base/clock.h"

int mm_replier_init(struct mm_replier *r, const struct mm_bundle *b,
                    struct mm_err *err)
{
    *r = (struct mm_replier){ .bundle = b };
    r->session = mm_session_create(b->model, 0, err);
    return r->session ? 0 : -1;
}

void mm_replier_release(struct mm_replier *r)
{
    mm_session_free(r->session);
    mm_prompt_release(&r->prompt);
    mm_prompt_release(&r->read);
    *r = (struct mm_replier){ 0 };
}

/* All of the prompt after `from`, but its last token. */
static int read_prompt(struct mm_replier *r, struct mm_prefix from,
                       struct mm_err *err)
{
    const struct mm_prompt *p = &r->prompt;
    const struct mm_preprocess *pre = &r->bundle->preprocess;
    const struct mm_feed f = { .tokens = p->ids.v + from.ids,
                               .n = p->ids.n - 1 - from.ids,
                               .views = p->views + from.views,
                               .n_views = p->n_views - from.views,
                               .mean = pre->mean,
                               .std = pre->std };

    mm_session_rewind(r->session, from.ids);
    mm_prompt_clear(&r->read);
    return f.n ? mm_session_read(r->session, &f, NULL, err) : 0;
}

/* The prompt becomes what the session has read. */
static void remember(struct mm_replier *r)
{
    struct mm_prompt p = r->read;

    r->read = r->prompt;
    r->prompt = p;
}

int mm_reply(struct mm_replier *r, const struct mm_talk *talk,
             const struct mm_chat *chat, const struct mm_decode *d,
             struct mm_buf *out, struct mm_reply_stats *stats,
             struct mm_err *err)
{
    double begin = mm_seconds(), middle;
    struct mm_writing w;
    struct mm_prefix from;
    int result;

    if (mm_talk_prompt(talk, chat, r->bundle, &r->prompt, err) < 0)
        return -1;
    if (r->prompt.ids.n == 0)
        return mm_fail(err, MM_EDATA, "the prompt is empty");
    from = mm_prompt_common(&r->read, &r->prompt, &r->bundle->model->config);
    stats->kept_tokens = from.ids;
    stats->prompt_tokens = r->prompt.ids.n;
    if (read_prompt(r, from, err) < 0)
        return -1;
    middle = mm_seconds();
    if (mm_writing_begin(&w, r->bundle, d, mm_session_length(r->session) + 1,
                         out, err) < 0)
        return -1;
    result = mm_generate(r->session, &w, r->prompt.ids.v[r->prompt.ids.n - 1],
                         err);
    if (result == 0) {
        stats->finish = w.finish;
        remember(r);
    }
    stats->new_tokens = w.n_ids;
    stats->prompt_s = middle - begin;
    stats->new_s = mm_seconds() - middle;
    return result;
}
