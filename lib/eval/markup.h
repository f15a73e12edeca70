/*
 * markup.h - text as HTML, SVG and Markdown write it
 */
#ifndef MM_EVAL_MARKUP_H
#define MM_EVAL_MARKUP_H

#include "base/buf.h"

/* Append s, with entities for what would be markup or end an attribute. */
void mm_markup_text(struct mm_buf *out, const char *s);

/*
 * s as the cell of a table whose columns bar stands between: itself; in a
 * Markdown table ('|') without what would be markup or end the cell, in room,
 * which the caller releases.
 */
const char *mm_markup_cell(struct mm_buf *room, const char *s,
                           const char *bar);

#endif
