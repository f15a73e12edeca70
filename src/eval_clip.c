/*
 * eval_clip.c - mm1-eval retrieve and zeroshot
 */
#include "eval.h"
#include "eval/retrieve.h"
#include "eval/zeroshot.h"

static int check(const struct eval_options *o, int argc, const char *verb,
                 struct mm_err *err)
{
    if (argc)
        return mm_fail(err, MM_EUSAGE, "%s takes no operands", verb);
    if (!o->model || !o->data)
        return mm_fail(err, MM_EUSAGE, "%s needs -m and --data", verb);
    return 0;
}

int eval_retrieve(const void *options, int argc, char **argv,
                  struct mm_err *err)
{
    const struct eval_options *o = options;
    struct mm_retrieval r;
    struct mm_buf text = { 0 };

    (void)argv;
    if (check(o, argc, "retrieve", err) < 0 ||
        mm_retrieve(&r, o->model, o->data, (size_t)o->limit, err) < 0)
        return -1;
    mm_retrieval_print(&text, &r, o->model, o->data,
                       (enum mm_table_format)o->format);
    return eval_write(o, &text, err);
}

int eval_zeroshot(const void *options, int argc, char **argv,
                  struct mm_err *err)
{
    const struct eval_options *o = options;
    const struct mm_zeroshot_run run = { .model = o->model,
                                         .data = o->data,
                                         .classes = o->classes,
                                         .templates = o->templates,
                                         .limit = (size_t)o->limit };
    struct mm_zeroshot z;
    struct mm_buf text = { 0 };

    (void)argv;
    if (check(o, argc, "zeroshot", err) < 0 || mm_zeroshot(&z, &run, err) < 0)
        return -1;
    mm_zeroshot_print(&text, &z, &run, (enum mm_table_format)o->format);
    if (eval_write(o, &text, err) < 0)
        return -1;
    if (o->strict && z.n < z.of)
        return mm_fail(err, MM_ECHECK, "%zu of %zu items were left out",
                       z.of - z.n, z.of);
    return 0;
}

/* clang-format off */
#define SHARED                                                         \
    { 'm', "model", MM_OPT_STR, FIELD(model), "dir", NULL,             \
      "a CLIP", 0, 0, NULL, 0 },                                       \
    { 0, "data", MM_OPT_STR, FIELD(data), "shard", NULL,               \
      "document shard with the pictures", 0, 0, NULL, 0 },             \
    { 'n', "limit", MM_OPT_INT, FIELD(limit), "n", "0",                \
      "the first n items only; 0: all", 0, 1e9, NULL, 0 },             \
    { 'f', "format", MM_OPT_CHOICE, FIELD(format), "name", "text",     \
      "how the table looks", 0, 0, "text|markdown|json", 0 },          \
    OUTPUT("where the table goes")
/* clang-format on */

const struct mm_opt eval_retrieve_options[] = { SHARED, { 0 } };

const struct mm_opt eval_zeroshot_options[] = {
    SHARED,
    { 0, "classes", MM_OPT_STR, FIELD(classes), "file", NULL,
      "the answers to choose from, and their names", 0, 0, NULL, 0 },
    { 0, "templates", MM_OPT_STR, FIELD(templates), "file", NULL,
      "texts with {} in place of a name; they are averaged", 0, 0, NULL, 0 },
    STRICT,
    { 0 }
};
