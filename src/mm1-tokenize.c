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
#include "data/import.h"
#include "data/tokenizer.h"
#include "data/tokenizer_inspect.h"
#include "data/tokenizer_lines.h"
#include "data/tokenizer_text.h"
#include "data/tokenizer_train.h"
#include "tool.h"

/* ---- import ---- */

struct import {
    struct mm_common common;
    struct mm_import_options import;
    const char *output;
};

#define AT(field) offsetof(struct import, field)
static const struct mm_opt import_opts[] = {
    { 'o', "output", MM_OPT_STR, AT(output), "file", "-",
      "write the shard of documents to file", 0, 0, NULL, MM_OPT_QUIET },
    { 0, "from", MM_OPT_CHOICE, AT(import.from), "kind", "auto",
      "what the inputs are", 0, 0, MM_IMPORT_FROM_NAMES, 0 },
    { 0, "on-error", MM_OPT_CHOICE, AT(import.on_error), "what", "fail",
      "stop at a bad record, or skip and count it", 0, 0,
      MM_IMPORT_ERROR_NAMES, 0 },
    { 0, "max-bytes", MM_OPT_SIZE, AT(import.max_bytes), "n", "64M",
      "of a document or picture", 1, 2147483648, NULL, 0 },
    { 0, "root", MM_OPT_STR, AT(import.root), "folder", NULL,
      "pictures are named below folder (default: the input's)", 0, 0, NULL,
      0 },
    { 0, "split", MM_OPT_CHOICE, AT(import.split), "how", "file",
      "text: what a document is", 0, 0, MM_IMPORT_SPLIT_NAMES, 0 },
    { 0, "format", MM_OPT_CHOICE, AT(import.format), "name", "plain",
      "text: what the lines mean", 0, 0, MM_IMPORT_FORMAT_NAMES, 0 },
    { 0, "captions", MM_OPT_CHOICE, AT(import.captions), "where", "name",
      "folder: where captions stand", 0, 0, MM_IMPORT_CAPTIONS_NAMES, 0 },
    { 0, "image-column", MM_OPT_STR, AT(import.image_column), "name", NULL,
      "table: the pictures' column", 0, 0, NULL, 0 },
    { 0, "text-column", MM_OPT_STR, AT(import.text_column), "name", NULL,
      "table: the captions' column", 0, 0, NULL, 0 },
    { 0, "as", MM_OPT_CHOICE, AT(import.as), "what", "caption",
      "pictures: captioned, or asked about", 0, 0, MM_IMPORT_AS_NAMES, 0 },
    { 0, "question", MM_OPT_STR, AT(import.question), "text", NULL,
      "vqa: the question; the caption answers it", 0, 0, NULL, 0 },
    { 0, "template", MM_OPT_STR, AT(import.template), "text", NULL,
      "pictures: words around the caption %s", 0, 0, NULL, 0 },
    { 0, "labels", MM_OPT_STR, AT(import.labels), "a,b", NULL,
      "idx: names of the labels 0, 1, ...", 0, 0, NULL, 0 },
    { 0, "label-file", MM_OPT_STR, AT(import.label_file), "file", NULL,
      "idx: the labels (default: beside the pictures)", 0, 0, NULL, 0 },
    { 0, "min-side", MM_OPT_INT, AT(import.min_side), "n", "100",
      "html: drop smaller pictures", 1, 65535, NULL, 0 },
    { 0, "max-side", MM_OPT_INT, AT(import.max_side), "n", "10000",
      "html: drop larger pictures", 1, 65535, NULL, 0 },
    { 0, "max-aspect", MM_OPT_NUM, AT(import.max_aspect), "x", "2",
      "html: drop pictures with longer sides", 1, 65535, NULL, 0 },
    { 0, "min-images", MM_OPT_INT, AT(import.min_images), "n", "1",
      "html: drop pages with fewer pictures", 0, 30000, NULL, 0 },
    { 0, "max-images", MM_OPT_INT, AT(import.max_images), "n", "30",
      "html: drop pages with more pictures", 0, 30000, NULL, 0 },
    { 0, "dup-limit", MM_OPT_INT, AT(import.dup_limit), "n", "10",
      "html: drop pictures on more pages; 0: none", 0, 1000000000, NULL, 0 },
    { 0, "ban", MM_OPT_STR, AT(import.ban), "a,b",
      "logo,button,icon,plugin,widget",
      "html: drop pictures with such words in their address", 0, 0, NULL, 0 },
    { 0, "skip-class", MM_OPT_STR, AT(import.skip_class), "a,b",
      "navheader,navfooter,navbar,nav,navigation,menu,breadcrumb,"
      "breadcrumbs,sidebar,toc,footer",
      "html: leave out elements of these classes", 0, 0, NULL, 0 },
    { 0, "alt", MM_OPT_FLAG, AT(import.alt), NULL, "yes",
      "html: keep alternative texts of pictures", 0, 0, NULL, 0 },
    { 0, "subset", MM_OPT_STR, AT(import.subset), "name", NULL,
      "sets: only what the set calls so, as train", 0, 0, NULL, 0 },
    { 0, "prompt", MM_OPT_STR, AT(import.prompt), "text", NULL,
      "sets: what follows a question (default: as MM1 has it)", 0, 0, NULL,
      0 },
    { 0, "image-name", MM_OPT_STR, AT(import.image_name), "pattern", NULL,
      "sets: files of pictures, as %012d.jpg (default: the set's)", 0, 0,
      NULL, 0 },
    { 0, "merge", MM_OPT_FLAG, AT(import.merge), NULL, "yes",
      "sets: questions about one picture as one conversation", 0, 0, NULL,
      0 },
    { 0, "rotate", MM_OPT_FLAG, AT(import.rotate), NULL, NULL,
      "sets: choices once in each rotation of their order", 0, 0, NULL, 0 },
    { 0 }
};
#undef AT

static int run_import(const void *options, int argc, char **argv,
                      struct mm_err *err)
{
    const struct import *o = options;

    return mm_import(&o->import, (const char *const *)argv, (size_t)argc,
                     o->output, err);
}

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
    if (n.texts == 0)
        return mm_fail(err, MM_EDATA, "nothing to learn from: '%s'%s no text",
                       argv[0], argc > 1 ? " and the others have" : " has");
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
    int shard = mm_input_is_shard(w->in, w->o->shard, err);

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
    int shard = mm_input_is_shard(w->in, w->o->shard, err);

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
    { "import", "input ...", "foreign input becomes a shard of documents",
      import_opts, sizeof(struct import), run_import },
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
    .name = "mm1-tokenize",
    .summary = "raw documents to shards, text to tokens",
    .verbs = verbs
};

int main(int argc, char **argv)
{
    return tool_main(&program, argc, argv);
}
