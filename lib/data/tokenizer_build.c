/*
 * tokenizer_build.c - collect tokens and merges
 */
#include "data/tokenizer_build.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

/* ---- the byte-level alphabet ---- */

/* Bytes that stand for themselves: printable, no white space, in Latin-1. */
static int is_plain(unsigned byte)
{
    return (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) ||
           byte >= 174;
}

/* The other 68 are, in order, the code points from 256 on. */
static uint32_t byte_to_char(unsigned byte)
{
    if (is_plain(byte))
        return byte;
    if (byte <= 32)
        return 256 + byte;
    if (byte <= 160)
        return 256 + 33 + (byte - 127);
    return 256 + 67; /* 173, the soft hyphen */
}

/* -1: no character of the alphabet */
static int char_to_byte(uint32_t c)
{
    if (c < 256)
        return is_plain(c) ? (int)c : -1;
    c -= 256;
    if (c <= 32)
        return (int)c;
    if (c < 67)
        return (int)(c - 33 + 127);
    return c == 67 ? 173 : -1;
}

void mm_token_name(struct mm_buf *out, const char *p, size_t n)
{
    char c[4];

    for (size_t i = 0; i < n; i++)
        mm_buf_add(out, c,
                   mm_utf8_encode(byte_to_char((unsigned char)p[i]), c));
}

/* Append the bytes of a name; one that is not all alphabet is its bytes. */
static void token_bytes(struct mm_buf *out, const char *name, size_t n)
{
    size_t begin = out->len;
    uint32_t c;

    for (size_t i = 0, len; i < n; i += len) {
        int byte = -1;

        len = mm_utf8_decode(name + i, n - i, &c);
        if (len > 0)
            byte = char_to_byte(c);
        if (byte < 0) {
            if (out->len > begin)
                out->len = begin;
            mm_buf_add(out, name, n);
            return;
        }
        mm_buf_addc(out, (char)byte);
    }
}

/* ---- tokens ---- */

/* Make ids up to and with id exist, as holes. */
static int make_room(struct mm_tokenizer_build *b, size_t id,
                     struct mm_err *err)
{
    if (id < b->n)
        return 0;
    if (mm_grow(&b->tokens, &b->cap, id + 1, sizeof *b->tokens, err) < 0)
        return -1;
    memset(b->tokens + b->n, 0, (id + 1 - b->n) * sizeof *b->tokens);
    b->n = id + 1;
    return 0;
}

static int set_token(struct mm_tokenizer_build *b, struct mm_token *t,
                     const char *name, size_t n, unsigned flags,
                     struct mm_err *err)
{
    int is_known = t->flags & MM_TOKEN_KNOWN;

    t->flags |= MM_TOKEN_KNOWN | flags;
    if (is_known)
        return 0; /* merges count on its bytes */
    t->name = b->text.len;
    t->n_name = (uint32_t)n;
    mm_buf_add(&b->text, name, n);
    t->bytes = b->text.len;
    if (flags & MM_TOKEN_ADDED)
        mm_buf_add(&b->text, name, n);
    else
        token_bytes(&b->text, name, n);
    t->n_bytes = (uint32_t)(b->text.len - t->bytes);
    return mm_buf_check(&b->text, err);
}

int mm_tokenizer_build_token(struct mm_tokenizer_build *b, int64_t id,
                             const char *name, size_t n, unsigned flags,
                             size_t max_ids, struct mm_err *err)
{
    const int64_t *known = mm_map_get(&b->names, name, n);
    int print = n < 60 ? (int)n : 60;

    if (id < 0 || (uint64_t)id >= max_ids || id >= INT32_MAX)
        return mm_fail(err, MM_EDATA,
                       "token '%.*s' has the id %lld, which is out of range",
                       print, name, (long long)id);
    if (n == 0 || n > UINT32_MAX / 2 ||
        (flags & MM_TOKEN_ADDED && n > MM_TOKEN_MAX))
        return mm_fail(err, MM_EDATA, "token %lld is empty or too long",
                       (long long)id);
    if (make_room(b, (size_t)id, err) < 0)
        return -1;
    if (known != NULL && (*known != id || !(flags & MM_TOKEN_ADDED)))
        return mm_fail(err, MM_EDATA, "token '%.*s' has two ids, %lld and %lld",
                       print, name, (long long)*known, (long long)id);
    if (known == NULL && b->tokens[id].flags != 0)
        return mm_fail(err, MM_EDATA, "two tokens have the id %lld",
                       (long long)id);
    if (known == NULL && mm_map_put(&b->names, name, n, id, err) < 0)
        return -1;
    return set_token(b, &b->tokens[id], name, n, flags, err);
}

/* ---- merges ---- */

static int find(const struct mm_tokenizer_build *b, const char *name,
                size_t n, int32_t *id, struct mm_err *err)
{
    const int64_t *v = mm_map_get(&b->names, name, n);

    if (v == NULL)
        return mm_fail(err, MM_EDATA,
                       "merge %zu uses '%.*s', which is not in the vocabulary",
                       b->n_merges, n < 60 ? (int)n : 60, name);
    *id = (int32_t)*v;
    return 0;
}

/* The bytes of a merge's result are those of its parts. */
static int check_lengths(const struct mm_tokenizer_build *b,
                         const struct mm_merge *m, struct mm_err *err)
{
    const struct mm_token *t = b->tokens;
    uint64_t sum = (uint64_t)t[m->a].n_bytes + t[m->b].n_bytes;

    if (sum == t[m->id].n_bytes)
        return 0;
    return mm_fail(err, MM_EDATA,
                   "merge %zu joins tokens %d and %d that are not byte-level",
                   b->n_merges, (int)m->a, (int)m->b);
}

int mm_tokenizer_build_merge(struct mm_tokenizer_build *b,
                             const char *left, size_t n_left,
                             const char *right, size_t n_right,
                             struct mm_err *err)
{
    struct mm_buf name = { 0 };
    struct mm_merge m;
    int result = -1;

    mm_buf_add(&name, left, n_left);
    mm_buf_add(&name, right, n_right);
    if (mm_buf_check(&name, err) == 0 &&
        find(b, left, n_left, &m.a, err) == 0 &&
        find(b, right, n_right, &m.b, err) == 0 &&
        find(b, name.data, name.len, &m.id, err) == 0 &&
        check_lengths(b, &m, err) == 0 &&
        mm_grow(&b->merges, &b->merges_cap, b->n_merges + 1,
                sizeof *b->merges, err) == 0) {
        b->merges[b->n_merges++] = m;
        result = 0;
    }
    mm_buf_release(&name);
    return result;
}

void mm_tokenizer_build_release(struct mm_tokenizer_build *b)
{
    mm_map_release(&b->names);
    mm_buf_release(&b->text);
    free(b->tokens);
    free(b->merges);
    memset(b, 0, sizeof *b);
}
