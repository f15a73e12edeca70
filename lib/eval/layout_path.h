/*
 * layout_path.h - values that a path leads to; private to layout*.c
 */
#ifndef MM_EVAL_LAYOUT_PATH_H
#define MM_EVAL_LAYOUT_PATH_H

#include "eval/layout.h"

/* All of them, in order; v is the caller's to free. */
struct mm_found {
    const struct mm_json **v;
    size_t n, cap;
    int failed;
};

/* In the first of the roots that has it, or in that of a number. */
void mm_found_find(struct mm_found *f, const struct mm_raw *r,
                   const char *path, size_t n);

/* The elements of lists among them; an object is its "answer". */
void mm_found_flatten(struct mm_found *f);

int mm_found_scalar(const struct mm_json *v);

/* Append text, number or truth as text. */
void mm_found_text(struct mm_buf *out, const struct mm_json *v);

/* The next word of a key's value: its bytes, 0 at the end. */
size_t mm_layout_word(const char **s);

/* The files of an item's pictures, each with a NUL. */
void mm_layout_pictures(const struct mm_schema *l, const struct mm_raw *r,
                        struct mm_buf *out, size_t *count);

#endif
