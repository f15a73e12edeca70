/*
 * normal.c - normalisers of texts
 */
#include "eval/normal.h"

#include <string.h>

#include "eval/lower.h"
#include "eval/space.h"
#include "eval/vqa.h"

static const char *const names[] = {
    "none", "vqa", "openflamingo", "m4c", "vlmevalkit", "vizwiz-api",
    "triviaqa", "gqa-llava", "lower"
};

int mm_normaliser_parse(const char *name, enum mm_normaliser *which)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0) {
            *which = (enum mm_normaliser)i;
            return 0;
        }
    return -1;
}

static int is_ascii_punctuation(unsigned char c)
{
    return (c > ' ' && c < '0') || (c > '9' && c < 'A') ||
           (c > 'Z' && c < 'a') || (c > 'z' && c < 127);
}

static void drop_punctuation(struct mm_buf *out, size_t begin)
{
    size_t kept = begin;

    for (size_t i = begin; i < out->len; i++)
        if (!is_ascii_punctuation((unsigned char)out->data[i]))
            out->data[kept++] = out->data[i];
    out->len = kept;
}

void mm_normalise(struct mm_buf *out, enum mm_normaliser which, const char *s,
                  size_t n)
{
    const char *end = s + n;
    size_t begin = out->len;

    if (which == MM_NORMAL_NONE) {
        mm_buf_add(out, s, n);
    } else if (which <= MM_NORMAL_VIZWIZ_API) {
        mm_vqa_normalise(out,
                         (enum mm_vqa_flavour)(which - MM_NORMAL_VQA +
                                               MM_VQA_OFFICIAL),
                         s, n);
    } else {
        if (which == MM_NORMAL_LOWER)
            mm_strip(&s, &end);
        while (which == MM_NORMAL_GQA_LLAVA && end > s && end[-1] == '.')
            end--;
        mm_add_lower(out, s, (size_t)(end - s));
        if (which == MM_NORMAL_TRIVIAQA && out->len > begin)
            drop_punctuation(out, begin);
    }
    mm_buf_add(out, "", 0);
    if (out->data)
        out->data[out->len] = '\0';
}
