/*
 * csv.h - records of comma-separated values (RFC 4180)
 */
#ifndef MM_DATA_CSV_H
#define MM_DATA_CSV_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define MM_CSV_FIELDS_MAX 256

/* All zero is an empty record; fields end with a NUL. */
struct mm_csv {
    struct mm_buf bytes;
    size_t begin[MM_CSV_FIELDS_MAX + 1]; /* of field i; of the end */
    size_t n;
};

/*
 * How many quotes there are: an odd number by the end of a line means that a
 * field in quotes continues in the next one.
 */
size_t mm_csv_quotes(const char *text, size_t n);

/* One record, without the line break that ends it. */
int mm_csv_parse(struct mm_csv *c, const char *text, size_t n,
                 struct mm_err *err);

const char *mm_csv_field(const struct mm_csv *c, size_t i, size_t *n);
void mm_csv_release(struct mm_csv *c);

#endif
