/*
 * task.c - what a benchmark asks
 */
#include "eval/task.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/ini.h"
#include "base/io.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/opt.h"
#include "data/chat.h"
#include "eval/metric.h"
#include "eval/parser.h"
#include "eval/render.h"

#define MAX_TASK ((size_t)1 << 20)
#define COUNT(a) (sizeof(a) / sizeof *(a))

static const char *const cut_names[] = { "none", "vqa" };
static const char *const ask_names[] = { "generate", "rank", "loglik" };
static const char *const tokenizer_names[] = { "ptb", "ptb-alone", "none" };

static int index_of(const char *word, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(word, names[i]) == 0)
            return (int)i;
    return -1;
}

int mm_caption_tokenizer_parse(const char *name,
                               enum mm_caption_tokenizer *tokenizer)
{
    int i = index_of(name, tokenizer_names, COUNT(tokenizer_names));

    if (i < 0)
        return -1;
    *tokenizer = (enum mm_caption_tokenizer)i;
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

static int set_choice(int *field, const char *what, const char *value,
                      const char *const *names, size_t n, struct mm_err *err)
{
    struct mm_buf all = { 0 };
    int i = index_of(value, names, n);

    if (i >= 0) {
        *field = i;
        return 0;
    }
    for (size_t k = 0; k < n; k++)
        mm_buf_addf(&all, "%s%s", k ? ", " : "", names[k]);
    mm_fail(err, MM_ECONFIG, "there is no %s '%s'; there are %s", what, value,
            all.data ? all.data : "");
    mm_buf_release(&all);
    return -1;
}

/* ---- keys ---- */

struct text_key {
    const char *section, *name;
    size_t offset;
};

#define TASK(key, field)                             \
    {                                                \
        "task", key, offsetof(struct mm_task, field) \
    }
#define DATA(key, field)                                  \
    {                                                     \
        "data", key, offsetof(struct mm_task, data.field) \
    }
static const struct text_key text_keys[] = {
    TASK("name", name), TASK("about", about), TASK("metric", metric),
    TASK("flavour", flavour), TASK("parser", parser), TASK("prompt", prompt),
    TASK("answer", answer), TASK("separator", separator), TASK("chat", chat),
    TASK("option", option), TASK("option-separator", option_separator),
    TASK("split", split), TASK("open", open),
    TASK("marker", marker)
};

static const char *const data_keys[MM_N_DATA] = {
    "format", "file", "records", "join", "group", "where", "tag", "id",
    "image", "question", "answers", "options", "labels", "gold", "last-word",
    "keep", "gap", "clean"
};

const char *mm_data_key_name(enum mm_data_key key)
{
    return data_keys[key];
}

static int unknown_key(const char *section, const char *key,
                       struct mm_err *err)
{
    static const char *const others[] = { "stop", "max-tokens", "cut", "ask",
                                          "caption-tokenizer" };
    const char *names[COUNT(text_keys) + COUNT(others)], *near;
    const char *const *of = names;
    size_t n = 0;

    for (; n < COUNT(text_keys); n++)
        names[n] = text_keys[n].name;
    for (size_t i = 0; i < COUNT(others); i++)
        names[n++] = others[i];
    if (strcmp(section, "task") != 0) {
        of = data_keys;
        n = MM_N_DATA;
    }
    near = mm_suggest(key, of, n);
    return mm_fail(err, MM_ECONFIG, "unknown key '%s'%s%s%s", key,
                   near ? "; did you mean '" : "", near ? near : "",
                   near ? "'?" : "");
}

static int add_reference(struct mm_task *t, const char *key, const char *value,
                         struct mm_err *err)
{
    struct mm_reference *r;

    if (mm_grow(&t->references, &t->references_cap, t->n_references + 1,
                sizeof *t->references, err) < 0)
        return -1;
    r = &t->references[t->n_references];
    *r = (struct mm_reference){ mm_strdup(key, err), unquote(value, err) };
    t->n_references++;
    return r->name && r->value ? 0 : -1;
}

/* The keys that are not texts: 1 when it is none of them. */
static int set_other(struct mm_task *t, const char *key, const char *value,
                     struct mm_err *err)
{
    int i = 0, result;

    if (strcmp(key, "stop") == 0)
        return set_stops(t, value, err);
    if (strcmp(key, "max-tokens") == 0)
        return set_number(&t->max_tokens, value, err);
    if (strcmp(key, "cut") == 0) {
        result = set_choice(&i, key, value, cut_names, COUNT(cut_names), err);
        t->cut = (enum mm_cut)i;
    } else if (strcmp(key, "ask") == 0) {
        result = set_choice(&i, "way to", value, ask_names, COUNT(ask_names),
                            err);
        t->ask = (enum mm_ask_how)i;
    } else if (strcmp(key, "caption-tokenizer") == 0) {
        result = set_choice(&i, "caption tokenizer", value, tokenizer_names,
                            COUNT(tokenizer_names), err);
        t->tokenizer = (enum mm_caption_tokenizer)i;
    } else {
        result = 1;
    }
    return result;
}

static int set_data(struct mm_task *t, const char *section, const char *key,
                    const char *value, struct mm_err *err)
{
    int shots = strcmp(section, "shots") == 0;
    int i = index_of(key, data_keys, MM_N_DATA);

    t->has_shots |= shots;
    if (i < 0)
        return unknown_key(section, key, err);
    return set_text(shots ? &t->shots[i] : &t->data[i], value, err);
}

struct loading {
    struct mm_task *t;
    struct mm_map lines; /* in which "section\nkey" is */
};

/* Which of two values was meant, nobody knows. */
static int once(struct loading *l, const char *section, const char *key,
                size_t line, struct mm_err *err)
{
    struct mm_buf name = { 0 };
    int64_t *at = NULL;
    int result = -1;

    mm_buf_addf(&name, "%s\n%s", section, key);
    if (mm_buf_check(&name, err) == 0)
        at = mm_map_at(&l->lines, name.data, name.len, err);
    mm_buf_release(&name);
    if (at && *at)
        mm_fail(err, MM_ECONFIG, "'%s' is in line %lld already; leave one of "
                                 "them",
                key, (long long)*at);
    else if (at)
        result = 0;
    if (result == 0)
        *at = (int64_t)line;
    return result;
}

static int set_key(void *ctx, const char *section, const char *key,
                   const char *value, size_t line, struct mm_err *err)
{
    struct loading *l = ctx;
    struct mm_task *t = l->t;
    int result;

    if (once(l, section, key, line, err) < 0)
        return -1;
    if (strcmp(section, "reference") == 0)
        return add_reference(t, key, value, err);
    if (strcmp(section, "data") == 0 || strcmp(section, "shots") == 0)
        return set_data(t, section, key, value, err);
    if (strcmp(section, "task") != 0)
        return mm_fail(err, MM_ECONFIG, "a task file has only [task], [data], "
                                        "[shots] and [reference]");
    for (size_t i = 0; i < COUNT(text_keys); i++)
        if (strcmp(text_keys[i].name, key) == 0)
            return set_text((char **)((char *)t + text_keys[i].offset), value,
                            err);
    result = set_other(t, key, value, err);
    return result > 0 ? unknown_key(section, key, err) : result;
}

/* ---- the whole ---- */

static int complete_metric(struct mm_task *t, struct mm_err *err)
{
    const char *metric = t->metric ? t->metric : "exact";
    const char *flavour = t->flavour;
    char *old = t->metric;

    mm_metric_alias(&metric, &flavour);
    t->metric = mm_strdup(metric, err);
    if (t->metric && flavour != t->flavour) {
        free(t->flavour);
        t->flavour = mm_strdup(flavour, err);
    }
    free(old);
    if (!t->metric || (flavour && !t->flavour))
        return -1;
    /* a choice needs the probabilities of its options */
    if (t->ask == MM_ASK_GENERATE && strcmp(t->metric, "choice") == 0)
        t->ask = MM_ASK_RANK;
    if (mm_metric_check(t->metric, t->flavour, err) < 0 ||
        (t->parser && mm_parser_check(t->parser, err) < 0)) {
        err->code = MM_ECONFIG;
        return -1;
    }
    return 0;
}

/* What an example says: its answer, after its reasons where there are any. */
static int set_answer(struct mm_task *t, struct mm_err *err)
{
    struct mm_buf text = { 0 };

    mm_buf_adds(&text, " ");
    if (t->marker)
        mm_buf_addf(&text, "{rationale} %s ", t->marker);
    mm_buf_adds(&text, t->marker ? "{answer}." : "{answer}");
    if (mm_buf_check(&text, err) < 0) {
        mm_buf_release(&text);
        return -1;
    }
    t->answer = text.data;
    return 0;
}

static int complete(struct mm_task *t, struct mm_err *err)
{
    if (mm_render_check("prompt", t->prompt, err) < 0 ||
        mm_render_check("answer", t->answer, err) < 0 ||
        mm_render_check("option", t->option, err) < 0)
        return -1;
    if (!t->name)
        return mm_fail(err, MM_ECONFIG, "the key 'name' is missing");
    if (!t->prompt && !t->chat)
        return mm_fail(err, MM_ECONFIG, "neither 'prompt' nor 'chat'");
    if (t->chat && !mm_chat_find(t->chat, err)) {
        err->code = MM_ECONFIG;
        return -1;
    }
    if (t->marker && (!*t->marker || t->ask != MM_ASK_GENERATE))
        return mm_fail(err, MM_ECONFIG, "'marker' wants words, and an answer "
                                        "that is generated");
    if ((!t->answer && set_answer(t, err) < 0) ||
        (!t->separator && set_text(&t->separator, "\"\\n\"", err) < 0) ||
        (!t->option &&
         set_text(&t->option, "\"{letter}. {option}\"", err) < 0) ||
        (!t->option_separator &&
         set_text(&t->option_separator, "\"\\n\"", err) < 0) ||
        (!t->about && set_text(&t->about, "", err) < 0))
        return -1;
    if (t->max_tokens == 0)
        t->max_tokens = 32;
    return complete_metric(t, err);
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
    struct loading loading = { .t = t };
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
        result = mm_ini_parse(text.data, text.len, path.data, set_key,
                              &loading, err);
    if (result == 0 && (result = complete(t, err)) < 0)
        mm_fail_in(err, "%s", path.data);
    if (result < 0)
        mm_task_release(t);
    mm_map_release(&loading.lines);
    mm_buf_release(&path);
    mm_buf_release(&text);
    return result;
}

void mm_task_release(struct mm_task *t)
{
    for (size_t i = 0; i < COUNT(text_keys); i++)
        free(*(char **)((char *)t + text_keys[i].offset));
    for (size_t i = 0; i < MM_TASK_STOPS; i++)
        free(t->stop[i]);
    for (size_t i = 0; i < MM_N_DATA; i++) {
        free(t->data[i]);
        free(t->shots[i]);
    }
    for (size_t i = 0; i < t->n_references; i++) {
        free(t->references[i].name);
        free(t->references[i].value);
    }
    free(t->references);
    *t = (struct mm_task){ 0 };
}

/* How it is scored; what is not set is not said. */
static void describe_score(const struct mm_task *t, struct mm_jw *w)
{
    const char *const names[] = { "about", "metric", "flavour", "parser",
                                  "split", "open" };
    const char *const texts[] = { t->about, t->metric, t->flavour, t->parser,
                                  t->split, t->open };

    for (size_t i = 0; i < COUNT(names); i++)
        if (texts[i])
            mm_jw_put_str(w, names[i], texts[i]);
    if (t->tokenizer != MM_CAPTION_PTB)
        mm_jw_put_str(w, "caption_tokenizer", tokenizer_names[t->tokenizer]);
    if (t->n_references == 0)
        return;
    mm_jw_key(w, "reference");
    mm_jw_open(w, '{');
    for (size_t i = 0; i < t->n_references; i++)
        mm_jw_put_str(w, t->references[i].name, t->references[i].value);
    mm_jw_close(w, '}');
}

void mm_task_describe(const struct mm_task *t, int all, struct mm_jw *w)
{
    mm_jw_open(w, '{');
    mm_jw_put_str(w, "name", t->name);
    mm_jw_put_str(w, "prompt", t->prompt);
    mm_jw_put_str(w, "answer", t->answer);
    mm_jw_put_str(w, "separator", t->separator);
    if (t->prompt && strstr(t->prompt, "{options}")) {
        mm_jw_put_str(w, "option", t->option);
        mm_jw_put_str(w, "option_separator", t->option_separator);
    }
    mm_jw_put_str(w, "chat", t->chat);
    if (t->marker)
        mm_jw_put_str(w, "marker", t->marker);
    mm_jw_put_str(w, "ask", ask_names[t->ask]);
    mm_jw_key(w, "stop");
    mm_jw_open(w, '[');
    for (size_t i = 0; i < t->n_stops; i++)
        mm_jw_str(w, t->stop[i]);
    mm_jw_close(w, ']');
    mm_jw_put_str(w, "cut", cut_names[t->cut]);
    mm_jw_put_size(w, "max_tokens", t->max_tokens);
    if (all)
        describe_score(t, w);
    mm_jw_close(w, '}');
}
