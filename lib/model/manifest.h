/*
 * manifest.h - the files of a checkpoint and the hashes of their chunks
 *
 * See mm1-checkpoint(5).  A manifest is made while the files are written and
 * verified before any of them is used.
 */
#ifndef MM_MODEL_MANIFEST_H
#define MM_MODEL_MANIFEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/io.h"
#include "base/json.h"

#define MM_MANIFEST "MANIFEST"
#define MM_MANIFEST_VERSION 1
#define MM_CHUNK_BYTES ((size_t)1 << 20)

/* One file: a hash for each chunk; hashing is private. */
struct mm_manifest_file {
    char name[64];
    uint64_t bytes;
    uint64_t *chunks;
    size_t n, cap;
    size_t in_chunk; /* bytes in hashing */
    struct mm_hash hashing;
    int failed; /* memory ran out */
};

/* All zero is an empty manifest. */
struct mm_manifest {
    struct mm_manifest_file *files;
    size_t n, cap;
};

/*
 * From now on what is written to out is the file `name` of the manifest.  One
 * file after the other: the one before must be complete.
 */
int mm_manifest_add(struct mm_manifest *m, const char *name,
                    struct mm_out *out, struct mm_err *err);
void mm_manifest_release(struct mm_manifest *m);

/*
 * Write dir/MANIFEST.  about is what stands before "chunk" and "files": the
 * members of an object, without its brackets.
 */
int mm_manifest_write(struct mm_manifest *m, const char *dir,
                      const char *about, struct mm_err *err);

/*
 * Read dir/MANIFEST and check every byte of every file in it.  On success doc
 * is the caller's.  MM_EDATA names the file and the byte.
 */
int mm_manifest_verify(const char *dir, struct mm_json_doc *doc,
                       struct mm_err *err);

#endif
