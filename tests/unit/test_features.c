/*
 * test_features.c - half precision; pixels of a sample to features
 */
#include "../model_batch.h"

#include <math.h>

#include "data/half.h"
#include "data/npy.h"
#include "data/sample.h"
#include "eval/features.h"

static float value(uint16_t h)
{
    int e = h >> 10 & 31, m = h & 1023;
    float f = e ? ldexpf(1024 + (float)m, e - 25) : ldexpf((float)m, -24);

    return h & 0x8000 ? -f : f;
}

/* Every finite half is itself; between two it goes to the nearer, or even. */
static void test_half(void **state)
{
    (void)state;
    for (unsigned h = 0; h < 0x7c00; h++) {
        float x = value((uint16_t)h), y = value((uint16_t)(h + 1)), mid;

        assert_int_equal(mm_half(x), h);
        assert_int_equal(mm_half(-x), h | 0x8000);
        if (h == 0x7bff)
            break;
        mid = (x + y) / 2;
        assert_int_equal(mm_half(mid), h + (h & 1));
        assert_int_equal(mm_half(nextafterf(mid, x)), h);
        assert_int_equal(mm_half(nextafterf(mid, y)), h + 1);
    }
    assert_int_equal(mm_half(65519.9f), 0x7bff);
    assert_int_equal(mm_half(65520), 0x7c00);
    assert_int_equal(mm_half(-INFINITY), 0xfc00);
    assert_int_equal(mm_half(NAN) & 0x7e00, 0x7e00);
}

static void add_pixels(struct mm_sample *s, const char *name,
                       const struct golden_batch *b, size_t first, size_t n)
{
    const size_t dim[] = { n, 12, 12, 3 };
    struct mm_buf rgb = { 0 };
    struct mm_err err;
    struct mm_member *m = mm_sample_add(s, name, &err);

    assert_non_null(m);
    for (size_t i = first; i < first + n; i++)
        mm_buf_add(&rgb, b->rgb[i], 12 * 12 * 3);
    mm_npy_write(&m->data, MM_NPY_U1, 4, dim, rgb.data);
    mm_buf_release(&rgb);
}

/* Two pictures, of one and of two views */
static void make_sample(struct mm_sample *s)
{
    static const char json[] =
        "{\"texts\":[null,\"and\",null],"
        "\"images\":[\"0.u8.npy\",null,\"1.u8.npy\"],\"views\":[1,2]}";
    struct golden_batch b;
    struct mm_err err;

    golden_pictures(&b, 3, 12);
    assert_int_equal(mm_sample_set_key(s, "k", &err), 0);
    assert_int_equal(
        mm_sample_add_bytes(s, "json", json, sizeof json - 1, &err), 0);
    add_pixels(s, "0.u8.npy", &b, 0, 1);
    add_pixels(s, "1.u8.npy", &b, 1, 2);
}

static const struct mm_json *check_array(const struct mm_sample *s,
                                         const char *name, size_t views,
                                         const struct mm_json *want)
{
    const struct mm_member *m = mm_sample_find(s, name);
    struct mm_err err;
    struct mm_npy a;

    assert_non_null(m);
    assert_int_equal(mm_npy_parse(&a, m->data.data, m->data.len, &err), 0);
    assert_int_equal(a.type, MM_NPY_F2);
    assert_int_equal(a.n_dim, 3);
    assert_int_equal(a.dim[0], views);
    assert_int_equal(a.dim[1], 9);
    assert_int_equal(a.dim[2], 16);
    for (size_t i = 0; i < a.count; i++, want = want->next) {
        uint16_t h;

        memcpy(&h, (const char *)a.data + 2 * i, 2);
        assert_true(fabs(value(h) - want->number) <
                    1e-3 * (0.1 + fabs(want->number)));
    }
    return want;
}

static void test_sample(void **state)
{
    struct mm_features f;
    struct mm_sample s = { 0 };
    struct mm_json_doc doc;
    const struct mm_json *want;
    struct mm_err err;

    (void)state;
    assert_int_equal(mm_features_open(&f, GOLDEN_DIR, &err), 0);
    assert_int_equal(f.pre.size, 12);
    assert_int_equal(
        mm_json_parse_file(&doc, GOLDEN_DIR "/expect.json", &err), 0);
    make_sample(&s);
    if (mm_features_sample(&f, &s, &err) < 0)
        fail_msg("%s", err.msg);
    want = mm_json_get(mm_json_get(doc.root, "cases")->child, "features");
    want = check_array(&s, "0.features.npy", 1, want->child);
    check_array(&s, "1.features.npy", 2, want);
    assert_int_equal(s.n, 3);
    assert_non_null(strstr(mm_sample_find(&s, "json")->data.data,
                           "[\"0.features.npy\",null,\"1.features.npy\"]"));
    assert_int_equal(mm_features_sample(&f, &s, &err), 0); /* as it is */
    mm_json_release(&doc);
    mm_sample_release(&s);
    mm_features_close(&f);
}

static void test_refused(void **state)
{
    const size_t odd[] = { 1, 10, 10, 3 };
    struct mm_features f;
    struct mm_sample s = { 0 };
    struct mm_member *m;
    struct mm_err err;
    uint8_t pixels[300] = { 0 };

    (void)state;
    assert_int_equal(mm_features_open(&f, GOLDEN_DIR, &err), 0);
    make_sample(&s);
    m = mm_sample_find(&s, "1.u8.npy");
    mm_buf_clear(&m->data);
    mm_npy_write(&m->data, MM_NPY_U1, 4, odd, pixels);
    assert_int_equal(mm_features_sample(&f, &s, &err), -1);
    assert_int_equal(err.code, MM_EDATA);
    assert_non_null(strstr(err.msg, "sample 'k': '1.u8.npy'"));
    mm_sample_release(&s);
    mm_features_close(&f);
    assert_int_equal(mm_features_open(&f, "tests/golden", &err), -1);
    assert_int_equal(err.code, MM_ENOINPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_half),
        cmocka_unit_test(test_sample),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
