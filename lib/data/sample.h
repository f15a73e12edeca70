/*
 * sample.h - one sample: a key and its members
 *
 * A member is a run of bytes with a name, the part after the key: the sample
 * "cat7" with members "json" and "0.jpg" stands in a tar as cat7.json and
 * cat7.0.jpg (the webdataset convention: the key ends at the first dot).
 */
#ifndef MM_DATA_SAMPLE_H
#define MM_DATA_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct mm_member {
    char *name;
    struct mm_buf data;
};

#define MM_SAMPLE_MAX ((size_t)1 << 30) /* bytes of all members */
#define MM_SAMPLE_MEMBERS_MAX 65536
#define MM_SAMPLE_NAME_MAX 4096

/* All zero is an empty sample. */
struct mm_sample {
    char *key;
    struct mm_member *members;
    size_t n, cap; /* members[n..cap) keep their memory for reuse */
};

/* Forget key and members but keep the memory. */
void mm_sample_clear(struct mm_sample *s);
void mm_sample_release(struct mm_sample *s);

/*
 * A key is a relative path without "." and ".." parts whose last part has no
 * dot; else MM_EDATA.
 */
int mm_sample_set_key(struct mm_sample *s, const char *key,
                      struct mm_err *err);

/*
 * Add an empty member of that name and return it, or NULL.  The caller fills
 * m->data.  The pointer is valid until the next add.
 */
struct mm_member *mm_sample_add(struct mm_sample *s, const char *name,
                                struct mm_err *err);
int mm_sample_add_bytes(struct mm_sample *s, const char *name, const void *p,
                        size_t n, struct mm_err *err);

struct mm_member *mm_sample_find(const struct mm_sample *s, const char *name);
void mm_sample_remove(struct mm_sample *s, struct mm_member *m);

/* The bytes of all members. */
size_t mm_sample_bytes(const struct mm_sample *s);

/* Exchange the contents of two samples. */
void mm_sample_swap(struct mm_sample *a, struct mm_sample *b);

#endif
