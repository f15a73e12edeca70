/*
 * json_list.c - the records of a large JSON file, one at a time
 *
 * The bytes of a record are cut out by counting brackets outside of strings,
 * and then parsed by base/json, which says what is wrong in them.
 */
#include "data/json_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "data/gzip.h"

enum { END = -1,
       FAILED = -2 };

struct mm_json_list {
    struct mm_gzip *z;
    size_t max;
    char block[1 << 15];
    size_t at, n;    /* in block */
    char close;      /* of the list: ']' or '}'; 0: one record */
    int found, done; /* found: is there what was asked for? */
    uint64_t count;
    struct mm_buf key, text; /* of the record */
};

/* ---- bytes ---- */

/* The next byte, which stays unread, or END or FAILED. */
static int peek(struct mm_json_list *l, struct mm_err *err)
{
    ssize_t got;

    if (l->at < l->n)
        return (unsigned char)l->block[l->at];
    got = mm_gzip_read(l->z, l->block, sizeof l->block, err);
    if (got < 0)
        return FAILED;
    l->at = 0;
    l->n = (size_t)got;
    return got ? (unsigned char)l->block[0] : END;
}

/* The same after white space. */
static int peek_word(struct mm_json_list *l, struct mm_err *err)
{
    int c;

    while ((c = peek(l, err)) == ' ' || c == '\n' || c == '\r' || c == '\t')
        l->at++;
    return c;
}

static int bad(const struct mm_json_list *l, const char *what,
               struct mm_err *err)
{
    uint64_t at = mm_gzip_offset(l->z) - (l->n - l->at);

    return mm_fail(err, MM_EDATA, "'%s': %s at byte %llu",
                   mm_gzip_name(l->z), what, (unsigned long long)at);
}

static int expect(struct mm_json_list *l, char want, struct mm_err *err)
{
    int c = peek_word(l, err);

    if (c == FAILED)
        return -1;
    if (c == END)
        return bad(l, "the JSON was cut short", err);
    if (c != want)
        return bad(l, "no JSON", err);
    l->at++;
    return 0;
}

/* ---- values ---- */

struct scan {
    int64_t depth;
    int in_string, escaped;
};

/* Does c, which is not part of it, end the value? */
static int scan_ends(struct scan *s, int c)
{
    if (s->in_string) {
        if (!s->escaped && c == '"')
            s->in_string = 0;
        s->escaped = !s->escaped && c == '\\';
        return 0;
    }
    if (s->depth == 0 && (c == ',' || c == ']' || c == '}' || c == ':'))
        return 1;
    s->in_string = c == '"';
    s->depth += (c == '{' || c == '[') - (c == '}' || c == ']');
    return 0;
}

/* The bytes of the next value, to text; NULL: skipped. */
static int take_value(struct mm_json_list *l, struct mm_buf *text,
                      struct mm_err *err)
{
    struct scan s = { 0 };
    int c = peek_word(l, err);

    if (text)
        mm_buf_clear(text);
    while (c >= 0 && !scan_ends(&s, c)) {
        if (text && text->len == l->max)
            return bad(l, "a record of more than --max-bytes ends", err);
        if (text)
            mm_buf_addc(text, (char)c);
        l->at++;
        c = peek(l, err);
    }
    if (c == FAILED)
        return -1;
    if (c == END && (s.depth || s.in_string))
        return bad(l, "the JSON was cut short", err);
    return text ? mm_buf_check(text, err) : 0;
}

/* A member's name, decoded, to l->key, and the colon. */
static int take_key(struct mm_json_list *l, struct mm_err *err)
{
    struct mm_json_doc doc;
    int result = take_value(l, &l->text, err);

    if (result < 0)
        return -1;
    if (mm_json_parse(&doc, l->text.len ? l->text.data : "", l->text.len,
                      err) < 0)
        return mm_fail_in(err, "'%s'", mm_gzip_name(l->z));
    mm_buf_clear(&l->key);
    mm_buf_adds(&l->key, mm_json_str(doc.root, ""));
    mm_json_release(&doc);
    if (mm_buf_check(&l->key, err) < 0)
        return -1;
    return expect(l, ':', err);
}

/* Past a comma: 1; past the closing bracket: 0; -1. */
static int take_comma(struct mm_json_list *l, char close, int first,
                      struct mm_err *err)
{
    int c = peek_word(l, err);

    if (c == FAILED)
        return -1;
    if (c == close) {
        l->at++;
        return 0;
    }
    if (first)
        return c == END ? bad(l, "the JSON was cut short", err) : 1;
    return expect(l, ',', err) < 0 ? -1 : 1;
}

/* ---- the list ---- */

/* Into a list or object; anything else is one record. */
static int enter(struct mm_json_list *l, struct mm_err *err)
{
    int c = peek_word(l, err);

    if (c == FAILED)
        return -1;
    l->found = 1;
    l->close = c == '[' ? ']' : c == '{' ? '}'
                                         : 0;
    l->at += l->close != 0;
    return 0;
}

/* To the value of the top object's member, if it has one. */
static int find_member(struct mm_json_list *l, const char *member,
                       struct mm_err *err)
{
    int more;

    if (expect(l, '{', err) < 0)
        return -1;
    for (int first = 1; (more = take_comma(l, '}', first, err)) > 0;
         first = 0) {
        if (take_key(l, err) < 0)
            return -1;
        if (strcmp(l->key.data, member) == 0)
            return enter(l, err);
        if (take_value(l, NULL, err) < 0)
            return -1;
    }
    l->done = 1;
    return more;
}

static int skip_mark(struct mm_json_list *l, struct mm_err *err)
{
    if (peek(l, err) == FAILED)
        return -1;
    if (l->n >= 3 && memcmp(l->block, "\xef\xbb\xbf", 3) == 0)
        l->at = 3;
    return 0;
}

struct mm_json_list *mm_json_list_open(const char *path, const char *member,
                                       size_t max, struct mm_err *err)
{
    struct mm_json_list *l = mm_alloc(1, sizeof *l, err);

    if (!l)
        return NULL;
    l->max = max;
    mm_buf_adds(&l->key, "");
    l->z = mm_gzip_open(path, err);
    if (!l->z || mm_buf_check(&l->key, err) < 0 || skip_mark(l, err) < 0 ||
        (member ? find_member(l, member, err) : enter(l, err)) < 0) {
        mm_json_list_close(l);
        return NULL;
    }
    return l;
}

void mm_json_list_close(struct mm_json_list *l)
{
    if (!l)
        return;
    mm_gzip_close(l->z);
    mm_buf_release(&l->key);
    mm_buf_release(&l->text);
    free(l);
}

/* The record's bytes to l->text: 1, 0 at the end, -1. */
static int take_record(struct mm_json_list *l, struct mm_err *err)
{
    int more = 1;

    if (l->done)
        return 0;
    if (l->close)
        more = take_comma(l, l->close, l->count == 0, err);
    l->done = more == 0 || !l->close;
    if (more <= 0)
        return more;
    mm_buf_clear(&l->key);
    mm_buf_adds(&l->key, "");
    if (l->close == '}' && take_key(l, err) < 0)
        return -1;
    return take_value(l, &l->text, err) < 0 ? -1 : 1;
}

int mm_json_list_take(struct mm_json_list *l, const char **text, size_t *n,
                      struct mm_err *err)
{
    int more = take_record(l, err);

    l->count += more > 0;
    *text = l->text.len ? l->text.data : "";
    *n = l->text.len;
    return more;
}

int mm_json_list_next(struct mm_json_list *l, struct mm_json_doc *doc,
                      struct mm_err *err)
{
    const char *text;
    size_t n;
    int more = mm_json_list_take(l, &text, &n, err);

    if (more <= 0)
        return more;
    if (mm_json_parse(doc, text, n, err) < 0)
        return mm_fail_in(err, "'%s', record %llu", mm_gzip_name(l->z),
                          (unsigned long long)l->count);
    return 1;
}

const char *mm_json_list_key(const struct mm_json_list *l)
{
    return l->key.data;
}

uint64_t mm_json_list_count(const struct mm_json_list *l)
{
    return l->count;
}

int mm_json_list_found(const struct mm_json_list *l)
{
    return l->found;
}
