/*
 * normal.c - normalisers of texts
 */
#include "eval/normal.h"

#include <string.h>

#include "eval/alias.h"
#include "eval/layout.h"
#include "eval/lower.h"
#include "eval/record.h"
#include "eval/space.h"
#include "eval/vqa.h"

static const char *const names[] = {
    "none", "vqa", "openflamingo", "m4c", "vlmevalkit", "vizwiz-api",
    "lmms-eval", "triviaqa", "gqa-llava", "lower", "hellaswag",
    "openflamingo-answer", "openflamingo-caption"
};

int mm_normaliser_parse(const char *name, enum mm_normaliser *which)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (mm_same_name(name, strlen(name), names[i])) {
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

/* No more than width code points from begin on. */
static void cut(struct mm_buf *out, size_t begin, size_t width)
{
    size_t i = begin, count = 0;

    for (; i < out->len; i++) {
        count += ((unsigned char)out->data[i] & 0xc0) != 0x80;
        if (count > width)
            break;
    }
    out->len = i;
}

void mm_normalise_triviaqa(struct mm_buf *out, const char *s, size_t n,
                           size_t width)
{
    size_t begin = out->len;

    while (n && s[n - 1] == MM_RECORD_NUL)
        n--;
    mm_add_lower(out, s, n);
    if (out->len > begin) {
        cut(out, begin, width);
        drop_punctuation(out, begin);
    }
    while (out->len > begin && out->data[out->len - 1] == MM_RECORD_NUL)
        out->len--;
    mm_buf_add(out, "", 0);
    if (out->data)
        out->data[out->len] = '\0';
}

/* postprocess_captioning_generation, and what is done to its result */
static void add_caption(struct mm_buf *out, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (n - i >= 6 && memcmp(s + i, "Output", 6) == 0)
            break;
        if (s[i] != '"')
            mm_buf_addc(out, s[i]);
    }
}

void mm_normalise(struct mm_buf *out, enum mm_normaliser which, const char *s,
                  size_t n)
{
    const char *end = s + n;

    if (which == MM_NORMAL_NONE) {
        mm_buf_add(out, s, n);
    } else if (which == MM_NORMAL_TRIVIAQA) {
        size_t begin = out->len;

        mm_add_lower(out, s, n);
        if (out->len > begin)
            drop_punctuation(out, begin);
    } else if (which <= MM_NORMAL_LMMS_EVAL) {
        mm_vqa_normalise(out,
                         (enum mm_vqa_flavour)(which - MM_NORMAL_VQA +
                                               MM_VQA_OFFICIAL),
                         s, n);
    } else if (which == MM_NORMAL_HELLASWAG) {
        mm_layout_clean(out, s);
    } else if (which == MM_NORMAL_OPENFLAMINGO_ANSWER) {
        mm_buf_add(out, s, mm_vqa_cut(s, n));
    } else if (which == MM_NORMAL_OPENFLAMINGO_CAPTION) {
        add_caption(out, s, n);
    } else {
        if (which == MM_NORMAL_LOWER)
            mm_strip(&s, &end);
        while (which == MM_NORMAL_GQA_LLAVA && end > s && end[-1] == '.')
            end--;
        mm_add_lower(out, s, (size_t)(end - s));
    }
    mm_buf_add(out, "", 0);
    if (out->data)
        out->data[out->len] = '\0';
}
