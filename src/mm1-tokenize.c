/*
 * mm1-tokenize.c - raw documents to document shards, text to tokens and back
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "data/bpe_train.h"
#include "data/chat.h"
#include "data/encode_doc.h"
#include "data/tokenizer.h"
#include "data/tokenizer_inspect.h"
#include "data/tokenizer_lines.h"
#include "data/tokenizer_text.h"
#include "data/tokenizer_train.h"
#include "tool.h"

/* ---- train ---- */

struct train {
    struct mm_common common;
    const char *output;
    int64_t vocab_size, min_frequency;
    struct mm_strs special;
    int shard;
};

#define AT(field) offsetof(struct train, field)
static const struct mm_opt train_opts[] = {
    { 'o', "output", MM_OPT_STR, AT(output), "file", "-",
      "write the tokenizer.json there", 0, 0, NULL, MM_OPT_QUIET },
    { 0, "vocab-size", MM_OPT_INT, AT(vocab_size), "n", "32000",
      "ids, special tokens and bytes among them", 256, 1 << 24, NULL, 0 },
    { 0, "min-frequency", MM_OPT_INT, AT(min_frequency), "n", "2",
      "a pair must be so frequent to become a token", 1, 1e15, NULL, 0 },
    { 0, "special", MM_OPT_LIST, AT(special), "token", NULL,
      "one more special token, behind the eight of mm1", 0, 0, NULL, 0 },
    { 0, "shard", MM_OPT_FLAG, AT(shard), NULL, NULL,
      "standard input is a shard, not text", 0, 0, NULL, 0 },
    { 0 }
};
#undef AT

static const char *const own_special[] = {
    MM_TOKEN_PAD, MM_TOKEN_BOS, MM_TOKEN_EOS, MM_TOKEN_IMAGE,
    "<|user|>", "<|assistant|>", "<|system|>", "<|end|>"
};

enum { N_OWN = sizeof own_special / sizeof *own_special };

static int count(struct mm_map *words, const struct train *o, int argc,
                 char **argv, struct mm_err *err)
{
    struct mm_train_counts n = { 0, 0 };

    for (int i = 0; i < argc; i++)
        if (mm_tokenizer_count_file(words, argv[i], o->shard, &n, err) < 0)
            return -1;
    mm_log(MM_LOG_INFO, "%lld texts, %lld words, %zu different",
           (long long)n.texts, (long long)n.words, words->n);
    return 0;
}

static int learn(const struct mm_map *words, const struct mm_bpe_train *how,
                 const char *output, struct mm_err *err)
{
    struct mm_tokenizer *t = mm_bpe_train(words, how, err);
    int result;

    if (t == NULL)
        return -1;
    result = mm_tokenizer_save(t, output, err);
    if (result == 0)
        mm_log(MM_LOG_INFO, "%zu tokens%s", mm_tokenizer_size(t),
               mm_tokenizer_size(t) < how->vocab_size
                   ? "; no more pairs are as frequent as --min-frequency"
                   : "");
    mm_tokenizer_free(t);
    return result;
}

static int run_train(const void *options, int argc, char **argv,
                     struct mm_err *err)
{
    const struct train *o = options;
    size_t n = N_OWN + o->special.n;
    const char **special = mm_alloc(n, sizeof *special, err);
    const struct mm_bpe_train how = { (size_t)o->vocab_size,
                                      o->min_frequency, special, n };
    struct mm_map words = { 0 };
    int result = -1;

    if (special == NULL)
        return -1;
    memcpy(special, own_special, sizeof own_special);
    for (size_t i = 0; i < o->special.n; i++)
        special[N_OWN + i] = o->special.v[i];
    if (argc == 0)
        mm_fail(err, MM_EUSAGE, "no files to learn from");
    else if (mm_bpe_train_check(&how, err) == 0 &&
             count(&words, o, argc, argv, err) == 0)
        result = learn(&words, &how, o->output, err);
    mm_map_release(&words);
    free(special);
    return result;
}

/* ---- encode, decode, inspect ---- */

struct use {
    struct mm_common common;
    const char *tokenizer, *chat, *output;
    int special, text, shard;
    int64_t limit;
};

#define AT(field) offsetof(struct use, field)
/* A shard says by its hash which tokenizer it is for, not by a path. */
static const struct mm_opt encode_opts[] = {
    { 't', "tokenizer", MM_OPT_STR, AT(tokenizer), "file", NULL,
      "a tokenizer.json, or a directory that has one", 0, 0, NULL,
      MM_OPT_QUIET },
    { 'o', "output", MM_OPT_STR, AT(output), "file", "-", "write there", 0, 0,
      NULL, MM_OPT_QUIET },
    { 0, "chat", MM_OPT_STR, AT(chat), "name", "none",
      "none, plain, photo, vqa, chatml, vicuna_v1", 0, 0, NULL, 0 },
    { 0, "text", MM_OPT_FLAG, AT(text), NULL, NULL,
      "lines of text to lines of ids", 0, 0, NULL, 0 },
    { 0, "special", MM_OPT_FLAG, AT(special), NULL, NULL,
      "with --text: names of special tokens mean those tokens", 0, 0, NULL,
      0 },
    { 0 }
};

static const struct mm_opt decode_opts[] = {
    { 't', "tokenizer", MM_OPT_STR, AT(tokenizer), "file", NULL,
      "a tokenizer.json, or a directory that has one", 0, 0, NULL,
      MM_OPT_QUIET },
    { 'o', "output", MM_OPT_STR, AT(output), "file", "-", "write there", 0, 0,
      NULL, MM_OPT_QUIET },
    { 0, "shard", MM_OPT_FLAG, AT(shard), NULL, NULL,
      "standard input is a shard, not lines of ids", 0, 0, NULL, 0 },
    { 0, "special", MM_OPT_FLAG, AT(special), NULL, NULL,
      "write the names of special tokens, else nothing for them", 0, 0, NULL,
      0 },
    { 0 }
};

static const struct mm_opt inspect_opts[] = {
    { 't', "tokenizer", MM_OPT_STR, AT(tokenizer), "file", NULL,
      "a tokenizer.json, or a directory that has one", 0, 0, NULL,
      MM_OPT_QUIET },
    { 0, "shard", MM_OPT_FLAG, AT(shard), NULL, NULL,
      "standard input is a shard, not lines", 0, 0, NULL, 0 },
    { 0, "chat", MM_OPT_STR, AT(chat), "name", NULL,
      "lines are documents as JSON, laid out by this template", 0, 0, NULL,
      0 },
    { 0, "special", MM_OPT_FLAG, AT(special), NULL, NULL,
      "names of special tokens mean those tokens", 0, 0, NULL, 0 },
    { 'n', "limit", MM_OPT_INT, AT(limit), "n", "0",
      "stop after n texts; 0: all", 0, 1e15, NULL, 0 },
    { 0 }
};
#undef AT

/* What the three verbs begin with. */
struct work {
    const struct use *o;
    const char *in; /* the one operand, or "-" */
    struct mm_tokenizer *t;
    const struct mm_chat *chat; /* NULL: none was named */
};

static int begin(struct work *w, int argc, char **argv, struct mm_err *err)
{
    if (argc > 1)
        return mm_fail(err, MM_EUSAGE, "one input at a time, not %d", argc);
    if (w->o->tokenizer == NULL)
        return mm_fail(err, MM_EUSAGE, "no tokenizer; name one with "
                                       "--tokenizer");
    w->in = argc > 0 ? argv[0] : "-";
    if (w->o->chat != NULL)
        w->chat = mm_chat_find(w->o->chat, err);
    if (w->o->chat != NULL && w->chat == NULL)
        return -1;
    w->t = mm_tokenizer_load(w->o->tokenizer, err);
    return w->t == NULL ? -1 : 0;
}

/* Is the input a shard?  A file says so itself, for a pipe the user does. */
static int is_shard(const struct work *w, struct mm_err *err)
{
    if (strcmp(w->in, "-") == 0)
        return w->o->shard;
    return mm_file_is_shard(w->in, err);
}

static int encode_documents(const struct work *w, struct mm_err *err)
{
    struct mm_encode_counts n;

    if (mm_encode_shard(w->t, w->chat, w->in, w->o->output, &n, err) < 0)
        return -1;
    mm_log(MM_LOG_INFO,
           "%lld documents, %lld pictures, %lld tokens, %lld of them targets",
           (long long)n.documents, (long long)n.images, (long long)n.tokens,
           (long long)n.targets);
    return 0;
}

static int run_encode(const void *options, int argc, char **argv,
                      struct mm_err *err)
{
    const struct use *o = options;
    struct work w = { .o = o };
    int result = begin(&w, argc, argv, err);

    if (result == 0 && o->text)
        result = mm_text_encode(w.t, w.in, o->output, o->special, err);
    else if (result == 0)
        result = encode_documents(&w, err);
    mm_tokenizer_free(w.t);
    return result;
}

static int decode(const struct work *w, struct mm_err *err)
{
    int shard = is_shard(w, err);

    if (shard < 0)
        return -1;
    return (shard ? mm_text_decode_shard : mm_text_decode)(
        w->t, w->in, w->o->output, w->o->special, err);
}

static int run_decode(const void *options, int argc, char **argv,
                      struct mm_err *err)
{
    struct work w = { .o = options };
    int result = begin(&w, argc, argv, err);

    if (result == 0)
        result = decode(&w, err);
    mm_tokenizer_free(w.t);
    return result;
}

static int inspect(const struct work *w, struct mm_err *err)
{
    const struct mm_chat *chat = w->chat;
    size_t limit = (size_t)w->o->limit;
    int shard = is_shard(w, err);

    if (shard < 0)
        return -1;
    if (!shard)
        return mm_inspect_lines(w->t, chat, w->in, w->o->special, limit, err);
    if (chat == NULL)
        chat = mm_chat_find("none", err);
    return mm_inspect_shard(w->t, chat, w->in, limit, err);
}

static int run_inspect(const void *options, int argc, char **argv,
                       struct mm_err *err)
{
    struct work w = { .o = options };
    int result = begin(&w, argc, argv, err);

    if (result == 0)
        result = inspect(&w, err);
    mm_tokenizer_free(w.t);
    return result;
}

static const struct mm_verb verbs[] = {
    { "train", "file ...", "learn a byte-level BPE from texts and shards",
      train_opts, sizeof(struct train), run_train },
    { "encode", "[shard]", "documents to tokens", encode_opts,
      sizeof(struct use), run_encode },
    { "decode", "[file]", "tokens to text", decode_opts, sizeof(struct use),
      run_decode },
    { "inspect", "[file]", "show how a text is cut", inspect_opts,
      sizeof(struct use), run_inspect },
    { NULL, NULL, NULL, NULL, 0, NULL }
};

static const struct mm_program program = {
    "mm1-tokenize", "raw documents to shards, text to tokens", verbs, NULL
};

int main(int argc, char **argv)
{
    return tool_main(&program, argc, argv);
}
