/*
 * split.c - which samples are held out
 */
#include "data/split.h"

#include <string.h>

#include <string.h>
#include <utf8proc.h>

#include "base/hash.h"
#include "base/utf8.h"
#include "data/doc.h"

static int is_alphanumeric(uint32_t cp)
{
    utf8proc_category_t c = utf8proc_category((utf8proc_int32_t)cp);

    return (c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_LO) ||
           c == UTF8PROC_CATEGORY_MN || c == UTF8PROC_CATEGORY_MC ||
           (c >= UTF8PROC_CATEGORY_ND && c <= UTF8PROC_CATEGORY_NO);
}

/* Remove the word if the text from begin on starts with it. */
static int drop_word(struct mm_buf *out, size_t begin, const char *word)
{
    size_t n = strlen(word);
    char *p = out->data + begin;

    if (out->len - begin < n || memcmp(p, word, n) != 0 ||
        (p[n] != ' ' && p[n] != 0))
        return 0;
    n += p[n] == ' ';
    memmove(p, p + n, out->len - begin - n + 1);
    out->len -= n;
    return 1;
}

void mm_split_normalise(struct mm_buf *out, const char *text, size_t n)
{
    size_t begin = out->len, i = 0;
    int gap = 0;

    mm_buf_add(out, "", 0);
    while (i < n) {
        uint32_t cp = 0;
        size_t bytes = mm_utf8_decode(text + i, n - i, &cp);
        char low[4];

        i += bytes ? bytes : 1;
        if (!bytes || !is_alphanumeric(cp)) {
            gap = out->len > begin;
            continue;
        }
        if (gap)
            mm_buf_addc(out, ' ');
        gap = 0;
        cp = (uint32_t)utf8proc_tolower((utf8proc_int32_t)cp);
        mm_buf_add(out, low, mm_utf8_encode(cp, low));
    }
    if (!out->failed && !drop_word(out, begin, "a") &&
        !drop_word(out, begin, "an"))
        drop_word(out, begin, "the");
}

/* What a picture is known to show: the text of a pair, else "caption". */
static void add_caption(struct mm_buf *out, const struct mm_doc *d)
{
    const struct mm_doc_part *text = &d->parts[0];
    const char *member;

    if (mm_doc_kind(d) == MM_DOC_PAIR) {
        text += text->text == NULL;
        mm_split_normalise(out, text->text, text->text_len);
        return;
    }
    member = mm_json_str(mm_json_get(d->json.root, "caption"), NULL);
    if (member)
        mm_split_normalise(out, member, strlen(member));
}

int mm_split_bucket(const struct mm_sample *s, struct mm_err *err)
{
    struct mm_buf b = { 0 };
    struct mm_doc d;
    int result = -1;

    if (mm_doc_from_sample(&d, s, err) != 0)
        return -1;
    add_caption(&b, &d);
    if (b.len == 0)
        mm_buf_adds(&b, s->key);
    if (mm_buf_check(&b, err) == 0)
        result = (int)(mm_hash64(b.data, b.len) % MM_SPLIT_BUCKETS);
    mm_buf_release(&b);
    mm_doc_release(&d);
    return result;
}
