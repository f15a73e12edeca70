/*
 * rewrite.h - the captions of a shard in a model's words
 *
 * As MM1's synthetic captions (VeCap, arXiv 2310.07699) are made: the document
 * of each picture with its text keeps its key and its pictures, gets the text
 * that the model answers to a template, and keeps what it had as "original".
 * Other documents pass unchanged; where the model says nothing the text stays.
 */
#ifndef MM_EVAL_REWRITE_H
#define MM_EVAL_REWRITE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "eval/speak.h"

struct mm_rewrite_counts {
    uint64_t rewritten, unchanged, silent; /* documents */
    uint64_t known;                        /* of those: from the journal */
};

/*
 * template: "%s" stands for the caption, "<image>" (once, or not at all) for
 * the picture.  The shard appears whole at output.  What was said so far
 * stands in output.journal, and the same work resumes from there; another
 * model, template or setting starts over.  An answer depends on the seed and
 * the document's key.  w->out is not used.
 */
int mm_rewrite_shard(struct mm_speaker *w, const char *input,
                     const char *output, const char *template,
                     struct mm_rewrite_counts *counts, struct mm_err *err);

/* MM_EUSAGE for a template without "%s" and "<image>", or with two of one. */
int mm_rewrite_check(const char *template, struct mm_err *err);

#endif
