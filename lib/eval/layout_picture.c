/*
 * layout_picture.c - which files a record's pictures are
 */
#include <stdlib.h>
#include <string.h>

#include "eval/layout_path.h"

/* {name} or {name:012}, s after the brace: appended; 0 when there is none */
static int add_placed(struct mm_buf *out, const struct mm_raw *r,
                      const char *s, size_t n)
{
    const char *colon = memchr(s, ':', n);
    struct mm_buf text = { 0 };
    size_t width = 0, len;

    if (colon)
        width = strtoul(colon + 1, NULL, 10);
    mm_raw_text(r, s, colon ? (size_t)(colon - s) : n, &text);
    len = text.len;
    for (size_t i = len; len && i < width && i < 64; i++)
        mm_buf_addc(out, '0');
    mm_buf_add(out, text.data, text.len);
    mm_buf_release(&text);
    return len > 0;
}

/* A file's name; nothing when a member is missing. */
static void add_file(struct mm_buf *out, size_t *count, const struct mm_raw *r,
                     const char *s, size_t n)
{
    const char *end = s + n;
    size_t begin = out->len;

    while (s < end) {
        const char *close = *s == '{' ? memchr(s, '}', (size_t)(end - s))
                                      : NULL;

        if (!close) {
            mm_buf_addc(out, *s++);
            continue;
        }
        if (!add_placed(out, r, s + 1, (size_t)(close - s) - 1)) {
            out->len = begin;
            return;
        }
        s = close + 1;
    }
    mm_buf_addc(out, '\0');
    ++*count;
}

/* A word that is only {name}: all elements of a list. */
static int add_listed(struct mm_buf *out, size_t *count,
                      const struct mm_raw *r, const char *s, size_t n)
{
    struct mm_found f;
    int listed;

    if (n < 3 || *s != '{' || memchr(s, '}', n) != s + n - 1)
        return 0;
    mm_found_find(&f, r, s + 1, n - 2);
    listed = f.n > 0 && f.v[0]->type == MM_JSON_ARRAY;
    if (listed)
        mm_found_flatten(&f);
    for (size_t i = 0; listed && i < f.n; i++)
        if (mm_found_scalar(f.v[i])) {
            mm_found_text(out, f.v[i]);
            mm_buf_addc(out, '\0');
            ++*count;
        }
    free(f.v);
    return listed;
}

void mm_layout_pictures(const struct mm_schema *l, const struct mm_raw *r,
                        struct mm_buf *out, size_t *count)
{
    const char *s = l->key[MM_DATA_IMAGE];
    size_t n;

    *count = 0;
    for (; (n = mm_layout_word(&s)) != 0; s += n)
        if (!add_listed(out, count, r, s, n))
            add_file(out, count, r, s, n);
}
