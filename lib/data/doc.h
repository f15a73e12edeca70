/*
 * doc.h - an interleaved document: the "json" member of a sample
 *
 * {"texts": [str|null, ...], "images": [ref|null, ...]} of equal length,
 * exactly one of the two not null at each position (the layout of OBELICS,
 * arXiv 2306.16527).  ref is the name of a member of the sample ("0.jpg").  A
 * conversation has "roles" of the same length ("user", "assistant", "system").
 * Other members ("source", "answers", "options", ...) are kept as they are.
 */
#ifndef MM_DATA_DOC_H
#define MM_DATA_DOC_H

#include <stddef.h>

#include "base/err.h"
#include "base/json.h"
#include "data/sample.h"

struct mm_doc_part {
    const char *text; /* or NULL */
    size_t text_len;
    const char *image; /* or NULL */
    const char *role;  /* or NULL */
};

struct mm_doc {
    struct mm_doc_part *parts;
    size_t n, cap;
    struct mm_json_doc json; /* owns the strings; other members are here */
};

/*
 * What a document is, by its parts: a pair has one picture and one text; a
 * text has no picture; a conversation has roles.
 */
enum mm_doc_kind { MM_DOC_TEXT,
                   MM_DOC_PAIR,
                   MM_DOC_INTERLEAVED,
                   MM_DOC_CHAT };

enum mm_doc_kind mm_doc_kind(const struct mm_doc *d);
size_t mm_doc_images(const struct mm_doc *d); /* how many */

/* From JSON text; all rules above are checked (MM_EDATA). */
int mm_doc_parse(struct mm_doc *d, const char *text, size_t n,
                 struct mm_err *err);

/* From a sample's "json" member; also that each ref names a member. */
int mm_doc_from_sample(struct mm_doc *d, const struct mm_sample *s,
                       struct mm_err *err);

/* As JSON text: the lists, then the other members of d->json. */
int mm_doc_print(const struct mm_doc *d, struct mm_buf *out,
                 struct mm_err *err);
void mm_doc_release(struct mm_doc *d);

#endif
