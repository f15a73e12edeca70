/*
 * caption.c - scores of captions against references: tokens, BLEU, ROUGE-L
 */
#include "eval/caption.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "eval/lower.h"
#include "eval/ngram.h"
#include "eval/ptb.h"
#include "eval/sacrebleu.h"

#define ORDERS MM_NGRAM_ORDERS

/* ---- tokens ---- */

static size_t count_refs(const struct mm_caption *in, size_t n)
{
    size_t sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += in[i].n_refs;
    return sum;
}

/* strings: n captions, then all references. */
static int collect(struct mm_captions *out, const struct mm_caption *in,
                   size_t n, struct mm_err *err)
{
    size_t at = n;

    *out = (struct mm_captions){ .n = n };
    out->v = mm_alloc(n, sizeof *out->v, err);
    out->strings = mm_alloc(n + count_refs(in, n), sizeof *out->strings, err);
    if (!out->v || !out->strings)
        return -1;
    for (size_t i = 0; i < n; i++) {
        out->strings[i] = in[i].hyp;
        out->v[i].refs = out->strings + at;
        out->v[i].n_refs = in[i].n_refs;
        for (size_t k = 0; k < in[i].n_refs; k++)
            out->strings[at++] = in[i].refs[k];
    }
    return 0;
}

static int tokenise(struct mm_captions *out, struct mm_buf *text,
                    const char **strings, size_t n, unsigned flags,
                    struct mm_err *err)
{
    size_t *at = mm_alloc(n, sizeof *at, err);
    int result = at ? mm_ptb_captions(text, at, strings, n, flags,
                                      &out->breaks, err)
                    : -1;

    for (size_t i = 0; result == 0 && i < n; i++)
        strings[i] = text->data + at[i];
    free(at);
    return result;
}

static void add_rouge_words(struct mm_buf *out, const char *s)
{
    struct mm_buf low = { 0 };
    int gap = 0, any = 0;

    mm_add_lower(&low, s, strlen(s));
    for (size_t i = 0; i < low.len; i++) {
        char c = low.data[i];

        if ((c < 'a' || c > 'z') && (c < '0' || c > '9')) {
            gap = 1;
            continue;
        }
        if (gap && any)
            mm_buf_addc(out, ' ');
        mm_buf_addc(out, c);
        gap = 0;
        any = 1;
    }
    out->failed |= low.failed;
    mm_buf_release(&low);
}

/* One by one. */
static int tokenise_each(struct mm_buf *text, const char **strings, size_t n,
                         enum mm_caption_tokenizer how, struct mm_err *err)
{
    size_t *at = mm_alloc(n, sizeof *at, err);
    int result = at ? 0 : -1;

    for (size_t i = 0; result == 0 && i < n; i++) {
        at[i] = text->len;
        if (how == MM_CAPTION_13A)
            mm_sacrebleu_words(text, strings[i]);
        else
            add_rouge_words(text, strings[i]);
        mm_buf_addc(text, '\0');
    }
    if (result == 0)
        result = mm_buf_check(text, err);
    for (size_t i = 0; result == 0 && i < n; i++)
        strings[i] = text->data + at[i];
    free(at);
    return result;
}

int mm_captions_tokenise(struct mm_captions *out, const struct mm_caption *in,
                         size_t n, enum mm_caption_tokenizer how,
                         struct mm_err *err)
{
    unsigned flags = how == MM_CAPTION_ALONE ? MM_PTB_ALONE : 0;
    int result = collect(out, in, n, err);

    if (result == 0 && how >= MM_CAPTION_13A) {
        result = tokenise_each(&out->hyps, out->strings,
                               n + count_refs(in, n), how, err);
    } else if (result == 0 && how != MM_CAPTION_NONE) {
        size_t n_refs = count_refs(in, n);

        result = tokenise(out, &out->hyps, out->strings, n, flags, err);
        if (result == 0)
            result = tokenise(out, &out->refs, out->strings + n, n_refs, flags,
                              err);
    }
    for (size_t i = 0; result == 0 && i < n; i++)
        out->v[i].hyp = out->strings[i];
    if (result < 0)
        mm_captions_release(out);
    return result;
}

void mm_captions_release(struct mm_captions *c)
{
    free(c->v);
    free(c->strings);
    mm_buf_release(&c->hyps);
    mm_buf_release(&c->refs);
    *c = (struct mm_captions){ 0 };
}

/* ---- BLEU ---- */

/* Where things stand among the sums of a caption. */
enum { CORRECT,
       GUESS = ORDERS,
       WORDS = 2 * ORDERS,
       REFERENCE };

/* Each n-gram of the caption counts as often as one reference has it. */
static double clipped(const struct mm_ngrams *g, size_t n_texts, int order)
{
    const struct mm_gram_text *h = g->texts;
    double sum = 0;

    for (size_t i = h->begin[order]; i < h->begin[order + 1]; i++) {
        uint32_t most = 0, id = g->pool[i].id;

        for (size_t k = 1; k < n_texts; k++) {
            size_t low = g->texts[k].begin[order];
            size_t high = g->texts[k].begin[order + 1];

            while (low < high) {
                size_t mid = (low + high) / 2;

                if (g->pool[mid].id < id)
                    low = mid + 1;
                else
                    high = mid;
            }
            if (low < g->texts[k].begin[order + 1] &&
                g->pool[low].id == id && g->pool[low].count > most)
                most = g->pool[low].count;
        }
        sum += most < g->pool[i].count ? most : g->pool[i].count;
    }
    return sum;
}

static size_t closest(const struct mm_gram_text *t, size_t n)
{
    size_t words = t[0].words, best = 0, least = SIZE_MAX;

    for (size_t k = 1; k < n; k++) {
        size_t w = t[k].words, off = w > words ? w - words : words - w;

        if (off < least || (off == least && w < best)) {
            least = off;
            best = w;
        }
    }
    return best;
}

double mm_bleu_of(const double sums[MM_BLEU_SUMS], int order)
{
    const double *correct = sums + CORRECT, *guess = sums + GUESS;
    double ratio = (sums[WORDS] + 1e-15) / (sums[REFERENCE] + 1e-9);
    double product = 1, score;

    for (int k = 0; k < order; k++)
        product *= (correct[k] + 1e-15) / (guess[k] + 1e-9);
    score = pow(product, 1.0 / order);
    return ratio < 1 ? score * exp(1 - 1 / ratio) : score;
}

double mm_bleu_nltk_of(const double sums[MM_BLEU_SUMS])
{
    const double *correct = sums + CORRECT, *guess = sums + GUESS;
    double logs = 0, words = sums[WORDS];

    if (correct[0] == 0)
        return 0;
    for (int k = 0; k < ORDERS; k++)
        logs += 0.25 * log(correct[k] > 0 ? correct[k] / guess[k] : DBL_MIN);
    return exp(logs) *
           (words > sums[REFERENCE] ? 1 : exp(1 - sums[REFERENCE] / words));
}

static void finish(double score[4], const double sums[MM_BLEU_SUMS])
{
    for (int k = 0; k < ORDERS; k++)
        score[k] = mm_bleu_of(sums, k + 1);
}

static int count_caption(double sums[MM_BLEU_SUMS], struct mm_ngrams *g,
                         const struct mm_caption *c, struct mm_err *err)
{
    double words;

    mm_ngrams_clear(g);
    if (mm_ngrams_add(g, c->hyp, err) < 0)
        return -1;
    for (size_t i = 0; i < c->n_refs; i++)
        if (mm_ngrams_add(g, c->refs[i], err) < 0)
            return -1;
    words = (double)g->texts[0].words;
    sums[WORDS] = words;
    sums[REFERENCE] = (double)closest(g->texts, g->n_texts);
    for (int k = 0; k < ORDERS; k++) {
        sums[CORRECT + k] = clipped(g, g->n_texts, k);
        sums[GUESS + k] = words > k ? words - k : 0;
    }
    return 0;
}

int mm_bleu(double (*scores)[4], double (*sums)[MM_BLEU_SUMS],
            double corpus[4], const struct mm_caption *c, size_t n,
            struct mm_err *err)
{
    struct mm_ngrams g = { 0 };
    double all[MM_BLEU_SUMS] = { 0 }, one[MM_BLEU_SUMS];
    int result = 0;

    for (size_t i = 0; result == 0 && i < n; i++) {
        if ((result = count_caption(one, &g, &c[i], err)) < 0)
            break;
        if (scores)
            finish(scores[i], one);
        if (sums)
            memcpy(sums[i], one, sizeof one);
        for (int k = 0; k < MM_BLEU_SUMS; k++)
            all[k] += one[k];
    }
    finish(corpus, all);
    mm_ngrams_release(&g);
    return result;
}

/* ---- ROUGE-L ---- */

struct words {
    uint32_t *v;
    size_t n, cap;
};

static int split(struct words *w, struct mm_map *numbers, const char *s,
                 struct mm_err *err)
{
    for (w->n = 0;; s++) {
        size_t len = strcspn(s, " "), before = numbers->n;
        int64_t *at = mm_map_at(numbers, s, len, err);

        if (!at || mm_grow(&w->v, &w->cap, w->n + 1, sizeof *w->v, err) < 0)
            return -1;
        if (numbers->n > before)
            *at = (int64_t)before;
        w->v[w->n++] = (uint32_t)*at;
        s += len;
        if (*s == '\0')
            return 0;
    }
}

/* The longest common subsequence; row has room for b->n + 1 lengths. */
static size_t common(const struct words *a, const struct words *b,
                     uint32_t *row)
{
    memset(row, 0, (b->n + 1) * sizeof *row);
    for (size_t i = 0; i < a->n; i++) {
        uint32_t corner = 0; /* row[j] before this i */

        for (size_t j = 0; j < b->n; j++) {
            uint32_t above = row[j + 1];

            if (a->v[i] == b->v[j])
                row[j + 1] = corner + 1;
            else if (row[j] > above)
                row[j + 1] = row[j];
            corner = above;
        }
    }
    return row[b->n];
}

struct rouge {
    struct mm_map numbers;
    struct words hyp, ref, row;
};

/* The best F of P and R of the same reference. */
static int f_of(double *score, struct rouge *r, const struct mm_caption *c,
                struct mm_err *err)
{
    if (split(&r->hyp, &r->numbers, c->hyp, err) < 0)
        return -1;
    *score = 0;
    for (size_t k = 0; *c->hyp && k < c->n_refs; k++) {
        double l, p, q, f;

        if (c->refs[k][0] == '\0')
            continue;
        if (split(&r->ref, &r->numbers, c->refs[k], err) < 0 ||
            mm_grow(&r->row.v, &r->row.cap, r->ref.n + 1, sizeof *r->row.v,
                    err) < 0)
            return -1;
        l = (double)common(&r->hyp, &r->ref, r->row.v);
        p = l / (double)r->hyp.n;
        q = l / (double)r->ref.n;
        f = l > 0 ? 2 * p * q / (p + q) : 0;
        *score = f > *score ? f : *score;
    }
    return 0;
}

static int rouge_of(double *score, struct rouge *r, const struct mm_caption *c,
                    struct mm_err *err)
{
    double p = 0, q = 0;
    const double b2 = 1.2 * 1.2;

    if (split(&r->hyp, &r->numbers, c->hyp, err) < 0)
        return -1;
    for (size_t k = 0; k < c->n_refs; k++) {
        double l;

        if (split(&r->ref, &r->numbers, c->refs[k], err) < 0 ||
            mm_grow(&r->row.v, &r->row.cap, r->ref.n + 1, sizeof *r->row.v,
                    err) < 0)
            return -1;
        l = (double)common(&r->hyp, &r->ref, r->row.v);
        p = l / (double)r->hyp.n > p ? l / (double)r->hyp.n : p;
        q = l / (double)r->ref.n > q ? l / (double)r->ref.n : q;
    }
    *score = p > 0 && q > 0 ? (1 + b2) * p * q / (q + b2 * p) : 0;
    return 0;
}

static int rouge_all(double *scores, double *mean, const struct mm_caption *c,
                     size_t n,
                     int (*of)(double *score, struct rouge *r,
                               const struct mm_caption *c, struct mm_err *err),
                     struct mm_err *err)
{
    struct rouge r = { 0 };
    double sum = 0;
    int result = 0;

    for (size_t i = 0; result == 0 && i < n; i++) {
        double score = 0;

        result = of(&score, &r, &c[i], err);
        sum += score;
        if (scores)
            scores[i] = score;
    }
    *mean = n ? sum / (double)n : 0;
    mm_map_release(&r.numbers);
    free(r.hyp.v);
    free(r.ref.v);
    free(r.row.v);
    return result;
}

int mm_rouge_l(double *scores, double *mean, const struct mm_caption *c,
               size_t n, struct mm_err *err)
{
    return rouge_all(scores, mean, c, n, rouge_of, err);
}

int mm_rouge_score(double *scores, double *mean, const struct mm_caption *c,
                   size_t n, struct mm_err *err)
{
    return rouge_all(scores, mean, c, n, f_of, err);
}
