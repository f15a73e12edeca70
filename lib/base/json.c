/*
 * json.c - parse a JSON text into a tree
 *
 * One pass without recursion: the open containers stand on a stack of at most
 * MAX_DEPTH.  Nodes and strings live in two blocks that are sized by the text
 * before parsing begins (a node per comma or bracket, a byte per byte), so
 * that pointers into them stay valid and memory is bounded by the text.
 */
#include "base/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/utf8.h"

#define MAX_DEPTH 128
#define MAX_FILE ((size_t)1 << 30)

struct parser {
    const char *text;
    size_t len, pos;
    struct mm_json_doc *doc;
    char *strings; /* where the next string goes */
    struct mm_json *open[MAX_DEPTH], *last[MAX_DEPTH];
    int depth;
    struct mm_err *err;
};

static int fail(struct parser *p, const char *what)
{
    size_t line = 1, column = 1;

    for (size_t i = 0; i < p->pos && i < p->len; i++) {
        column++;
        if (p->text[i] == '\n') {
            line++;
            column = 1;
        }
    }
    return mm_fail(p->err, MM_EDATA, "bad JSON at line %zu, column %zu: %s",
                   line, column, what);
}

static int peek(const struct parser *p)
{
    return p->pos < p->len ? (unsigned char)p->text[p->pos] : -1;
}

static void skip_space(struct parser *p)
{
    while (p->pos < p->len && strchr(" \t\n\r", p->text[p->pos]) &&
           p->text[p->pos])
        p->pos++;
}

/* ---- strings ---- */

static int hex4(struct parser *p, uint32_t *cp)
{
    *cp = 0;
    for (int i = 0; i < 4; i++, p->pos++) {
        int c = peek(p);

        *cp <<= 4;
        if (c >= '0' && c <= '9')
            *cp |= (uint32_t)(c - '0');
        else if ((c | 32) >= 'a' && (c | 32) <= 'f')
            *cp |= (uint32_t)((c | 32) - 'a' + 10);
        else
            return fail(p, "\\u needs four hexadecimal digits");
    }
    return 0;
}

/* After "\u".  A lone surrogate becomes U+FFFD. */
static int unicode_escape(struct parser *p)
{
    uint32_t cp, low;
    size_t back;

    if (hex4(p, &cp) < 0)
        return -1;
    if (cp >= 0xd800 && cp < 0xdc00 && p->len - p->pos > 1 &&
        p->text[p->pos] == '\\' && p->text[p->pos + 1] == 'u') {
        back = p->pos;
        p->pos += 2;
        if (hex4(p, &low) < 0)
            return -1;
        if (low >= 0xdc00 && low < 0xe000)
            cp = 0x10000 + ((cp - 0xd800) << 10) + (low - 0xdc00);
        else
            p->pos = back;
    }
    if (cp >= 0xd800 && cp < 0xe000) {
        cp = 0xfffd;
        p->doc->lone++;
    }
    p->strings += mm_utf8_encode(cp, p->strings);
    return 0;
}

static int escape(struct parser *p)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    int c = peek(p);
    const char *at = c > 0 ? strchr(from, c) : NULL;

    if (c == 'u') {
        p->pos++;
        return unicode_escape(p);
    }
    if (!at)
        return fail(p, "unknown escape");
    p->pos++;
    *p->strings++ = to[at - from];
    return 0;
}

/* At the opening quote. */
static int string(struct parser *p, const char **str, size_t *len)
{
    char *begin = p->strings;

    p->pos++;
    for (;;) {
        int c = peek(p);
        uint32_t cp;
        size_t n;

        if (c < 0)
            return fail(p, "a string has no end");
        if (c < 0x20)
            return fail(p, "a control character in a string");
        if (c == '"')
            break;
        if (c == '\\') {
            p->pos++;
            if (escape(p) < 0)
                return -1;
            continue;
        }
        n = mm_utf8_decode(p->text + p->pos, p->len - p->pos, &cp);
        if (n == 0)
            return fail(p, "not UTF-8");
        memcpy(p->strings, p->text + p->pos, n);
        p->strings += n;
        p->pos += n;
    }
    p->pos++;
    *str = begin;
    *len = (size_t)(p->strings - begin);
    *p->strings++ = '\0';
    return 0;
}

/* ---- numbers ---- */

static size_t digits(struct parser *p)
{
    size_t begin = p->pos;

    while (p->pos < p->len && p->text[p->pos] >= '0' && p->text[p->pos] <= '9')
        p->pos++;
    return p->pos - begin;
}

/* The grammar of RFC 8259; *integral when there is no fraction or exponent. */
static int scan_number(struct parser *p, int *integral)
{
    size_t first;

    *integral = 1;
    if (peek(p) == '-')
        p->pos++;
    first = p->pos;
    if (digits(p) == 0)
        return fail(p, "a value was expected");
    if (p->text[first] == '0' && p->pos - first > 1)
        return fail(p, "a number begins with 0");
    if (peek(p) == '.') {
        *integral = 0;
        p->pos++;
        if (digits(p) == 0)
            return fail(p, "digits are missing behind the point");
    }
    if (peek(p) == 'e' || peek(p) == 'E') {
        *integral = 0;
        p->pos++;
        if (peek(p) == '+' || peek(p) == '-')
            p->pos++;
        if (digits(p) == 0)
            return fail(p, "digits are missing in the exponent");
    }
    return 0;
}

/* strtod needs a NUL after the number: a copy among the strings. */
static int number(struct parser *p, struct mm_json *v)
{
    size_t begin = p->pos;
    int integral;
    char *copy = p->strings;

    if (scan_number(p, &integral) < 0)
        return -1;
    memcpy(copy, p->text + begin, p->pos - begin);
    copy[p->pos - begin] = '\0';
    v->type = MM_JSON_NUMBER;
    v->number = strtod(copy, NULL);
    if (integral) {
        errno = 0;
        v->integer = strtoll(copy, NULL, 10);
        v->is_int = errno == 0;
    }
    return 0;
}

/* ---- values ---- */

static int literal(struct parser *p, struct mm_json *v)
{
    static const struct {
        const char *text;
        enum mm_json_type type;
    } all[] = { { "null", MM_JSON_NULL },
                { "false", MM_JSON_FALSE },
                { "true", MM_JSON_TRUE } };

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        size_t n = strlen(all[i].text);

        if (p->len - p->pos >= n &&
            memcmp(p->text + p->pos, all[i].text, n) == 0) {
            v->type = all[i].type;
            p->pos += n;
            return 0;
        }
    }
    return fail(p, "a value was expected");
}

/* A new node after the last child of the open container. */
static struct mm_json *add_node(struct parser *p)
{
    struct mm_json *v = &p->doc->nodes[p->doc->n_nodes++];

    v->offset = p->pos;
    if (p->depth) {
        int d = p->depth - 1;

        if (p->last[d])
            p->last[d]->next = v;
        else
            p->open[d]->child = v;
        p->last[d] = v;
        p->open[d]->n++;
    }
    return v;
}

static int open_container(struct parser *p, struct mm_json *v)
{
    if (p->depth == MAX_DEPTH)
        return fail(p, "nested too deeply");
    v->type = peek(p) == '{' ? MM_JSON_OBJECT : MM_JSON_ARRAY;
    p->open[p->depth] = v;
    p->last[p->depth++] = NULL;
    p->pos++;
    return 0;
}

static int key(struct parser *p, const char **str, size_t *len)
{
    if (peek(p) != '"')
        return fail(p, "a key was expected");
    if (string(p, str, len) < 0)
        return -1;
    skip_space(p);
    if (peek(p) != ':')
        return fail(p, "':' was expected");
    p->pos++;
    skip_space(p);
    return 0;
}

/* One value, or the beginning of a container. */
static int value(struct parser *p)
{
    const char *k = NULL;
    size_t k_len = 0;
    struct mm_json *v;
    int c;

    if (p->depth && p->open[p->depth - 1]->type == MM_JSON_OBJECT &&
        key(p, &k, &k_len) < 0)
        return -1;
    v = add_node(p);
    v->key = k;
    v->key_len = k_len;
    c = peek(p);
    if (c == '{' || c == '[')
        return open_container(p, v);
    if (c == '"') {
        v->type = MM_JSON_STRING;
        return string(p, &v->str, &v->len);
    }
    if (c == '-' || (c >= '0' && c <= '9'))
        return number(p, v);
    return literal(p, v);
}

/* Close what ends here; 1 when another value must follow, 0 at the end. */
static int after_value(struct parser *p)
{
    while (p->depth) {
        const struct mm_json *in = p->open[p->depth - 1];
        int end = in->type == MM_JSON_OBJECT ? '}' : ']';

        skip_space(p);
        if (peek(p) == end) {
            p->pos++;
            p->depth--;
            continue;
        }
        if (in->n == 0)
            return 1;
        if (peek(p) != ',')
            return fail(p, "',' or the end was expected");
        p->pos++;
        skip_space(p);
        return 1;
    }
    skip_space(p);
    return p->pos < p->len ? fail(p, "something follows the value") : 0;
}

/* Blocks that are large enough for any text of this length. */
static int size_blocks(struct parser *p)
{
    size_t nodes = 2, bytes;

    for (size_t i = 0; i < p->len; i++)
        nodes += p->text[i] == ',' || p->text[i] == '[' || p->text[i] == '{';
    if (mm_size_mul(&bytes, p->len, 2) < 0)
        return fail(p, "too large");
    p->doc->nodes = mm_alloc(nodes, sizeof *p->doc->nodes, p->err);
    p->doc->strings = mm_alloc(bytes + 64, 1, p->err);
    p->strings = p->doc->strings;
    return p->doc->nodes && p->doc->strings ? 0 : -1;
}

int mm_json_parse(struct mm_json_doc *doc, const char *text, size_t len,
                  struct mm_err *err)
{
    struct parser p = { .text = text, .len = len, .doc = doc, .err = err };
    int more = 1;

    *doc = (struct mm_json_doc){ 0 };
    if (size_blocks(&p) < 0)
        more = -1;
    skip_space(&p);
    while (more > 0) {
        more = value(&p);
        if (more == 0)
            more = after_value(&p);
    }
    if (more < 0) {
        mm_json_release(doc);
        return -1;
    }
    doc->root = doc->nodes;
    return 0;
}

int mm_json_parse_file(struct mm_json_doc *doc, const char *path,
                       struct mm_err *err)
{
    struct mm_buf text = { 0 };
    int result = mm_read_file(path, &text, MAX_FILE, err);

    *doc = (struct mm_json_doc){ 0 };
    if (result == 0 &&
        (result = mm_json_parse(doc, text.data, text.len, err)) < 0)
        mm_fail_in(err, "'%s'", path);
    mm_buf_release(&text);
    return result;
}

void mm_json_release(struct mm_json_doc *doc)
{
    free(doc->nodes);
    free(doc->strings);
    *doc = (struct mm_json_doc){ 0 };
}

/* ---- reading a tree ---- */

#define FEW 16 /* members that are compared one by one */

/* Is there a later member of this key? */
static int comes_again(const struct mm_json *v)
{
    for (const struct mm_json *c = v->next; c; c = c->next)
        if (c->key_len == v->key_len && !memcmp(c->key, v->key, v->key_len))
            return 1;
    return 0;
}

/* The same for many members, by a map; without memory none is found. */
static size_t count_again(const struct mm_json *object, const char **key)
{
    struct mm_map last = { 0 };
    struct mm_err err;
    size_t n = 0;

    for (const struct mm_json *c = object->child; c; c = c->next) {
        int64_t *at = mm_map_at(&last, c->key, c->key_len, &err);

        if (at && ++*at > 1 && n++ == 0)
            *key = c->key;
    }
    mm_map_release(&last);
    return n;
}

size_t mm_json_twice(const struct mm_json_doc *doc, const char **key)
{
    size_t n = 0;

    for (size_t i = 0; i < doc->n_nodes; i++) {
        const struct mm_json *v = &doc->nodes[i];
        const char *first = NULL;
        size_t found = 0;

        if (v->type != MM_JSON_OBJECT)
            continue;
        if (v->n > FEW)
            found = count_again(v, &first);
        else
            for (const struct mm_json *c = v->child; c; c = c->next)
                if (comes_again(c) && found++ == 0)
                    first = c->key;
        if (n == 0 && found)
            *key = first;
        n += found;
    }
    return n;
}

const struct mm_json *mm_json_get(const struct mm_json *v, const char *name)
{
    const struct mm_json *found = NULL;
    size_t n = strlen(name);

    if (!v || v->type != MM_JSON_OBJECT)
        return NULL;
    for (const struct mm_json *c = v->child; c; c = c->next)
        if (c->key_len == n && memcmp(c->key, name, n) == 0)
            found = c;
    return found;
}

const char *mm_json_str(const struct mm_json *v, const char *otherwise)
{
    return v && v->type == MM_JSON_STRING ? v->str : otherwise;
}

int64_t mm_json_int(const struct mm_json *v, int64_t otherwise)
{
    return v && v->type == MM_JSON_NUMBER && v->is_int ? v->integer
                                                       : otherwise;
}

double mm_json_num(const struct mm_json *v, double otherwise)
{
    return v && v->type == MM_JSON_NUMBER ? v->number : otherwise;
}

int mm_json_bool(const struct mm_json *v, int otherwise)
{
    if (!v || (v->type != MM_JSON_TRUE && v->type != MM_JSON_FALSE))
        return otherwise;
    return v->type == MM_JSON_TRUE;
}

const char *mm_json_type_name(enum mm_json_type t)
{
    static const char *const names[] = {
        "null", "false", "true", "a number", "a string", "an array",
        "an object"
    };

    return names[t];
}
