/*
 * html.h - the tokens of an HTML page: text, tags with attributes
 *
 * One pass over the bytes in the spirit of the WHATWG tokenizer: a '<' opens
 * what the next byte says, quotes hold '>' back, the contents of <script> and
 * the like end only with their own end tag.  No token is looked at twice, so
 * that the time is linear in the page whatever is in it; libxml2 2.9.14's is
 * not (128 KB of "<i>" and then of "</b>" take it 2.8 s, four times as much
 * per doubling, and 128 KB of attributes in one tag 0.5 s).
 */
#ifndef MM_DATA_HTML_H
#define MM_DATA_HTML_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum mm_html_type { MM_HTML_END, /* of the page */
                    MM_HTML_TEXT,
                    MM_HTML_OPEN,
                    MM_HTML_CLOSE };

#define MM_HTML_NAME_MAX 15

/* Points into the page, which must stay. */
struct mm_html {
    const char *p;
    size_t n, at;
    /* the current token */
    enum mm_html_type type;
    char name[MM_HTML_NAME_MAX + 1]; /* of a tag, in small letters; "" when
                                        longer: no element of HTML is */
    const char *text;                /* as written: see mm_html_decode() */
    size_t text_len;
    const char *attributes; /* as written */
    size_t attributes_len;
    /* private */
    char raw[MM_HTML_NAME_MAX + 1]; /* what ends with its own end tag only */
};

/* The page p[0..n), in UTF-8. */
void mm_html_begin(struct mm_html *h, const char *p, size_t n);

/* The next token; comments and declarations are skipped. */
enum mm_html_type mm_html_next(struct mm_html *h);

/* Is the text the inside of an element such as <script>, no text to read? */
int mm_html_is_raw(const struct mm_html *h);

/*
 * The decoded value of the tag's attribute into out (cleared first); 0 when
 * there is none.  The first of equal names counts.
 */
int mm_html_attribute(const struct mm_html *h, const char *name,
                      struct mm_buf *out);

/* Append p[0..n) with character references replaced. */
void mm_html_decode(struct mm_buf *out, const char *p, size_t n);

/*
 * The page in UTF-8, appended to out: from the encoding that a byte order
 * mark or a <meta> in its first 1024 bytes names, else UTF-8; what is wrong in
 * it becomes U+FFFD.
 */
int mm_html_to_utf8(struct mm_buf *out, const char *p, size_t n,
                    struct mm_err *err);

#endif
