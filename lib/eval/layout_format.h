/*
 * layout_format.h - the formats of data sets; private to layout*.c
 */
#ifndef MM_EVAL_LAYOUT_FORMAT_H
#define MM_EVAL_LAYOUT_FORMAT_H

#include "eval/layout.h"

/* What a format says where the task file says nothing. */
struct mm_layout_format {
    const char *name;
    enum mm_container container;
    int rows;
    const char *key[MM_N_DATA];
};

const struct mm_layout_format *mm_layout_format(const char *name);

#endif
