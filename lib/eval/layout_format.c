/*
 * layout_format.c - the formats of data sets: which member is what
 *
 * After the files that the sets' authors publish; TSV is that of VLMEvalKit.
 */
#include "eval/layout.h"

#include <string.h>

#define ANY_ID "id question_id index image_id questionId pid image @"

/* What a format says where the task file says nothing. */
struct format {
    const char *name;
    enum mm_container container;
    int rows;
    const char *key[MM_N_DATA];
};

static const struct format formats[] = {
    { "json", MM_JSON_FILE, 0, { [MM_DATA_IMAGE] = "{image}" } },
    { "jsonl", MM_JSON_LINES, 0, { [MM_DATA_IMAGE] = "{image}" } },
    { "tsv",
      MM_TABLE_FILE,
      0,
      { [MM_DATA_ID] = "index id",
        [MM_DATA_IMAGE] = "{image}",
        [MM_DATA_OPTIONS] = "A B C D E F G H",
        [MM_DATA_GOLD] = "answer" } },
    { "coco",
      MM_JSON_FILE,
      0,
      { [MM_DATA_RECORDS] = "images",
        [MM_DATA_ID] = "id",
        [MM_DATA_IMAGE] = "{file_name}",
        [MM_DATA_GROUP] = "= annotations image_id caption" } },
    { "karpathy",
      MM_JSON_FILE,
      0,
      { [MM_DATA_RECORDS] = "images",
        [MM_DATA_ID] = "cocoid imgid",
        [MM_DATA_IMAGE] = "{filepath}/{filename}",
        [MM_DATA_ANSWERS] = "sentences.raw",
        [MM_DATA_WHERE] = "split=test",
        [MM_DATA_KEEP] = "cocoid" } },
    { "vqa",
      MM_JSON_FILE,
      0,
      { [MM_DATA_RECORDS] = "questions",
        [MM_DATA_ID] = "question_id",
        [MM_DATA_KEEP] = "question_type answer_type" } },
    { "textvqa",
      MM_JSON_FILE,
      0,
      { [MM_DATA_RECORDS] = "data",
        [MM_DATA_ID] = "question_id",
        [MM_DATA_IMAGE] = "train_images/{image_id}.jpg",
        [MM_DATA_KEEP] = "image_id" } },
    { "textcaps",
      MM_JSON_FILE,
      1,
      { [MM_DATA_RECORDS] = "data",
        [MM_DATA_ID] = "image_id",
        [MM_DATA_QUESTION] = "-",
        [MM_DATA_ANSWERS] = "reference_strs",
        [MM_DATA_IMAGE] = "train_images/{image_id}.jpg",
        [MM_DATA_KEEP] = "image_id" } },
    { "vizwiz",
      MM_JSON_FILE,
      0,
      { [MM_DATA_ID] = "image",
        [MM_DATA_IMAGE] = "{image}",
        [MM_DATA_KEEP] = "answer_type answerable" } },
    { "gqa",
      MM_JSON_FILE,
      0,
      { [MM_DATA_ID] = "@",
        [MM_DATA_IMAGE] = "images/{imageId}.jpg",
        [MM_DATA_KEEP] = "imageId isBalanced types entailed answer "
                         "structural=types.structural "
                         "semantic_type=types.semantic" } },
    { "scienceqa",
      MM_JSON_FILE,
      0,
      { [MM_DATA_ID] = "@",
        [MM_DATA_OPTIONS] = "choices",
        [MM_DATA_GOLD] = "answer",
        [MM_DATA_ANSWERS] = "@letter",
        [MM_DATA_IMAGE] = "images/{split}/{@}/{image}",
        [MM_DATA_KEEP] = "hint answer choices subject image lecture "
                         "solution" } },
    { "seed",
      MM_JSON_FILE,
      0,
      { [MM_DATA_RECORDS] = "questions",
        [MM_DATA_ID] = "question_id",
        [MM_DATA_OPTIONS] = "choice_a choice_b choice_c choice_d",
        [MM_DATA_GOLD] = "answer",
        [MM_DATA_IMAGE] = "SEED-Bench-image/{data_id}",
        [MM_DATA_KEEP] = "answer data_type question_type=question_type_id" } },
    { "pope",
      MM_JSON_LINES,
      0,
      { [MM_DATA_ID] = "question_id",
        [MM_DATA_QUESTION] = "text",
        [MM_DATA_ANSWERS] = "label",
        [MM_DATA_TAG] = "category",
        [MM_DATA_IMAGE] = "{image}",
        [MM_DATA_KEEP] = "label" } },
    { "llava",
      MM_JSON_LINES,
      0,
      { [MM_DATA_ID] = "question_id",
        [MM_DATA_QUESTION] = "text",
        [MM_DATA_IMAGE] = "{image}" } },
};
#define N_FORMATS (sizeof formats / sizeof *formats)

static const struct format *find_format(const char *name)
{
    for (size_t i = 0; i < N_FORMATS; i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}

static const char *first_of(const char *a, const char *b, const char *c)
{
    if (a)
        return a;
    return b ? b : c ? c
                     : "";
}

static int no_format(const char *name, struct mm_err *err)
{
    struct mm_buf names = { 0 };

    for (size_t i = 0; i < N_FORMATS; i++)
        mm_buf_addf(&names, "%s%s", i ? ", " : "", formats[i].name);
    mm_fail(err, MM_ECONFIG, "there is no format '%s'; there are %s", name,
            names.data ? names.data : "");
    mm_buf_release(&names);
    return -1;
}

int mm_layout_make(struct mm_schema *l, const struct mm_task *t, int shots,
                   struct mm_err *err)
{
    static const char *const others[MM_N_DATA] = {
        [MM_DATA_ID] = ANY_ID,
        [MM_DATA_QUESTION] = "question",
        [MM_DATA_ANSWERS] = "answers answer",
        [MM_DATA_OPTIONS] = "options"
    };
    const char *name = first_of(shots ? t->shots[MM_DATA_FORMAT] : NULL,
                                t->data[MM_DATA_FORMAT], "jsonl");
    const struct format *f = find_format(name);

    *l = (struct mm_schema){ 0 };
    if (!f)
        return no_format(name, err);
    l->container = f->container;
    l->rows = f->rows;
    for (size_t i = 0; i < MM_N_DATA; i++)
        l->key[i] = first_of(shots ? t->shots[i] : NULL, t->data[i],
                             f->key[i] ? f->key[i] : others[i]);
    return 0;
}
