/*
 * qa.c - sets of questions, captions and choices as they are published
 */
#include "data/qa.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/json_list.h"
#include "data/qa_set.h"

/* ---- filling ---- */

size_t mm_qa_text_of(struct mm_qa_set *s, const char *p, size_t n)
{
    size_t at = s->texts.len;

    if (n == 0 || memchr(p, 0, n))
        return 0;
    mm_buf_add(&s->texts, p, n);
    mm_buf_addc(&s->texts, 0);
    return at;
}

static size_t number_text(char text[24], int64_t v)
{
    return (size_t)snprintf(text, 24, "%lld", (long long)v);
}

size_t mm_qa_text(struct mm_qa_set *s, const struct mm_json *v)
{
    char text[24];

    if (v && v->type == MM_JSON_STRING)
        return mm_qa_text_of(s, v->str, v->len);
    if (v && v->type == MM_JSON_NUMBER && v->is_int)
        return mm_qa_text_of(s, text, number_text(text, v->integer));
    return 0;
}

void mm_qa_append(struct mm_qa_set *s, struct mm_qa_nodes *list, size_t text)
{
    struct mm_err ignored;

    if (text == 0)
        return;
    if (mm_grow(&s->nodes, &s->nodes_cap, s->n_nodes + 1, sizeof *s->nodes,
                &ignored) < 0) {
        s->texts.failed = 1;
        return;
    }
    s->nodes[s->n_nodes] = (struct mm_qa_node){ text, 0 };
    if (list->n++)
        s->nodes[list->last].next = s->n_nodes;
    else
        list->first = s->n_nodes;
    list->last = s->n_nodes++;
}

struct mm_qa_item *mm_qa_add(struct mm_qa_set *s, struct mm_err *err)
{
    struct mm_qa_item *it;

    if (mm_grow(&s->items, &s->cap, s->n + 1, sizeof *s->items, err) < 0)
        return NULL;
    it = &s->items[s->n++];
    *it = (struct mm_qa_item){ .correct = -1 };
    return it;
}

/* The bytes of an id: a string's own or an integer's digits. */
static const char *id_of(const struct mm_json *v, char text[24], size_t *n)
{
    *n = 0;
    if (v && v->type == MM_JSON_STRING) {
        *n = v->len;
        return v->str;
    }
    if (v && v->type == MM_JSON_NUMBER && v->is_int)
        *n = number_text(text, v->integer);
    return text;
}

int mm_qa_index(struct mm_qa_set *s, const struct mm_json *v,
                struct mm_err *err)
{
    char text[24];
    size_t n;
    const char *id = id_of(v, text, &n);

    return mm_map_put(&s->by_id, id, n, (int64_t)s->n - 1, err);
}

struct mm_qa_item *mm_qa_find(struct mm_qa_set *s, const struct mm_json *v)
{
    char text[24];
    size_t n;
    const char *id = id_of(v, text, &n);
    const int64_t *i = mm_map_get(&s->by_id, id, n);

    return i ? &s->items[*i] : NULL;
}

/* ---- reading ---- */

static int read_records(struct mm_qa_set *s, const struct mm_qa_layout *y,
                        const struct mm_qa_records *r, const char *path,
                        size_t max, struct mm_err *err)
{
    struct mm_json_list *l = mm_json_list_open(path, r->list, max, err);
    struct mm_json_doc doc;
    int more = -1;

    if (l && !mm_json_list_found(l))
        mm_fail(err, MM_EDATA, "'%s' has no \"%s\"; is it another data "
                               "set's, or are the files in another order?",
                path, r->list);
    while (l && mm_json_list_found(l) &&
           (more = mm_json_list_next(l, &doc, err)) > 0) {
        if (r->read(s, y, mm_json_list_key(l), doc.root, err) < 0)
            more = mm_fail_in(err, "'%s', record %llu", path,
                              (unsigned long long)mm_json_list_count(l));
        mm_json_release(&doc);
        if (more < 0)
            break;
    }
    mm_json_list_close(l);
    return more;
}

/*
 * The pattern with its first %s replaced by what the file says; COCO's newer
 * names, without it, where the file says nothing.
 */
static int complete_pattern(struct mm_qa_set *s,
                            const struct mm_qa_layout *y, const char *path,
                            size_t max, struct mm_err *err)
{
    struct mm_json_list *l = mm_json_list_open(path, y->tag, max, err);
    const char *rest = strchr(y->pattern, '%');
    struct mm_json_doc doc;
    int more = l ? mm_json_list_next(l, &doc, err) : -1;

    snprintf(s->pattern, sizeof s->pattern, "%s", rest + 3);
    if (more > 0) {
        const char *tag = mm_json_str(doc.root, "");

        if (*tag && !strpbrk(tag, "/%") && strlen(tag) < 32)
            snprintf(s->pattern, sizeof s->pattern, "%.*s%s%s",
                     (int)(rest - y->pattern), y->pattern, tag, rest + 2);
        mm_json_release(&doc);
    }
    mm_json_list_close(l);
    return more < 0 ? -1 : 0;
}

static int read_pair(struct mm_qa_set *s, const struct mm_qa_layout *y,
                     const char *const *paths, size_t n, size_t max,
                     struct mm_err *err)
{
    if (n > 2)
        return mm_fail(err, MM_EUSAGE, "one set at a time: its questions, "
                                       "and the file that answers them");
    if (read_records(s, y, &y->first, paths[0], max, err) < 0 ||
        complete_pattern(s, y, paths[0], max, err) < 0)
        return -1;
    if (n == 1)
        return 0;
    return read_records(s, y, &y->second, paths[1], max, err);
}

static int read_files(struct mm_qa_set *s, const struct mm_qa_layout *y,
                      const char *const *paths, size_t n, size_t max,
                      struct mm_err *err)
{
    if (y->tag)
        return read_pair(s, y, paths, n, max, err);
    for (size_t i = 0; i < n; i++)
        if (read_records(s, y, &y->first, paths[i], max, err) < 0 ||
            (y->second.read &&
             read_records(s, y, &y->second, paths[i], max, err) < 0))
            return -1;
    return 0;
}

/* ---- what is learnt ---- */

static const char *text_at(const struct mm_qa_set *s, size_t at)
{
    return at ? s->texts.data + at : NULL;
}

/* The answer that most people gave, of equals the first. */
static size_t most_frequent(const struct mm_qa_set *s,
                            const struct mm_qa_nodes *answers)
{
    size_t best = 0, most = 0, a = answers->first;

    for (size_t i = 0; i < answers->n; i++, a = s->nodes[a].next) {
        size_t b = answers->first, count = 0;

        for (size_t j = 0; j < answers->n; j++, b = s->nodes[b].next)
            count += strcmp(s->texts.data + s->nodes[a].text,
                            s->texts.data + s->nodes[b].text) == 0;
        if (count > most) {
            most = count;
            best = s->nodes[a].text;
        }
    }
    return best;
}

static void finish(struct mm_qa_set *s)
{
    for (size_t i = 0; i < s->n; i++) {
        struct mm_qa_item *it = &s->items[i];

        if (s->kind == MM_QA_SHORT && !it->answer)
            it->answer = most_frequent(s, &it->answers);
        if (s->kind == MM_QA_CAPTION && it->answers.n)
            it->answer = s->nodes[it->answers.first].text;
    }
}

int mm_qa_load(struct mm_qa_set *s, enum mm_qa_format format,
               const char *const *paths, size_t n, size_t max,
               struct mm_err *err)
{
    const struct mm_qa_layout *y = mm_qa_layout(format);

    assert(n > 0);
    *s = (struct mm_qa_set){ .kind = y->kind };
    snprintf(s->pattern, sizeof s->pattern, "%s", y->pattern);
    mm_buf_addc(&s->texts, 0);
    if (read_files(s, y, paths, n, max, err) < 0 ||
        mm_buf_check(&s->texts, err) < 0)
        return -1;
    finish(s);
    return 0;
}

void mm_qa_release(struct mm_qa_set *s)
{
    free(s->items);
    free(s->nodes);
    free(s->lists);
    mm_buf_release(&s->texts);
    mm_map_release(&s->by_id);
    memset(s, 0, sizeof *s);
}

/* ---- looking ---- */

static const char **list_out(struct mm_qa_set *s, size_t at,
                             const struct mm_qa_nodes *list)
{
    size_t k = list->first;

    for (size_t i = 0; i < list->n; i++, k = s->nodes[k].next)
        s->lists[at + i] = s->texts.data + s->nodes[k].text;
    return s->lists + at;
}

static const char *why_bad(const struct mm_qa_set *s,
                           const struct mm_qa_item *it)
{
    if (it->bad)
        return text_at(s, it->bad);
    if (s->kind == MM_QA_CAPTION)
        return it->picture ? NULL : "no picture";
    if (!it->question)
        return "no question";
    if (s->kind == MM_QA_SHORT && !it->picture)
        return "no picture";
    if (s->kind != MM_QA_CHOICE)
        return NULL;
    if (it->options.n < 2 || it->options.n > 26)
        return "not 2 to 26 choices";
    return it->correct >= (int)it->options.n ? "the right choice is none of "
                                               "them"
                                             : NULL;
}

int mm_qa_get(struct mm_qa_set *s, size_t i, struct mm_qa *q,
              struct mm_err *err)
{
    const struct mm_qa_item *it = &s->items[i];
    size_t n = it->answers.n + it->options.n;

    assert(i < s->n);
    if (mm_grow(&s->lists, &s->lists_cap, n, sizeof *s->lists, err) < 0)
        return -1;
    *q = (struct mm_qa){ .id = text_at(s, it->id),
                         .picture = text_at(s, it->picture),
                         .question = text_at(s, it->question),
                         .hint = text_at(s, it->hint),
                         .answer = text_at(s, it->answer),
                         .rationale = text_at(s, it->rationale),
                         .subset = text_at(s, it->subset),
                         .n_answers = it->answers.n,
                         .n_options = it->options.n,
                         .correct = it->correct,
                         .bad = why_bad(s, it) };
    q->answers = list_out(s, 0, &it->answers);
    q->options = list_out(s, it->answers.n, &it->options);
    if (!q->id)
        q->id = q->picture ? q->picture : "";
    return 0;
}

/* ---- pictures ---- */

/* "%s", "%d" or "%0Nd" at p: its length, or 0; *width is N or 0. */
static size_t mark_at(const char *p, size_t *width)
{
    size_t n = 1;

    *width = 0;
    if (p[0] != '%')
        return 0;
    while (p[n] >= '0' && p[n] <= '9' && *width < 100)
        *width = *width * 10 + (size_t)(p[n++] - '0');
    return p[n] == 'd' || (p[n] == 's' && n == 1) ? n + 1 : 0;
}

int mm_qa_pattern_check(const char *pattern, struct mm_err *err)
{
    const char *at = strchr(pattern, '%');
    size_t width, n = at ? mark_at(at, &width) : 0;

    if (n == 0 || width > 64 || strchr(at + n, '%'))
        return mm_fail(err, MM_EUSAGE, "--image-name '%s' wants one %%s or "
                                       "%%012d, which stands for the "
                                       "picture, and no other %%",
                       pattern);
    return 0;
}

void mm_qa_file(struct mm_buf *out, const char *pattern, const char *picture)
{
    const char *at = strchr(pattern, '%');
    size_t width, n = at ? mark_at(at, &width) : 0, len = strlen(picture);

    if (n == 0) {
        mm_buf_adds(out, picture);
        return;
    }
    mm_buf_add(out, pattern, (size_t)(at - pattern));
    for (; width > len; width--)
        mm_buf_addc(out, '0');
    mm_buf_adds(out, picture);
    mm_buf_adds(out, at + n);
}

const char *mm_qa_prompt(enum mm_qa_kind kind)
{
    static const char *const prompts[] = {
        [MM_QA_SHORT] = "Answer the question using a single word or phrase.",
        [MM_QA_CHOICE] = "Answer with the option's letter from the given "
                         "choices directly.",
        [MM_QA_CAPTION] = "Provide a one-sentence caption for the provided "
                          "image.",
    };

    return prompts[kind];
}
