/*
 * metric_caption.c - CIDEr, BLEU, ROUGE-L, NoCaps on records
 *
 * Fields: hyp (or caption, prediction), refs (or answers), and for NoCaps
 * domain.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "eval/cider.h"
#include "eval/metric.h"
#include "eval/sacrebleu.h"

/* The records that are complete, tokenised. */
struct set {
    struct mm_caption *v;
    size_t *record; /* of each caption */
    size_t n, n_lists;
    const char ***lists;
    struct mm_captions tokens;
};

static void release_set(struct set *s)
{
    for (size_t i = 0; i < s->n_lists; i++)
        free(s->lists[i]);
    free(s->lists);
    free(s->v);
    free(s->record);
    mm_captions_release(&s->tokens);
}

/* 1: a field is missing */
static int add_caption(struct set *s, const struct mm_record *it,
                       struct mm_err *err)
{
    const char *hyp = mm_record_hyp(it, "caption");
    size_t cap = 0, n;
    int result;

    result = mm_record_list(mm_record_refs(it),
                            &s->lists[s->n], &cap, &n, err);
    s->n_lists = s->n + 1;
    if (result < 0)
        return -1;
    if (!hyp || result > 0 || n == 0) {
        free(s->lists[s->n]);
        s->lists[s->n] = NULL;
        return 1;
    }
    s->v[s->n] = (struct mm_caption){ hyp, s->lists[s->n], n };
    s->n++;
    return 0;
}

static int has_break(const char *s)
{
    return strpbrk(s, "\r\v\f") || strstr(s, "\xe2\x80\xa8") ||
           strstr(s, "\xe2\x80\xa9");
}

static void name_breaks(struct mm_records *in, const struct mm_record *it,
                        const struct mm_caption *c)
{
    int found = has_break(c->hyp);

    for (size_t i = 0; !found && i < c->n_refs; i++)
        found = has_break(c->refs[i]);
    if (found)
        mm_records_fault(in, MM_FAULT_BREAK, it->line, it->id);
}

static int make_set(struct set *s, struct mm_metric_run *r,
                    struct mm_err *err)
{
    struct mm_records *in = r->in;

    *s = (struct set){ 0 };
    s->v = mm_alloc(in->n, sizeof *s->v, err);
    s->record = mm_alloc(in->n, sizeof *s->record, err);
    s->lists = mm_alloc(in->n, sizeof *s->lists, err);
    if (!s->v || !s->record || !s->lists)
        return -1;
    for (size_t i = 0; i < in->n; i++) {
        int result = add_caption(s, &in->v[i], err);

        if (result < 0)
            return -1;
        if (result > 0) {
            mm_records_lack(in, &in->v[i]);
            continue;
        }
        s->record[s->n - 1] = i;
        if (r->tokenizer < MM_CAPTION_NONE)
            name_breaks(in, &in->v[i], &s->v[s->n - 1]);
    }
    return mm_captions_tokenise(&s->tokens, s->v, s->n, r->tokenizer, err);
}

static void describe(struct mm_metric_run *r)
{
    static const char *const names[] = { "ptb", "ptb-alone", "none", "13a",
                                         "rouge-score" };

    mm_metric_text(r, "caption-tokenizer", names[r->tokenizer]);
}

/* CIDEr of the captions of a domain (NULL: of all); scores of those only. */
static int cider_of(double *mean, double *scores, const struct set *s,
                    struct mm_metric_run *r, const char *domain,
                    struct mm_err *err)
{
    enum mm_cider_flavour flavour = strcmp(r->flavour, "plain") == 0
                                        ? MM_CIDER_PLAIN
                                        : MM_CIDER_D;
    struct mm_cider *c = mm_cider_create(err);
    int result = c ? 0 : -1;

    for (size_t i = 0; result == 0 && i < s->n; i++) {
        const struct mm_caption *t = &s->tokens.v[i];
        const char *d = mm_record_str(&r->in->v[s->record[i]], "domain", NULL);

        if (!domain || (d && strcmp(d, domain) == 0))
            result = mm_cider_add(c, t->hyp, t->refs, t->n_refs, err);
    }
    if (result == 0)
        *mean = mm_cider_count(c) ? mm_cider_score(c, flavour, scores) : NAN;
    mm_cider_free(c);
    return result;
}

static void spread(struct mm_metric_run *r, const struct set *s,
                   const double *scores)
{
    for (size_t i = 0; i < s->n; i++)
        r->scores[s->record[i]] = scores[i];
}

/* Scores of all captions and their mean, under a key; then `more`, or NULL. */
static int cider_as(struct mm_metric_run *r, const char *key,
                    int (*more)(struct mm_metric_run *r, const struct set *s,
                                struct mm_err *err),
                    struct mm_err *err)
{
    struct set s;
    double mean, *scores = NULL;
    int result = make_set(&s, r, err);

    if (result == 0)
        result = (scores = mm_alloc(s.n, sizeof *scores, err)) ? 0 : -1;
    if (result == 0 &&
        (result = cider_of(&mean, scores, &s, r, NULL, err)) == 0) {
        spread(r, &s, scores);
        mm_metric_number(r, key, mean);
        result = more ? more(r, &s, err) : 0;
        describe(r);
    }
    free(scores);
    release_set(&s);
    return result;
}

static int cider(struct mm_metric_run *r, struct mm_err *err)
{
    return cider_as(r, strcmp(r->flavour, "plain") ? "cider-d" : "cider",
                    NULL, err);
}

/* By domain: document frequencies of the domain alone, and of all. */
static int nocaps_domains(struct mm_metric_run *r, const struct set *s,
                          struct mm_err *err)
{
    static const char *const domains[] = { "in-domain", "near-domain",
                                           "out-domain" };

    for (size_t k = 0; k < 3; k++) {
        double mean, sum = 0, n = 0;

        if (cider_of(&mean, NULL, s, r, domains[k], err) < 0)
            return -1;
        for (size_t i = 0; i < s->n; i++) {
            size_t at = s->record[i];
            const char *d = mm_record_str(&r->in->v[at], "domain", NULL);

            if (d && strcmp(d, domains[k]) == 0) {
                sum += r->scores[at];
                n++;
            }
        }
        mm_jw_key(r->corpus, domains[k]);
        mm_jw_open(r->corpus, '{');
        mm_metric_number(r, "cider-d", mean);
        mm_metric_number(r, "cider-d, df of all", n > 0 ? sum / n : NAN);
        mm_metric_number(r, "n", n);
        mm_jw_close(r->corpus, '}');
    }
    return 0;
}

static int nocaps(struct mm_metric_run *r, struct mm_err *err)
{
    return cider_as(r, "entire", nocaps_domains, err);
}

static void write_bleu(struct mm_metric_run *r, const struct set *s,
                       const double corpus[4])
{
    static const char *const keys[] = { "bleu-1", "bleu-2", "bleu-3",
                                        "bleu-4" };

    for (int k = 0; k < 4; k++)
        mm_metric_number(r, keys[k], s->n ? corpus[k] : NAN);
    describe(r);
}

/* BLEU as others compute it: tokens, a line from its counts, and the corpus */
struct other_bleu {
    const char *flavour, *key;
    enum mm_caption_tokenizer tokenizer;
    double (*line)(const double *sums, int which);
    double (*corpus)(const double *sums, int which);
    double least; /* guesses of a line and order */
};

static double sacrebleu_line(const double *sums, int which)
{
    (void)which;
    return mm_sacrebleu_of(sums, 1);
}

static double sacrebleu_corpus(const double *sums, int which)
{
    (void)which;
    return mm_sacrebleu_of(sums, 0);
}

static double nltk(const double *sums, int which)
{
    (void)which;
    return mm_bleu_nltk_of(sums);
}

static const struct other_bleu others[] = {
    { "sacrebleu", "bleu", MM_CAPTION_13A, sacrebleu_line, sacrebleu_corpus,
      0 },
    { "nltk", "bleu-4", MM_CAPTION_NONE, nltk, nltk, 1 }
};

static const struct other_bleu *other_of(const char *flavour)
{
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(flavour, others[i].flavour) == 0)
            return &others[i];
    return NULL;
}

/* Scores of lines from their sums, and the sums of all */
static void add_lines(struct mm_metric_run *r, const struct set *s,
                      const struct other_bleu *o, double (*sums)[MM_BLEU_SUMS],
                      double all[MM_BLEU_SUMS])
{
    for (size_t i = 0; i < s->n; i++) {
        double *row = mm_metric_row(r, s->record[i]);

        for (int k = 0; k < MM_BLEU_SUMS; k++) {
            row[k] = sums[i][k];
            if (k >= 4 && k < 8 && row[k] < o->least)
                row[k] = o->least;
            all[k] += row[k];
        }
        r->scores[s->record[i]] = o->line(row, 0);
    }
}

static int bleu_of_others(struct mm_metric_run *r, const struct other_bleu *o,
                          struct mm_err *err)
{
    struct set s;
    double corpus[4], all[MM_BLEU_SUMS] = { 0 }, (*sums)[MM_BLEU_SUMS] = NULL;
    int result;

    r->tokenizer = o->tokenizer;
    result = make_set(&s, r, err);
    if (result == 0)
        result = (sums = mm_alloc(s.n, sizeof *sums, err)) ? 0 : -1;
    if (result == 0)
        result = mm_metric_sums(r, MM_BLEU_SUMS, o->corpus, 0, err);
    if (result == 0)
        result = mm_bleu(NULL, sums, corpus, s.tokens.v, s.n, err);
    if (result == 0) {
        add_lines(r, &s, o, sums, all);
        mm_metric_number(r, o->key, s.n ? o->corpus(all, 0) : NAN);
        describe(r);
    }
    free(sums);
    release_set(&s);
    return result;
}

static int bleu(struct mm_metric_run *r, struct mm_err *err)
{
    struct set s;
    double corpus[4], (*scores)[4] = NULL, (*sums)[MM_BLEU_SUMS] = NULL;
    int order = r->flavour[0] - '0';
    int result;

    if (other_of(r->flavour))
        return bleu_of_others(r, other_of(r->flavour), err);
    result = make_set(&s, r, err);
    if (result == 0) {
        scores = mm_alloc(s.n, sizeof *scores, err);
        sums = mm_alloc(s.n, sizeof *sums, err);
        result = scores && sums ? mm_metric_sums(r, MM_BLEU_SUMS, mm_bleu_of,
                                                 order, err)
                                : -1;
    }
    if (result == 0 && (result = mm_bleu(scores, sums, corpus, s.tokens.v, s.n,
                                         err)) == 0) {
        for (size_t i = 0; i < s.n; i++) {
            r->scores[s.record[i]] = scores[i][order - 1];
            memcpy(mm_metric_row(r, s.record[i]), sums[i], sizeof *sums);
        }
        write_bleu(r, &s, corpus);
    }
    free(scores);
    free(sums);
    release_set(&s);
    return result;
}

static int rouge(struct mm_metric_run *r, struct mm_err *err)
{
    struct set s;
    double mean, *scores = NULL;
    int google = strcmp(r->flavour, "rouge-score") == 0, result;

    if (google)
        r->tokenizer = MM_CAPTION_ROUGE;
    result = make_set(&s, r, err);
    if (result == 0)
        result = (scores = mm_alloc(s.n, sizeof *scores, err)) ? 0 : -1;
    if (result == 0)
        result = (google ? mm_rouge_score : mm_rouge_l)(
            scores, &mean, s.tokens.v, s.n, err);
    if (result == 0) {
        spread(r, &s, scores);
        mm_metric_number(r, "rouge-l", s.n ? mean : NAN);
        describe(r);
    }
    free(scores);
    release_set(&s);
    return result;
}

const struct mm_metric_row mm_caption_metrics[] = {
    { "cider", "d|plain", cider, NULL, "hyp, refs" },
    { "bleu", "4|3|2|1|sacrebleu|nltk", bleu, NULL, "hyp, refs" },
    { "rouge-l", "beta-1.2|rouge-score", rouge, NULL, "hyp, refs" },
    { "nocaps", "d", nocaps, NULL, "hyp, refs, domain" },
    { 0 }
};
