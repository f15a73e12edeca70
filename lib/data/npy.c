/*
 * npy.c - arrays as numpy's .npy files
 *
 * The format is described in numpy's numpy.lib.format: a magic string, two
 * bytes of version, the length of the header (2 bytes, 4 from version 2 on),
 * and the header, a Python dictionary such as
 * {'descr': '<i4', 'fortran_order': False, 'shape': (3, 4), } padded with
 * spaces and a newline so that the data begins at a multiple of 64.
 */
#include "data/npy.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const struct {
    const char *descr;
    size_t bytes;
} types[] = {
    [MM_NPY_U1] = { "|u1", 1 },
    [MM_NPY_U2] = { "<u2", 2 },
    [MM_NPY_I4] = { "<i4", 4 },
    [MM_NPY_F2] = { "<f2", 2 },
    [MM_NPY_F4] = { "<f4", 4 },
};
#define N_TYPES (sizeof(types) / sizeof(types[0]))
#define DIMS_MAX 4
#define HEADER_MAX 4096

static const char magic[6] = { '\x93', 'N', 'U', 'M', 'P', 'Y' };

size_t mm_npy_bytes(enum mm_npy_type t)
{
    return types[t].bytes;
}

static int bad(struct mm_err *err, const char *what)
{
    return mm_fail(err, MM_EDATA, "array is no .npy file: %s", what);
}

/* ---- the header, a small subset of Python ---- */

struct text {
    const char *p, *end;
};

static void skip_space(struct text *t)
{
    while (t->p < t->end && (*t->p == ' ' || *t->p == '\n'))
        t->p++;
}

static int take(struct text *t, const char *word)
{
    size_t n = strlen(word);

    skip_space(t);
    if ((size_t)(t->end - t->p) < n || memcmp(t->p, word, n) != 0)
        return 0;
    t->p += n;
    return 1;
}

static int take_type(struct text *t, enum mm_npy_type *out)
{
    for (size_t i = 0; i < N_TYPES; i++) {
        char quoted[8] = { '\'' };

        memcpy(quoted + 1, types[i].descr, 3);
        quoted[4] = '\'';
        if (take(t, quoted)) {
            *out = (enum mm_npy_type)i;
            return 0;
        }
    }
    return -1;
}

static int take_number(struct text *t, size_t *out)
{
    size_t v = 0, digits = 0;

    skip_space(t);
    for (; t->p < t->end && *t->p >= '0' && *t->p <= '9'; t->p++, digits++)
        if (mm_size_mul(&v, v, 10) != 0 ||
            mm_size_add(&v, v, (size_t)(*t->p - '0')) != 0)
            return -1;
    *out = v;
    return digits ? 0 : -1;
}

static int take_shape(struct text *t, struct mm_npy *a)
{
    if (!take(t, "("))
        return -1;
    a->n_dim = 0;
    while (!take(t, ")")) {
        if (a->n_dim == DIMS_MAX || take_number(t, &a->dim[a->n_dim]) != 0)
            return -1;
        a->n_dim++;
        if (!take(t, ",") && !(t->p < t->end && *t->p == ')'))
            return -1;
    }
    return 0;
}

static int parse_header(struct mm_npy *a, struct text t, struct mm_err *err)
{
    int type = 0, order = 0, shape = 0;

    if (!take(&t, "{"))
        return bad(err, "its header is no dictionary");
    while (!take(&t, "}")) {
        if (take(&t, "'descr':") && !type++) {
            if (take_type(&t, &a->type) != 0)
                return bad(err, "its type is none of |u1 <u2 <i4 <f2 <f4");
        } else if (take(&t, "'fortran_order':") && !order++) {
            if (!take(&t, "False"))
                return bad(err, "it is in Fortran order");
        } else if (take(&t, "'shape':") && !shape++) {
            if (take_shape(&t, a) != 0)
                return bad(err, "its shape is wrong or has over 4 sizes");
        } else {
            return bad(err, "its header has something unknown");
        }
        take(&t, ",");
    }
    if (!type || !order || !shape)
        return bad(err, "its header is not complete");
    return 0;
}

/* Where header and data stand; 0 or -1. */
static int find_header(const uint8_t *p, size_t n, size_t *begin, size_t *len,
                       struct mm_err *err)
{
    if (n < 12 || memcmp(p, magic, sizeof(magic)) != 0)
        return bad(err, "it does not begin with \\x93NUMPY");
    if (p[6] < 1 || p[6] > 3)
        return bad(err, "its version is not 1, 2 or 3");
    *begin = p[6] == 1 ? 10 : 12;
    *len = p[8] + 256u * p[9];
    if (p[6] > 1)
        *len += ((size_t)p[10] << 16) + ((size_t)p[11] << 24);
    if (*len > HEADER_MAX)
        return bad(err, "its header is too long");
    if (n - *begin < *len)
        return bad(err, "it was cut short in its header");
    return 0;
}

int mm_npy_parse(struct mm_npy *a, const void *p, size_t n,
                 struct mm_err *err)
{
    const uint8_t *bytes = p;
    size_t begin = 0, len = 0, want;
    struct text t;

    memset(a, 0, sizeof(*a));
    if (find_header(bytes, n, &begin, &len, err) != 0)
        return -1;
    t.p = (const char *)bytes + begin;
    t.end = t.p + len;
    if (parse_header(a, t, err) != 0)
        return -1;
    a->count = 1;
    for (size_t i = 0; i < a->n_dim; i++)
        if (mm_size_mul(&a->count, a->count, a->dim[i]) != 0)
            return bad(err, "its shape is too large");
    if (mm_size_mul(&want, a->count, types[a->type].bytes) != 0)
        return bad(err, "its shape is too large");
    if (want != n - begin - len)
        return bad(err, want > n - begin - len ? "it was cut short"
                                               : "bytes follow its data");
    a->data = bytes + begin + len;
    return 0;
}

void mm_npy_write(struct mm_buf *out, enum mm_npy_type type, size_t n_dim,
                  const size_t *dim, const void *data)
{
    struct mm_buf h = { 0 };
    size_t count = 1, pad;
    uint8_t len[2];

    assert(n_dim <= DIMS_MAX);
    mm_buf_addf(&h, "{'descr': '%s', 'fortran_order': False, 'shape': (",
                types[type].descr);
    for (size_t i = 0; i < n_dim; i++) {
        mm_buf_addf(&h, i ? ", %zu" : "%zu", dim[i]);
        count *= dim[i];
    }
    mm_buf_adds(&h, n_dim == 1 ? ",), }" : "), }");
    pad = (64 - (10 + h.len + 1) % 64) % 64;
    mm_buf_addf(&h, "%*s\n", (int)pad, "");
    len[0] = (uint8_t)h.len;
    len[1] = (uint8_t)(h.len >> 8);
    mm_buf_add(out, magic, sizeof(magic));
    mm_buf_add(out, "\1\0", 2);
    mm_buf_add(out, len, 2);
    mm_buf_add(out, h.data, h.len);
    mm_buf_add(out, data, count * types[type].bytes);
    out->failed |= h.failed;
    mm_buf_release(&h);
}

/* Element i of an array of integers, whose data may be unaligned. */
static int32_t int_at(const struct mm_npy *a, size_t i)
{
    const uint8_t *p = (const uint8_t *)a->data + i * types[a->type].bytes;
    int32_t v;

    if (a->type == MM_NPY_U1)
        return p[0];
    if (a->type == MM_NPY_U2)
        return p[0] + 256 * p[1];
    memcpy(&v, p, sizeof(v));
    return v;
}

int mm_npy_ints(int32_t **out, size_t *n, const void *p, size_t bytes,
                struct mm_err *err)
{
    struct mm_npy a;
    int32_t *v;

    if (mm_npy_parse(&a, p, bytes, err) != 0)
        return -1;
    if (a.n_dim != 1 || a.type == MM_NPY_F2 || a.type == MM_NPY_F4)
        return mm_fail(err, MM_EDATA,
                       "array is no one-dimensional array of integers");
    v = mm_alloc(a.count, sizeof(*v), err);
    if (!v)
        return -1;
    for (size_t i = 0; i < a.count; i++)
        v[i] = int_at(&a, i);
    *out = v;
    *n = a.count;
    return 0;
}
