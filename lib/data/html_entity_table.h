/*
 * html_entity_table.h - named character references of HTML, sorted by byte
 */
#ifndef MM_DATA_HTML_ENTITY_TABLE_H
#define MM_DATA_HTML_ENTITY_TABLE_H

#include <stddef.h>

#define MM_HTML_ENTITY_MAX 31 /* bytes of the longest name */

struct mm_html_entity {
    const char *name; /* without & and ; */
    const char *text; /* UTF-8 */
    int bare;         /* may stand without ; */
};

extern const struct mm_html_entity mm_html_entities[];
extern const size_t mm_html_n_entities;

#endif
