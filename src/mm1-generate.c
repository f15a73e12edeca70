/*
 * mm1-generate.c - a model continues texts and pictures
 */
#include <stdio.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "data/chat.h"
#include "eval/bundle.h"
#include "eval/rewrite.h"
#include "eval/speak.h"
#include "eval/view_how.h"
#include "tool.h"

struct options {
    struct mm_common common;
    struct mm_view_how views;
    const char *model, *prompt, *chat, *system, *batch, *output, *rewrite;
    const char *shots, *marker;
    struct mm_strs images, stops;
    int64_t max_tokens, top_k, seed;
    double temperature, top_p;
};

#define AT(field) offsetof(struct options, field)
static const struct mm_opt opts[] = {
    { 'm', "model", MM_OPT_STR, AT(model), "dir", NULL,
      "model or run directory", 0, 0, NULL, 0 },
    { 'p', "prompt", MM_OPT_STR, AT(prompt), "text", NULL,
      "go on from this text", 0, 0, NULL, 0 },
    { 0, "image", MM_OPT_LIST, AT(images), "file", NULL,
      "a picture; <image> in the prompt is its place", 0, 0, NULL, 0 },
    { 0, "chat", MM_OPT_STR, AT(chat), "template", NULL,
      "answer instead: the prompt, or each line of standard input", 0, 0, NULL,
      0 },
    { 0, "system", MM_OPT_STR, AT(system), "text", NULL,
      "what a chat begins with", 0, 0, NULL, 0 },
    { 0, "batch", MM_OPT_STR, AT(batch), "file", NULL,
      "prompts as JSON lines, answers too", 0, 0, NULL, MM_OPT_QUIET },
    { 'o', "output", MM_OPT_STR, AT(output), "file", "-",
      "write the text there", 0, 0, NULL, MM_OPT_QUIET },
    { 'n', "max-tokens", MM_OPT_INT, AT(max_tokens), "n", "256",
      "generate so many at most", 1, 1e9, NULL, 0 },
    { 0, "temperature", MM_OPT_NUM, AT(temperature), "t", "0",
      "0: always the most probable token", 0, 100, NULL, 0 },
    { 0, "top-k", MM_OPT_INT, AT(top_k), "n", "0",
      "draw from the n most probable; 0: from all", 0, 1e9, NULL, 0 },
    { 0, "top-p", MM_OPT_NUM, AT(top_p), "p", "1",
      "draw from the fewest that have this probability", 0, 1, NULL, 0 },
    { 's', "seed", MM_OPT_INT, AT(seed), "n", "1",
      "of the draws; the same seed, the same text", 0, 1e15, NULL, 0 },
    { 0, "stop", MM_OPT_LIST, AT(stops), "text", NULL,
      "end before this text", 0, 0, NULL, 0 },
    MM_VIEW_OPTIONS(struct options),
    { 0, "rewrite", MM_OPT_STR, AT(rewrite), "text", NULL,
      "--batch is a shard: ask so for new captions, %s stands for the old", 0,
      0, NULL, 0 },
    { 0, "shots", MM_OPT_STR, AT(shots), "file", NULL,
      "examples that stand before each prompt, as JSON lines", 0, 0, NULL, 0 },
    { 0, "marker", MM_OPT_STR, AT(marker), "text", NULL,
      "the answer is what follows this text", 0, 0, NULL, 0 },
    { 0 }
};
#undef AT

static int check_options(const struct options *o, int argc, char **argv,
                         struct mm_err *err)
{
    if (argc > 0)
        return mm_fail(err, MM_EUSAGE, "what is '%s'? A prompt is given by -p",
                       argv[0]);
    if (!o->model)
        return mm_fail(err, MM_EUSAGE, "no model: give one with -m");
    if (o->batch && (o->prompt || o->images.n))
        return mm_fail(err, MM_EUSAGE, "--batch has prompts and pictures in "
                                       "its lines, not in -p and --image");
    if (!o->batch && !o->prompt && !o->chat && !o->images.n)
        return mm_fail(err, MM_EUSAGE,
                       "nothing to go on from: give -p, --image, --chat or "
                       "--batch");
    if (o->rewrite && !o->batch)
        return mm_fail(err, MM_EUSAGE, "--rewrite needs --batch SHARD");
    if (o->rewrite && mm_rewrite_check(o->rewrite, err) < 0)
        return -1;
    if (o->rewrite && o->shots)
        return mm_fail(err, MM_EUSAGE, "--rewrite takes no --shots");
    if (o->system && !o->chat)
        return mm_fail(err, MM_EUSAGE, "--system needs --chat");
    return 0;
}

static int open_speaker(struct mm_speaker *w, const struct options *o,
                        const struct mm_bundle *b, struct mm_err *err)
{
    w->decode = (struct mm_decode){
        .max_tokens = (size_t)o->max_tokens,
        .sampling = { o->temperature, (size_t)o->top_k, o->top_p,
                      (uint64_t)o->seed, 0, NULL, 0 },
        .stops = o->stops.v,
        .n_stops = o->stops.n
    };
    w->system = o->system;
    w->answers = o->chat != NULL;
    w->marker = o->marker && *o->marker ? o->marker : NULL;
    w->chat = mm_chat_find(o->chat ? o->chat : "none", err);
    if (!w->chat || mm_replier_init(&w->replier, b, err) < 0 ||
        (o->shots && mm_shots_read(&w->shots, o->shots, w->marker, err) < 0))
        return -1;
    if (o->rewrite)
        return 0;
    w->out = mm_out_open(o->output, err);
    return w->out ? 0 : -1;
}

static void ask(void)
{
    fputs("> ", stderr);
}

static int rewrite(struct mm_speaker *w, const struct options *o,
                   struct mm_err *err)
{
    struct mm_rewrite_counts n;

    if (mm_rewrite_shard(w, o->batch, o->output, o->rewrite, &n, err) < 0)
        return -1;
    mm_log(MM_LOG_INFO,
           "%llu captions rewritten (%llu known), %llu kept because nothing "
           "was said, %llu other documents unchanged",
           (unsigned long long)n.rewritten, (unsigned long long)n.known,
           (unsigned long long)n.silent, (unsigned long long)n.unchanged);
    return 0;
}

/* Where some lines are bad the others are there all the same. */
static int answer_lines(struct mm_speaker *w, const struct options *o,
                        struct mm_in *in, struct mm_err *err)
{
    struct mm_batch_counts n;

    if (mm_speak_batch(w, in, o->output, &n, err) < 0)
        return -1;
    if (n.known)
        mm_log(MM_LOG_INFO, "%zu of %zu answers were known from '%s.journal'",
               n.known, n.lines, o->output);
    if (n.bad)
        return mm_fail(err, MM_EDATA, "%zu of %zu lines could not be "
                                      "answered; the first: %s",
                       n.bad, n.lines, n.why);
    return 0;
}

static int speak(struct mm_speaker *w, const struct options *o,
                 struct mm_err *err)
{
    int terminal = isatty(STDIN_FILENO) && isatty(STDERR_FILENO), r;
    struct mm_in *in;

    if (!o->batch && (o->prompt || !o->chat))
        return mm_speak_once(w, o->prompt ? o->prompt : "", o->images.v,
                             o->images.n, err);
    in = mm_in_open(o->batch ? o->batch : "-", err);
    if (!in)
        return -1;
    if (o->batch)
        r = answer_lines(w, o, in, err);
    else
        r = mm_speak_lines(w, in, o->images.v, o->images.n,
                           terminal ? ask : NULL, err);
    mm_in_close(in);
    return r;
}

static int run(const void *options, int argc, char **argv, struct mm_err *err)
{
    const struct options *o = options;
    struct mm_bundle bundle = { 0 };
    struct mm_speaker w = { 0 };
    int r = check_options(o, argc, argv, err);

    if (r == 0)
        r = mm_bundle_open(&bundle, o->model, err);
    if (r == 0)
        r = mm_view_how_apply(&o->views, &bundle, err);
    if (r == 0)
        r = open_speaker(&w, o, &bundle, err);
    if (r == 0)
        r = o->rewrite ? rewrite(&w, o, err) : speak(&w, o, err);
    if (r == 0 && w.out)
        r = mm_out_commit(w.out, err);
    else
        mm_out_discard(w.out);
    mm_speaker_release(&w);
    mm_bundle_close(&bundle);
    return r;
}

static const struct mm_verb verbs[] = {
    { NULL, NULL, "a model goes on from texts and pictures", opts,
      sizeof(struct options), run },
    { NULL, NULL, NULL, NULL, 0, NULL }
};

static const struct mm_program program = {
    .name = "mm1-generate",
    .summary = "a model goes on from texts and pictures",
    .verbs = verbs
};

int main(int argc, char **argv)
{
    return tool_main(&program, argc, argv);
}
