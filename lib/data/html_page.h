/*
 * html_page.h - what a page says: its texts and pictures in their order
 *
 * Navigation, scripts, forms' controls and the like are left out, white space
 * is one space, blocks are lines or paragraphs.  Elements nested deeper than
 * MM_PAGE_DEPTH count as text of the one at that depth.  Time is linear in the
 * page: each tag that opens is closed at most once.
 */
#ifndef MM_DATA_HTML_PAGE_H
#define MM_DATA_HTML_PAGE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define MM_PAGE_DEPTH 512

/* What parts a text from what stands before it. */
enum mm_page_break { MM_PAGE_JOINED,
                     MM_PAGE_SPACE,
                     MM_PAGE_LINE,
                     MM_PAGE_PARAGRAPH };

/* Offsets into the page's bytes. */
struct mm_page_part {
    int is_picture;
    enum mm_page_break before;
    size_t begin, len;   /* the text, or the picture's address */
    size_t alt, alt_len; /* the picture's alternative text */
};

/* All zero is an empty page. */
struct mm_page {
    struct mm_buf bytes, title;
    struct mm_page_part *parts;
    size_t n, cap;
};

/*
 * skip_class: "nav,toc": classes of elements to leave out, in small letters.
 * MM_EDATA when p[0..n), in UTF-8, has no tag at all, or a NUL byte: it is
 * something else in which a tag's letters stand by chance.
 */
int mm_page_parse(struct mm_page *page, const char *p, size_t n,
                  const char *skip_class, struct mm_err *err);
void mm_page_release(struct mm_page *page);

#endif
