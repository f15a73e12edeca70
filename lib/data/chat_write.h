/*
 * chat_write.h - the pen of the templates: text, marks and pictures in order
 */
#ifndef MM_DATA_CHAT_WRITE_H
#define MM_DATA_CHAT_WRITE_H

#include "data/chat.h"

/*
 * Text is held back as long as the loss stays the same, so that words
 * are cut as in the joined text.  The first failure stays in *err and makes
 * the rest do nothing.
 */
struct mm_pen {
    const struct mm_tokenizer *t;
    struct mm_encoded *e;
    struct mm_buf text; /* held back */
    int loss;           /* of it */
    int after_picture;  /* nothing came since */
    int failed;
    struct mm_err *err;
};

void mm_pen_say(struct mm_pen *p, const char *text, size_t n, int loss);
void mm_pen_says(struct mm_pen *p, const char *text, int loss);

/* A special token by name; MM_ECONFIG when there is none. */
void mm_pen_mark(struct mm_pen *p, const char *token, int loss);
void mm_pen_picture(struct mm_pen *p);

/* Say a text, with gap in front where it follows a picture and has none. */
void mm_pen_part(struct mm_pen *p, const struct mm_doc_part *part,
                 const char *gap, int loss);
int mm_pen_starts_white(const char *text, size_t n); /* or is empty */
void mm_pen_fail(struct mm_pen *p, const char *template, const char *what);

/* Flush and free what is held.  0, or -1 when something failed. */
int mm_pen_close(struct mm_pen *p);

#endif
