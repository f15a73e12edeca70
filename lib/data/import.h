/*
 * import.h - foreign input becomes a shard of documents
 *
 * Readers: text (text files), folder (pictures with captions), jsonl (OBELICS,
 * LLaVA, chat and plain text records), idx (MNIST's arrays), html (pages),
 * tar (webdataset), and the sets of questions and captions of qa.h.  Each turns
 * one record after the other into a sample with a "json" member (doc.h) and its
 * pictures, whose bytes stay untouched.
 *
 * A bad record is named and counted, and ends the work or is skipped as
 * on_error says.  An input that cannot be read to its end always ends it.
 */
#ifndef MM_DATA_IMPORT_H
#define MM_DATA_IMPORT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/opt.h"
#include "data/qa.h"

/* The choices of the options below, as their names in an option table. */
#define MM_IMPORT_FROM_NAMES "auto|text|folder|jsonl|idx|html|tar|" MM_QA_NAMES
enum mm_import_from {
    MM_IMPORT_AUTO,
    MM_IMPORT_TEXT,
    MM_IMPORT_FOLDER,
    MM_IMPORT_JSONL,
    MM_IMPORT_IDX,
    MM_IMPORT_HTML,
    MM_IMPORT_TAR,
    MM_IMPORT_QA /* this and the following: qa.h's formats, in order */
};

#define MM_IMPORT_ERROR_NAMES "fail|skip"
enum mm_import_on_error { MM_IMPORT_FAIL,
                          MM_IMPORT_SKIP };

#define MM_IMPORT_SPLIT_NAMES "file|blank|line"
enum mm_import_split {
    MM_IMPORT_FILE,  /* a file is a document */
    MM_IMPORT_BLANK, /* blank lines part documents */
    MM_IMPORT_LINE   /* a line is a document */
};

#define MM_IMPORT_FORMAT_NAMES "plain|wordnet|gcide"
enum mm_import_format { MM_IMPORT_PLAIN,
                        MM_IMPORT_WORDNET,
                        MM_IMPORT_GCIDE };

#define MM_IMPORT_CAPTIONS_NAMES "name|txt|first-line|category|table"
enum mm_import_captions {
    MM_IMPORT_NAME,       /* the file's name, '_' read as a space */
    MM_IMPORT_TXT,        /* the text file beside it */
    MM_IMPORT_FIRST_LINE, /* that file's first line */
    MM_IMPORT_CATEGORY,   /* the folder it lies in */
    MM_IMPORT_TABLE       /* inputs are CSV or JSON lines naming pictures */
};

#define MM_IMPORT_AS_NAMES "caption|vqa"
enum mm_import_as {
    MM_IMPORT_PAIR, /* a picture and a text */
    MM_IMPORT_VQA   /* picture and question, then the text as an answer */
};

/* Fields have the types that opt.h gives to options. */
struct mm_import_options {
    int from, on_error;
    int64_t max_bytes; /* of a document or picture */
    const char *root;  /* pictures are looked for below it; or NULL */
    /* text */
    int split, format;
    /* folder and idx */
    int captions, as;
    const char *image_column, *text_column; /* of the table; or NULL */
    const char *template;                   /* "A picture of %s.", or NULL */
    const char *question;                   /* of vqa */
    const char *labels;                     /* names of 0, 1, ...; or NULL */
    const char *label_file;                 /* or NULL: beside the pictures */
    /* html */
    int64_t min_side, max_side, min_images, max_images, dup_limit;
    double max_aspect;
    const char *ban;        /* "logo,icon": words in addresses of pictures */
    const char *skip_class; /* "nav,toc": classes that are not content */
    int alt;                /* keep alternative texts */
    /* sets of questions */
    const char *subset;     /* only what the set calls so; or NULL */
    const char *prompt;     /* after each question; NULL: as MM1 has it */
    const char *image_name; /* pattern of the pictures' files, or NULL */
    int merge;              /* what is asked about one picture, as one */
    int rotate;             /* choices in every order of a rotation */
};

/* Do the options go together?  MM_EUSAGE where not. */
int mm_import_check(const struct mm_import_options *o, struct mm_err *err);

/*
 * Import n inputs (files, folders, "-") in this order into the shard output.
 * Says what it did through the log, and in the trailer.  Same bytes at any
 * number of threads.
 */
int mm_import(const struct mm_import_options *o, const char *const *inputs,
              size_t n, const char *output, struct mm_err *err);

#endif
