/*
 * import_qa.c - sets of questions, captions and choices as documents
 *
 * What is asked about one picture becomes one conversation, as LLaVA-1.5 and
 * MM1 have it: picture, question, answer, question, ...  Each question is
 * followed by the sentence that says what the answer should look like.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/import_reader.h"
#include "data/qa.h"

/* A document to be: items order[first .. first+n) of the set. */
struct unit {
    size_t first, n;
    size_t turn; /* by how much choices are rotated, or the caption's number */
};

struct sets {
    struct mm_qa_set set;
    size_t *order, n_order; /* items, those of a picture side by side */
    struct unit *units;
    size_t n_units, units_cap, done;
};

/* ---- which documents there will be ---- */

/* Items of the subset; each picture's at the place of its first. */
struct place {
    size_t picture, item;
};

static int by_picture(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    if (x->picture != y->picture)
        return x->picture < y->picture ? -1 : 1;
    return (x->item > y->item) - (x->item < y->item);
}

static int place_items(struct sets *s, const struct mm_import_options *o,
                       struct place *places, size_t *n, struct mm_err *err)
{
    struct mm_map pictures = { 0 };
    int result = 0;

    *n = 0;
    for (size_t i = 0; result == 0 && i < s->set.n; i++) {
        struct mm_qa q;
        int64_t *first = NULL;

        result = mm_qa_get(&s->set, i, &q, err);
        if (result == 0 && o->subset &&
            (!q.subset || strcmp(q.subset, o->subset) != 0))
            continue;
        if (result == 0 && q.picture && o->merge) {
            first = mm_map_at(&pictures, q.picture, strlen(q.picture), err);
            result = first ? 0 : -1;
        }
        if (first && *first == 0)
            *first = (int64_t)i + 1;
        places[(*n)++] = (struct place){ first ? (size_t)*first : i + 1, i };
    }
    mm_map_release(&pictures);
    return result;
}

static int add_unit(struct sets *s, size_t first, size_t n, size_t turn,
                    struct mm_err *err)
{
    if (mm_grow(&s->units, &s->units_cap, s->n_units + 1, sizeof *s->units,
                err) < 0)
        return -1;
    s->units[s->n_units++] = (struct unit){ first, n, turn };
    return 0;
}

/* How many documents the items of one picture make. */
static int turns_of(struct sets *s, const struct mm_import_options *o,
                    size_t first, size_t n, size_t *turns, struct mm_err *err)
{
    *turns = 1;
    for (size_t i = first; i < first + n; i++) {
        struct mm_qa q;
        size_t k = 1;

        if (mm_qa_get(&s->set, s->order[i], &q, err) < 0)
            return -1;
        if (s->set.kind == MM_QA_CHOICE && o->rotate)
            k = q.n_options;
        else if (s->set.kind == MM_QA_CAPTION && !o->merge)
            k = q.n_answers;
        if (k > *turns)
            *turns = k;
    }
    return 0;
}

static int make_units(struct sets *s, const struct mm_import_options *o,
                      const struct place *places, size_t n,
                      struct mm_err *err)
{
    for (size_t i = 0, next; i < n; i = next) {
        size_t turns;

        for (next = i + 1;
             next < n && places[next].picture == places[i].picture;)
            next++;
        if (turns_of(s, o, i, next - i, &turns, err) < 0)
            return -1;
        for (size_t turn = 0; turn < turns; turn++)
            if (add_unit(s, i, next - i, turn, err) < 0)
                return -1;
    }
    return 0;
}

static int arrange(struct sets *s, const struct mm_import_options *o,
                   struct mm_err *err)
{
    struct place *places = mm_alloc(s->set.n, sizeof *places, err);
    size_t n = 0;
    int result = places ? place_items(s, o, places, &n, err) : -1;

    s->order = mm_alloc(n, sizeof *s->order, err);
    if (result < 0 || !s->order) {
        free(places);
        return -1;
    }
    qsort(places, n, sizeof *places, by_picture);
    for (size_t i = 0; i < n; i++)
        s->order[i] = places[i].item;
    s->n_order = n;
    result = make_units(s, o, places, n, err);
    free(places);
    return result;
}

static int begin(struct mm_import *im, struct mm_err *err)
{
    struct sets *s = im->state = mm_alloc(1, sizeof *s, err);
    size_t n = im->files.n;
    const char **paths = mm_alloc(n, sizeof *paths, err);
    int result = s && paths ? 0 : -1;

    for (size_t i = 0; result == 0 && i < n; i++)
        paths[i] = im->files.v[i].path;
    if (result == 0)
        result = mm_qa_load(&s->set,
                            (enum mm_qa_format)(im->o->from - MM_IMPORT_QA),
                            paths, n, (size_t)im->o->max_bytes, err);
    free(paths);
    if (result == 0)
        result = arrange(s, im->o, err);
    if (result == 0 && s->n_units == 0)
        result = mm_fail(err, MM_EDATA, "'%s' has no records%s%s",
                         im->files.v[0].path,
                         im->o->subset ? " of subset " : "",
                         im->o->subset ? im->o->subset : "");
    return result;
}

static void end(struct mm_import *im)
{
    struct sets *s = im->state;

    if (!s)
        return;
    mm_qa_release(&s->set);
    free(s->order);
    free(s->units);
    free(s);
}

/* ---- reading: what the workers need of a unit, as text ---- */

/*
 * The set's lists are one thread's, so a unit travels as JSON: an array of
 * its items.
 */
static void put_item(struct mm_jw *w, const struct mm_qa *q)
{
    mm_jw_open(w, '{');
    mm_jw_put_str(w, "id", q->id);
    mm_jw_put_str(w, "picture", q->picture);
    mm_jw_put_str(w, "question", q->question);
    mm_jw_put_str(w, "hint", q->hint);
    mm_jw_put_str(w, "answer", q->answer);
    mm_jw_put_str(w, "rationale", q->rationale);
    mm_jw_put_str(w, "bad", q->bad);
    mm_jw_put_int(w, "correct", q->correct);
    mm_jw_put_strs(w, "answers", q->answers, q->n_answers);
    mm_jw_put_strs(w, "options", q->options, q->n_options);
    mm_jw_close(w, '}');
}

static int read_unit(struct mm_import *im, struct mm_import_item *it,
                     struct mm_err *err)
{
    struct sets *s = im->state;
    const struct unit *u = &s->units[s->done];
    struct mm_qa q;
    struct mm_jw w;

    if (im->done > 0 || s->done == s->n_units)
        return 0;
    mm_jw_begin(&w, &it->raw);
    mm_jw_open(&w, '[');
    for (size_t i = u->first; i < u->first + u->n; i++) {
        if (mm_qa_get(&s->set, s->order[i], &q, err) < 0)
            return -1;
        if (i == u->first)
            mm_buf_adds(&it->key, u->n > 1 ? q.picture : q.id);
        put_item(&w, &q);
    }
    mm_jw_close(&w, ']');
    it->number = (int64_t)u->turn;
    it->place = s->order[u->first] + 1;
    s->done++;
    if (mm_buf_check(&it->key, err) < 0 || mm_buf_check(&it->raw, err) < 0)
        return -1;
    return 1;
}

/* ---- working ---- */

/* One document being made. */
struct making {
    const struct mm_import *im;
    struct mm_import_item *it;
    struct mm_import_doc doc;
    struct mm_buf members, text;
    enum mm_qa_kind kind;
    size_t turn;
};

static int bad_item(const struct mm_json *v, const char *why,
                    struct mm_err *err)
{
    return mm_fail(err, MM_EDATA, "question '%s': %s",
                   mm_json_str(mm_json_get(v, "id"), ""), why);
}

static int add_picture(struct making *m, const struct mm_json *v,
                       const char *role, struct mm_err *err)
{
    const struct sets *s = m->im->state;
    const char *name = mm_json_str(mm_json_get(v, "picture"), NULL);
    const char *pattern = m->im->o->image_name;
    struct mm_buf file = { 0 }, root = { 0 }, path = { 0 };
    int result;

    if (!name)
        return 0;
    mm_qa_file(&file, pattern ? pattern : s->set.pattern, name);
    mm_import_root(&root, m->im, m->it->file);
    result = mm_buf_check(&file, err) < 0 ? -1 : mm_buf_check(&root, err);
    if (result == 0)
        result = mm_import_local(&path, root.data, "", file.data, file.len,
                                 err);
    if (result == 0)
        result = mm_import_picture(m->im, m->it, root.data, path.data, err);
    if (result == 0)
        mm_import_doc_image(&m->doc, m->it->pictures - 1, role);
    mm_buf_release(&file);
    mm_buf_release(&root);
    mm_buf_release(&path);
    return result;
}

static const struct mm_json *nth(const struct mm_json *list, size_t i)
{
    const struct mm_json *v = list->child;

    while (v && i--)
        v = v->next;
    return v;
}

/* "A. a dog" and so on; the first is option `turn` of the set. */
static void add_options(struct making *m, const struct mm_json *options)
{
    for (size_t i = 0; i < options->n; i++) {
        const struct mm_json *v = nth(options, (i + m->turn) % options->n);

        mm_buf_addf(&m->text, "\n%c. ", (char)('A' + i));
        mm_buf_add(&m->text, v->str, v->len);
    }
}

static void add_question(struct making *m, const struct mm_json *v)
{
    const char *hint = mm_json_str(mm_json_get(v, "hint"), "");
    const char *prompt = m->im->o->prompt;

    mm_buf_clear(&m->text);
    if (*hint)
        mm_buf_addf(&m->text, "%s\n", hint);
    mm_buf_adds(&m->text, mm_json_str(mm_json_get(v, "question"), ""));
    add_options(m, mm_json_get(v, "options"));
    if (!prompt)
        prompt = mm_qa_prompt(m->kind);
    if (*prompt)
        mm_buf_addf(&m->text, "\n%s", prompt);
    mm_import_doc_text(&m->doc, m->text.data, m->text.len, "user");
}

static int add_answer(struct making *m, const struct mm_json *v,
                      struct mm_err *err)
{
    const char *answer = mm_json_str(mm_json_get(v, "answer"), NULL);
    size_t n = mm_json_get(v, "options")->n;
    int64_t correct = mm_json_int(mm_json_get(v, "correct"), -1);
    char letter[2] = "";

    if (m->kind == MM_QA_CHOICE && correct >= 0) {
        letter[0] = (char)('A' + ((size_t)correct + n - m->turn % n) % n);
        answer = letter;
    } else if (m->kind == MM_QA_CHOICE) {
        answer = NULL;
    }
    if (!answer)
        return bad_item(v, "no answer", err);
    mm_import_doc_text(&m->doc, answer, strlen(answer), "assistant");
    return 0;
}

static void keep(struct making *m, const char *key, const struct mm_json *v)
{
    struct mm_jw w;

    if (!v || v->type == MM_JSON_NULL || (v->type == MM_JSON_ARRAY && !v->n))
        return;
    if (m->members.len)
        mm_buf_addc(&m->members, ',');
    mm_jw_begin(&w, &m->members);
    mm_jw_key(&w, key);
    mm_jw_value(&w, v);
}

/* The right choice, and all of them in the order in which they are asked. */
static void keep_choices(struct making *m, const struct mm_json *v)
{
    const struct mm_json *options = mm_json_get(v, "options");
    int64_t correct = mm_json_int(mm_json_get(v, "correct"), 0);
    struct mm_jw w;

    mm_buf_addc(&m->members, ',');
    mm_jw_begin(&w, &m->members);
    mm_jw_key(&w, "answers");
    mm_jw_open(&w, '[');
    mm_jw_value(&w, nth(options, (size_t)correct));
    mm_jw_close(&w, ']');
    mm_jw_key(&w, "options");
    mm_jw_open(&w, '[');
    for (size_t i = 0; i < options->n; i++)
        mm_jw_value(&w, nth(options, (i + m->turn) % options->n));
    mm_jw_close(&w, ']');
    keep(m, "direct_answers", mm_json_get(v, "answers"));
}

/* What the scorers and a later prompt want to know of a single question. */
static void keep_item(struct making *m, const struct mm_json *v)
{
    keep(m, "id", mm_json_get(v, "id"));
    keep(m, "question", mm_json_get(v, "question"));
    if (m->kind == MM_QA_CHOICE)
        keep_choices(m, v);
    else
        keep(m, m->kind == MM_QA_CAPTION ? "captions" : "answers",
             mm_json_get(v, "answers"));
    keep(m, "rationale", mm_json_get(v, "rationale"));
}

static int make_conversation(struct making *m, const struct mm_json *list,
                             struct mm_err *err)
{
    if (add_picture(m, list->child, "user", err) < 0)
        return -1;
    for (const struct mm_json *v = list->child; v; v = v->next) {
        const char *bad = mm_json_str(mm_json_get(v, "bad"), NULL);

        if (bad)
            return bad_item(v, bad, err);
        add_question(m, v);
        if (add_answer(m, v, err) < 0)
            return -1;
    }
    if (list->n == 1)
        keep_item(m, list->child);
    return 0;
}

/* A pair, or an answer to what asks for a caption. */
static int make_caption(struct making *m, const struct mm_json *v,
                        struct mm_err *err)
{
    const struct mm_import_options *o = m->im->o;
    const char *bad = mm_json_str(mm_json_get(v, "bad"), NULL);
    const char *ask = o->prompt     ? o->prompt
                      : o->question ? o->question
                                    : mm_qa_prompt(MM_QA_CAPTION);
    const struct mm_json *text = nth(mm_json_get(v, "answers"), m->turn);
    int vqa = o->as == MM_IMPORT_VQA;

    if (bad || !text)
        return bad_item(v, bad ? bad : "no caption", err);
    mm_import_squeeze(&m->text, text->str, text->len);
    if (add_picture(m, v, vqa ? "user" : NULL, err) < 0)
        return -1;
    if (vqa && *ask)
        mm_import_doc_text(&m->doc, ask, strlen(ask), "user");
    mm_import_doc_text(&m->doc, m->text.data ? m->text.data : "",
                       m->text.len, vqa ? "assistant" : NULL);
    keep_item(m, v);
    return 0;
}

static int work(const struct mm_import *im, struct mm_import_item *it,
                struct mm_err *err)
{
    const struct sets *s = im->state;
    const char *rel = mm_import_rel(it->file);
    struct making m = { .im = im,
                        .it = it,
                        .kind = s->set.kind,
                        .turn = (size_t)it->number };
    struct mm_json_doc doc;
    int result = mm_json_parse(&doc, it->raw.data, it->raw.len, err);

    if (result < 0)
        return -1;
    result = m.kind == MM_QA_CAPTION
                 ? make_caption(&m, doc.root->child, err)
                 : make_conversation(&m, doc.root, err);
    mm_import_member(&m.members, "source", rel, strlen(rel));
    if (result == 0)
        result = mm_buf_check(&m.members, err) < 0 ? -1
                                                   : mm_buf_check(&m.text, err);
    if (result == 0)
        result = mm_import_doc_end(&m.doc, it, m.members.data, err);
    mm_import_doc_release(&m.doc);
    mm_buf_release(&m.members);
    mm_buf_release(&m.text);
    mm_json_release(&doc);
    return result;
}

const struct mm_import_reader mm_import_qa = {
    .name = "a set of questions",
    .extensions = "|json|",
    .gz = 1,
    .begin = begin,
    .read = read_unit,
    .work = work,
    .end = end,
};
