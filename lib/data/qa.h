/*
 * qa.h - sets of questions, captions and choices as they are published
 *
 * One item asks one thing about one picture (or none).  The layouts are those
 * of the data sets' own files:
 *
 *   vqa        VQA v2, OK-VQA: {"questions": [..]} and, as a second file,
 *              {"annotations": [..]}, joined by question_id
 *   textvqa    TextVQA: {"data": [..]}
 *   vizwiz     VizWiz: [{"image", "question", "answers": [{"answer"}]}]
 *   gqa        GQA: {question id: {"imageId", "question", "answer"}}
 *   ocrvqa     OCR-VQA: {picture id: {"questions": [], "answers": []}}
 *   aokvqa     A-OKVQA: [{"question", "choices", "correct_choice_idx", ..}]
 *   scienceqa  ScienceQA's problems.json: {id: {"question", "choices", ..}}
 *   coco       COCO captions: {"images": [..], "annotations": [..]}
 *   karpathy   Karpathy's split: {"images": [{"filename", "sentences"}]}
 *   textcaps   TextCaps: {"data": [{"image_id", "reference_strs"}]}
 *
 * Files are read record by record; what is kept takes the memory of its texts.
 */
#ifndef MM_DATA_QA_H
#define MM_DATA_QA_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/map.h"

#define MM_QA_NAMES \
    "vqa|textvqa|vizwiz|gqa|ocrvqa|aokvqa|scienceqa|coco|karpathy|textcaps"
enum mm_qa_format {
    MM_QA_VQA,
    MM_QA_TEXTVQA,
    MM_QA_VIZWIZ,
    MM_QA_GQA,
    MM_QA_OCRVQA,
    MM_QA_AOKVQA,
    MM_QA_SCIENCEQA,
    MM_QA_COCO,
    MM_QA_KARPATHY,
    MM_QA_TEXTCAPS
};

enum mm_qa_kind { MM_QA_SHORT, /* a question with a short answer */
                  MM_QA_CHOICE,
                  MM_QA_CAPTION };

/* An item as the caller sees it; texts belong to the set. */
struct mm_qa {
    const char *id;
    const char *picture;            /* as the file names it, or NULL: none */
    const char *question;           /* NULL: a caption */
    const char *hint;               /* or NULL */
    const char *answer;             /* the one to be learnt; NULL: not known */
    const char *rationale, *subset; /* or NULL */
    const char **answers;           /* all that people gave, or all captions */
    size_t n_answers;
    const char **options;
    size_t n_options;
    int correct;     /* of the options; -1: not known */
    const char *bad; /* why the item is of no use, or NULL */
};

/* All zero is an empty set.  Private but for n, kind, pattern, subset. */
struct mm_qa_set {
    enum mm_qa_kind kind;
    size_t n;
    char pattern[80]; /* picture names to file names */
    struct mm_qa_item *items;
    size_t cap;
    struct mm_qa_node *nodes;
    size_t n_nodes, nodes_cap;
    struct mm_buf texts;
    struct mm_map by_id;
    const char **lists; /* of the item just looked at */
    size_t lists_cap;
};

/*
 * Read a set from its file or files.  A record that lacks something becomes a
 * bad item; JSON that cannot be read, and annotations without their question,
 * are MM_EDATA.  max: bytes of a record.
 */
int mm_qa_load(struct mm_qa_set *s, enum mm_qa_format format,
               const char *const *paths, size_t n, size_t max,
               struct mm_err *err);
void mm_qa_release(struct mm_qa_set *s);

/* Item i; its arrays are valid until the next call. */
int mm_qa_get(struct mm_qa_set *s, size_t i, struct mm_qa *q,
              struct mm_err *err);

/*
 * The file of a picture: its name in the pattern's place, "%s" or, filled up
 * with zeros, "%012d".  mm_qa_pattern_check: MM_EUSAGE unless there is exactly
 * one of them.
 */
void mm_qa_file(struct mm_buf *out, const char *pattern, const char *picture);
int mm_qa_pattern_check(const char *pattern, struct mm_err *err);

/*
 * What follows the question on a new line, or asks for a caption, in
 * LLaVA-1.5's and MM1's fine-tuning data (arXiv 2310.03744, table 7).
 */
const char *mm_qa_prompt(enum mm_qa_kind kind);

#endif
