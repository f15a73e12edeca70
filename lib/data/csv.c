/*
 * csv.c - records of comma-separated values
 */
#include "data/csv.h"

#include <assert.h>
#include <string.h>

size_t mm_csv_quotes(const char *text, size_t n)
{
    size_t quotes = 0;

    for (size_t i = 0; i < n; i++)
        quotes += text[i] == '"';
    return quotes;
}

/* The field at text[i]; returns where its comma stands, or n. */
static size_t parse_field(struct mm_buf *out, const char *text, size_t n,
                          size_t i)
{
    int quoted = i < n && text[i] == '"';

    for (i += (size_t)quoted; i < n; i++) {
        if (quoted && text[i] == '"') {
            if (i + 1 < n && text[i + 1] == '"')
                i++; /* two stand for one */
            else {
                quoted = 0;
                continue;
            }
        } else if (!quoted && text[i] == ',') {
            break;
        }
        mm_buf_addc(out, text[i]);
    }
    mm_buf_addc(out, 0);
    return i;
}

int mm_csv_parse(struct mm_csv *c, const char *text, size_t n,
                 struct mm_err *err)
{
    size_t i = 0;

    mm_buf_clear(&c->bytes);
    c->n = 0;
    if (mm_csv_quotes(text, n) % 2)
        return mm_fail(err, MM_EDATA, "a quote is not closed");
    for (;;) {
        if (c->n == MM_CSV_FIELDS_MAX)
            return mm_fail(err, MM_EDATA, "more than %d fields",
                           MM_CSV_FIELDS_MAX);
        c->begin[c->n++] = c->bytes.len;
        i = parse_field(&c->bytes, text, n, i);
        if (i >= n)
            break;
        i++;
    }
    c->begin[c->n] = c->bytes.len;
    return mm_buf_check(&c->bytes, err);
}

const char *mm_csv_field(const struct mm_csv *c, size_t i, size_t *n)
{
    assert(i < c->n);
    *n = c->begin[i + 1] - c->begin[i] - 1;
    return c->bytes.data + c->begin[i];
}

void mm_csv_release(struct mm_csv *c)
{
    mm_buf_release(&c->bytes);
}
