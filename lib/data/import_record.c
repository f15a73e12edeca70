/*
 * import_record.c - documents as JSON objects
 *
 * {"texts": [..], "images": [..]}      OBELICS; "roles" makes a conversation
 * {"conversations": [{"from", "value"}], "image": path or [paths]}     LLaVA
 * {"messages": [{"role", "content"}], "images": [paths]}        Hugging Face
 * {"instruction", "input", "output"}                                  Alpaca
 * {"text": "..."}, with or without "image"
 *
 * Other members are kept as they are.  <image> in a turn's text is where the
 * next picture stands; pictures of messages that no text places stand before
 * the first turn's text.  LLaVA's conversations have a mark for each picture,
 * or else the record is bad.  User and assistant speak in turn, each says
 * something, and the assistant has the last word.
 */
#include <string.h>

#include "base/json.h"
#include "data/import_reader.h"

#define MARK "<image>"

/* One record being made. */
struct record {
    const struct mm_import *im;
    struct mm_import_item *it;
    const struct mm_import_fetch *fetch;
    struct mm_import_doc doc;
    const struct mm_json *refs; /* pictures that turns have not placed yet */
    int one_ref;                /* refs is one path and no list's element */
    int lenient;                /* a bad picture only loses its place */
    const char *last;           /* who spoke last, or NULL */
    size_t turns;
};

/* A record that is bad for a reason that is counted by itself. */
static int bad(struct record *r, enum mm_import_drop why, const char *what,
               struct mm_err *err)
{
    r->it->why = why;
    return mm_fail(err, MM_EDATA, "%s", what);
}

/* ---- pictures ---- */

static int add_picture(struct record *r, const struct mm_json *ref,
                       const char *role, struct mm_err *err)
{
    if (ref->type != MM_JSON_STRING)
        return mm_fail(err, MM_EDATA, "a picture's place holds %s, not a path",
                       mm_json_type_name(ref->type));
    if (r->fetch->picture(r->im, r->it, ref->str, ref->len, err) == 0) {
        mm_import_doc_image(&r->doc, r->it->pictures - 1, role);
        return 0;
    }
    if (!r->lenient || (err->code != MM_EDATA && err->code != MM_ENOINPUT))
        return -1;
    r->it->dropped[err->code == MM_EDATA ? MM_DROP_UNREADABLE
                                         : MM_DROP_MISSING]++;
    return 0;
}

/* The next picture that no turn has placed. */
static int place_picture(struct record *r, const char *role,
                         struct mm_err *err)
{
    const struct mm_json *ref = r->refs;

    r->refs = r->one_ref ? NULL : ref->next;
    return add_picture(r, ref, role, err);
}

/* ---- turns ---- */

static void add_text(struct record *r, const char *p, size_t n,
                     const char *role)
{
    while (n && (*p == ' ' || (*p >= '\t' && *p <= '\r')))
        p++, n--;
    while (n && (p[n - 1] == ' ' || (p[n - 1] >= '\t' && p[n - 1] <= '\r')))
        n--;
    if (n)
        mm_import_doc_text(&r->doc, p, n, role);
}

/* A turn's text, with pictures where it marks them. */
static int add_turn(struct record *r, const char *p, size_t n,
                    const char *role, struct mm_err *err)
{
    const char *end = p + n, *mark;

    while (r->refs && (mark = strstr(p, MARK)) != NULL) {
        add_text(r, p, (size_t)(mark - p), role);
        if (place_picture(r, role, err) < 0)
            return -1;
        p = mark + strlen(MARK);
    }
    if (strstr(p, MARK))
        return bad(r, MM_DROP_MARKS, "more " MARK " marks than pictures", err);
    add_text(r, p, (size_t)(end - p), role);
    return 0;
}

/* Hugging Face's and LLaVA's names of who speaks. */
static const char *role_name(const struct mm_json *v)
{
    static const char *const names[][2] = {
        { "user", "user" },
        { "human", "user" },
        { "assistant", "assistant" },
        { "gpt", "assistant" },
        { "chatgpt", "assistant" },
        { "model", "assistant" },
        { "system", "system" },
    };
    const size_t n = sizeof names / sizeof *names;

    for (size_t i = 0; v && v->type == MM_JSON_STRING && i < n; i++)
        if (strcmp(v->str, names[i][0]) == 0)
            return names[i][1];
    return NULL;
}

/* content as a list: [{"type": "text", "text": ..}, {"type": "image"}] */
static int add_content(struct record *r, const struct mm_json *list,
                       const char *role, struct mm_err *err)
{
    for (const struct mm_json *v = list->child; v; v = v->next) {
        const struct mm_json *text = mm_json_get(v, "text");
        const char *type = mm_json_str(mm_json_get(v, "type"), "");

        if (text && text->type == MM_JSON_STRING) {
            add_text(r, text->str, text->len, role);
        } else if (strcmp(type, "image") == 0 && r->refs) {
            if (place_picture(r, role, err) < 0)
                return -1;
        } else {
            return mm_fail(err, MM_EDATA, "a turn has a part that is neither "
                                          "text nor one of the pictures");
        }
    }
    return 0;
}

static int has_mark(const struct mm_json *turns, const char *text_key)
{
    for (const struct mm_json *v = turns->child; v; v = v->next) {
        const struct mm_json *text = mm_json_get(v, text_key);

        if (text && (text->type != MM_JSON_STRING || strstr(text->str, MARK)))
            return 1;
    }
    return 0;
}

/* User and assistant in turn, after at most one word of the system. */
static int check_turn(struct record *r, const char *role, struct mm_err *err)
{
    const char *due = !r->last || strcmp(r->last, "user") != 0 ? "user"
                                                               : "assistant";

    r->turns++;
    if (strcmp(role, due) != 0 && (strcmp(role, "system") != 0 || r->last)) {
        r->it->why = MM_DROP_TURNS;
        return mm_fail(err, MM_EDATA, "turn %zu is the %s's, and should be "
                                      "the %s's",
                       r->turns, role, due);
    }
    r->last = role;
    return 0;
}

/* What a turn says and, unless marks place them, the pictures.  Only the
 * system may say nothing. */
static int add_said(struct record *r, const struct mm_json *text,
                    const char *role, int marked, struct mm_err *err)
{
    size_t before = r->doc.n;

    if (text->type != MM_JSON_ARRAY && text->type != MM_JSON_STRING)
        return mm_fail(err, MM_EDATA, "turn %zu says %s, not a text", r->turns,
                       mm_json_type_name(text->type));
    while (!marked && strcmp(role, "user") == 0 && r->refs)
        if (place_picture(r, role, err) < 0)
            return -1;
    if (text->type == MM_JSON_ARRAY
            ? add_content(r, text, role, err) < 0
            : add_turn(r, text->str, text->len, role, err) < 0)
        return -1;
    if (r->doc.n > before || strcmp(role, "system") == 0)
        return 0;
    r->it->why = MM_DROP_TURNS;
    return mm_fail(err, MM_EDATA, "turn %zu says nothing", r->turns);
}

static int add_turns(struct record *r, const struct mm_json *turns,
                     const char *role_key, const char *text_key,
                     struct mm_err *err)
{
    int marked = has_mark(turns, text_key);

    if (!marked && r->refs && strcmp(text_key, "value") == 0)
        return bad(r, MM_DROP_MARKS, "it has a picture, and no turn says "
                                     "with " MARK " where it stands",
                   err);
    for (const struct mm_json *v = turns->child; v; v = v->next) {
        const char *role = role_name(mm_json_get(v, role_key));
        const struct mm_json *text = mm_json_get(v, text_key);

        if (!role || !text)
            return mm_fail(err, MM_EDATA, "a turn without a known \"%s\" or "
                                          "\"%s\"",
                           role_key, text_key);
        if (check_turn(r, role, err) < 0 ||
            add_said(r, text, role, marked, err) < 0)
            return -1;
    }
    if (r->refs)
        return bad(r, MM_DROP_MARKS, "more pictures than " MARK " marks", err);
    return 0;
}

/* ---- lists ---- */

static int add_lists(struct record *r, const struct mm_json *v,
                     struct mm_err *err)
{
    const struct mm_json *text = mm_json_get(v, "texts")->child;
    const struct mm_json *image = mm_json_get(v, "images")->child;
    const struct mm_json *roles = mm_json_get(v, "roles");
    const struct mm_json *role = roles ? roles->child : NULL;

    for (size_t i = 0; text && image; i++) {
        const char *name = role_name(role);

        if (text->type != MM_JSON_NULL && text->type != MM_JSON_STRING)
            return mm_fail(err, MM_EDATA, "position %zu of \"texts\" holds %s, "
                                          "not a text",
                           i, mm_json_type_name(text->type));
        if ((text->type == MM_JSON_NULL) == (image->type == MM_JSON_NULL))
            return mm_fail(err, MM_EDATA, "position %zu is not either a text "
                                          "or a picture",
                           i);
        if (roles && !name)
            return mm_fail(err, MM_EDATA, "position %zu has no known role", i);
        if (text->type == MM_JSON_STRING && text->len)
            mm_import_doc_text(&r->doc, text->str, text->len, name);
        else if (text->type == MM_JSON_NULL &&
                 add_picture(r, image, name, err) < 0)
            return -1;
        text = text->next;
        image = image->next;
        role = role ? role->next : NULL;
    }
    return 0;
}

static int is_array(const struct mm_json *v)
{
    return v && v->type == MM_JSON_ARRAY;
}

static int from_lists(struct record *r, const struct mm_json *v,
                      struct mm_err *err)
{
    const struct mm_json *texts = mm_json_get(v, "texts");
    const struct mm_json *images = mm_json_get(v, "images");
    const struct mm_json *roles = mm_json_get(v, "roles");

    if (texts->n != images->n || (is_array(roles) && roles->n != texts->n))
        return mm_fail(err, MM_EDATA, "\"texts\" has %zu positions, "
                                      "\"images\" %zu: these must be equal",
                       texts->n, images->n);
    /* in a pair or a conversation every picture counts */
    r->lenient = !is_array(roles) && texts->n != 2;
    return add_lists(r, v, err);
}

/* ---- the whole ---- */

/* "image" or "images": a path or a list of paths. */
static void find_references(struct record *r, const struct mm_json *v)
{
    const struct mm_json *ref = mm_json_get(v, "images");

    if (!ref)
        ref = mm_json_get(v, "image");
    r->one_ref = ref && ref->type == MM_JSON_STRING;
    if (r->one_ref)
        r->refs = ref;
    else if (is_array(ref))
        r->refs = ref->child;
}

static int from_text(struct record *r, const struct mm_json *v,
                     struct mm_err *err)
{
    const struct mm_json *text = mm_json_get(v, "text");
    const struct mm_json *image = mm_json_get(v, "image");

    if (image && image->type == MM_JSON_STRING &&
        add_picture(r, image, NULL, err) < 0)
        return -1;
    add_text(r, text->str, text->len, NULL);
    return 0;
}

static int is_string(const struct mm_json *v)
{
    return v && v->type == MM_JSON_STRING;
}

/* An instruction, what it is about if anything, and what answers it. */
static int from_instruction(struct record *r, const struct mm_json *v,
                            struct mm_err *err)
{
    const struct mm_json *ask = mm_json_get(v, "instruction");
    const struct mm_json *about = mm_json_get(v, "input");
    const struct mm_json *answer = mm_json_get(v, "output");

    struct mm_buf text = { 0 };
    int result;

    mm_buf_adds(&text, ask->str);
    if (is_string(about) && about->len)
        mm_buf_addf(&text, "\n%s", about->str);
    result = mm_buf_check(&text, err);
    if (result == 0)
        add_text(r, text.data, text.len, "user");
    add_text(r, answer->str, answer->len, "assistant");
    mm_buf_release(&text);
    return result;
}

static int fill(struct record *r, const struct mm_json *v, struct mm_err *err)
{
    const struct mm_json *turns = mm_json_get(v, "conversations");
    const struct mm_json *messages = mm_json_get(v, "messages");
    const struct mm_json *text = mm_json_get(v, "text");

    if (is_array(mm_json_get(v, "texts")) && is_array(mm_json_get(v, "images")))
        return from_lists(r, v, err);
    find_references(r, v);
    if (is_array(turns))
        return add_turns(r, turns, "from", "value", err);
    if (is_array(messages))
        return add_turns(r, messages, "role", "content", err);
    if (is_string(mm_json_get(v, "instruction")) &&
        is_string(mm_json_get(v, "output")))
        return from_instruction(r, v, err);
    if (is_string(text))
        return from_text(r, v, err);
    return mm_fail(err, MM_EDATA, "no document: it has neither \"texts\" and "
                                  "\"images\" nor \"conversations\", "
                                  "\"messages\" or \"text\"");
}

/* The members that the lists do not stand for, and the source. */
static void keep_members(struct mm_buf *out, const struct record *r,
                         const struct mm_json *v)
{
    static const char *const used[] = { "texts", "images", "roles",
                                        "conversations", "messages", "text",
                                        "image", "instruction", "input",
                                        "output" };
    const char *rel = mm_import_rel(r->it->file);

    for (const struct mm_json *m = v->child; m; m = m->next) {
        size_t k = 0;
        struct mm_jw w;

        while (k < sizeof used / sizeof *used && strcmp(m->key, used[k]) != 0)
            k++;
        if (k < sizeof used / sizeof *used)
            continue;
        if (out->len)
            mm_buf_addc(out, ',');
        mm_jw_begin(&w, out);
        mm_jw_key(&w, m->key);
        mm_jw_value(&w, m);
    }
    if (!mm_json_get(v, "source"))
        mm_import_member(out, "source", rel, strlen(rel));
}

static int has_text(const struct mm_import_doc *d)
{
    for (size_t i = 0; i < d->n; i++)
        if (d->parts[i].image < 0)
            return 1;
    return 0;
}

/* What the user says last would never be learnt. */
static int check_end(struct record *r, struct mm_err *err)
{
    const struct mm_import_doc *d = &r->doc;
    const char *role = d->n ? d->parts[d->n - 1].role : NULL;

    if (!role || strcmp(role, "user") != 0)
        return 0;
    return bad(r, MM_DROP_TURNS, "the last turn is the user's, and nothing "
                                 "answers it; add the answer, or leave the "
                                 "turn out",
               err);
}

int mm_import_record(const struct mm_import *im, struct mm_import_item *it,
                     const struct mm_json *v,
                     const struct mm_import_fetch *fetch, struct mm_err *err)
{
    struct record r = { .im = im, .it = it, .fetch = fetch };
    struct mm_buf members = { 0 };
    int result = -1;

    if (v->type != MM_JSON_OBJECT)
        mm_fail(err, MM_EDATA, "%s, not an object",
                mm_json_type_name(v->type));
    else
        result = fill(&r, v, err);
    if (result == 0)
        result = check_end(&r, err);
    if (result == 0 && !has_text(&r.doc)) {
        it->dropped[MM_DROP_NO_TEXT]++;
    } else if (result == 0) {
        keep_members(&members, &r, v);
        result = mm_buf_check(&members, err);
        if (result == 0)
            result = mm_import_doc_end(&r.doc, it, members.data, err);
    }
    mm_import_doc_release(&r.doc);
    mm_buf_release(&members);
    return result;
}
