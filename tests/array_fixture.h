/*
 * array_fixture.h - arrays as members of a sample
 */
#ifndef MM_TESTS_ARRAY_FIXTURE_H
#define MM_TESTS_ARRAY_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "data/npy.h"
#include "data/sample.h"

static inline void add_array(struct mm_sample *s, const char *name,
                             enum mm_npy_type type, size_t n_dim,
                             const size_t *dim, const void *data)
{
    struct mm_err err;
    struct mm_member *m = mm_sample_add(s, name, &err);

    assert_non_null(m);
    mm_npy_write(&m->data, type, n_dim, dim, data);
}

#endif
