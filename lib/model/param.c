/*
 * param.c - the parameters of a model: names, shapes, initial values
 */
#include "model/param.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

#define MAX_NAME 160

void mm_layout_prefix(struct mm_layout *l, const char *fmt, ...)
{
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(l->prefix, sizeof l->prefix, fmt, ap);
    va_end(ap);
    assert(n >= 0 && (size_t)n < sizeof l->prefix);
}

static void place(struct mm_layout *l, const char *name, float std,
                  float value, size_t n_dim, const size_t *dim)
{
    struct mm_param *p = &l->params[l->n];

    p->name = memcpy(l->names + l->names_len, name, strlen(name) + 1);
    p->part = l->part;
    p->idle = l->idle;
    p->steady = l->steady;
    p->offset = l->size;
    p->std = std;
    p->value = value;
    p->tensor.dtype = MM_F32;
    p->tensor.n_dim = (int)n_dim;
    for (size_t i = 0; i < MM_MAX_DIM; i++)
        p->tensor.dim[i] = i < n_dim ? dim[i] : 1;
    p->tensor.name = p->name;
}

struct mm_tensor *mm_layout_add(struct mm_layout *l, const char *name,
                                float std, float value, size_t n_dim,
                                const size_t *dim)
{
    const size_t unit = MM_ALIGN / sizeof(float);
    char full[MAX_NAME];
    size_t count = 1;
    int n = snprintf(full, sizeof full, "%s%s", l->prefix, name);
    struct mm_tensor *t = NULL;

    assert(n >= 0 && (size_t)n < sizeof full && n_dim <= MM_MAX_DIM);
    if (l->params) {
        place(l, full, std, value, n_dim, dim);
        t = &l->params[l->n].tensor;
    }
    for (size_t i = 0; i < n_dim; i++)
        count *= dim[i];
    l->n++;
    l->size += (count + unit - 1) / unit * unit;
    l->names_len += (size_t)n + 1;
    return t;
}

struct mm_tensor *mm_layout_matrix(struct mm_layout *l, const char *name,
                                   float std, size_t rows, size_t cols)
{
    return mm_layout_add(l, name, std, 0, 2, (size_t[]){ rows, cols });
}

struct mm_tensor *mm_layout_scale(struct mm_layout *l, const char *name,
                                  size_t n)
{
    return mm_layout_add(l, name, 0, 1, 1, &n);
}

static const char *with(char full[MAX_NAME], const char *name,
                        const char *suffix)
{
    int n = snprintf(full, MAX_NAME, "%s%s", name, suffix);

    assert(n >= 0 && n < MAX_NAME);
    return full;
}

struct mm_affine mm_layout_norm(struct mm_layout *l, const char *name,
                                size_t n)
{
    char full[MAX_NAME];
    struct mm_affine a;

    a.w = mm_layout_add(l, with(full, name, ".weight"), 0, 1, 1, &n);
    a.b = mm_layout_add(l, with(full, name, ".bias"), 0, 0, 1, &n);
    return a;
}

struct mm_affine mm_layout_map(struct mm_layout *l, const char *name,
                               float std, size_t out, size_t in)
{
    char full[MAX_NAME];
    struct mm_affine a = { NULL, NULL };

    a.w = mm_layout_matrix(l, with(full, name, ".weight"), std, out, in);
    return a;
}

struct mm_affine mm_layout_linear(struct mm_layout *l, const char *name,
                                  float std, size_t out, size_t in)
{
    char full[MAX_NAME];
    struct mm_affine a;

    a.w = mm_layout_matrix(l, with(full, name, ".weight"), std, out, in);
    a.b = mm_layout_add(l, with(full, name, ".bias"), 0, 0, 1, &out);
    return a;
}
