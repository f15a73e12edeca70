/*
 * markup.c - text as HTML, SVG and Markdown write it
 */
#include "eval/markup.h"

#include <string.h>

void mm_markup_text(struct mm_buf *out, const char *s)
{
    for (; *s; s++)
        switch (*s) {
        case '<':
            mm_buf_adds(out, "&lt;");
            break;
        case '>':
            mm_buf_adds(out, "&gt;");
            break;
        case '&':
            mm_buf_adds(out, "&amp;");
            break;
        case '"':
            mm_buf_adds(out, "&quot;");
            break;
        default:
            mm_buf_addc(out, *s);
        }
}

const char *mm_markup_cell(struct mm_buf *room, const char *s,
                           const char *bar)
{
    if (*bar != '|')
        return s;
    mm_buf_clear(room);
    mm_buf_adds(room, "");
    for (; *s; s++) {
        if (strchr("|<\\", *s))
            mm_buf_addc(room, '\\');
        mm_buf_addc(room, *s);
    }
    return room->data ? room->data : "";
}
