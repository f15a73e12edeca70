/*
 * tsv.h - tables of fields between tabs, with the quotes of CSV
 *
 * As pandas.read_csv(sep="\t") reads them: a field that begins with a quote
 * extends over tabs and line ends up to the closing one, two quotes in it are
 * one; a quote elsewhere is a character like others.
 */
#ifndef MM_DATA_TSV_H
#define MM_DATA_TSV_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define MM_TSV_FIELDS_MAX 256

/* The text is borrowed.  Private but for n and line. */
struct mm_tsv {
    const char *at, *end;
    size_t line;                     /* where the record began, from 1 */
    size_t next_line;                /* where the next one begins */
    struct mm_buf bytes;             /* of the fields, each with a NUL */
    size_t begin[MM_TSV_FIELDS_MAX]; /* of each in bytes */
    size_t len[MM_TSV_FIELDS_MAX];
    size_t n;
};

/* A byte order mark in front is skipped. */
void mm_tsv_begin(struct mm_tsv *t, const char *text, size_t n);
void mm_tsv_release(struct mm_tsv *t);

/*
 * The next record; empty lines are skipped.  1, 0 at the end, -1: MM_EDATA
 * with the line where a quote begins that has no end.
 */
int mm_tsv_next(struct mm_tsv *t, struct mm_err *err);

const char *mm_tsv_field(const struct mm_tsv *t, size_t i, size_t *n);

#endif
