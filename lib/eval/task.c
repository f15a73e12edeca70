/*
 * task.c - what a benchmark asks
 */
#include "eval/task.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/ini.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/opt.h"

#define MAX_TASK ((size_t)1 << 20)

static const char *const metric_names[] = {
    "exact", "vqa", "vqa-openflamingo", "cider", "choice"
};
static const char *const cut_names[] = { "none", "vqa" };
static const char *const tokenizer_names[] = { "ptb", "ptb-alone", "none" };
#define COUNT(a) (sizeof(a) / sizeof *(a))

const char *mm_metric_name(enum mm_metric m)
{
    return metric_names[m];
}

static int index_of(const char *word, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(word, names[i]) == 0)
            return (int)i;
    return -1;
}

enum mm_caption_tokenizer mm_task_tokenizer(const struct mm_json *task)
{
    const char *name = mm_json_str(mm_json_get(task, "caption_tokenizer"), "");
    int i = index_of(name, tokenizer_names, COUNT(tokenizer_names));

    return i < 0 ? MM_CAPTION_PTB : (enum mm_caption_tokenizer)i;
}

int mm_metric_parse(const char *name, enum mm_metric *m)
{
    int i = index_of(name, metric_names, COUNT(metric_names));

    if (i < 0)
        return -1;
    *m = (enum mm_metric)i;
    return 0;
}

/* ---- values ---- */

static int add_quoted(struct mm_buf *out, const char **s, struct mm_err *err)
{
    for (++*s; **s != '"'; ++*s) {
        if (**s == '\0')
            return mm_fail(err, MM_ECONFIG, "a quote has no end");
        if (**s != '\\') {
            mm_buf_addc(out, **s);
            continue;
        }
        ++*s;
        if (**s == 'n' || **s == 't')
            mm_buf_addc(out, **s == 'n' ? '\n' : '\t');
        else if (**s == '"' || **s == '\\')
            mm_buf_addc(out, **s);
        else
            return mm_fail(err, MM_ECONFIG, "unknown escape in a quote");
    }
    ++*s;
    return 0;
}

/* A whole value: quoted, or as it stands. */
static char *unquote(const char *value, struct mm_err *err)
{
    struct mm_buf out = { 0 };

    mm_buf_add(&out, "", 0);
    if (*value != '"')
        mm_buf_adds(&out, value);
    else if (add_quoted(&out, &value, err) < 0 ||
             (*value && mm_fail(err, MM_ECONFIG,
                                "something follows the closing quote") < 0))
        goto failed;
    if (mm_buf_check(&out, err) == 0)
        return out.data;
failed:
    mm_buf_release(&out);
    return NULL;
}

static int set_text(char **field, const char *value, struct mm_err *err)
{
    free(*field);
    *field = unquote(value, err);
    return *field ? 0 : -1;
}

/* Words or quoted strings, separated by spaces. */
static int set_stops(struct mm_task *t, const char *value, struct mm_err *err)
{
    t->n_stops = 0;
    for (;;) {
        struct mm_buf one = { 0 };

        value += strspn(value, " \n");
        if (!*value)
            return 0;
        if (t->n_stops == MM_TASK_STOPS)
            return mm_fail(err, MM_ECONFIG, "more than %d stop strings",
                           MM_TASK_STOPS);
        if (*value == '"') {
            if (add_quoted(&one, &value, err) < 0) {
                mm_buf_release(&one);
                return -1;
            }
        } else {
            size_t n = strcspn(value, " \n");

            mm_buf_add(&one, value, n);
            value += n;
        }
        if (mm_buf_check(&one, err) < 0)
            return -1;
        free(t->stop[t->n_stops]);
        t->stop[t->n_stops++] = one.data;
    }
}

static int set_number(size_t *field, const char *value, struct mm_err *err)
{
    char *end;
    unsigned long n = strtoul(value, &end, 10);

    if (end == value || *end || n < 1 || n > 100000)
        return mm_fail(err, MM_ECONFIG, "'%s' is no number from 1 to 100000",
                       value);
    *field = n;
    return 0;
}

static int set_key(void *ctx, const char *section, const char *key,
                   const char *value, size_t line, struct mm_err *err)
{
    static const char *const keys[] = { "name", "about", "prompt", "answer",
                                        "separator", "chat", "stop",
                                        "max-tokens", "metric", "cut",
                                        "caption-tokenizer" };
    struct mm_task *t = ctx;
    char **texts[] = { &t->name, &t->about, &t->prompt, &t->answer,
                       &t->separator, &t->chat };
    int i = index_of(key, keys, COUNT(keys)), k;
    const char *near;

    (void)line;
    if (strcmp(section, "task") != 0)
        return mm_fail(err, MM_ECONFIG, "a task file has only [task]");
    if (i >= 0 && i < (int)COUNT(texts))
        return set_text(texts[i], value, err);
    switch (i) {
    case 6:
        return set_stops(t, value, err);
    case 7:
        return set_number(&t->max_tokens, value, err);
    case 8:
        if (mm_metric_parse(value, &t->metric) == 0)
            return 0;
        return mm_fail(err, MM_ECONFIG, "there is no metric '%s'", value);
    case 9:
        if ((k = index_of(value, cut_names, COUNT(cut_names))) < 0)
            return mm_fail(err, MM_ECONFIG, "there is no cut '%s'", value);
        t->cut = (enum mm_cut)k;
        return 0;
    case 10:
        if ((k = index_of(value, tokenizer_names, COUNT(tokenizer_names))) < 0)
            return mm_fail(err, MM_ECONFIG, "there is no caption tokenizer "
                                            "'%s'; there are ptb, ptb-alone "
                                            "and none",
                           value);
        t->tokenizer = (enum mm_caption_tokenizer)k;
        return 0;
    }
    near = mm_suggest(key, keys, COUNT(keys));
    return mm_fail(err, MM_ECONFIG, "unknown key '%s'%s%s%s", key,
                   near ? "; did you mean '" : "", near ? near : "",
                   near ? "'?" : "");
}

/* ---- the whole ---- */

static int complete(struct mm_task *t, struct mm_err *err)
{
    if (!t->name)
        return mm_fail(err, MM_ECONFIG, "the key 'name' is missing");
    if (!t->prompt && !t->chat)
        return mm_fail(err, MM_ECONFIG, "neither 'prompt' nor 'chat'");
    if ((!t->answer && set_text(&t->answer, "\" {answer}\"", err) < 0) ||
        (!t->separator && set_text(&t->separator, "\"\\n\"", err) < 0) ||
        (!t->about && set_text(&t->about, "", err) < 0))
        return -1;
    if (t->max_tokens == 0)
        t->max_tokens = 32;
    return 0;
}

static void task_path(struct mm_buf *path, const char *spec, const char *dir)
{
    size_t n = strlen(spec);

    if (strchr(spec, '/') || (n > 4 && strcmp(spec + n - 4, ".ini") == 0))
        mm_buf_adds(path, spec);
    else
        mm_buf_addf(path, "%s/%s.ini", dir, spec);
}

int mm_task_load(struct mm_task *t, const char *spec, const char *dir,
                 struct mm_err *err)
{
    struct mm_buf path = { 0 }, text = { 0 };
    int result;

    *t = (struct mm_task){ 0 };
    task_path(&path, spec, dir);
    result = mm_buf_check(&path, err);
    if (result == 0)
        result = mm_read_file(path.data, &text, MAX_TASK, err);
    if (result < 0 && err->code == MM_ENOINPUT)
        mm_fail_in(err, "no task '%s' (mm1-eval list shows those there are)",
                   spec);
    if (result == 0)
        result = mm_ini_parse(text.data, text.len, path.data, set_key, t, err);
    if (result == 0 && (result = complete(t, err)) < 0)
        mm_fail_in(err, "%s", path.data);
    if (result < 0)
        mm_task_release(t);
    mm_buf_release(&path);
    mm_buf_release(&text);
    return result;
}

void mm_task_release(struct mm_task *t)
{
    free(t->name);
    free(t->about);
    free(t->prompt);
    free(t->answer);
    free(t->separator);
    free(t->chat);
    for (size_t i = 0; i < MM_TASK_STOPS; i++)
        free(t->stop[i]);
    *t = (struct mm_task){ 0 };
}

void mm_task_describe(const struct mm_task *t, struct mm_jw *w)
{
    const char *const names[] = { "name", "about", "prompt", "answer",
                                  "separator", "chat" };
    const char *const texts[] = { t->name, t->about, t->prompt, t->answer,
                                  t->separator, t->chat };

    mm_jw_open(w, '{');
    for (size_t i = 0; i < COUNT(names); i++) {
        mm_jw_key(w, names[i]);
        mm_jw_str(w, texts[i]);
    }
    mm_jw_key(w, "metric");
    mm_jw_str(w, mm_metric_name(t->metric));
    mm_jw_key(w, "stop");
    mm_jw_open(w, '[');
    for (size_t i = 0; i < t->n_stops; i++)
        mm_jw_str(w, t->stop[i]);
    mm_jw_close(w, ']');
    mm_jw_key(w, "cut");
    mm_jw_str(w, cut_names[t->cut]);
    if (t->tokenizer != MM_CAPTION_PTB) {
        mm_jw_key(w, "caption_tokenizer");
        mm_jw_str(w, tokenizer_names[t->tokenizer]);
    }
    mm_jw_key(w, "max_tokens");
    mm_jw_int(w, (int64_t)t->max_tokens);
    mm_jw_close(w, '}');
}
