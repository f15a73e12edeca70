/*
 * qa_layout.c - what the files of published data sets look like
 */
#include <stdio.h>
#include <string.h>

#include "data/qa_set.h"

/* A member of v as text. */
static size_t member(struct mm_qa_set *s, const struct mm_json *v,
                     const char *key)
{
    return mm_qa_text(s, mm_json_get(v, key));
}

/* Strings, or objects that hold one as `key`. */
static void append_all(struct mm_qa_set *s, struct mm_qa_nodes *to,
                       const struct mm_json *list, const char *key)
{
    if (!list || list->type != MM_JSON_ARRAY)
        return;
    for (const struct mm_json *v = list->child; v; v = v->next) {
        int inside = v->type == MM_JSON_OBJECT;

        mm_qa_append(s, to, mm_qa_text(s, inside ? mm_json_get(v, key) : v));
    }
}

/* ---- VQA v2, OK-VQA ---- */

static int vqa_question(struct mm_qa_set *s, const char *key,
                        const struct mm_json *v, struct mm_err *err)
{
    struct mm_qa_item *it = mm_qa_add(s, err);

    (void)key;
    if (!it)
        return -1;
    it->id = member(s, v, "question_id");
    it->picture = member(s, v, "image_id");
    it->question = member(s, v, "question");
    return mm_qa_index(s, mm_json_get(v, "question_id"), err);
}

static int vqa_answers(struct mm_qa_set *s, const char *key,
                       const struct mm_json *v, struct mm_err *err)
{
    const struct mm_json *id = mm_json_get(v, "question_id");
    struct mm_qa_item *it = mm_qa_find(s, id);

    (void)key;
    if (!it)
        return mm_fail(err, MM_EDATA, "it answers a question that is not "
                                      "there; do the two files belong "
                                      "together?");
    it->answer = member(s, v, "multiple_choice_answer");
    append_all(s, &it->answers, mm_json_get(v, "answers"), "answer");
    return 0;
}

/* ---- one file of questions ---- */

static int textvqa(struct mm_qa_set *s, const char *key,
                   const struct mm_json *v, struct mm_err *err)
{
    struct mm_qa_item *it = mm_qa_add(s, err);

    (void)key;
    if (!it)
        return -1;
    it->id = member(s, v, "question_id");
    it->picture = member(s, v, "image_id");
    it->question = member(s, v, "question");
    it->subset = member(s, v, "set_name");
    append_all(s, &it->answers, mm_json_get(v, "answers"), "answer");
    return 0;
}

static int vizwiz(struct mm_qa_set *s, const char *key,
                  const struct mm_json *v, struct mm_err *err)
{
    struct mm_qa_item *it = mm_qa_add(s, err);

    (void)key;
    if (!it)
        return -1;
    it->id = it->picture = member(s, v, "image");
    it->question = member(s, v, "question");
    append_all(s, &it->answers, mm_json_get(v, "answers"), "answer");
    return 0;
}

static int gqa(struct mm_qa_set *s, const char *key, const struct mm_json *v,
               struct mm_err *err)
{
    struct mm_qa_item *it = mm_qa_add(s, err);

    if (!it)
        return -1;
    it->id = mm_qa_text_of(s, key, strlen(key));
    it->picture = member(s, v, "imageId");
    it->question = member(s, v, "question");
    it->answer = member(s, v, "answer");
    mm_qa_append(s, &it->answers, it->answer);
    return 0;
}

static int ocrvqa(struct mm_qa_set *s, const char *key,
                  const struct mm_json *v, struct mm_err *err)
{
    /* of "split": 1, 2 and 3 */
    static const char *const subsets[] = { "train", "val", "test" };
    const struct mm_json *questions = mm_json_get(v, "questions");
    const struct mm_json *answers = mm_json_get(v, "answers");
    const struct mm_json *q = questions ? questions->child : NULL;
    const struct mm_json *a = answers ? answers->child : NULL;
    int64_t split = mm_json_int(mm_json_get(v, "split"), 0);
    size_t picture = mm_qa_text_of(s, key, strlen(key)), subset = 0;
    char id[128];

    if (split >= 1 && split <= 3)
        subset = mm_qa_text_of(s, subsets[split - 1],
                               strlen(subsets[split - 1]));
    for (int i = 0; q; q = q->next, i++) {
        struct mm_qa_item *it = mm_qa_add(s, err);
        int n = snprintf(id, sizeof id, "%.100s-%d", key, i);

        if (!it)
            return -1;
        it->id = mm_qa_text_of(s, id, (size_t)n);
        it->picture = picture;
        it->subset = subset;
        it->question = mm_qa_text(s, q);
        it->answer = mm_qa_text(s, a);
        mm_qa_append(s, &it->answers, it->answer);
        a = a ? a->next : NULL;
    }
    return 0;
}

/* ---- choices ---- */

static int index_of(const struct mm_json *v)
{
    int64_t i = mm_json_int(v, -1);

    return i < -1 || i > 1000 ? 1000 : (int)i; /* 1000: none of them */
}

static int aokvqa(struct mm_qa_set *s, const char *key,
                  const struct mm_json *v, struct mm_err *err)
{
    struct mm_qa_item *it = mm_qa_add(s, err);
    const struct mm_json *why = mm_json_get(v, "rationales");

    (void)key;
    if (!it)
        return -1;
    it->id = member(s, v, "question_id");
    it->picture = member(s, v, "image_id");
    it->question = member(s, v, "question");
    it->subset = member(s, v, "split");
    it->correct = index_of(mm_json_get(v, "correct_choice_idx"));
    append_all(s, &it->options, mm_json_get(v, "choices"), "");
    append_all(s, &it->answers, mm_json_get(v, "direct_answers"), "");
    if (why && why->type == MM_JSON_ARRAY)
        it->rationale = mm_qa_text(s, why->child);
    return 0;
}

/* Its pictures lie in a folder each: train/ID/image.png */
static int scienceqa(struct mm_qa_set *s, const char *key,
                     const struct mm_json *v, struct mm_err *err)
{
    struct mm_qa_item *it = mm_qa_add(s, err);
    const char *image = mm_json_str(mm_json_get(v, "image"), "");
    const char *split = mm_json_str(mm_json_get(v, "split"), "");
    struct mm_buf path = { 0 };

    if (!it)
        return -1;
    it->id = mm_qa_text_of(s, key, strlen(key));
    it->question = member(s, v, "question");
    it->hint = member(s, v, "hint");
    it->rationale = member(s, v, "solution");
    it->subset = member(s, v, "split");
    it->correct = index_of(mm_json_get(v, "answer"));
    append_all(s, &it->options, mm_json_get(v, "choices"), "");
    if (*image) {
        mm_buf_addf(&path, "%s%s%s/%s", split, *split ? "/" : "", key, image);
        it->picture = path.data ? mm_qa_text_of(s, path.data, path.len) : 0;
    }
    mm_buf_release(&path);
    return 0;
}

/* ---- captions ---- */

static int coco_picture(struct mm_qa_set *s, const char *key,
                        const struct mm_json *v, struct mm_err *err)
{
    struct mm_qa_item *it = mm_qa_add(s, err);

    (void)key;
    if (!it)
        return -1;
    it->id = member(s, v, "id");
    it->picture = member(s, v, "file_name");
    return mm_qa_index(s, mm_json_get(v, "id"), err);
}

static int coco_caption(struct mm_qa_set *s, const char *key,
                        const struct mm_json *v, struct mm_err *err)
{
    struct mm_qa_item *it = mm_qa_find(s, mm_json_get(v, "image_id"));

    (void)key;
    if (!it)
        return mm_fail(err, MM_EDATA, "the caption is of a picture that is "
                                      "not in \"images\"");
    mm_qa_append(s, &it->answers, member(s, v, "caption"));
    return 0;
}

static int karpathy(struct mm_qa_set *s, const char *key,
                    const struct mm_json *v, struct mm_err *err)
{
    struct mm_qa_item *it = mm_qa_add(s, err);
    const char *folder = mm_json_str(mm_json_get(v, "filepath"), "");
    const char *name = mm_json_str(mm_json_get(v, "filename"), "");
    struct mm_buf path = { 0 };

    (void)key;
    if (!it)
        return -1;
    mm_buf_addf(&path, "%s%s%s", folder, *folder ? "/" : "", name);
    if (*name && path.data)
        it->picture = mm_qa_text_of(s, path.data, path.len);
    mm_buf_release(&path);
    it->id = member(s, v, "cocoid");
    if (!it->id)
        it->id = member(s, v, "imgid");
    it->subset = member(s, v, "split");
    append_all(s, &it->answers, mm_json_get(v, "sentences"), "raw");
    return 0;
}

/* A record a caption; the first of a picture brings all of them. */
static int textcaps(struct mm_qa_set *s, const char *key,
                    const struct mm_json *v, struct mm_err *err)
{
    const struct mm_json *id = mm_json_get(v, "image_id");
    const struct mm_json *all = mm_json_get(v, "reference_strs");
    struct mm_qa_item *it = mm_qa_find(s, id);
    int known = it != NULL;

    (void)key;
    if (!known)
        it = mm_qa_add(s, err);
    if (!it)
        return -1;
    if (known && all)
        return 0;
    if (all)
        append_all(s, &it->answers, all, "");
    else
        mm_qa_append(s, &it->answers, member(s, v, "caption_str"));
    if (known)
        return 0;
    it->id = it->picture = mm_qa_text(s, id);
    it->subset = member(s, v, "set_name");
    return mm_qa_index(s, id, err);
}

const struct mm_qa_layout *mm_qa_layout(enum mm_qa_format format)
{
    static const struct mm_qa_layout layouts[] = {
        [MM_QA_VQA] = { MM_QA_SHORT, "COCO_%s_%012d.jpg", "questions",
                        vqa_question, "annotations", vqa_answers,
                        "data_subtype" },
        [MM_QA_TEXTVQA] = { MM_QA_SHORT, "%s.jpg", "data", textvqa, NULL,
                            NULL, NULL },
        [MM_QA_VIZWIZ] = { MM_QA_SHORT, "%s", NULL, vizwiz, NULL, NULL,
                           NULL },
        [MM_QA_GQA] = { MM_QA_SHORT, "%s.jpg", NULL, gqa, NULL, NULL, NULL },
        [MM_QA_OCRVQA] = { MM_QA_SHORT, "%s.jpg", NULL, ocrvqa, NULL, NULL,
                           NULL },
        [MM_QA_AOKVQA] = { MM_QA_CHOICE, "%012d.jpg", NULL, aokvqa, NULL,
                           NULL, NULL },
        [MM_QA_SCIENCEQA] = { MM_QA_CHOICE, "%s", NULL, scienceqa, NULL,
                              NULL, NULL },
        [MM_QA_COCO] = { MM_QA_CAPTION, "%s", "images", coco_picture,
                         "annotations", coco_caption, NULL },
        [MM_QA_KARPATHY] = { MM_QA_CAPTION, "%s", "images", karpathy, NULL,
                             NULL, NULL },
        [MM_QA_TEXTCAPS] = { MM_QA_CAPTION, "%s.jpg", "data", textcaps, NULL,
                             NULL, NULL },
    };

    return &layouts[format];
}
