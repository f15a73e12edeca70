/*
 * record_parse.c - JSON as programs write it
 */
#include <string.h>

#include "base/utf8.h"
#include "eval/record.h"

/* Python writes NaN and Infinity; null, then. */
static int without_names(struct mm_buf *out, const char *s, size_t n)
{
    static const char *const names[] = { "-Infinity", "Infinity", "NaN" };
    int quoted = 0, found = 0;

    for (size_t i = 0; i < n; i++) {
        size_t len = 0;

        for (size_t k = 0; !quoted && k < 3; k++)
            if (n - i >= strlen(names[k]) &&
                memcmp(s + i, names[k], strlen(names[k])) == 0)
                len = strlen(names[k]);
        if (len) {
            mm_buf_adds(out, "null");
            i += len - 1;
            found = 1;
            continue;
        }
        if (quoted && s[i] == '\\' && i + 1 < n)
            mm_buf_addc(out, s[i++]);
        else if (s[i] == '"')
            quoted = !quoted;
        mm_buf_addc(out, s[i]);
    }
    return found;
}

int mm_record_parse(struct mm_json_doc *doc, const char *s, size_t n,
                    int *utf8, int *not_finite, struct mm_err *err)
{
    struct mm_buf mended = { 0 }, named = { 0 };
    struct mm_err why;
    int result = mm_json_parse(doc, s, n, err);

    *utf8 = *not_finite = 0;
    if (result < 0 && mm_utf8_check(s, n) < n) {
        *utf8 = 1;
        mm_utf8_repair(&mended, s, n);
        if (mm_buf_check(&mended, err) < 0)
            return -1;
        s = mended.data;
        n = mended.len;
        result = mm_json_parse(doc, s, n, err);
    }
    if (result < 0 && without_names(&named, s, n) &&
        mm_buf_check(&named, &why) == 0) {
        *not_finite = 1;
        result = mm_json_parse(doc, named.data, named.len, &why);
    }
    mm_buf_release(&mended);
    mm_buf_release(&named);
    return result;
}
