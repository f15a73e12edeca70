/*
 * csv_write.c - rows of comma-separated values
 */
#include "eval/csv_write.h"

#include <math.h>
#include <string.h>

#include "base/json.h"

static void begin(struct mm_csv_row *r)
{
    if (r->comma)
        mm_buf_addc(r->out, ',');
    r->comma = 1;
}

void mm_csv_text(struct mm_csv_row *r, const char *s)
{
    begin(r);
    if (!strpbrk(s, ",\"\r\n")) {
        mm_buf_adds(r->out, s);
        return;
    }
    mm_buf_addc(r->out, '"');
    for (; *s; s++) {
        if (*s == '"')
            mm_buf_addc(r->out, '"');
        mm_buf_addc(r->out, *s);
    }
    mm_buf_addc(r->out, '"');
}

void mm_csv_number(struct mm_csv_row *r, double v)
{
    struct mm_jw w;

    begin(r);
    if (!isfinite(v))
        return;
    mm_jw_begin(&w, r->out);
    mm_jw_num(&w, v);
}

void mm_csv_count(struct mm_csv_row *r, size_t n)
{
    begin(r);
    mm_buf_addf(r->out, "%zu", n);
}

void mm_csv_end(struct mm_csv_row *r)
{
    mm_buf_addc(r->out, '\n');
    r->comma = 0;
}
