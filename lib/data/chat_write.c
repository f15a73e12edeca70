/*
 * chat_write.c - the pen of the templates
 */
#include "data/chat_write.h"

#include <string.h>

static void flush(struct mm_pen *p)
{
    size_t n = p->e->ids.n;

    if (p->failed || p->text.len == 0)
        return;
    if (mm_buf_check(&p->text, p->err) < 0 ||
        mm_tokenizer_encode(p->t, p->text.data, p->text.len, 0, &p->e->ids,
                            p->err) < 0) {
        p->failed = 1;
        return;
    }
    for (; n < p->e->ids.n; n++)
        mm_buf_addc(&p->e->loss, (char)p->loss);
    mm_buf_clear(&p->text);
}

void mm_pen_say(struct mm_pen *p, const char *text, size_t n, int loss)
{
    if (n == 0)
        return;
    if (p->loss != loss)
        flush(p);
    p->loss = loss;
    p->after_picture = 0;
    mm_buf_add(&p->text, text, n);
}

void mm_pen_says(struct mm_pen *p, const char *text, int loss)
{
    mm_pen_say(p, text, strlen(text), loss);
}

void mm_pen_mark(struct mm_pen *p, const char *token, int loss)
{
    int32_t id = mm_tokenizer_id(p->t, token);

    flush(p);
    if (p->failed)
        return;
    if (id < 0)
        mm_fail(p->err, MM_ECONFIG,
                "the tokenizer has no token '%s'; use one that mm1-tokenize "
                "train made",
                token);
    if (id < 0 || mm_ids_add(&p->e->ids, id, p->err) < 0) {
        p->failed = 1;
        return;
    }
    mm_buf_addc(&p->e->loss, (char)loss);
    p->after_picture = 0;
}

void mm_pen_picture(struct mm_pen *p)
{
    mm_pen_mark(p, MM_TOKEN_IMAGE, 0);
    p->after_picture = 1;
}

int mm_pen_starts_white(const char *text, size_t n)
{
    return n == 0 || memchr(" \t\n\r\f\v", *text, 6) != NULL;
}

void mm_pen_part(struct mm_pen *p, const struct mm_doc_part *part,
                 const char *gap, int loss)
{
    if (part->image != NULL) {
        mm_pen_picture(p);
        return;
    }
    if (p->after_picture && !mm_pen_starts_white(part->text, part->text_len))
        mm_pen_says(p, gap, loss);
    mm_pen_say(p, part->text, part->text_len, loss);
}

void mm_pen_fail(struct mm_pen *p, const char *template, const char *what)
{
    if (!p->failed)
        mm_fail(p->err, MM_EDATA, "template '%s': %s", template, what);
    p->failed = 1;
}

int mm_pen_close(struct mm_pen *p)
{
    flush(p);
    if (!p->failed && mm_buf_check(&p->e->loss, p->err) < 0)
        p->failed = 1;
    mm_buf_release(&p->text);
    return p->failed ? -1 : 0;
}
