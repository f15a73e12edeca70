/*
 * bench_score.c - scoring captions and short answers, on one core
 *
 * 40,000 captions with five references each, from text to CIDEr-D, and 214,354
 * answers (VQA's validation set) with ten people each.  PEER_PYTHON names a
 * Python with pycocoevalcap and Java beside it: then the same data is scored by
 * the Python implementations too (peer_score.py).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/rng.h"
#include "eval/caption.h"
#include "eval/cider.h"
#include "eval/vqa.h"
#include "timing.h"

enum { CAPTIONS = 40000,
       REFS = 5,
       ANSWERS = 214354,
       PEOPLE = 10 };

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
    fflush(stdout);
}

/* ---- the Python implementations ---- */

static void add_record(struct mm_buf *lines, const char *hyp,
                       const char *const *refs, size_t n)
{
    struct mm_jw w;

    mm_jw_begin(&w, lines);
    mm_jw_open(&w, '{');
    mm_jw_put_str(&w, "hyp", hyp);
    mm_jw_key(&w, "refs");
    mm_jw_open(&w, '[');
    for (size_t i = 0; i < n; i++)
        mm_jw_str(&w, refs[i]);
    mm_jw_close(&w, ']');
    mm_jw_close(&w, '}');
    mm_buf_addc(lines, '\n');
}

/* Score the lines by what of peer_score.py; s: what ours took. */
static void ask_peer(const char *what, struct mm_buf *lines, double s)
{
    const char *python = getenv("PEER_PYTHON");
    char path[] = "/tmp/bench-score-XXXXXX", text[64] = "";
    struct mm_buf command = { 0 };
    struct mm_err err;
    double theirs;
    FILE *f;
    int fd;

    if (!python) {
        printf("{\"bench\":\"score\",\"what\":\"%s\",\"peer\":null,"
               "\"why\":\"PEER_PYTHON is not set\"}\n",
               what);
        return;
    }
    fd = mkstemp(path);
    if (fd < 0 || close(fd) < 0 ||
        mm_write_file(path, lines->data, lines->len, &err) < 0)
        exit(1);
    mm_buf_addf(&command, "%s tests/bench/peer_score.py %s %s", python, what,
                path);
    f = popen(command.data, "r");
    if (!f || !fgets(text, sizeof text, f) || pclose(f) != 0)
        fprintf(stderr, "bench_score: no peer: %s\n", command.data);
    theirs = strtod(text, NULL);
    printf("{\"bench\":\"score\",\"what\":\"%s\",\"peer\":%.3f,"
           "\"times\":%.1f}\n",
           what, theirs, theirs / s);
    mm_buf_release(&command);
    unlink(path);
}

/* ---- data ---- */

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
    struct mm_buf lines = { 0 };
    const char **refs;
    double begin, took;

    c = mm_alloc(CAPTIONS, sizeof *c, &err);
    refs = mm_alloc(CAPTIONS * REFS, sizeof *refs, &err);
    if (!c || !refs)
        fail(&err);
    for (size_t i = 0; i < CAPTIONS * REFS; i++)
        refs[i] = caption(i);
    for (size_t i = 0; i < CAPTIONS; i++)
        c[i] = (struct mm_caption){ refs[i * REFS], refs + i * REFS, REFS };
    begin = cpu_seconds();
    cider = mm_cider_create(&err);
    if (!cider ||
        mm_captions_tokenise(&tokens, c, CAPTIONS, MM_CAPTION_PTB, &err) < 0)
        fail(&err);
    report("ptb tokens of 240,000 captions", cpu_seconds() - begin, 2);
    for (size_t i = 0; i < CAPTIONS; i++)
        if (mm_cider_add(cider, tokens.v[i].hyp, tokens.v[i].refs, REFS,
                         &err) < 0)
            fail(&err);
    mm_cider_score(cider, MM_CIDER_D, NULL);
    took = cpu_seconds() - begin;
    report("cider-d of 40,000 x 5, tokens and all", took, 2);
    for (size_t i = 0; i < CAPTIONS; i++)
        add_record(&lines, c[i].hyp, c[i].refs, REFS);
    ask_peer("captions", &lines, took);
    mm_buf_release(&lines);
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
    struct mm_buf lines = { 0 };
    const char *(*people)[PEOPLE], **answer;
    double begin, took, sum = 0;
    struct mm_err err;

    people = mm_alloc(ANSWERS, sizeof *people, &err);
    answer = mm_alloc(ANSWERS, sizeof *answer, &err);
    if (!people || !answer)
        fail(&err);
    for (size_t i = 0; i < ANSWERS; i++) {
        size_t base = mm_rng_below(2, i, 0, 12);

        answer[i] = said[base];
        for (size_t k = 0; k < PEOPLE; k++)
            people[i][k] = said[k % 3 ? base
                                      : mm_rng_below(2, i, k + 1, 12)];
        add_record(&lines, answer[i], people[i], PEOPLE);
    }
    begin = cpu_seconds();
    for (size_t i = 0; i < ANSWERS; i++) {
        double score;

        if (mm_vqa_score(&score, MM_VQA_OFFICIAL, answer[i], people[i],
                         PEOPLE, &err) < 0)
            fail(&err);
        sum += score;
    }
    took = cpu_seconds() - begin;
    report("vqa of 214,354 answers", took, 1);
    ask_peer("vqa", &lines, took);
    mm_buf_release(&lines);
    free(people);
    free(answer);
    if (sum <= 0)
        exit(1);
}

int main(void)
{
    bench_captions();
    bench_answers();
    return 0;
}
