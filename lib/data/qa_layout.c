/*
 * qa_layout.c - what the files of published data sets look like
 */
#include <stdio.h>
#include <string.h>

#include "data/qa_set.h"

static const struct mm_json *member_of(const struct mm_json *v,
                                       const char *key)
{
    return key ? mm_json_get(v, key) : NULL;
}

/* A member of v as text. */
static size_t member(struct mm_qa_set *s, const struct mm_json *v,
                     const char *key)
{
    return mm_qa_text(s, member_of(v, key));
}

/* Strings, or objects that hold one as `key`. */
static void append_all(struct mm_qa_set *s, struct mm_qa_nodes *to,
                       const struct mm_json *list, const char *key)
{
    if (!list || list->type != MM_JSON_ARRAY)
        return;
    for (const struct mm_json *v = list->child; v; v = v->next) {
        int inside = v->type == MM_JSON_OBJECT;

        mm_qa_append(s, to, mm_qa_text(s, inside ? member_of(v, key) : v));
    }
}

static int index_of(const struct mm_json *v)
{
    int64_t i = mm_json_int(v, -1);

    return i < -1 || i > 1000 ? 1000 : (int)i; /* 1000: none of them */
}

static size_t text_of(struct mm_qa_set *s, const char *text)
{
    return mm_qa_text_of(s, text, strlen(text));
}

/* A new item with what the members of v say; NULL when memory is out. */
static struct mm_qa_item *add(struct mm_qa_set *s, const struct mm_qa_layout *y,
                              const char *key, const struct mm_json *v,
                              struct mm_err *err)
{
    const struct mm_qa_members *m = &y->members;
    struct mm_qa_item *it = mm_qa_add(s, err);

    if (!it)
        return NULL;
    it->id = m->id ? member(s, v, m->id) : text_of(s, key);
    it->picture = member(s, v, m->picture);
    it->question = member(s, v, m->question);
    it->hint = member(s, v, m->hint);
    it->answer = member(s, v, m->answer);
    it->rationale = member(s, v, m->rationale);
    it->subset = member(s, v, m->subset);
    if (m->correct)
        it->correct = index_of(mm_json_get(v, m->correct));
    append_all(s, &it->options, member_of(v, m->options), "");
    append_all(s, &it->answers, member_of(v, m->answers), m->inner);
    if (!m->answers)
        mm_qa_append(s, &it->answers, it->answer);
    return it;
}

/* top/folder/name, without the folders that are "" */
static size_t path_text(struct mm_qa_set *s, const char *top,
                        const char *folder, const char *name)
{
    struct mm_buf path = { 0 };
    size_t text;

    mm_buf_addf(&path, "%s%s%s%s%s", top, *top ? "/" : "", folder,
                *folder ? "/" : "", name);
    text = path.data ? mm_qa_text_of(s, path.data, path.len) : 0;
    mm_buf_release(&path);
    return text;
}

/* ---- records that are one item ---- */

static int item(struct mm_qa_set *s, const struct mm_qa_layout *y,
                const char *key, const struct mm_json *v, struct mm_err *err)
{
    return add(s, y, key, v, err) ? 0 : -1;
}

/* An item that other records complete */
static int found_by_id(struct mm_qa_set *s, const struct mm_qa_layout *y,
                       const char *key, const struct mm_json *v,
                       struct mm_err *err)
{
    if (!add(s, y, key, v, err))
        return -1;
    return mm_qa_index(s, mm_json_get(v, y->members.id), err);
}

/* ---- what differs ---- */

static int vqa_answers(struct mm_qa_set *s, const struct mm_qa_layout *y,
                       const char *key, const struct mm_json *v,
                       struct mm_err *err)
{
    const struct mm_json *id = mm_json_get(v, "question_id");
    struct mm_qa_item *it = mm_qa_find(s, id);

    (void)y;
    (void)key;
    if (!it)
        return mm_fail(err, MM_EDATA, "it answers a question that is not "
                                      "there; do the two files belong "
                                      "together?");
    it->answer = member(s, v, "multiple_choice_answer");
    append_all(s, &it->answers, mm_json_get(v, "answers"), "answer");
    return 0;
}

static int ocrvqa(struct mm_qa_set *s, const struct mm_qa_layout *y,
                  const char *key, const struct mm_json *v,
                  struct mm_err *err)
{
    /* of "split": 1, 2 and 3 */
    static const char *const subsets[] = { "train", "val", "test" };
    const struct mm_json *questions = mm_json_get(v, "questions");
    const struct mm_json *answers = mm_json_get(v, "answers");
    const struct mm_json *q = questions ? questions->child : NULL;
    const struct mm_json *a = answers ? answers->child : NULL;
    int64_t split = mm_json_int(mm_json_get(v, "split"), 0);
    size_t picture = text_of(s, key), subset = 0;
    char id[128];

    (void)y;
    if (split >= 1 && split <= 3)
        subset = text_of(s, subsets[split - 1]);
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

static int aokvqa(struct mm_qa_set *s, const struct mm_qa_layout *y,
                  const char *key, const struct mm_json *v,
                  struct mm_err *err)
{
    const struct mm_json *why = mm_json_get(v, "rationales");
    struct mm_qa_item *it = add(s, y, key, v, err);

    if (!it)
        return -1;
    if (why && why->type == MM_JSON_ARRAY)
        it->rationale = mm_qa_text(s, why->child);
    return 0;
}

/* Its pictures lie in a folder each: train/ID/image.png */
static int scienceqa(struct mm_qa_set *s, const struct mm_qa_layout *y,
                     const char *key, const struct mm_json *v,
                     struct mm_err *err)
{
    const char *image = mm_json_str(mm_json_get(v, "image"), "");
    const char *split = mm_json_str(mm_json_get(v, "split"), "");
    struct mm_qa_item *it = add(s, y, key, v, err);

    if (!it)
        return -1;
    if (*image)
        it->picture = path_text(s, split, key, image);
    return 0;
}

static int coco_caption(struct mm_qa_set *s, const struct mm_qa_layout *y,
                        const char *key, const struct mm_json *v,
                        struct mm_err *err)
{
    struct mm_qa_item *it = mm_qa_find(s, mm_json_get(v, "image_id"));

    (void)y;
    (void)key;
    if (!it)
        return mm_fail(err, MM_EDATA, "the caption is of a picture that is "
                                      "not in \"images\"");
    mm_qa_append(s, &it->answers, member(s, v, "caption"));
    return 0;
}

static int karpathy(struct mm_qa_set *s, const struct mm_qa_layout *y,
                    const char *key, const struct mm_json *v,
                    struct mm_err *err)
{
    const char *folder = mm_json_str(mm_json_get(v, "filepath"), "");
    const char *name = mm_json_str(mm_json_get(v, "filename"), "");
    struct mm_qa_item *it = add(s, y, key, v, err);

    if (!it)
        return -1;
    if (*name)
        it->picture = path_text(s, "", folder, name);
    if (!it->id)
        it->id = member(s, v, "imgid");
    return 0;
}

/* A record a caption; the first of a picture brings all of them. */
static int textcaps(struct mm_qa_set *s, const struct mm_qa_layout *y,
                    const char *key, const struct mm_json *v,
                    struct mm_err *err)
{
    const struct mm_json *id = mm_json_get(v, "image_id");
    const struct mm_json *all = mm_json_get(v, "reference_strs");
    struct mm_qa_item *it = mm_qa_find(s, id);

    if (it && all)
        return 0;
    if (!it && found_by_id(s, y, key, v, err) < 0)
        return -1;
    if (!all)
        mm_qa_append(s, &mm_qa_find(s, id)->answers,
                     member(s, v, "caption_str"));
    return 0;
}

static const struct mm_qa_layout layouts[] = {
    [MM_QA_VQA] = {
        .kind = MM_QA_SHORT,
        .pattern = "COCO_%s_%012d.jpg",
        .first = { "questions", found_by_id },
        .members = {
            .id = "question_id",
            .picture = "image_id",
            .question = "question",
        },
        .second = { "annotations", vqa_answers },
        .tag = "data_subtype",
    },
    [MM_QA_TEXTVQA] = {
        .kind = MM_QA_SHORT,
        .pattern = "%s.jpg",
        .first = { "data", item },
        .members = {
            .id = "question_id",
            .picture = "image_id",
            .question = "question",
            .subset = "set_name",
            .answers = "answers",
            .inner = "answer",
        },
    },
    [MM_QA_VIZWIZ] = {
        .kind = MM_QA_SHORT,
        .pattern = "%s",
        .first = { NULL, item },
        .members = {
            .id = "image",
            .picture = "image",
            .question = "question",
            .answers = "answers",
            .inner = "answer",
        },
    },
    [MM_QA_GQA] = {
        .kind = MM_QA_SHORT,
        .pattern = "%s.jpg",
        .first = { NULL, item },
        .members = {
            .picture = "imageId",
            .question = "question",
            .answer = "answer",
        },
    },
    [MM_QA_OCRVQA] = {
        .kind = MM_QA_SHORT,
        .pattern = "%s.jpg",
        .first = { NULL, ocrvqa },
    },
    [MM_QA_AOKVQA] = {
        .kind = MM_QA_CHOICE,
        .pattern = "%012d.jpg",
        .first = { NULL, aokvqa },
        .members = {
            .id = "question_id",
            .picture = "image_id",
            .question = "question",
            .subset = "split",
            .correct = "correct_choice_idx",
            .options = "choices",
            .answers = "direct_answers",
        },
    },
    [MM_QA_SCIENCEQA] = {
        .kind = MM_QA_CHOICE,
        .pattern = "%s",
        .first = { NULL, scienceqa },
        .members = {
            .question = "question",
            .hint = "hint",
            .rationale = "solution",
            .subset = "split",
            .correct = "answer",
            .options = "choices",
        },
    },
    [MM_QA_COCO] = {
        .kind = MM_QA_CAPTION,
        .pattern = "%s",
        .first = { "images", found_by_id },
        .members = { .id = "id", .picture = "file_name" },
        .second = { "annotations", coco_caption },
    },
    [MM_QA_KARPATHY] = {
        .kind = MM_QA_CAPTION,
        .pattern = "%s",
        .first = { "images", karpathy },
        .members = {
            .id = "cocoid",
            .subset = "split",
            .answers = "sentences",
            .inner = "raw",
        },
    },
    [MM_QA_TEXTCAPS] = {
        .kind = MM_QA_CAPTION,
        .pattern = "%s.jpg",
        .first = { "data", textcaps },
        .members = {
            .id = "image_id",
            .picture = "image_id",
            .subset = "set_name",
            .answers = "reference_strs",
        },
    },
};

const struct mm_qa_layout *mm_qa_layout(enum mm_qa_format format)
{
    return &layouts[format];
}
