/*
 * speak.c - answers to a prompt, or to the lines of a chat
 */
#include "eval/speak.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "eval/thought.h"

#define MAX_LINE ((size_t)1 << 26)

/* ---- output ---- */

static const char *skip_space(const char *text, const char *end)
{
    while (text < end && strchr(" \n\t", *text))
        text++;
    return text;
}

static int on_text(void *ctx, const char *text, size_t n, struct mm_err *err)
{
    struct mm_speaker *w = ctx;
    const char *end = text + n;

    if (w->answers && !w->said)
        text = skip_space(text, end);
    w->said |= text < end;
    if (mm_out_write(w->out, text, (size_t)(end - text), err) < 0)
        return -1;
    return mm_out_flush(w->out, err);
}

/* What is after a marker is known in the end. */
static void stream(struct mm_speaker *w)
{
    w->decode.on_text = w->marker ? NULL : on_text;
    w->decode.ctx = w;
}

void mm_speaker_release(struct mm_speaker *w)
{
    mm_replier_release(&w->replier);
    mm_shots_release(&w->shots);
    mm_buf_release(&w->thought);
}

void mm_speak_report(const struct mm_reply_stats *s)
{
    mm_log(MM_LOG_DEBUG,
           "prompt of %zu tokens (%zu kept) in %.2f s; %zu tokens in %.2f s, "
           "%.1f a second",
           s->prompt_tokens, s->kept_tokens, s->prompt_s, s->new_tokens,
           s->new_s, s->new_s > 0 ? (double)s->new_tokens / s->new_s : 0);
}

/* Leave what is after the marker. */
static int cut_thought(struct mm_speaker *w, struct mm_buf *text,
                       struct mm_err *err)
{
    if (!w->marker)
        return 0;
    if (!mm_thought_cut(text, w->marker, &w->thought))
        mm_log(MM_LOG_WARN, "the answer has no '%s'; this is all of it",
               w->marker);
    return mm_buf_check(&w->thought, err);
}

static int reply(struct mm_speaker *w, const struct mm_talk *talk,
                 struct mm_buf *text, struct mm_reply_stats *stats,
                 struct mm_err *err)
{
    w->said = 0;
    if (mm_reply(&w->replier, talk, w->chat, &w->decode, text, stats, err) < 0)
        return -1;
    mm_speak_report(stats);
    return 0;
}

/* To out: as it comes, or the whole of it once the marker is known. */
static int answer(struct mm_speaker *w, const struct mm_talk *talk,
                  struct mm_buf *text, struct mm_reply_stats *stats,
                  struct mm_err *err)
{
    if (reply(w, talk, text, stats, err) < 0 || cut_thought(w, text, err) < 0)
        return -1;
    return w->marker ? mm_out_write(w->out, text->data, text->len, err) : 0;
}

/* The answer of a chat without the white space that the template asks for */
static const char *trimmed(const struct mm_speaker *w,
                           const struct mm_buf *text, size_t *n)
{
    const char *end = text->data + text->len, *p = text->data;

    if (w->answers)
        p = skip_space(p, end);
    *n = (size_t)(end - p);
    return p;
}

int mm_speak_tidy(struct mm_speaker *w, struct mm_buf *raw,
                  struct mm_buf *text, struct mm_err *err)
{
    const char *p;
    size_t n;

    if (cut_thought(w, raw, err) < 0)
        return -1;
    p = trimmed(w, raw, &n);
    mm_utf8_repair(text, p, n);
    return mm_buf_check(text, err);
}

/* ---- one prompt ---- */

static int begin_talk(const struct mm_speaker *w, struct mm_talk *talk,
                      struct mm_err *err)
{
    if (w->system && mm_talk_say(talk, "system", w->system,
                                 strlen(w->system), NULL, 0, err) < 0)
        return -1;
    return w->answers ? mm_shots_chat(&w->shots, talk, err) : 0;
}

/* The text that is to be answered or gone on from. */
static int say(const struct mm_speaker *w, struct mm_talk *talk,
               const char *text, size_t n, const char *const *files,
               size_t n_files, struct mm_err *err)
{
    if (w->answers)
        return mm_talk_say(talk, "user", text, n, files, n_files, err);
    if (w->shots.n)
        return mm_shots_text(&w->shots, talk, text, n, files, n_files, err);
    return mm_talk_say(talk, NULL, text, n, files, n_files, err);
}

int mm_speak_talk(struct mm_speaker *w, struct mm_talk *talk, const char *text,
                  size_t n, const char *const *files, size_t n_files,
                  struct mm_err *err)
{
    return begin_talk(w, talk, err) < 0
               ? -1
               : say(w, talk, text, n, files, n_files, err);
}

int mm_speak_once(struct mm_speaker *w, const char *text,
                  const char *const *files, size_t n_files,
                  struct mm_err *err)
{
    struct mm_talk talk = { 0 };
    struct mm_reply_stats stats;
    struct mm_buf out = { 0 };
    int r = mm_speak_talk(w, &talk, text, strlen(text), files, n_files, err);

    stream(w);
    if (r == 0)
        r = answer(w, &talk, &out, &stats, err);
    if (r == 0)
        r = mm_out_write(w->out, "\n", 1, err);
    mm_talk_release(&talk);
    mm_buf_release(&out);
    return r;
}

/* ---- a conversation ---- */

static int say_answer(struct mm_speaker *w, struct mm_talk *talk,
                      struct mm_err *err)
{
    struct mm_reply_stats stats;
    struct mm_buf text = { 0 };
    size_t n;
    const char *p;
    int r = answer(w, talk, &text, &stats, err);

    if (r == 0)
        r = mm_out_write(w->out, "\n", 1, err);
    if (r == 0)
        r = mm_out_flush(w->out, err);
    if (r == 0) {
        p = trimmed(w, &text, &n);
        r = mm_talk_say(talk, "assistant", p, n, NULL, 0, err);
    }
    w->decode.sampling.stream++;
    mm_buf_release(&text);
    return r;
}

static int converse(struct mm_speaker *w, struct mm_in *in,
                    struct mm_talk *talk, const char *const *files,
                    size_t n_files, void (*ask)(void), struct mm_err *err)
{
    struct mm_buf line = { 0 };
    int r = 1;

    while (r > 0) {
        if (ask)
            ask();
        r = mm_in_line(in, &line, MAX_LINE, err);
        if (r <= 0 || line.len == 0)
            continue;
        if (mm_talk_say(talk, "user", line.data, line.len, files, n_files,
                        err) < 0 ||
            say_answer(w, talk, err) < 0)
            r = -1;
        n_files = 0;
    }
    mm_buf_release(&line);
    return r;
}

int mm_speak_lines(struct mm_speaker *w, struct mm_in *in,
                   const char *const *files, size_t n_files,
                   void (*ask)(void), struct mm_err *err)
{
    struct mm_talk talk = { 0 };
    int r = begin_talk(w, &talk, err);

    stream(w);
    if (r == 0)
        r = converse(w, in, &talk, files, n_files, ask, err);
    mm_talk_release(&talk);
    return r;
}
