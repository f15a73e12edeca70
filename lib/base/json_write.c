/*
 * json_write.c - write JSON texts
 */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/utf8.h"

void mm_jw_begin(struct mm_jw *w, struct mm_buf *out)
{
    w->out = out;
    w->comma = 0;
}

static void before_value(struct mm_jw *w)
{
    if (w->comma)
        mm_buf_addc(w->out, ',');
    w->comma = 1;
}

void mm_jw_open(struct mm_jw *w, char bracket)
{
    assert(bracket == '{' || bracket == '[');
    before_value(w);
    mm_buf_addc(w->out, bracket);
    w->comma = 0;
}

void mm_jw_close(struct mm_jw *w, char bracket)
{
    assert(bracket == '}' || bracket == ']');
    mm_buf_addc(w->out, bracket);
    w->comma = 1;
}

static void add_escaped(struct mm_buf *b, unsigned char c)
{
    static const char from[] = "\"\\\n\r\t", to[] = "\"\\nrt";
    const char *at = c ? strchr(from, c) : NULL;

    if (at)
        mm_buf_addf(b, "\\%c", to[at - from]);
    else if (c < 0x20)
        mm_buf_addf(b, "\\u%04x", c);
    else
        mm_buf_addc(b, (char)c);
}

/* What is not UTF-8 is repaired: the text must stay valid JSON. */
static void add_string(struct mm_buf *b, const char *s, size_t n)
{
    struct mm_buf fixed = { 0 };

    if (mm_utf8_check(s, n) < n) {
        mm_utf8_repair(&fixed, s, n);
        if (fixed.failed)
            b->failed = 1;
        s = fixed.data;
        n = fixed.len;
    }
    mm_buf_addc(b, '"');
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i; j < n && (unsigned char)s[j] >= 0x20 && s[j] != '"' &&
                    s[j] != '\\';
             j++)
            ;
        mm_buf_add(b, s + i, j - i);
        if (j < n)
            add_escaped(b, (unsigned char)s[j++]);
    }
    mm_buf_addc(b, '"');
    mm_buf_release(&fixed);
}

void mm_jw_key(struct mm_jw *w, const char *key)
{
    before_value(w);
    add_string(w->out, key, strlen(key));
    mm_buf_addc(w->out, ':');
    w->comma = 0;
}

void mm_jw_strn(struct mm_jw *w, const char *s, size_t n)
{
    before_value(w);
    add_string(w->out, s, n);
}

void mm_jw_str(struct mm_jw *w, const char *s)
{
    if (s)
        mm_jw_strn(w, s, strlen(s));
    else
        mm_jw_null(w);
}

void mm_jw_int(struct mm_jw *w, int64_t v)
{
    before_value(w);
    mm_buf_addf(w->out, "%lld", (long long)v);
}

void mm_jw_num(struct mm_jw *w, double v)
{
    char text[32];

    if (!isfinite(v)) {
        mm_jw_null(w);
        return;
    }
    for (int precision = 6; precision <= 17; precision++) {
        snprintf(text, sizeof text, "%.*g", precision, v);
        if (strtod(text, NULL) == v)
            break;
    }
    before_value(w);
    mm_buf_adds(w->out, text);
}

void mm_jw_bool(struct mm_jw *w, int v)
{
    before_value(w);
    mm_buf_adds(w->out, v ? "true" : "false");
}

void mm_jw_null(struct mm_jw *w)
{
    before_value(w);
    mm_buf_adds(w->out, "null");
}

void mm_jw_raw(struct mm_jw *w, const char *json, size_t n)
{
    before_value(w);
    mm_buf_add(w->out, json, n);
}

static void write_leaf(struct mm_jw *w, const struct mm_json *v)
{
    switch (v->type) {
    case MM_JSON_NUMBER:
        if (v->is_int)
            mm_jw_int(w, v->integer);
        else
            mm_jw_num(w, v->number);
        break;
    case MM_JSON_STRING:
        mm_jw_strn(w, v->str, v->len);
        break;
    case MM_JSON_NULL:
        mm_jw_null(w);
        break;
    default:
        mm_jw_bool(w, v->type == MM_JSON_TRUE);
    }
}

/* Walks with a stack of the open containers; the parser bounds their depth. */
void mm_jw_value(struct mm_jw *w, const struct mm_json *v)
{
    const struct mm_json *open[128];
    int depth = 0;

    for (const struct mm_json *at = v; at;) {
        if (depth && open[depth - 1]->type == MM_JSON_OBJECT) {
            mm_jw_strn(w, at->key, at->key_len);
            mm_buf_addc(w->out, ':');
            w->comma = 0;
        }
        if (at->type == MM_JSON_OBJECT || at->type == MM_JSON_ARRAY) {
            mm_jw_open(w, at->type == MM_JSON_OBJECT ? '{' : '[');
            open[depth++] = at;
            at = at->child;
        } else {
            write_leaf(w, at);
            at = depth ? at->next : NULL;
        }
        while (!at && depth) {
            const struct mm_json *done = open[--depth];

            mm_jw_close(w, done->type == MM_JSON_OBJECT ? '}' : ']');
            at = depth ? done->next : NULL;
        }
    }
}

void mm_jw_put_str(struct mm_jw *w, const char *key, const char *s)
{
    mm_jw_key(w, key);
    mm_jw_str(w, s);
}

void mm_jw_put_strs(struct mm_jw *w, const char *key, const char *const *v,
                    size_t n)
{
    mm_jw_key(w, key);
    mm_jw_open(w, '[');
    for (size_t i = 0; i < n; i++)
        mm_jw_str(w, v[i]);
    mm_jw_close(w, ']');
}

void mm_jw_put_int(struct mm_jw *w, const char *key, int64_t v)
{
    mm_jw_key(w, key);
    mm_jw_int(w, v);
}

/* Counts do not reach 2^63. */
void mm_jw_put_size(struct mm_jw *w, const char *key, uint64_t v)
{
    mm_jw_put_int(w, key, (int64_t)v);
}

void mm_jw_put_num(struct mm_jw *w, const char *key, double v)
{
    mm_jw_key(w, key);
    mm_jw_num(w, v);
}

void mm_jw_put_bool(struct mm_jw *w, const char *key, int v)
{
    mm_jw_key(w, key);
    mm_jw_bool(w, v);
}
