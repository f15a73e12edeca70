/*
 * shard.h - samples in a file or a pipe; see mm1-shard(5)
 *
 * A shard is a tar of samples inside the zstd seekable format.  Its header
 * says what kind of samples follow, what is true of all of them (meta), and
 * which programs made it (history).  Its trailer has what is known only at the
 * end: counts and the hash of the contents.
 */
#ifndef MM_DATA_SHARD_H
#define MM_DATA_SHARD_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "data/sample.h"

#define MM_SHARD_VERSION 1

/* What a shard holds: the value of header.kind. */
#define MM_KIND_DOCUMENTS "documents" /* json, pictures */
#define MM_KIND_TOKENS "tokens"       /* + tokens.npy, loss.npy */
#define MM_KIND_PIXELS "pixels"       /* tokens, pictures as N.u8.npy */
#define MM_KIND_FEATURES "features"   /* pictures as N.features.npy */
#define MM_KIND_PACKED "packed"       /* sequences for the trainers */

/*
 * meta is a JSON object: "tokenizer" {vocab_size, bos, eos, pad, image, hash}
 * since tokenizing, "pixels" {size, mode, filter, alpha, ...} since encoding,
 * "packing" {seq_len, image_tokens, max_images} since packing.
 */
struct mm_shard_header {
    int version;
    char *kind;
    char *meta;    /* JSON object text */
    char *history; /* JSON array text of stamps, oldest first */
};

void mm_shard_header_release(struct mm_shard_header *h);

/* Member of meta as a JSON tree owned by doc (which the caller releases). */
int mm_shard_meta(const struct mm_shard_header *h, struct mm_json_doc *doc,
                  struct mm_err *err);

/* ---- writing ---- */

struct mm_shard_writer;

/*
 * path "-" is standard output (level 1, frames flushed as they fill).  meta
 * and history (of the input, NULL if none) are copied; this program's stamp is
 * appended to the history.
 */
struct mm_shard_writer *mm_shard_create(const char *path, const char *kind,
                                        const char *meta, const char *history,
                                        struct mm_err *err);
int mm_shard_put(struct mm_shard_writer *w, const struct mm_sample *s,
                 struct mm_err *err);

/*
 * Write trailer, end mark, index; commit under the final name.  counts is a
 * JSON object of the program's own counts for the trailer, or NULL.  Frees w
 * in any case.
 */
int mm_shard_commit(struct mm_shard_writer *w, const char *counts,
                    struct mm_err *err);

/* Two of them: both get their names, or none does (mm_out_commit_all). */
int mm_shard_commit_both(struct mm_shard_writer *const w[2],
                         const char *const counts[2], struct mm_err *err);
void mm_shard_discard(struct mm_shard_writer *w); /* NULL: nothing */

/* ---- reading ---- */

struct mm_shard;

/*
 * A file, a pipe ("-"), or a plain tar of either (foreign webdataset tars have
 * kind "documents", version 0, meta "{}", history "[]").
 */
struct mm_shard *mm_shard_open(const char *path, struct mm_err *err);
void mm_shard_close(struct mm_shard *r); /* NULL: nothing */
const struct mm_shard_header *mm_shard_header(const struct mm_shard *r);
const char *mm_shard_name(const struct mm_shard *r);

/* The next sample in order: 1, 0 at the end mark, -1. */
int mm_shard_next(struct mm_shard *r, struct mm_sample *s, struct mm_err *err);

/*
 * JSON text of the trailer, after mm_shard_next() returned 0 or
 * mm_shard_index() did; else NULL.
 */
const char *mm_shard_trailer(const struct mm_shard *r);

/* ---- random access: files with an index ---- */

/* Loads the index; MM_EDATA with what to do when there is none. */
int mm_shard_index(struct mm_shard *r, struct mm_err *err);
int mm_shard_has_index(const struct mm_shard *r); /* is it one of ours? */
size_t mm_shard_count(const struct mm_shard *r);  /* samples */
size_t mm_shard_frames(const struct mm_shard *r); /* frames with samples */

/* The first sample of frame f; frame mm_shard_frames() gives the count. */
size_t mm_shard_frame_begin(const struct mm_shard *r, size_t f);

/* Sample i; keeps the frame that it stood in decompressed. */
int mm_shard_get(struct mm_shard *r, size_t i, struct mm_sample *s,
                 struct mm_err *err);

#endif
