/*
 * shard_sample.c - the next sample of an archive
 *
 * A sample ends where an entry with another key begins, so the reader is one
 * header ahead: that entry is held until the next call.
 */
#include "data/shard_sample.h"

#include <string.h>

#include "data/shard_header.h"

void mm_shard_taker_release(struct mm_shard_taker *t)
{
    mm_tar_release(&t->tar);
    mm_buf_release(&t->trailer);
}

size_t mm_shard_key_len(const char *name)
{
    const char *slash = strrchr(name, '/');
    const char *base = slash ? slash + 1 : name;
    const char *dot = strchr(base, '.');

    return dot && dot != base && dot[1] ? (size_t)(dot - name) : 0;
}

/* As webdataset does: no "./" in front, and small letters after the key. */
static void fold_name(struct mm_buf *name)
{
    size_t skip = 0, key;

    while (strncmp(name->data + skip, "./", 2) == 0)
        skip += 2;
    memmove(name->data, name->data + skip, name->len - skip + 1);
    name->len -= skip;
    key = mm_shard_key_len(name->data);
    for (size_t i = key; key && i < name->len; i++)
        if (name->data[i] >= 'A' && name->data[i] <= 'Z')
            name->data[i] = (char)(name->data[i] - 'A' + 'a');
}

static int wrong_entry(const struct mm_shard_taker *t, struct mm_err *err)
{
    return mm_fail(err, MM_EDATA, "corrupted: '%.200s' at byte %llu of the "
                                  "tar belongs to no sample",
                   t->tar.name.data, (unsigned long long)t->tar.begin);
}

static int take_trailer(struct mm_shard_taker *t, struct mm_err *err)
{
    if (t->has_trailer)
        return wrong_entry(t, err);
    t->has_trailer = 1;
    return mm_tar_data(&t->tar, &t->trailer, MM_SHARD_HEADER_MAX, err);
}

/*
 * Is the current entry a member?  1; 0 if it is to be skipped; -1.  The
 * trailer is taken on the way.
 */
static int look(struct mm_shard_taker *t, struct mm_err *err)
{
    struct mm_tar *tar = &t->tar;
    int regular = tar->type == '0' || tar->type == '7';

    if (!t->foreign && regular &&
        strcmp(tar->name.data, MM_SHARD_TRAILER) == 0)
        return take_trailer(t, err);
    if (t->foreign)
        fold_name(&tar->name);
    if (regular && mm_shard_key_len(tar->name.data) && !t->has_trailer)
        return 1;
    if (!t->foreign)
        return wrong_entry(t, err);
    t->skipped += tar->type != '5'; /* directories are expected */
    return 0;
}

/* Does the current entry belong to sample s?  An empty one takes any. */
static int belongs(const struct mm_shard_taker *t, const struct mm_sample *s)
{
    const char *name = t->tar.name.data;
    size_t n = mm_shard_key_len(name);

    return !s->key || (strlen(s->key) == n && memcmp(s->key, name, n) == 0);
}

/* The current entry becomes a member of s. */
static int take_member(struct mm_shard_taker *t, struct mm_sample *s,
                       struct mm_err *err)
{
    char *name = t->tar.name.data;
    size_t n = mm_shard_key_len(name);
    struct mm_member *m;

    if (!s->key) {
        int result;

        name[n] = 0;
        result = mm_sample_set_key(s, name, err);
        name[n] = '.';
        if (result != 0)
            return mm_fail_in(err, "entry '%.200s'", name);
    }
    m = mm_sample_add(s, name + n + 1, err);
    if (!m)
        return -1;
    return mm_tar_data(&t->tar, &m->data, MM_SAMPLE_MAX - mm_sample_bytes(s),
                       err);
}

int mm_shard_take(struct mm_shard_taker *t, struct mm_sample *s,
                  struct mm_err *err)
{
    mm_sample_clear(s);
    for (;;) {
        enum mm_tar_result r = mm_tar_next(&t->tar, err);
        int member;

        if (r == MM_TAR_ERROR)
            return -1;
        if (r == MM_TAR_CUT && !t->in_pieces)
            return mm_fail(err, MM_EDATA, "cut short: no end mark behind "
                                          "byte %llu of the tar; make it again",
                           (unsigned long long)t->tar.offset);
        if (r != MM_TAR_ENTRY)
            return s->key != NULL;
        member = look(t, err);
        if (member < 0)
            return -1;
        if (!member)
            continue;
        if (!belongs(t, s)) {
            mm_tar_hold(&t->tar);
            return 1;
        }
        if (take_member(t, s, err) != 0)
            return -1;
    }
}
