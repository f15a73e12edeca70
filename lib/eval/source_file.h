/*
 * source_file.h - items from the files that a data set's authors publish;
 * private to source*.c
 *
 * All is read at the start but the pictures: a file of questions takes the
 * memory of its texts, a table that of its pictures.
 */
#ifndef MM_EVAL_SOURCE_FILE_H
#define MM_EVAL_SOURCE_FILE_H

#include <stddef.h>

#include "base/err.h"
#include "base/map.h"
#include "eval/item.h"
#include "eval/layout.h"

struct mm_file_item {
    size_t id, document, pictures; /* where they begin in texts */
    size_t len, n_pictures;        /* len: of the document */
};

struct mm_source_file {
    char *dir, *root;    /* where the files and the pictures are */
    char *name;          /* of the first file, for messages */
    struct mm_buf texts; /* of all items, each with a NUL */
    struct mm_buf blobs; /* pictures that stood in a table */
    size_t *blob_end;    /* [n_blobs] */
    size_t n_blobs, blobs_cap;
    struct mm_file_item *items;
    size_t n, cap;
    struct mm_map ids;
    size_t twice, bad; /* records whose id there was, that make no item */
    size_t flawed;     /* see mm_reader_flawed() */
};

/*
 * Files are below dir, pictures below root; file: in place of the layout's, or
 * NULL.
 */
int mm_source_file_open(struct mm_source_file *f, const struct mm_schema *l,
                        const char *dir, const char *root, const char *file,
                        struct mm_err *err);
void mm_source_file_close(struct mm_source_file *f);

/* 0; 1: this item is bad; -1.  pictures 0: they are not read, and empty. */
int mm_source_file_load(struct mm_source_file *f, size_t i, int pictures,
                        struct mm_item *it, struct mm_err *err);

#endif
