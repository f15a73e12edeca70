/*
 * safetensors_parse.c - the header of a safetensors file
 *
 * A scanner for just this shape of JSON: no tree, no recursion.  It runs
 * twice: the first time it counts, so that the tables are allocated once and
 * exactly; the second time it fills them, and strings are decoded where they
 * stand, in the copy of the header.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "model/safetensors.h"
#include "model/safetensors_scan.h"
#include "model/safetensors_type.h"

#define MAX_TENSORS 1000000
#define MAX_NAME 1024

struct parse {
    struct mm_st_scan scan;
    struct mm_st_entry *entries; /* NULL: counting */
    struct mm_st_meta *meta;
    size_t n_entries, n_meta, max_entries, max_meta;
    int seen_meta;
};

/* ---- the header's parts ---- */

static int is(const char *str, size_t len, const char *word)
{
    return strlen(word) == len && !memcmp(str, word, len);
}

static int dtype(struct mm_st_scan *s, struct mm_st_entry *e)
{
    const char *str;
    size_t len;

    if (mm_scan_string(s, &str, &len) < 0)
        return -1;
    e->type = mm_st_type_find(str, len);
    return e->type ? 0 : mm_scan_fail(s, "its dtype is not known");
}

static int offsets(struct mm_st_scan *s, struct mm_st_entry *e)
{
    uint64_t v[2];
    size_t n;

    if (mm_scan_wholes(s, v, 2, &n) < 0)
        return -1;
    if (n != 2 || v[0] > v[1])
        return mm_scan_fail(s, "its data_offsets are not two in order");
    e->begin = v[0];
    e->end = v[1];
    return 0;
}

/* One "key": value of a tensor; seen has a bit for each of the three. */
static int property(struct mm_st_scan *s, struct mm_st_entry *e, unsigned *seen)
{
    static const char *const keys[] = { "dtype", "shape", "data_offsets" };
    const char *key;
    size_t len;
    unsigned k = 0;

    if (mm_scan_string(s, &key, &len) < 0 ||
        mm_scan_expect(s, ':', "':' should stand here") < 0)
        return -1;
    while (k < 3 && !is(key, len, keys[k]))
        k++;
    if (k == 3)
        return mm_scan_fail(s, "a key beside dtype, shape and data_offsets");
    if (*seen & 1u << k)
        return mm_scan_fail(s, "a key twice");
    *seen |= 1u << k;
    if (k == 0)
        return dtype(s, e);
    if (k == 1)
        return mm_scan_wholes(s, e->dim, MM_ST_MAX_DIM, &e->n_dim);
    return offsets(s, e);
}

static int properties(struct mm_st_scan *s, struct mm_st_entry *e)
{
    unsigned seen = 0;

    if (mm_scan_expect(s, '{', "an object should stand here") < 0)
        return -1;
    do {
        if (property(s, e, &seen) < 0)
            return -1;
    } while (mm_scan_accept(s, ','));
    if (seen != 7)
        return mm_scan_fail(s, "dtype, shape or data_offsets is missing");
    return mm_scan_expect(s, '}', "an object has no end");
}

static int check_name(struct parse *p)
{
    const char *name = p->scan.name;
    size_t n = p->scan.name_len;

    if (n == 0 || n > MAX_NAME)
        return mm_scan_fail(&p->scan, "its name has not 1 to 1024 bytes");
    if (!p->entries)
        return 0;
    if (memchr(name, '\0', n) || strstr(name, "/.."))
        return mm_scan_fail(&p->scan, "its name holds NUL or '/..'");
    return 0;
}

/* The size that shape and dtype tell is the size that it has. */
static int check_size(struct parse *p, const struct mm_st_entry *e)
{
    uint64_t bits = mm_st_type_bits(e->type);

    for (size_t i = 0; i < e->n_dim; i++) {
        if (__builtin_mul_overflow(bits, e->dim[i], &bits))
            return mm_scan_fail(&p->scan, "its shape is too large");
    }
    if (bits % 8 != 0 || bits / 8 != e->end - e->begin)
        return mm_scan_fail(&p->scan, "shape, dtype and offsets disagree");
    return 0;
}

static int tensor(struct parse *p, const char *name, size_t len)
{
    struct mm_st_entry e = { .name = name };

    p->scan.name = name;
    p->scan.name_len = len;
    if (check_name(p) < 0 || properties(&p->scan, &e) < 0 ||
        check_size(p, &e) < 0)
        return -1;
    if (p->n_entries == p->max_entries)
        return mm_scan_fail(&p->scan, "one tensor too many");
    if (p->entries)
        p->entries[p->n_entries] = e;
    p->n_entries++;
    p->scan.name = NULL;
    return 0;
}

static int metadata_pair(struct parse *p)
{
    struct mm_st_meta m;
    size_t len;

    if (mm_scan_string(&p->scan, &m.key, &len) < 0 ||
        mm_scan_expect(&p->scan, ':', "':' should stand here") < 0 ||
        mm_scan_string(&p->scan, &m.value, &len) < 0)
        return -1;
    if (p->n_meta == p->max_meta)
        return mm_scan_fail(&p->scan, "metadata that hides in escapes");
    if (p->entries)
        p->meta[p->n_meta] = m;
    p->n_meta++;
    return 0;
}

static int metadata(struct parse *p)
{
    if (p->seen_meta)
        return mm_scan_fail(&p->scan, "__metadata__ twice");
    p->seen_meta = 1;
    if (mm_scan_expect(&p->scan, '{', "__metadata__ is not an object") < 0)
        return -1;
    if (mm_scan_accept(&p->scan, '}'))
        return 0;
    do {
        if (metadata_pair(p) < 0)
            return -1;
    } while (mm_scan_accept(&p->scan, ','));
    return mm_scan_expect(&p->scan, '}', "__metadata__ has no end");
}

static int member(struct parse *p)
{
    const char *name;
    size_t len;

    if (mm_scan_string(&p->scan, &name, &len) < 0 ||
        mm_scan_expect(&p->scan, ':', "':' should stand here") < 0)
        return -1;
    return is(name, len, "__metadata__") ? metadata(p)
                                         : tensor(p, name, len);
}

static int header(struct parse *p)
{
    p->scan.at = 0;
    p->n_entries = p->n_meta = 0;
    p->seen_meta = 0;
    p->scan.name = NULL;
    if (p->scan.n == 0 || p->scan.text[0] != '{')
        return mm_scan_fail(&p->scan, "it does not begin with '{'");
    p->scan.at = 1;
    if (!mm_scan_accept(&p->scan, '}')) {
        do {
            if (member(p) < 0)
                return -1;
        } while (mm_scan_accept(&p->scan, ','));
        if (mm_scan_expect(&p->scan, '}', "the header has no end") < 0)
            return -1;
    }
    mm_scan_space(&p->scan);
    if (p->scan.at < p->scan.n)
        return mm_scan_fail(&p->scan, "something stands behind it");
    return 0;
}

/* ---- what holds between the tensors ---- */

static int by_offset(const void *a, const void *b)
{
    const struct mm_st_entry *x = a, *y = b;

    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return x->end < y->end ? -1 : x->end > y->end;
}

static int by_name(const void *a, const void *b)
{
    const struct mm_st_entry *x = a, *y = b;

    return strcmp(x->name, y->name);
}

static int by_key(const void *a, const void *b)
{
    const struct mm_st_meta *x = a, *y = b;

    return strcmp(x->key, y->key);
}

static int check_cover(struct mm_st_header *h, uint64_t data_bytes,
                       struct mm_err *err)
{
    uint64_t end = 0;

    qsort(h->entries, h->n, sizeof *h->entries, by_offset);
    for (size_t i = 0; i < h->n; i++) {
        const struct mm_st_entry *e = &h->entries[i];

        if (e->begin != end)
            return mm_fail(err, MM_EDATA, "tensor '%.80s' begins at byte %llu "
                                          "of the arrays, not at %llu",
                           e->name, (unsigned long long)e->begin,
                           (unsigned long long)end);
        end = e->end;
    }
    if (end != data_bytes)
        return mm_fail(err, MM_EDATA, "the tensors have %llu bytes, the file "
                                      "has %llu for them",
                       (unsigned long long)end,
                       (unsigned long long)data_bytes);
    return 0;
}

static int check_twice(struct mm_st_header *h, struct mm_err *err)
{
    qsort(h->entries, h->n, sizeof *h->entries, by_name);
    for (size_t i = 1; i < h->n; i++) {
        if (!strcmp(h->entries[i - 1].name, h->entries[i].name))
            return mm_fail(err, MM_EDATA, "tensor '%.80s' stands there twice",
                           h->entries[i].name);
    }
    qsort(h->meta, h->n_meta, sizeof *h->meta, by_key);
    for (size_t i = 1; i < h->n_meta; i++) {
        if (!strcmp(h->meta[i - 1].key, h->meta[i].key))
            return mm_fail(err, MM_EDATA, "metadata '%.80s' stands there "
                                          "twice",
                           h->meta[i].key);
    }
    return 0;
}

/* Count, allocate, fill. */
static int read_tables(struct mm_st_header *h, size_t n, struct mm_err *err)
{
    struct parse p = { .scan = { .text = h->text, .n = n, .err = err },
                       .max_entries = MAX_TENSORS,
                       .max_meta = SIZE_MAX };

    if (header(&p) < 0)
        return -1;
    h->entries = mm_alloc(p.n_entries, sizeof *h->entries, err);
    h->meta = mm_alloc(p.n_meta, sizeof *h->meta, err);
    if (!h->entries || !h->meta)
        return -1;
    p.entries = h->entries;
    p.meta = h->meta;
    p.max_entries = p.n_entries; /* escapes can make a name another one */
    p.max_meta = p.n_meta;
    p.scan.decode = 1;
    if (header(&p) < 0)
        return -1;
    h->n = p.n_entries;
    h->n_meta = p.n_meta;
    return 0;
}

int mm_st_parse(struct mm_st_header *h, const char *p, size_t n,
                uint64_t data_bytes, struct mm_err *err)
{
    size_t bad = mm_utf8_check(p, n);

    *h = (struct mm_st_header){ 0 };
    if (bad < n)
        return mm_fail(err, MM_EDATA, "header, byte %zu: not UTF-8", bad);
    h->text = mm_strndup(p, n, err);
    if (!h->text || read_tables(h, n, err) < 0 ||
        check_cover(h, data_bytes, err) < 0 || check_twice(h, err) < 0) {
        mm_st_release(h);
        return -1;
    }
    return 0;
}

void mm_st_release(struct mm_st_header *h)
{
    free(h->entries);
    free(h->meta);
    free(h->text);
    *h = (struct mm_st_header){ 0 };
}

const struct mm_st_entry *mm_st_find(const struct mm_st_header *h,
                                     const char *name)
{
    const struct mm_st_entry key = { .name = name };

    return h->n ? bsearch(&key, h->entries, h->n, sizeof key, by_name) : NULL;
}

const char *mm_st_meta(const struct mm_st_header *h, const char *key)
{
    const struct mm_st_meta want = { .key = key }, *m;

    m = h->n_meta ? bsearch(&want, h->meta, h->n_meta, sizeof want, by_key)
                  : NULL;
    return m ? m->value : NULL;
}
