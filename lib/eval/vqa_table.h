/*
 * vqa_table.h - the contractions of the VQA scorer
 */
#ifndef MM_EVAL_VQA_TABLE_H
#define MM_EVAL_VQA_TABLE_H

#include <stddef.h>

struct mm_vqa_contraction {
    const char *written, *meant;
};

extern const struct mm_vqa_contraction mm_vqa_contractions[];
extern const size_t mm_vqa_n_contractions;

#endif
