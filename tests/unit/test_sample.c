/*
 * test_sample.c - samples, arrays and documents
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "data/doc.h"
#include "data/npy.h"
#include "data/sample.h"

static void test_members(void **state)
{
    struct mm_sample s = { 0 }, t = { 0 };
    struct mm_err err;

    (void)state;
    assert_int_equal(mm_sample_set_key(&s, "a/b", &err), 0);
    assert_int_equal(mm_sample_add_bytes(&s, "json", "{}", 2, &err), 0);
    assert_int_equal(mm_sample_add_bytes(&s, "0.jpg", "abc", 3, &err), 0);
    assert_int_equal(mm_sample_add_bytes(&s, "1.jpg", "", 0, &err), 0);
    assert_int_equal(mm_sample_add_bytes(&s, "json", "", 0, &err), -1);
    assert_int_equal(err.code, MM_EDATA);
    assert_int_equal(mm_sample_bytes(&s), 5);
    mm_sample_remove(&s, mm_sample_find(&s, "json"));
    assert_null(mm_sample_find(&s, "json"));
    assert_int_equal(s.n, 2);
    assert_string_equal(s.members[0].name, "0.jpg");
    assert_memory_equal(s.members[0].data.data, "abc", 3);
    mm_sample_swap(&s, &t);
    assert_null(s.key);
    assert_string_equal(t.key, "a/b");
    mm_sample_clear(&t);
    assert_null(t.key);
    assert_int_equal(t.n, 0);
    mm_sample_release(&s);
    mm_sample_release(&t);
}

static void test_keys(void **state)
{
    static const char *const bad[] = { "", "/a", "a/", "..", "../a", "a/../b",
                                       "a/./b", "a//b", "a.b", "d/a.b" };
    struct mm_sample s = { 0 };
    struct mm_err err;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (mm_sample_set_key(&s, bad[i], &err) == 0)
            fail_msg("accepted: '%s'", bad[i]);
    assert_int_equal(mm_sample_set_key(&s, "v1.0/a", &err), 0);
    assert_int_equal(mm_sample_set_key(&s, "..a/b", &err), 0);
    assert_null(mm_sample_add(&s, "", &err));
    assert_null(mm_sample_add(&s, "a/b", &err));
    mm_sample_release(&s);
}

static void test_npy(void **state)
{
    static const int32_t v[6] = { 1, -2, 3, 4, 5, 1 << 30 };
    const size_t dim[2] = { 2, 3 }, one[1] = { 6 };
    struct mm_buf b = { 0 };
    struct mm_npy a;
    struct mm_err err;
    int32_t *ints;
    size_t n;

    (void)state;
    mm_npy_write(&b, MM_NPY_I4, 2, dim, v);
    assert_int_equal(b.len % 64, sizeof v);
    assert_int_equal(mm_npy_parse(&a, b.data, b.len, &err), 0);
    assert_int_equal(a.type, MM_NPY_I4);
    assert_int_equal(a.n_dim, 2);
    assert_int_equal(a.dim[1], 3);
    assert_int_equal(a.count, 6);
    assert_memory_equal(a.data, v, sizeof v);
    for (size_t i = 0; i < b.len; i++)
        assert_int_equal(mm_npy_parse(&a, b.data, i, &err), -1);
    assert_int_equal(mm_npy_ints(&ints, &n, b.data, b.len, &err), -1);
    mm_buf_addc(&b, 0);
    assert_int_equal(mm_npy_parse(&a, b.data, b.len, &err), -1);
    mm_buf_clear(&b);
    mm_npy_write(&b, MM_NPY_I4, 1, one, v);
    assert_int_equal(mm_npy_ints(&ints, &n, b.data, b.len, &err), 0);
    assert_int_equal(n, 6);
    assert_memory_equal(ints, v, sizeof v);
    free(ints);
    mm_buf_clear(&b);
    mm_npy_write(&b, MM_NPY_U2, 1, dim, "\1\2\3\4");
    assert_int_equal(mm_npy_ints(&ints, &n, b.data, b.len, &err), 0);
    assert_int_equal(ints[1], 0x0403);
    free(ints);
    mm_buf_release(&b);
}

/* A header as text, with data_bytes zeros after it. */
static int parse_header(const char *text, size_t data_bytes)
{
    struct mm_buf b = { 0 };
    struct mm_npy a;
    struct mm_err err;
    int result;

    mm_buf_add(&b, "\x93NUMPY\1\0", 8);
    mm_buf_addc(&b, (char)strlen(text));
    mm_buf_addc(&b, 0);
    mm_buf_adds(&b, text);
    for (size_t i = 0; i < data_bytes; i++)
        mm_buf_addc(&b, 0);
    result = mm_npy_parse(&a, b.data, b.len, &err);
    mm_buf_release(&b);
    return result;
}

static void test_npy_headers(void **state)
{
    static const char *const bad[] = {
        "", "{}", "[]", "{'descr': '<i4'}",
        "{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }",
        "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }",
        "{'descr': '<i4', 'fortran_order': True, 'shape': (1,), }",
        "{'descr': '<i4', 'fortran_order': False, 'shape': (-1,), }",
        "{'descr': '<i4', 'fortran_order': False, 'shape': (1 1), }",
        "{'descr': '<i4', 'fortran_order': False, 'shape': (1,1,1,1,1), }",
        "{'descr': '<i4', 'fortran_order': False, 'shape': (1,)",
        "{'descr': '<i4', 'fortran_order': False, 'shape': (1,), 'x': 1}",
        "{'descr': '<i4', 'descr': '<i4', 'fortran_order': False, }",
        "{'descr': '<i4', 'fortran_order': False, "
        "'shape': (4611686018427387905,), }",
        "{'descr': '<i4', 'fortran_order': False, "
        "'shape': (4294967296,4294967297), }"
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (parse_header(bad[i], 4) == 0)
            fail_msg("accepted: %s", bad[i]);
    assert_int_equal(parse_header("{'shape': (1,), 'fortran_order': False, "
                                  "'descr': '<i4'}",
                                  4),
                     0);
    assert_int_equal(parse_header("{'descr': '<f2', 'fortran_order': False, "
                                  "'shape': (), }",
                                  2),
                     0);
    assert_int_equal(parse_header("{'descr': '<f2', 'fortran_order': False, "
                                  "'shape': (2, 0), }",
                                  0),
                     0);
}

static const char doc_text[] =
    "{\"source\":\"w\\u0000b\",\"texts\":[\"a \\\"cat\\\"\",null,\"b\"],"
    "\"images\":[null,\"0.jpg\",null],\"answers\":[1,{\"x\":null}]}";

static void test_doc(void **state)
{
    struct mm_doc d;
    struct mm_buf out = { 0 };
    struct mm_err err;

    (void)state;
    assert_int_equal(mm_doc_parse(&d, doc_text, sizeof doc_text - 1, &err), 0);
    assert_int_equal(d.n, 3);
    assert_string_equal(d.parts[0].text, "a \"cat\"");
    assert_string_equal(d.parts[1].image, "0.jpg");
    assert_int_equal(mm_doc_kind(&d), MM_DOC_INTERLEAVED);
    assert_int_equal(mm_doc_images(&d), 1);
    assert_int_equal(mm_doc_print(&d, &out, &err), 0);
    assert_string_equal(out.data,
                        "{\"texts\":[\"a \\\"cat\\\"\",null,\"b\"],"
                        "\"images\":[null,\"0.jpg\",null],"
                        "\"source\":\"w\\u0000b\",\"answers\":"
                        "[1,{\"x\":null}]}");
    mm_doc_release(&d);
    mm_buf_release(&out);
}

static enum mm_doc_kind kind_of(const char *text)
{
    struct mm_doc d;
    struct mm_err err;
    enum mm_doc_kind k;

    assert_int_equal(mm_doc_parse(&d, text, strlen(text), &err), 0);
    k = mm_doc_kind(&d);
    mm_doc_release(&d);
    return k;
}

static void test_doc_kinds(void **state)
{
    static const char *const bad[] = {
        "", "[]", "{}", "{\"texts\":[]}", "{\"texts\":[],\"images\":[null]}",
        "{\"texts\":[null],\"images\":[null]}",
        "{\"texts\":[\"a\"],\"images\":[\"b\"]}",
        "{\"texts\":[1],\"images\":[null]}",
        "{\"texts\":{\"a\":1},\"images\":[null]}",
        "{\"texts\":[\"a\"],\"images\":[null],\"roles\":[]}",
        "{\"texts\":[\"a\"],\"images\":[null],\"roles\":[\"dog\"]}",
        "{\"texts\":[\"a\"],\"images\":[null],\"roles\":[null]}"
    };
    struct mm_doc d;
    struct mm_err err;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (mm_doc_parse(&d, bad[i], strlen(bad[i]), &err) == 0)
            fail_msg("accepted: %s", bad[i]);
    assert_int_equal(kind_of("{\"texts\":[],\"images\":[]}"), MM_DOC_TEXT);
    assert_int_equal(kind_of("{\"texts\":[\"a\",\"b\"],"
                             "\"images\":[null,null]}"),
                     MM_DOC_TEXT);
    assert_int_equal(kind_of("{\"texts\":[null,\"b\"],"
                             "\"images\":[\"0.png\",null]}"),
                     MM_DOC_PAIR);
    assert_int_equal(kind_of("{\"texts\":[null,\"b\"],"
                             "\"images\":[\"0.png\",null],"
                             "\"roles\":[\"user\",\"assistant\"]}"),
                     MM_DOC_CHAT);
}

static void test_doc_refs(void **state)
{
    struct mm_sample s = { 0 };
    struct mm_doc d;
    struct mm_err err;

    (void)state;
    assert_int_equal(mm_sample_set_key(&s, "k", &err), 0);
    assert_int_equal(mm_doc_from_sample(&d, &s, &err), -1);
    assert_int_equal(mm_sample_add_bytes(&s, "json", doc_text,
                                         sizeof doc_text - 1, &err),
                     0);
    assert_int_equal(mm_doc_from_sample(&d, &s, &err), -1);
    assert_non_null(strstr(err.msg, "0.jpg"));
    assert_int_equal(mm_sample_add_bytes(&s, "0.jpg", "x", 1, &err), 0);
    assert_int_equal(mm_doc_from_sample(&d, &s, &err), 0);
    mm_doc_release(&d);
    mm_sample_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members), cmocka_unit_test(test_keys),
        cmocka_unit_test(test_npy), cmocka_unit_test(test_npy_headers),
        cmocka_unit_test(test_doc), cmocka_unit_test(test_doc_kinds),
        cmocka_unit_test(test_doc_refs)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
