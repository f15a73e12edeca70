/*
 * tsv.c - tables of fields between tabs
 */
#include "data/tsv.h"

#include <string.h>

void mm_tsv_begin(struct mm_tsv *t, const char *text, size_t n)
{
    int mark = n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0;

    t->at = text + (mark ? 3 : 0);
    t->end = text + n;
    t->next_line = 1;
}

void mm_tsv_release(struct mm_tsv *t)
{
    mm_buf_release(&t->bytes);
    *t = (struct mm_tsv){ 0 };
}

static int is_end(const struct mm_tsv *t)
{
    return t->at == t->end || *t->at == '\t' || *t->at == '\n';
}

/* Up to the closing quote; t->at is after the opening one. */
static int read_quoted(struct mm_tsv *t, struct mm_err *err)
{
    size_t line = t->next_line;

    for (;;) {
        const char *quote = memchr(t->at, '"', (size_t)(t->end - t->at));

        if (!quote)
            return mm_fail(err, MM_EDATA, "line %zu: a quote has no end; was "
                                          "the table cut short?",
                           line);
        for (const char *s = t->at; s < quote; s++)
            t->next_line += *s == '\n';
        mm_buf_add(&t->bytes, t->at, (size_t)(quote - t->at));
        t->at = quote + 1;
        if (t->at == t->end || *t->at != '"')
            return 0;
        mm_buf_addc(&t->bytes, '"');
        t->at++;
    }
}

static int read_field(struct mm_tsv *t, struct mm_err *err)
{
    const char *begin;

    if (t->n == MM_TSV_FIELDS_MAX)
        return mm_fail(err, MM_EDATA, "line %zu: more than %d fields", t->line,
                       MM_TSV_FIELDS_MAX);
    t->begin[t->n] = t->bytes.len;
    if (t->at < t->end && *t->at == '"') {
        t->at++;
        if (read_quoted(t, err) < 0)
            return -1;
    }
    for (begin = t->at; !is_end(t);)
        t->at++;
    mm_buf_add(&t->bytes, begin, (size_t)(t->at - begin));
    if ((t->at == t->end || *t->at == '\n') && t->at > begin &&
        t->at[-1] == '\r')
        t->bytes.len--;
    t->len[t->n] = t->bytes.len - t->begin[t->n];
    t->n++;
    mm_buf_addc(&t->bytes, '\0');
    return 0;
}

int mm_tsv_next(struct mm_tsv *t, struct mm_err *err)
{
    for (; t->at < t->end && (*t->at == '\n' || *t->at == '\r'); t->at++)
        t->next_line += *t->at == '\n';
    if (t->at == t->end)
        return 0;
    mm_buf_clear(&t->bytes);
    t->n = 0;
    t->line = t->next_line;
    for (;;) {
        if (read_field(t, err) < 0)
            return -1;
        if (t->at == t->end || *t->at == '\n')
            break;
        t->at++;
    }
    t->next_line += t->at < t->end;
    t->at += t->at < t->end;
    return mm_buf_check(&t->bytes, err) < 0 ? -1 : 1;
}

const char *mm_tsv_field(const struct mm_tsv *t, size_t i, size_t *n)
{
    *n = t->len[i];
    return t->bytes.data + t->begin[i];
}
