/*
 * chat.c - the templates
 *
 * A conversation is walked turn by turn: neighbouring parts of one role.  A
 * template is a function that writes one turn, and one that asks for an answer
 * where the turn of the user does not do so itself.
 */
#include "data/chat.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/opt.h"
#include "data/chat_write.h"

struct turn {
    const char *role;
    const struct mm_doc_part *parts;
    size_t n;
    int is_first, is_last;
};

struct mm_chat {
    const char *name;
    void (*turn)(struct mm_pen *p, const struct turn *t); /* NULL: none */
    void (*ask)(struct mm_pen *p);                        /* may be NULL */
};

static int is_role(const struct turn *t, const char *role)
{
    return strcmp(t->role, role) == 0;
}

static void say_parts(struct mm_pen *p, const struct turn *t, const char *gap,
                      int loss)
{
    for (size_t i = 0; i < t->n; i++)
        mm_pen_part(p, &t->parts[i], gap, loss);
}

/* A space before a text that would else grow together with what is there. */
static void say_answer(struct mm_pen *p, const struct turn *t)
{
    const struct mm_doc_part *first = &t->parts[0];

    if (first->text != NULL && first->text_len > 0 && *first->text != ' ' &&
        !p->after_picture && !t->is_first)
        mm_pen_says(p, " ", 1);
    say_parts(p, t, " ", 1);
}

/* ---- plain and vqa: one line a question, its end is a target ---- */

static void system_line(struct mm_pen *p, const struct turn *t)
{
    say_parts(p, t, " ", 0);
    mm_pen_says(p, "\n", 0);
}

static void line_answer(struct mm_pen *p, const struct turn *t)
{
    say_answer(p, t);
    if (t->is_last)
        mm_pen_mark(p, MM_TOKEN_EOS, 1);
    else
        mm_pen_says(p, "\n", 1);
}

static void plain_turn(struct mm_pen *p, const struct turn *t)
{
    if (is_role(t, "system"))
        system_line(p, t);
    else if (is_role(t, "user"))
        say_parts(p, t, " ", 0);
    else
        line_answer(p, t);
}

/* ---- photo: the caption prompt ---- */

static void photo_turn(struct mm_pen *p, const struct turn *t)
{
    plain_turn(p, t);
    if (is_role(t, "user"))
        mm_pen_says(p, p->after_picture ? " A photo of" : "A photo of", 0);
}

/* Pictures, wherever they stand in the turn, then the question. */
static void vqa_question(struct mm_pen *p, const struct turn *t)
{
    size_t texts = 0;

    for (size_t i = 0; i < t->n; i++)
        if (t->parts[i].image != NULL)
            mm_pen_picture(p);
    if (p->after_picture)
        mm_pen_says(p, " ", 0);
    mm_pen_says(p, "Question:", 0);
    for (size_t i = 0; i < t->n; i++) {
        if (t->parts[i].text == NULL)
            continue;
        mm_pen_says(p, " ", 0);
        mm_pen_say(p, t->parts[i].text, t->parts[i].text_len, 0);
        texts++;
    }
    mm_pen_says(p, " Short answer:", 0);
    if (texts == 0)
        mm_pen_fail(p, "vqa", "a user's turn without a question; "
                              "use template 'plain'");
}

static void vqa_turn(struct mm_pen *p, const struct turn *t)
{
    if (is_role(t, "system"))
        system_line(p, t);
    else if (is_role(t, "user"))
        vqa_question(p, t);
    else
        line_answer(p, t);
}

/* ---- chatml ---- */

static void chatml_turn(struct mm_pen *p, const struct turn *t)
{
    int loss = is_role(t, "assistant");

    mm_pen_mark(p, loss ? "<|assistant|>" : is_role(t, "system") ? "<|system|>"
                                                                 : "<|user|>",
                0);
    say_parts(p, t, " ", loss);
    mm_pen_mark(p, "<|end|>", loss);
    if (t->is_last)
        mm_pen_mark(p, MM_TOKEN_EOS, 1);
}

static void chatml_ask(struct mm_pen *p)
{
    mm_pen_mark(p, "<|assistant|>", 0);
}

/* ---- vicuna_v1 ---- */

static const char vicuna_system[] =
    "A chat between a curious user and an artificial intelligence assistant. "
    "The assistant gives helpful, detailed, and polite answers to the user's "
    "questions.";

static void vicuna_turn(struct mm_pen *p, const struct turn *t)
{
    if (is_role(t, "system")) {
        say_parts(p, t, " ", 0);
        mm_pen_says(p, " ", 0);
        return;
    }
    if (t->is_first) {
        mm_pen_says(p, vicuna_system, 0);
        mm_pen_says(p, " ", 0);
    }
    if (is_role(t, "user")) {
        mm_pen_says(p, "USER: ", 0);
        say_parts(p, t, "\n", 0);
        mm_pen_says(p, " ", 0);
        return;
    }
    mm_pen_says(p, "ASSISTANT:", 0);
    say_answer(p, t);
    mm_pen_mark(p, MM_TOKEN_EOS, 1);
}

static void vicuna_ask(struct mm_pen *p)
{
    mm_pen_says(p, "ASSISTANT:", 0);
}

static const struct mm_chat chats[] = {
    { "none", NULL, NULL },
    { "plain", plain_turn, NULL },
    { "photo", photo_turn, NULL },
    { "vqa", vqa_turn, NULL },
    { "chatml", chatml_turn, chatml_ask },
    { "vicuna_v1", vicuna_turn, vicuna_ask },
};

enum { N_CHATS = sizeof chats / sizeof *chats };

const struct mm_chat *mm_chat_find(const char *name, struct mm_err *err)
{
    const char *names[N_CHATS], *near;

    for (size_t i = 0; i < N_CHATS; i++) {
        if (strcmp(chats[i].name, name) == 0)
            return &chats[i];
        names[i] = chats[i].name;
    }
    near = mm_suggest(name, names, N_CHATS);
    mm_fail(err, MM_EUSAGE,
            "no chat template '%s'%s%s%s; there are none, plain, photo, vqa, "
            "chatml, vicuna_v1",
            name, near ? "; did you mean '" : "", near ? near : "",
            near ? "'?" : "");
    return NULL;
}

const char *mm_chat_name(const struct mm_chat *c)
{
    return c->name;
}

/* ---- walking a document ---- */

int mm_chat_spaced(const struct mm_doc *d, size_t i)
{
    const struct mm_doc_part *p = &d->parts[i];

    return i > 0 && p[-1].image != NULL && p->text != NULL &&
           !mm_pen_starts_white(p->text, p->text_len);
}

/* Two texts after each other are two paragraphs. */
static void running_text(struct mm_pen *p, const struct mm_doc *d)
{
    for (size_t i = 0; i < d->n; i++) {
        if (i > 0 && d->parts[i].text != NULL && d->parts[i - 1].text != NULL)
            mm_pen_says(p, "\n\n", 1);
        mm_pen_part(p, &d->parts[i], " ", 1);
    }
}

/* The turns [*n] of a document, of at most d->n; NULL: p has failed. */
static struct turn *find_turns(struct mm_pen *p, const struct mm_doc *d,
                               size_t *n)
{
    struct turn *turns = mm_alloc(d->n + 1, sizeof *turns, p->err);

    *n = 0;
    if (turns == NULL) {
        p->failed = 1;
        return NULL;
    }
    for (size_t i = 0; i < d->n; i++) {
        const struct mm_doc_part *part = &d->parts[i];
        const char *role = part->role;

        if (role == NULL)
            role = part->image != NULL ? "user" : "assistant";
        if (*n > 0 && is_role(&turns[*n - 1], role)) {
            turns[*n - 1].n++;
            continue;
        }
        turns[*n] = (struct turn){ role, part, 1, *n == 0, 0 };
        ++*n;
    }
    return turns;
}

/* Parts of a pair with the picture first, wherever it stands. */
static struct mm_doc pair_in_order(const struct mm_doc *d,
                                   struct mm_doc_part parts[2])
{
    int swap = d->parts[0].image == NULL;
    struct mm_doc pair = { .parts = parts, .n = 2 };

    parts[0] = d->parts[swap];
    parts[1] = d->parts[!swap];
    return pair;
}

static int has_answer(const struct turn *turns, size_t n)
{
    return n > 0 && is_role(&turns[n - 1], "assistant");
}

/* What is written of a document */
enum extent { WHOLE,    /* <s> to </s> */
              EXCHANGE, /* up to its answer, after which more comes */
              PROMPT }; /* up to the words that ask for an answer */

static void write_turns(struct mm_pen *p, const struct mm_chat *c,
                        const struct mm_doc *d, enum extent extent, int first)
{
    size_t n;
    struct turn *turns = find_turns(p, d, &n);

    if (turns == NULL)
        return;
    if (extent == PROMPT && has_answer(turns, n))
        n--;
    else if (extent != PROMPT && !has_answer(turns, n))
        mm_pen_fail(p, c->name, "the conversation does not end with an "
                                "answer of the assistant");
    if (n > 0 && extent == WHOLE)
        turns[n - 1].is_last = 1;
    turns[0].is_first = first;
    for (size_t i = 0; i < n && !p->failed; i++)
        c->turn(p, &turns[i]);
    if (extent == PROMPT && c->ask != NULL)
        c->ask(p);
    free(turns);
}

static void write_doc(struct mm_pen *p, const struct mm_chat *c,
                      const struct mm_doc *d, enum extent extent, int first)
{
    struct mm_doc_part parts[2];
    struct mm_doc pair;

    if (first)
        mm_pen_mark(p, MM_TOKEN_BOS, 0);
    if (c->turn == NULL && (!first || extent == EXCHANGE)) {
        mm_pen_fail(p, c->name, "a conversation in pieces; use another "
                                "template");
    } else if (c->turn == NULL) {
        running_text(p, d);
        if (extent == WHOLE)
            mm_pen_mark(p, MM_TOKEN_EOS, 1);
    } else if (mm_doc_kind(d) == MM_DOC_CHAT) {
        write_turns(p, c, d, extent, first);
    } else if (mm_doc_kind(d) == MM_DOC_PAIR) {
        pair = pair_in_order(d, parts);
        write_turns(p, c, &pair, extent, first);
    } else {
        mm_pen_fail(p, c->name, "a document without roles that is no "
                                "picture with its text; use template 'none'");
    }
}

int mm_chat_encode(const struct mm_chat *c, const struct mm_tokenizer *t,
                   const struct mm_doc *d, struct mm_encoded *e,
                   struct mm_err *err)
{
    struct mm_pen p = { .t = t, .e = e, .err = err };

    mm_encoded_clear(e);
    write_doc(&p, c, d, WHOLE, 1);
    return mm_pen_close(&p);
}

/* Without the mask, appended to ids */
static int write_ids(const struct mm_chat *c, const struct mm_tokenizer *t,
                     const struct mm_doc *d, enum extent extent, int first,
                     struct mm_ids *ids, struct mm_err *err)
{
    struct mm_encoded e = { .ids = *ids };
    struct mm_pen p = { .t = t, .e = &e, .err = err };
    int result;

    write_doc(&p, c, d, extent, first);
    result = mm_pen_close(&p);
    *ids = e.ids;
    mm_buf_release(&e.loss);
    return result;
}

int mm_chat_prompt(const struct mm_chat *c, const struct mm_tokenizer *t,
                   const struct mm_doc *d, struct mm_ids *ids,
                   struct mm_err *err)
{
    return write_ids(c, t, d, PROMPT, 1, ids, err);
}

int mm_chat_exchange(const struct mm_chat *c, const struct mm_tokenizer *t,
                     const struct mm_doc *d, int first, struct mm_ids *ids,
                     struct mm_err *err)
{
    return write_ids(c, t, d, EXCHANGE, first, ids, err);
}

int mm_chat_next(const struct mm_chat *c, const struct mm_tokenizer *t,
                 const struct mm_doc *d, int first, struct mm_ids *ids,
                 struct mm_err *err)
{
    return write_ids(c, t, d, PROMPT, first, ids, err);
}

void mm_encoded_clear(struct mm_encoded *e)
{
    e->ids.n = 0;
    mm_buf_clear(&e->loss);
}

void mm_encoded_release(struct mm_encoded *e)
{
    mm_ids_release(&e->ids);
    mm_buf_release(&e->loss);
}
