/*
 * bench_bpe.c - text to ids, and learning a vocabulary, on one core
 *
 * Of a file given as argument, of WordNet's definitions where the demo has
 * fetched them, else of this repository's own text.  Documents of 4 KiB are
 * encoded one by one by one tokenizer, as a run over many documents does; worst
 * is the round that has all words still to learn.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/par.h"
#include "data/bpe_train.h"
#include "data/tokenizer.h"
#include "timing.h"

enum { DOCUMENT = 4096,
       VOCABULARY = 32000,
       ROUNDS = 7 };

static void fail(const struct mm_err *err)
{
    fprintf(stderr, "bench_bpe: %s\n", err->msg);
    exit(1);
}

static void add_folder(struct mm_buf *text, const char *dir)
{
    struct mm_err err;
    char **names, path[512];
    size_t n;

    if (mm_list_dir(dir, &names, &n, &err) < 0)
        return;
    for (size_t i = 0; i < n; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        if (strstr(names[i], "_table") == NULL)
            mm_read_file(path, text, 1 << 24, &err);
    }
    mm_names_free(names, n);
}

static const char *read_text(struct mm_buf *text, const char *path)
{
    static const char wordnet[] = "data/wordnet/usr/share/wordnet/data.noun";
    static const char *const own[] = { "lib/base", "lib/data", "lib/tensor",
                                       "lib/model", "lib/train", "man" };
    struct stat st;
    struct mm_err err;

    if (path == NULL && mm_stat(wordnet, &st) == 0)
        path = wordnet;
    if (path != NULL) {
        if (mm_read_file(path, text, 1 << 28, &err) < 0)
            fail(&err);
        return path;
    }
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        add_folder(text, own[i]);
    return "this repository";
}

static struct mm_tokenizer *train(const struct mm_buf *text, double *time)
{
    struct mm_bpe_train how = { VOCABULARY, 2, NULL, 0 };
    struct mm_map words = { 0 };
    struct mm_tokenizer *t;
    struct mm_err err;
    double begin = cpu_seconds();

    if (mm_bpe_count(&words, text->data, text->len, &err) < 0)
        fail(&err);
    t = mm_bpe_train(&words, &how, &err);
    if (t == NULL)
        fail(&err);
    *time = cpu_seconds() - begin;
    mm_map_release(&words);
    return t;
}

static size_t encode(const struct mm_tokenizer *t, const struct mm_buf *text)
{
    struct mm_ids ids = { 0 };
    struct mm_err err;
    size_t n = 0;

    for (size_t i = 0, len; i < text->len; i += len) {
        len = text->len - i < DOCUMENT ? text->len - i : DOCUMENT;
        ids.n = 0;
        if (mm_tokenizer_encode(t, text->data + i, len, 0, &ids, &err) < 0)
            fail(&err);
        n += ids.n;
    }
    mm_ids_release(&ids);
    return n;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    struct mm_buf text = { 0 };
    const char *name = read_text(&text, argc > 1 ? argv[1] : NULL);
    double mb = (double)text.len / 1e6, time, rate[ROUNDS];
    struct mm_tokenizer *t;
    size_t n = 0;

    mm_par_set_threads(1);
    t = train(&text, &time);
    for (int i = 0; i < ROUNDS; i++) {
        double begin = cpu_seconds();

        n = encode(t, &text);
        rate[i] = mb / (cpu_seconds() - begin);
    }
    qsort(rate, ROUNDS, sizeof *rate, by_size);
    printf("{\"bench\":\"bpe\",\"text\":\"%s\",\"mb\":%.1f,"
           "\"encode_mb_s\":%.1f,\"worst\":%.1f,\"best\":%.1f,"
           "\"tokens\":%zu,\"vocabulary\":%zu,\"train_s\":%.2f}\n",
           name, mb, rate[ROUNDS / 2], rate[0], rate[ROUNDS - 1], n,
           mm_tokenizer_size(t), time);
    mm_tokenizer_free(t);
    mm_buf_release(&text);
    return 0;
}
