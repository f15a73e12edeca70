/*
 * html.c - the tokens of an HTML page
 */
#include "data/html.h"

#include <string.h>

/* Elements whose contents are text up to their own end tag. */
static const char *const raw_names[] = { "script", "style", "title",
                                         "textarea", "iframe", "noembed",
                                         "noframes", "xmp" };

static int is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static int is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

void mm_html_begin(struct mm_html *h, const char *p, size_t n)
{
    memset(h, 0, sizeof *h);
    h->p = p;
    h->n = n;
}

int mm_html_is_raw(const struct mm_html *h)
{
    return h->type == MM_HTML_TEXT && h->raw[0] != 0;
}

/* ---- attributes ---- */

struct attribute {
    const char *name, *value;
    size_t name_len, value_len;
};

/* The end of the name of a tag or of an attribute. */
static size_t name_end(const char *p, size_t n, size_t i)
{
    while (i < n && !is_space(p[i]) && p[i] != '/' && p[i] != '>')
        i++;
    return i;
}

/* A value at i, in quotes or not; returns the offset after it. */
static size_t value_end(struct attribute *a, const char *p, size_t n, size_t i)
{
    size_t from;

    while (i < n && is_space(p[i]))
        i++;
    if (i < n && (p[i] == '"' || p[i] == '\'')) {
        const char *quote = memchr(p + i + 1, p[i], n - i - 1);

        a->value = p + i + 1;
        a->value_len = (quote ? (size_t)(quote - p) : n) - (i + 1);
        return quote ? (size_t)(quote - p) + 1 : n;
    }
    for (from = i; i < n && !is_space(p[i]) && p[i] != '>';)
        i++;
    a->value = p + from;
    a->value_len = i - from;
    return i;
}

/* The attribute at *i; 0 at the tag's '>' or the end. */
static int next_attribute(struct attribute *a, const char *p, size_t n,
                          size_t *i)
{
    size_t k = *i, from;

    while (k < n && (is_space(p[k]) || p[k] == '/'))
        k++;
    *i = k;
    if (k == n || p[k] == '>')
        return 0;
    /* the first byte belongs to the name whatever it is */
    for (from = k++; k < n && p[k] != '=' && !is_space(p[k]) && p[k] != '/' &&
                     p[k] != '>';)
        k++;
    *a = (struct attribute){ p + from, "", k - from, 0 };
    for (from = k; k < n && is_space(p[k]);)
        k++;
    *i = k < n && p[k] == '=' ? value_end(a, p, n, k + 1) : from;
    return 1;
}

int mm_html_attribute(const struct mm_html *h, const char *name,
                      struct mm_buf *out)
{
    struct attribute a;
    size_t i = 0, len = strlen(name);

    mm_buf_clear(out);
    while (next_attribute(&a, h->attributes, h->attributes_len, &i)) {
        size_t k = 0;

        while (k < len && a.name_len == len && lower(a.name[k]) == name[k])
            k++;
        if (k == len && a.name_len == len) {
            mm_html_decode(out, a.value, a.value_len);
            return 1;
        }
    }
    return 0;
}

/* ---- tags ---- */

/* A tag whose name begins at i; 0 when the page ends within it. */
static int take_tag(struct mm_html *h, size_t i)
{
    struct attribute a;
    size_t end = name_end(h->p, h->n, i), len = end - i, from = end;

    if (len > MM_HTML_NAME_MAX)
        len = 0;
    for (size_t k = 0; k < len; k++)
        h->name[k] = lower(h->p[i + k]);
    h->name[len] = 0;
    while (next_attribute(&a, h->p, h->n, &end))
        ;
    h->attributes = h->p + from;
    h->attributes_len = end - from;
    h->at = end < h->n ? end + 1 : h->n;
    return end < h->n;
}

/* An XML page may close any element within its own tag. */
static int closes_itself(const struct mm_html *h)
{
    return h->n > 5 && memcmp(h->p, "<?xml", 5) == 0 && h->attributes_len &&
           h->attributes[h->attributes_len - 1] == '/';
}

static void enter_raw(struct mm_html *h)
{
    for (size_t i = 0; i < sizeof raw_names / sizeof *raw_names; i++)
        if (strcmp(h->name, raw_names[i]) == 0 && !closes_itself(h))
            memcpy(h->raw, h->name, sizeof h->raw);
}

/* ---- text ---- */

/* Does the end tag of the raw element stand at i, where '<' is? */
static int ends_raw(const struct mm_html *h, size_t i)
{
    size_t len = strlen(h->raw), k = 0;

    if (h->n - i < len + 2 || h->p[i + 1] != '/')
        return 0;
    while (k < len && lower(h->p[i + 2 + k]) == h->raw[k])
        k++;
    i += 2 + len;
    return k == len && (i == h->n || is_space(h->p[i]) || h->p[i] == '/' ||
                        h->p[i] == '>');
}

/* Does '<' at i open something, or is it a character? */
static int opens(const struct mm_html *h, size_t i)
{
    char c = i + 1 < h->n ? h->p[i + 1] : 0;

    if (h->raw[0])
        return ends_raw(h, i);
    return is_letter(c) || c == '/' || c == '!' || c == '?';
}

static void take_text(struct mm_html *h)
{
    size_t from = h->at, i = from;

    while (i < h->n) {
        const char *less = memchr(h->p + i, '<', h->n - i);

        i = less ? (size_t)(less - h->p) : h->n;
        if (!less || opens(h, i))
            break;
        i++;
    }
    h->text = h->p + from;
    h->text_len = i - from;
    h->at = i;
}

/* ---- what is skipped ---- */

/* The offset after a comment whose "<!--" stands at i. */
static size_t comment_end(const char *p, size_t n, size_t i)
{
    for (size_t k = i + 4; k < n; k++) {
        const char *more = memchr(p + k, '>', n - k);

        if (!more)
            break;
        k = (size_t)(more - p);
        if ((p[k - 1] == '-' && p[k - 2] == '-') ||
            (k >= i + 7 && p[k - 1] == '!' && p[k - 2] == '-' &&
             p[k - 3] == '-'))
            return k + 1;
    }
    return n;
}

/* After a comment, a declaration, or an end tag of nothing, at i. */
static size_t pass_over(const struct mm_html *h, size_t i)
{
    const char *more;

    if (h->n - i >= 4 && memcmp(h->p + i, "<!--", 4) == 0)
        return comment_end(h->p, h->n, i);
    more = memchr(h->p + i, '>', h->n - i);
    return more ? (size_t)(more - h->p) + 1 : h->n;
}

/* ---- tokens ---- */

/* What '<' at h->at opens. */
static enum mm_html_type take_markup(struct mm_html *h)
{
    size_t i = h->at + 1;
    int closes = i < h->n && h->p[i] == '/';

    i += (size_t)closes;
    if (i == h->n || !is_letter(h->p[i])) {
        h->at = pass_over(h, h->at);
        return MM_HTML_END; /* no token */
    }
    if (!take_tag(h, i))
        return MM_HTML_END;
    if (!closes)
        enter_raw(h);
    return closes ? MM_HTML_CLOSE : MM_HTML_OPEN;
}

enum mm_html_type mm_html_next(struct mm_html *h)
{
    if (h->type == MM_HTML_TEXT)
        h->raw[0] = 0;
    h->type = MM_HTML_END;
    while (h->type == MM_HTML_END && h->at < h->n) {
        if (h->p[h->at] == '<' && opens(h, h->at)) {
            h->raw[0] = 0;
            h->type = take_markup(h);
        } else {
            take_text(h);
            h->type = MM_HTML_TEXT;
        }
    }
    return h->type;
}
