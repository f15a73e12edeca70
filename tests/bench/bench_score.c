/*
 * bench_score.c - scoring captions and short answers, on one core
 *
 * 40,000 captions with five references each, from text to CIDEr-D, and 214,354
 * answers (VQA's validation set) with ten people each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/rng.h"
#include "eval/caption.h"
#include "eval/cider.h"
#include "eval/vqa.h"

enum { CAPTIONS = 40000,
       REFS = 5,
       ANSWERS = 214354,
       PEOPLE = 10 };

/* Of the processor: one thread works, and others may share the machine. */
static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void fail(const struct mm_err *err)
{
    fprintf(stderr, "bench_score: %s\n", err->msg);
    exit(1);
}

static void report(const char *what, double s, double limit)
{
    printf("{\"bench\":\"score\",\"what\":\"%s\",\"seconds\":%.3f,"
           "\"limit\":%.1f}\n",
           what, s, limit);
}

/* A caption of 8 to 13 words, frequent ones more often, as people write. */
static char *caption(uint64_t i)
{
    static const char *const words[] = {
        "a", "man", "on", "the", "in", "with", "street", "riding", "horse",
        "two", "dogs", "next", "to", "small", "red", "train", "it's", "snow",
        "table", "plate", "of", "food", "and", "standing", "people", "woman"
    };
    struct mm_buf text = { 0 };
    size_t n = 8 + mm_rng_below(1, i, 0, 6);

    mm_buf_adds(&text, "A");
    for (size_t k = 1; k < n; k++) {
        double u = mm_rng_uniform(1, i, k);

        if (u < 0.1)
            mm_buf_addf(&text, " noun%d", (int)(u * 80000));
        else
            mm_buf_addf(&text, " %s", words[(size_t)((u - 0.1) / 0.9 * 26)]);
    }
    mm_buf_addc(&text, '.');
    return text.data;
}

static void bench_captions(void)
{
    struct mm_caption *c;
    struct mm_captions tokens;
    struct mm_cider *cider;
    struct mm_err err;
    const char **refs;
    double begin;

    c = mm_alloc(CAPTIONS, sizeof *c, &err);
    refs = mm_alloc(CAPTIONS * REFS, sizeof *refs, &err);
    if (!c || !refs)
        fail(&err);
    for (size_t i = 0; i < CAPTIONS * REFS; i++)
        refs[i] = caption(i);
    for (size_t i = 0; i < CAPTIONS; i++)
        c[i] = (struct mm_caption){ refs[i * REFS], refs + i * REFS, REFS };
    begin = seconds();
    cider = mm_cider_create(&err);
    if (!cider ||
        mm_captions_tokenise(&tokens, c, CAPTIONS, MM_CAPTION_PTB, &err) < 0)
        fail(&err);
    report("ptb tokens of 240,000 captions", seconds() - begin, 2);
    for (size_t i = 0; i < CAPTIONS; i++)
        if (mm_cider_add(cider, tokens.v[i].hyp, tokens.v[i].refs, REFS,
                         &err) < 0)
            fail(&err);
    mm_cider_score(cider, MM_CIDER_D, NULL);
    report("cider-d of 40,000 x 5, tokens and all", seconds() - begin, 2);
    mm_cider_free(cider);
    mm_captions_release(&tokens);
    for (size_t i = 0; i < CAPTIONS * REFS; i++)
        free((char *)refs[i]);
    free(refs);
    free(c);
}

static void bench_answers(void)
{
    static const char *const said[] = {
        "yes", "no", "2", "two", "a red bus", "Red.", "white and black",
        "don't know", "on the table", "the man's hat", "3,000", "left"
    };
    double begin = seconds(), sum = 0;
    struct mm_err err;

    for (size_t i = 0; i < ANSWERS; i++) {
        const char *people[PEOPLE];
        size_t base = mm_rng_below(2, i, 0, 12);
        double score;

        for (size_t k = 0; k < PEOPLE; k++)
            people[k] = said[k % 3 ? base : mm_rng_below(2, i, k + 1, 12)];
        if (mm_vqa_score(&score, MM_VQA_OFFICIAL, said[base], people, PEOPLE,
                         &err) < 0)
            fail(&err);
        sum += score;
    }
    report("vqa of 214,354 answers", seconds() - begin, 1);
    if (sum <= 0)
        exit(1);
}

int main(void)
{
    bench_captions();
    bench_answers();
    return 0;
}
