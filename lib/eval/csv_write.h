/*
 * csv_write.h - rows of comma-separated values (RFC 4180, lines end in \n)
 */
#ifndef MM_EVAL_CSV_WRITE_H
#define MM_EVAL_CSV_WRITE_H

#include <stddef.h>

#include "base/buf.h"

/* All zero begins a row; what is not finite is empty. */
struct mm_csv_row {
    struct mm_buf *out;
    int comma;
};

void mm_csv_text(struct mm_csv_row *r, const char *s);
void mm_csv_number(struct mm_csv_row *r, double v);
void mm_csv_count(struct mm_csv_row *r, size_t n);
void mm_csv_end(struct mm_csv_row *r);

#endif
