/*
 * ptb_table.h - character classes and abbreviations of the PTB tokenizer
 */
#ifndef MM_EVAL_PTB_TABLE_H
#define MM_EVAL_PTB_TABLE_H

#include <stddef.h>
#include <stdint.h>

enum mm_ptb_class {
    MM_PTB_OTHER, /* deleted, and beyond U+FFFF everything is */
    MM_PTB_LETTER,
    MM_PTB_MARK, /* inside words as a letter, but not beside hyphens */
    MM_PTB_DIGIT,
    MM_PTB_SYMBOL /* a token of its own */
};

struct mm_ptb_range {
    uint16_t first, last;
    uint8_t class;
};

/* Sorted; ASCII punctuation is in none of them. */
extern const struct mm_ptb_range mm_ptb_ranges[];
extern const size_t mm_ptb_n_ranges;

enum mm_ptb_abbreviation_kind {
    MM_PTB_END,   /* before a capital the sentence ends too */
    MM_PTB_TITLE, /* never ends a sentence */
    MM_PTB_NUMBER /* an abbreviation only before a number */
};

/* Case does not matter, but for the letter at fixed (-1: none). */
struct mm_ptb_abbreviation {
    const char *word;
    int8_t fixed;
    uint8_t kind;
};

/* Sorted without regard to case. */
extern const struct mm_ptb_abbreviation mm_ptb_abbreviations[];
extern const size_t mm_ptb_n_abbreviations;

#endif
