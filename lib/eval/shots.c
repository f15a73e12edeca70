/*
 * shots.c - examples that stand before a prompt, with their reasons
 */
#include "eval/shots.h"

#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/json.h"
#include "base/mem.h"

#define MAX_LINE ((size_t)1 << 26)

void mm_shots_release(struct mm_shots *s)
{
    for (size_t i = 0; i < s->n; i++) {
        free(s->v[i].prompt);
        free(s->v[i].answer);
        for (size_t k = 0; k < s->v[i].n_files; k++)
            free(s->v[i].files[k]);
        free(s->v[i].files);
    }
    free(s->v);
    *s = (struct mm_shots){ 0 };
}

/* ---- reading ---- */

static int take_files(struct mm_spoken_example *e, const struct mm_json *images,
                      struct mm_err *err)
{
    size_t n = images && images->type == MM_JSON_ARRAY ? images->n : 0;

    e->files = mm_alloc(n, sizeof *e->files, err);
    if (!e->files)
        return -1;
    for (const struct mm_json *v = n ? images->child : NULL; v; v = v->next) {
        e->files[e->n_files] = mm_strdup(mm_json_str(v, ""), err);
        if (!e->files[e->n_files])
            return -1;
        e->n_files++;
    }
    return 0;
}

/* What the example says. */
static char *join_answer(const char *rationale, const char *marker,
                         const char *answer, struct mm_err *err)
{
    struct mm_buf text = { 0 };

    mm_buf_add(&text, "", 0);
    if (*rationale)
        mm_buf_addf(&text, "%s ", rationale);
    if (marker)
        mm_buf_addf(&text, "%s %s.", marker, answer);
    else
        mm_buf_adds(&text, answer);
    if (mm_buf_check(&text, err) == 0)
        return text.data;
    mm_buf_release(&text);
    return NULL;
}

static int take_example(struct mm_shots *s, const struct mm_json *v,
                        const char *marker, struct mm_err *err)
{
    const char *prompt = mm_json_str(mm_json_get(v, "prompt"), NULL);
    const char *answer = mm_json_str(mm_json_get(v, "answer"), NULL);
    struct mm_spoken_example *e;

    if (!prompt || !answer)
        return mm_fail(err, MM_EDATA, "an example has a \"prompt\" and an "
                                      "\"answer\", both strings");
    if (mm_grow(&s->v, &s->cap, s->n + 1, sizeof *s->v, err) < 0)
        return -1;
    e = &s->v[s->n++];
    *e = (struct mm_spoken_example){ 0 };
    e->prompt = mm_strdup(prompt, err);
    e->answer = join_answer(mm_json_str(mm_json_get(v, "rationale"), ""),
                            marker, answer, err);
    if (!e->prompt || !e->answer)
        return -1;
    return take_files(e, mm_json_get(v, "images"), err);
}

static int take_line(struct mm_shots *s, const struct mm_buf *line,
                     const char *marker, struct mm_err *err)
{
    struct mm_json_doc doc;
    int result;

    if (line->len == 0)
        return 0;
    if (mm_json_parse(&doc, line->data, line->len, err) < 0)
        return -1;
    result = take_example(s, doc.root, marker, err);
    mm_json_release(&doc);
    return result;
}

int mm_shots_read(struct mm_shots *s, const char *path, const char *marker,
                  struct mm_err *err)
{
    struct mm_in *in = mm_in_open(path, err);
    struct mm_buf line = { 0 };
    int more = -1;

    *s = (struct mm_shots){ 0 };
    for (size_t n = 1;
         in && (more = mm_in_line(in, &line, MAX_LINE, err)) > 0; n++)
        if (take_line(s, &line, marker, err) < 0) {
            more = mm_fail_in(err, "'%s', line %zu", mm_in_name(in), n);
            break;
        }
    mm_buf_release(&line);
    mm_in_close(in);
    return more;
}

/* ---- saying ---- */

int mm_shots_chat(const struct mm_shots *s, struct mm_talk *t,
                  struct mm_err *err)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct mm_spoken_example *e = &s->v[i];

        if (mm_talk_say(t, "user", e->prompt, strlen(e->prompt),
                        (const char *const *)e->files, e->n_files, err) < 0 ||
            mm_talk_say(t, "assistant", e->answer, strlen(e->answer), NULL, 0,
                        err) < 0)
            return mm_fail_in(err, "example %zu", i + 1);
    }
    return 0;
}

/* A prompt whose pictures all have their places. */
static void add_prompt(struct mm_buf *text, const char *prompt, size_t n,
                       size_t n_files)
{
    if (!strstr(prompt, MM_TOKEN_IMAGE))
        for (size_t i = 0; i < n_files; i++)
            mm_buf_adds(text, MM_TOKEN_IMAGE);
    mm_buf_add(text, prompt, n);
}

static int say_all(const struct mm_shots *s, struct mm_talk *t,
                   struct mm_buf *text, const char **all,
                   const char *const *files, size_t n_files,
                   struct mm_err *err)
{
    size_t k = 0;

    for (size_t i = 0; i < s->n; i++)
        for (size_t j = 0; j < s->v[i].n_files; j++)
            all[k++] = s->v[i].files[j];
    for (size_t j = 0; j < n_files; j++)
        all[k++] = files[j];
    if (mm_buf_check(text, err) < 0)
        return -1;
    return mm_talk_say(t, NULL, text->data, text->len, all, k, err);
}

int mm_shots_text(const struct mm_shots *s, struct mm_talk *t,
                  const char *text, size_t n, const char *const *files,
                  size_t n_files, struct mm_err *err)
{
    struct mm_buf whole = { 0 };
    size_t count = n_files;
    const char **all;
    int result = -1;

    for (size_t i = 0; i < s->n; i++) {
        const struct mm_spoken_example *e = &s->v[i];

        add_prompt(&whole, e->prompt, strlen(e->prompt), e->n_files);
        mm_buf_addf(&whole, " %s\n", e->answer);
        count += e->n_files;
    }
    add_prompt(&whole, text, n, n_files);
    all = mm_alloc(count, sizeof *all, err);
    if (all)
        result = say_all(s, t, &whole, all, files, n_files, err);
    free(all);
    mm_buf_release(&whole);
    return result;
}
