/*
 * mm1-mix.c - mix and pack shards; look at them, join, select, split, check
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "data/mix_plan.h"
#include "data/mix_run.h"
#include "data/shard.h"
#include "data/shard_copy.h"
#include "data/shard_lint.h"
#include "data/shard_stat.h"
#include "data/shard_verify.h"
#include "data/split.h"
#include "tool.h"

/* Operands, or standard input when there are none. */
static const char *const *inputs(int argc, char **argv, size_t *n)
{
    static const char *const standard[] = { "-" };

    *n = argc ? (size_t)argc : 1;
    return argc ? (const char *const *)argv : standard;
}

/* ---- cat and ls ---- */

struct cat_options {
    struct mm_common common;
    const char *output;
    int64_t offset, limit;
    struct mm_strs keys;
    int json;
};

#define CAT(f) offsetof(struct cat_options, f)

static const struct mm_opt cat_opts[] = {
    { 'o', "output", MM_OPT_STR, CAT(output), "file", "-",
      "write the shard there", 0, 0, NULL, MM_OPT_QUIET },
    { 0, "offset", MM_OPT_INT, CAT(offset), "n", "0",
      "skip the first n samples", 0, 1e15, NULL, 0 },
    { 'n', "limit", MM_OPT_INT, CAT(limit), "n", "0",
      "stop after n samples; 0: all", 0, 1e15, NULL, 0 },
    { 'k', "key", MM_OPT_LIST, CAT(keys), "key", NULL,
      "only the sample of that key; may be given again", 0, 0, NULL, 0 },
    { 0, "json", MM_OPT_FLAG, CAT(json), NULL, NULL,
      "print JSON lines instead of a shard", 0, 0, NULL, MM_OPT_QUIET },
    { 0 }
};

struct ls_options {
    struct mm_common common;
    int long_format;
};

static const struct mm_opt ls_opts[] = {
    { 'l', "long", MM_OPT_FLAG, offsetof(struct ls_options, long_format), NULL,
      NULL, "list each member and its bytes", 0, 0, NULL, MM_OPT_QUIET },
    { 0 }
};

static int no_header(void *ctx, const struct mm_shard_header *h,
                     struct mm_err *err)
{
    (void)ctx;
    (void)h;
    (void)err;
    return 0;
}

static int write_line(struct mm_buf *b, struct mm_err *err)
{
    mm_buf_addc(b, '\n');
    if (mm_buf_check(b, err) != 0)
        return -1;
    if (fwrite(b->data, 1, b->len, stdout) != b->len)
        return mm_fail_errno(err, "cannot write standard output");
    return 0;
}

/* {"key":..., "members":{"json":17,...}, "json":{...}} */
static int print_json(void *ctx, struct mm_sample *s, struct mm_err *err)
{
    const struct mm_member *m = mm_sample_find(s, "json");
    struct mm_json_doc doc;
    struct mm_jw w;
    struct mm_buf *b = ctx;

    mm_buf_clear(b);
    mm_jw_begin(&w, b);
    mm_jw_open(&w, '{');
    mm_jw_put_str(&w, "key", s->key);
    mm_jw_key(&w, "members");
    mm_jw_open(&w, '{');
    for (size_t i = 0; i < s->n; i++) {
        mm_jw_put_size(&w, s->members[i].name, s->members[i].data.len);
    }
    mm_jw_close(&w, '}');
    if (m) {
        if (mm_json_parse(&doc, m->data.data, m->data.len, err) != 0)
            return mm_fail_in(err, "sample '%s'", s->key);
        mm_jw_key(&w, "json");
        mm_jw_value(&w, doc.root);
        mm_json_release(&doc);
    }
    mm_jw_close(&w, '}');
    return write_line(b, err);
}

static int list_sample(void *ctx, struct mm_sample *s, struct mm_err *err)
{
    struct mm_buf *b = ctx;

    mm_buf_clear(b);
    mm_buf_adds(b, s->key);
    return write_line(b, err);
}

static int list_members(void *ctx, struct mm_sample *s, struct mm_err *err)
{
    struct mm_buf *b = ctx;

    for (size_t i = 0; i < s->n; i++) {
        mm_buf_clear(b);
        mm_buf_addf(b, "%s.%s\t%zu", s->key, s->members[i].name,
                    s->members[i].data.len);
        if (write_line(b, err) != 0)
            return -1;
    }
    return 0;
}

static int print_each(const char *const *paths, size_t n,
                      const struct mm_select *select,
                      int (*fn)(void *ctx, struct mm_sample *s,
                                struct mm_err *err),
                      struct mm_err *err)
{
    struct mm_buf line = { 0 };
    int result = mm_shard_each(paths, n, select, no_header, fn, &line, err);

    mm_buf_release(&line);
    return result;
}

static int run_cat(const void *options, int argc, char **argv,
                   struct mm_err *err)
{
    const struct cat_options *o = options;
    struct mm_select select = { .offset = (uint64_t)o->offset,
                                .limit = (uint64_t)o->limit };
    const char *const *paths;
    size_t n;
    int result = 0;

    for (size_t i = 0; result == 0 && i < o->keys.n; i++)
        result = mm_map_put(&select.keys, o->keys.v[i],
                            strlen(o->keys.v[i]), 1, err);
    paths = inputs(argc, argv, &n);
    if (result == 0)
        result = o->json ? print_each(paths, n, &select, print_json, err)
                         : mm_shard_copy(paths, n, &select, o->output, err);
    mm_map_release(&select.keys);
    return result;
}

static int run_ls(const void *options, int argc, char **argv,
                  struct mm_err *err)
{
    const struct ls_options *o = options;
    size_t n;
    const char *const *paths = inputs(argc, argv, &n);

    return print_each(paths, n, NULL,
                      o->long_format ? list_members : list_sample, err);
}

/* ---- stat ---- */

struct stat_options {
    struct mm_common common;
    int json;
};

static const struct mm_opt stat_opts[] = {
    { 0, "json", MM_OPT_FLAG, offsetof(struct stat_options, json), NULL, NULL,
      "print a JSON object a line", 0, 0, NULL, MM_OPT_QUIET },
    { 0 }
};

/* One line for each member of an object, lists of objects one each. */
static int print_text(const char *json, size_t len, struct mm_err *err)
{
    struct mm_json_doc doc;
    struct mm_buf b = { 0 };
    struct mm_jw w;
    int result = 0;

    if (mm_json_parse(&doc, json, len, err) != 0)
        return -1;
    for (const struct mm_json *v = doc.root->child; v && result == 0;
         v = v->next) {
        mm_buf_clear(&b);
        mm_buf_addf(&b, "%s: ", v->key);
        mm_jw_begin(&w, &b);
        if (v->type == MM_JSON_STRING)
            mm_buf_add(&b, v->str, v->len);
        else
            mm_jw_value(&w, v);
        result = write_line(&b, err);
    }
    mm_buf_release(&b);
    mm_json_release(&doc);
    return result;
}

static int run_stat(const void *options, int argc, char **argv,
                    struct mm_err *err)
{
    const struct stat_options *o = options;
    struct mm_buf b = { 0 };
    size_t n;
    const char *const *paths = inputs(argc, argv, &n);
    int result = 0;

    for (size_t i = 0; result == 0 && i < n; i++) {
        mm_buf_clear(&b);
        result = mm_shard_stat(paths[i], &b, err);
        if (result == 0)
            result = o->json ? write_line(&b, err)
                             : print_text(b.data, b.len, err);
    }
    mm_buf_release(&b);
    return result;
}

/* ---- verify and lint ---- */

static const struct mm_opt no_opts[] = { { 0 } };

/* All are looked at; the last failure is the program's. */
static int run_verify(const void *options, int argc, char **argv,
                      struct mm_err *err)
{
    size_t n;
    const char *const *paths = inputs(argc, argv, &n);
    int failed = 0;

    (void)options;
    for (size_t i = 0; i < n; i++) {
        struct mm_err now;

        if (mm_shard_verify(paths[i], &now) == 0) {
            mm_log(MM_LOG_DEBUG, "'%s' is whole", paths[i]);
            continue;
        }
        if (failed++)
            mm_log(MM_LOG_ERROR, "%s", err->msg);
        *err = now;
    }
    return failed ? -1 : 0;
}

static void say_problem(void *ctx, const char *key, const char *problem)
{
    const char *path = ctx;

    printf("%s: %s: %s\n", path, key, problem);
}

static int run_lint(const void *options, int argc, char **argv,
                    struct mm_err *err)
{
    size_t n, problems = 0;
    const char *const *paths = inputs(argc, argv, &n);

    (void)options;
    for (size_t i = 0; i < n; i++) {
        char *path = mm_strdup(paths[i], err);
        size_t found;
        int result = path ? mm_shard_lint(path, say_problem, path, &found, err)
                          : -1;

        free(path);
        if (result != 0)
            return -1;
        problems += found;
    }
    if (problems)
        return mm_fail(err, MM_ECHECK, "%zu samples have problems", problems);
    return 0;
}

/* ---- split ---- */

struct split_options {
    struct mm_common common;
    const char *output, *held_out;
    int64_t tenths;
};

#define SPLIT(f) offsetof(struct split_options, f)

static const struct mm_opt split_opts[] = {
    { 'o', "output", MM_OPT_STR, SPLIT(output), "file", NULL,
      "write the documents to train on there", 0, 0, NULL, MM_OPT_QUIET },
    { 0, "held-out", MM_OPT_STR, SPLIT(held_out), "file", NULL,
      "write the documents that are held out there", 0, 0, NULL,
      MM_OPT_QUIET },
    { 0, "tenths", MM_OPT_INT, SPLIT(tenths), "n", "1",
      "hold out n of ten", 1, MM_SPLIT_BUCKETS - 1, NULL, 0 },
    { 0 }
};

static int run_split(const void *options, int argc, char **argv,
                     struct mm_err *err)
{
    const struct split_options *o = options;
    uint64_t counts[2];
    size_t n;
    const char *const *paths = inputs(argc, argv, &n);

    if (!o->output || !o->held_out)
        return mm_fail(err, MM_EUSAGE, "split needs --output and --held-out");
    if (strcmp(o->output, o->held_out) == 0)
        return mm_fail(err, MM_EUSAGE, "--output and --held-out are the same "
                                       "file");
    if (mm_shard_split(paths, n, (int)o->tenths, o->output, o->held_out,
                       counts, err) != 0)
        return -1;
    mm_log(MM_LOG_INFO, "%llu documents to train on, %llu held out",
           (unsigned long long)counts[0], (unsigned long long)counts[1]);
    return 0;
}

/* ---- mixing ---- */

struct mix_options {
    struct mm_common common;
    const char *output, *shuffle, *schedule;
    int64_t sequences, seed, seq_len, image_tokens, max_images, buffer;
    int64_t step;
    int pack, too_long, weigh;
};

#define MIX(f) offsetof(struct mix_options, f)

static const struct mm_opt mix_opts[] = {
    { 'o', "output", MM_OPT_STR, MIX(output), "file", "-",
      "write the packed shard there", 0, 0, NULL, MM_OPT_QUIET },
    { 'N', "sequences", MM_OPT_INT, MIX(sequences), "n", "0",
      "make n sequences, repeating sources; 0: until one ends", 0, 1e9, NULL,
      0 },
    { 's', "seed", MM_OPT_INT, MIX(seed), "n", "1", "seed of the order", 0,
      9e15, NULL, 0 },
    { 0, "shuffle", MM_OPT_STR, MIX(shuffle), "how", "frames=16",
      "frames=W, window=K or none", 0, 0, NULL, 0 },
    { 'T', "seq-len", MM_OPT_INT, MIX(seq_len), "n", "4096",
      "tokens of a sequence", 2, 1 << 20, NULL, 0 },
    { 0, "image-tokens", MM_OPT_INT, MIX(image_tokens), "n", "144",
      "tokens of a view of a picture", 1, 65536, NULL, 0 },
    { 0, "max-images", MM_OPT_INT, MIX(max_images), "n", "16",
      "views of a sequence, at most", 0, 4096, NULL, 0 },
    { 0, "pack", MM_OPT_CHOICE, MIX(pack), "how", "first-fit",
      "how documents share sequences", 0, 0, "first-fit|next-fit|none", 0 },
    { 0, "pack-buffer", MM_OPT_INT, MIX(buffer), "n", "16",
      "sequences of a source that are open for first-fit", 1, 4096, NULL, 0 },
    { 0, "too-long", MM_OPT_CHOICE, MIX(too_long), "what", "cut",
      "what to do with documents over a sequence", 0, 0, "cut|drop", 0 },
    { 0, "weigh", MM_OPT_CHOICE, MIX(weigh), "what", "sequences",
      "what weights count; documents: each comes equally often", 0, 0,
      "sequences|documents", 0 },
    { 0, "schedule", MM_OPT_STR, MIX(schedule), "file", NULL,
      "weights that change: [step], then source = weight", 0, 0, NULL,
      MM_OPT_QUIET },
    { 0, "step", MM_OPT_INT, MIX(step), "n", "1",
      "sequences of a step of the schedule", 1, 1e9, NULL, 0 },
    { 0 }
};

static int mix(const struct mix_options *o, const struct mm_mix_input *in,
               size_t n, struct mm_err *err)
{
    struct mm_mix_config c = {
        .inputs = in,
        .n = n,
        .seed = (uint64_t)o->seed,
        .sequences = (uint64_t)o->sequences,
        .step = (uint64_t)o->step,
        .by_documents = o->weigh,
        .pack = { .seq_len = (size_t)o->seq_len,
                  .image_tokens = (size_t)o->image_tokens,
                  .max_images = (size_t)o->max_images,
                  .kind = (enum mm_pack_kind)o->pack,
                  .too_long = (enum mm_pack_long)o->too_long,
                  .open_max = (size_t)o->buffer }
    };

    if (mm_shuffle_parse(&c.shuffle, o->shuffle, err) != 0)
        return -1;
    return mm_mix_run(&c, o->output, err);
}

/* A word that is not a file and looks like a verb was meant as one. */
static int check_verb(const char *word, struct mm_err *err)
{
    static const char *const names[] = { "cat", "ls", "stat",
                                         "verify", "lint", "split" };
    struct stat st;
    const char *near;

    if (strpbrk(word, "=/,") || mm_stat(word, &st) == 0)
        return 0;
    near = mm_suggest(word, names, sizeof(names) / sizeof(names[0]));
    if (near && strcmp(near, word) == 0)
        return mm_fail(err, MM_EUSAGE, "the verb '%s' comes first, before "
                                       "any option",
                       word);
    if (near)
        return mm_fail(err, MM_EUSAGE, "there is no verb and no file '%s'; "
                                       "did you mean '%s'?",
                       word, near);
    return 0;
}

static int run_mix(const void *options, int argc, char **argv,
                   struct mm_err *err)
{
    const struct mix_options *o = options;
    size_t n = (size_t)argc;
    struct mm_mix_input *in;
    int result;

    if (n == 0)
        return mm_fail(err, MM_EUSAGE, "nothing to mix: name sources as "
                                       "NAME=WEIGHT:PATH, or a verb");
    if (check_verb(argv[0], err) != 0)
        return -1;
    in = mm_alloc(n, sizeof(*in), err);
    if (!in)
        return -1;
    result = mm_mix_inputs_parse(in, n, (const char *const *)argv, err);
    if (result == 0 && o->schedule)
        result = mm_mix_schedule_read(in, n, o->schedule, err);
    if (result == 0)
        result = mix(o, in, n, err);
    for (size_t i = 0; i < n; i++)
        mm_mix_input_release(&in[i]);
    free(in);
    return result;
}

static const struct mm_verb verbs[] = {
    { "cat", "[shard ...]", "join shards, select samples, show them", cat_opts,
      sizeof(struct cat_options), run_cat },
    { "ls", "[shard ...]", "list keys or members", ls_opts,
      sizeof(struct ls_options), run_ls },
    { "stat", "[shard ...]", "count what is in a shard", stat_opts,
      sizeof(struct stat_options), run_stat },
    { "verify", "[shard ...]", "check that shards are whole", no_opts,
      sizeof(struct mm_common), run_verify },
    { "lint", "[shard ...]", "check that samples are what they should be",
      no_opts, sizeof(struct mm_common), run_lint },
    { "split", "[shard ...]", "hold out a tenth of the documents", split_opts,
      sizeof(struct split_options), run_split },
    { NULL, "[name=weight:]path[,path] ...",
      "mix shards by weight and pack them into sequences", mix_opts,
      sizeof(struct mix_options), run_mix },
    { 0 }
};

int main(int argc, char **argv)
{
    static const struct mm_program program = {
        .name = "mm1-mix",
        .summary = "mix and pack shards",
        .verbs = verbs
    };

    return tool_main(&program, argc, argv);
}
