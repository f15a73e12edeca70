/*
 * import_reader.h - what a reader of foreign input is; private to import*.c
 *
 * Work flows through a pipeline: read() takes the bytes of the next record
 * (one thread, in order), work() makes a sample of them (many threads), and
 * import.c writes the samples in the order read.
 */
#ifndef MM_DATA_IMPORT_READER_H
#define MM_DATA_IMPORT_READER_H

#include "base/map.h"
#include "data/gzip.h"
#include "data/import.h"
#include "data/sample.h"
#include "data/shard.h"

/* Why a document or a picture is left out though nothing failed. */
enum mm_import_drop {
    MM_DROP_NONE,
    /* pictures */
    MM_DROP_MISSING, /* no such file, or not a local one */
    MM_DROP_OUTSIDE, /* the path leaves the root */
    MM_DROP_UNREADABLE,
    MM_DROP_SMALL,
    MM_DROP_LARGE,
    MM_DROP_ASPECT,
    MM_DROP_BANNED,    /* a word in its address */
    MM_DROP_REPEATED,  /* stood on this page before */
    MM_DROP_DUPLICATE, /* stands on too many pages */
    /* documents */
    MM_DROP_NO_PICTURE,
    MM_DROP_MANY_PICTURES,
    MM_DROP_NO_TEXT,
    MM_DROP_TURNS, /* bad records, skipped: turns out of order, */
    MM_DROP_MARKS, /* pictures and their marks that do not match, */
    MM_DROP_FILE,  /* files that are not there, */
    MM_DROP_ERROR, /* or something else */
    MM_DROP_N
};

/* One of the inputs' files, in the order they are read. */
struct mm_import_file {
    char *path;
    size_t rel;   /* path + rel: below the input folder, or the file's name */
    size_t input; /* which input it comes from */
};

struct mm_import_files {
    struct mm_import_file *v;
    size_t n, cap;
};

/* What travels through the pipeline; reused, so that its memory stays. */
struct mm_import_item {
    const struct mm_import_file *file;
    int64_t index;          /* record of the file from 0, or -1: all of it */
    uint64_t place;         /* for messages: its number from 1; 0: none */
    const char *unit;       /* what place counts: "record", "line" */
    int64_t number;         /* the reader's own: a label, ... */
    size_t width, height;   /* of a picture in raw bytes */
    struct mm_buf raw;      /* the record's bytes */
    struct mm_buf key;      /* a key's text; empty: made from file and index */
    struct mm_sample parts; /* the record, where it has members: tar */
    struct mm_sample sample;
    int made; /* is there a sample? */
    size_t pictures;
    uint64_t dropped[MM_DROP_N];
    uint64_t *hashes; /* of the pictures kept; html counts them */
    size_t n_hashes, hashes_cap;
    int failed;              /* a bad record: err says why, */
    enum mm_import_drop why; /* MM_DROP_NONE: the general reason */
    int named;               /* err names the file already */
    struct mm_err err;
};

struct mm_import_reader;

/* One import. */
struct mm_import {
    const struct mm_import_options *o;
    const struct mm_import_reader *reader;
    struct mm_import_files files;
    const char *const *inputs;
    void *state;        /* the reader's own */
    size_t done;        /* files that read() is through with */
    struct mm_gzip *z;  /* the file being read, or NULL */
    int opened;         /* is it, by the reader too? */
    int64_t records;    /* of the open file so far, the reader counts */
    struct mm_map keys; /* given out */
    int (*write)(struct mm_import *im, struct mm_import_item *it,
                 struct mm_err *err);
    struct mm_shard_writer *out;
    uint64_t documents, pictures, dropped[MM_DROP_N], errors_named;
};

struct mm_import_reader {
    const char *name;
    const char *extensions; /* in folders: "|html|htm|"; in small letters */
    int gz;                 /* also with .gz or .dz after it */
    /* before the first record, may be NULL */
    int (*begin)(struct mm_import *im, struct mm_err *err);
    /* a file was opened as im->z; may be NULL */
    int (*open)(struct mm_import *im, struct mm_err *err);
    /*
     * The next record of the open file into it (cleared before): 1, 0 at the
     * file's end, -1.  NULL: mm_import_whole().
     */
    int (*read)(struct mm_import *im, struct mm_import_item *it,
                struct mm_err *err);
    /* Is the file left closed, to be read by work()?  For pictures. */
    int closed;
    /* Make a sample; failing with MM_EDATA or MM_ENOINPUT: a bad record. */
    int (*work)(const struct mm_import *im, struct mm_import_item *it,
                struct mm_err *err);
    void (*end)(struct mm_import *im); /* may be NULL */
};

/* import.c: the open file as one record, into raw; marks a bad one. */
int mm_import_whole(struct mm_import *im, struct mm_import_item *it,
                    struct mm_err *err);

extern const struct mm_import_reader mm_import_text, mm_import_folder,
    mm_import_table, mm_import_jsonl, mm_import_idx, mm_import_html,
    mm_import_tar, mm_import_qa;

/* ---- import.c ---- */

/*
 * Run all files through read and work, handing each item to write.  Also a
 * first pass over the same files (html counts pictures).
 */
int mm_import_pass(struct mm_import *im,
                   int (*write)(struct mm_import *im,
                                struct mm_import_item *it,
                                struct mm_err *err),
                   struct mm_err *err);

/* ---- import_files.c: which files, and which reader ---- */

/* Walk the inputs; chooses the reader when the options leave it open. */
int mm_import_find(struct mm_import *im, size_t n, struct mm_err *err);
void mm_import_files_release(struct mm_import_files *f);
const char *mm_import_rel(const struct mm_import_file *f);

/* The length of a name without the ending that names the reader's format. */
size_t mm_import_stem(const struct mm_import_reader *r, const char *name);

/* ---- import_key.c ---- */

/*
 * Give the sample its key: from the file's path below its input, the record's
 * number or the item's own key; without dots, and not given out before.
 */
int mm_import_key(struct mm_import *im, struct mm_import_item *it,
                  struct mm_err *err);

/* ---- import_picture.c: pictures named by records ---- */

/*
 * The path of ref, which stands in a document whose folder is base, below
 * root: "root/base/ref" with "." and ".." worked out.  With url, ref is an
 * address: %XX is decoded, ? and # end it, and a slash at its front means
 * root.  Returns MM_DROP_NONE, MM_DROP_MISSING (an address elsewhere) or
 * MM_DROP_OUTSIDE.
 */
enum mm_import_drop mm_import_path(struct mm_buf *path, const char *root,
                                   const char *base, const char *ref,
                                   size_t n, int url);

/*
 * The same for a record that must name a file: MM_ENOINPUT for an address
 * elsewhere, MM_EPERM for a path that leaves root.
 */
int mm_import_local(struct mm_buf *path, const char *root, const char *base,
                    const char *ref, size_t n, struct mm_err *err);

/* Where a file's pictures lie: --root, else its input or its folder. */
void mm_import_root(struct mm_buf *out, const struct mm_import *im,
                    const struct mm_import_file *f);

/*
 * Read the picture at path, a regular file that no link leads out of root,
 * and give it its place in the sample as the next picture: "0.jpg", ...  On
 * failure MM_ENOINPUT, MM_EDATA or MM_EPERM (a link out of root), and the
 * sample is as it was.
 */
int mm_import_picture(const struct mm_import *im, struct mm_import_item *it,
                      const char *root, const char *path,
                      struct mm_err *err);

/* Only the reading: into b.  The bytes may be no picture. */
int mm_import_load(struct mm_buf *b, const struct mm_import *im,
                   const char *root, const char *path, struct mm_err *err);

/* The same, given the bytes, which are taken over (b is emptied). */
int mm_import_picture_bytes(struct mm_import_item *it, struct mm_buf *b,
                            struct mm_err *err);

/* ---- import_record.c: documents as JSON objects ---- */

/*
 * Where the pictures come from that a record names: add the one called ref to
 * the item, as mm_import_picture() does.
 */
struct mm_import_fetch {
    int (*picture)(const struct mm_import *im, struct mm_import_item *it,
                   const char *ref, size_t n, struct mm_err *err);
};

/* Make a document of a JSON object: see import_record.c for its layouts. */
int mm_import_record(const struct mm_import *im, struct mm_import_item *it,
                     const struct mm_json *v,
                     const struct mm_import_fetch *fetch, struct mm_err *err);

/* ---- import_doc.c: the "json" member ---- */

/* A document being made.  All zero is empty. */
struct mm_import_part {
    size_t begin, len; /* of text in bytes, when image < 0 */
    int image;         /* the member's number among the pictures */
    const char *role;  /* or NULL */
};

struct mm_import_doc {
    struct mm_buf bytes;
    struct mm_import_part *parts;
    size_t n, cap;
    int failed; /* out of memory */
};

void mm_import_doc_text(struct mm_import_doc *d, const char *text, size_t n,
                        const char *role);
/* Picture number i of the sample: the i-th that was added to the item. */
void mm_import_doc_image(struct mm_import_doc *d, size_t i, const char *role);

/*
 * Write the lists, then what members holds ("\"a\":1,\"b\":2", NULL: nothing),
 * as the sample's "json".  The item has a sample from then on.
 */
int mm_import_doc_end(struct mm_import_doc *d, struct mm_import_item *it,
                      const char *members, struct mm_err *err);
void mm_import_doc_release(struct mm_import_doc *d);

/*
 * A picture (added last) with its text, as a pair or as question and answer
 * by the options; members as above.
 */
int mm_import_pair(const struct mm_import *im, struct mm_import_item *it,
                   const char *text, size_t n, const char *members,
                   struct mm_err *err);

/* Append p[0..n) with runs of white space as one space, none at the ends. */
void mm_import_squeeze(struct mm_buf *out, const char *p, size_t n);

/* MM_EDATA unless p[0..n) is UTF-8 without NUL. */
int mm_import_is_text(const char *p, size_t n, struct mm_err *err);

/* Append ,"key":"value" to members (without the comma when empty). */
void mm_import_member(struct mm_buf *members, const char *key,
                      const char *value, size_t n);

#endif
