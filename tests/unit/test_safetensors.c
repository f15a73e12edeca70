/*
 * test_safetensors.c - headers accepted and refused; files written and read
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/io.h"
#include "model/safetensors.h"

static int parse(struct mm_st_header *h, const char *text, uint64_t bytes,
                 struct mm_err *err)
{
    return mm_st_parse(h, text, strlen(text), bytes, err);
}

#define ONE(props) "{\"t\":{" props "}}"
#define GOOD "\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]"

static void test_accepted(void **state)
{
    static const struct {
        const char *text;
        uint64_t bytes;
        size_t n, meta;
    } good[] = {
        { "{}", 0, 0, 0 },
        { "{ }  ", 0, 0, 0 },
        { ONE(GOOD), 8, 1, 0 },
        { "{\"t\":{\"data_offsets\":[0,4],\"shape\":[],\"dtype\":\"F32\"}}",
          4, 1, 0 },
        { "{\"t\":{\"dtype\":\"F32\",\"shape\":[0,7],\"data_offsets\":[0,0]}}",
          0, 1, 0 },
        { "{\"t\":{\"dtype\":\"F4\",\"shape\":[6],\"data_offsets\":[0,3]}}",
          3, 1, 0 },
        { "{\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
          "\"a\":{\"dtype\":\"BF16\",\"shape\":[1],\"data_offsets\":[1,3]}}",
          3, 2, 0 },
        { "{\"__metadata__\":{},\"t\":{" GOOD "}}", 8, 1, 0 },
        { "{\"t\":{" GOOD "},\"__metadata__\":{\"a\":\"\\u00e9\","
          "\"b\":\"\\ud83d\\ude00\"}}",
          8, 1, 2 },
        { "{\n\t\"t\" : { \"dtype\" : \"F32\" , \"shape\" : [ 2 ] ,\r\n"
          "\"data_offsets\" : [ 0 , 8 ] } }    ",
          8, 1, 0 },
    };
    struct mm_st_header h;
    struct mm_err err;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        if (parse(&h, good[i].text, good[i].bytes, &err) < 0)
            fail_msg("%s: %s", good[i].text, err.msg);
        assert_int_equal(h.n, good[i].n);
        assert_int_equal(h.n_meta, good[i].meta);
        mm_st_release(&h);
    }
}

static void test_find(void **state)
{
    struct mm_st_header h;
    struct mm_err err;

    (void)state;
    assert_int_equal(
        parse(&h,
              "{\"__metadata__\":{\"k\":\"\\ud83d\\ude00\",\"a\":\"b\"},"
              "\"z\":{\"dtype\":\"F16\",\"shape\":[2,3],"
              "\"data_offsets\":[0,12]},"
              "\"a\\u00e9\\n\":{\"dtype\":\"U8\",\"shape\":[1],"
              "\"data_offsets\":[12,13]}}",
              13, &err),
        0);
    assert_string_equal(mm_st_meta(&h, "k"), "\xf0\x9f\x98\x80");
    assert_string_equal(mm_st_meta(&h, "a"), "b");
    assert_null(mm_st_meta(&h, "b"));
    assert_null(mm_st_find(&h, "y"));
    assert_int_equal(mm_st_find(&h, "z")->dim[1], 3);
    assert_string_equal(mm_st_type_name(mm_st_find(&h, "z")->type), "F16");
    assert_int_equal(mm_st_find(&h, "a\xc3\xa9\n")->begin, 12);
    mm_st_release(&h);
}

/* Every field missing, of a wrong type, 0, negative, a fraction, huge, ... */
static const char *const refused[] = {
    /* not the JSON that it should be */
    "",
    " ",
    " {}",
    "[]",
    "{",
    "}",
    "{}}",
    "{}x",
    "{} {}",
    "{},",
    "nul",
    "{\"t\"}",
    "{\"t\":}",
    "{\"t\":{" GOOD "},}",
    "{,}",
    "{\"t\" {" GOOD "}}",
    "{\"t\":{" GOOD "}",
    "{\"t\":{" GOOD,
    "{\"t\":{" GOOD "}]",
    "{t:{" GOOD "}}",
    "{'t':{" GOOD "}}",
    "{\"t\":{" GOOD "}}\n{}",
    "{\"t\":[]}",
    "{\"t\":null}",
    "{\"t\":1}",
    "{\"t\":\"x\"}",
    "{\"t\":{}}",
    "{\"t\":{" GOOD ",}}",
    "{\"t\":{," GOOD "}}",
    "{\"t\x80\":{" GOOD "}}",
    "{\"t\t\":{" GOOD "}}",
    "{\"t\\x\":{" GOOD "}}",
    "{\"t\\u12\":{" GOOD "}}",
    "{\"t\\ud800\":{" GOOD "}}",
    "{\"t\\udc00\":{" GOOD "}}",
    "{\"t\\ud800\\u0041\":{" GOOD "}}",
    /* names */
    "{\"\":{" GOOD "}}",
    "{\"a\\u0000b\":{" GOOD "}}",
    "{\"a/../b\":{" GOOD "}}",
    "{\"a\\u002f..\":{" GOOD "}}",
    "{\"t\":{" GOOD "},\"t\":{" GOOD "}}",
    "{\"t\":{" GOOD "},\"\\u0074\":{\"dtype\":\"F32\",\"shape\":[0],"
    "\"data_offsets\":[8,8]}}",
    /* dtype */
    ONE("\"shape\":[2],\"data_offsets\":[0,8]"),
    ONE("\"dtype\":\"F33\",\"shape\":[2],\"data_offsets\":[0,8]"),
    ONE("\"dtype\":\"f32\",\"shape\":[2],\"data_offsets\":[0,8]"),
    ONE("\"dtype\":\"\",\"shape\":[2],\"data_offsets\":[0,8]"),
    ONE("\"dtype\":null,\"shape\":[2],\"data_offsets\":[0,8]"),
    ONE("\"dtype\":32,\"shape\":[2],\"data_offsets\":[0,8]"),
    ONE("\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[0,8]"),
    ONE("\"dtype\":\"F32\"," GOOD),
    /* shape */
    ONE("\"dtype\":\"F32\",\"data_offsets\":[0,8]"),
    ONE("\"dtype\":\"F32\",\"shape\":2,\"data_offsets\":[0,8]"),
    ONE("\"dtype\":\"F32\",\"shape\":null,\"data_offsets\":[0,8]"),
    ONE("\"dtype\":\"F32\",\"shape\":\"2\",\"data_offsets\":[0,8]"),
    ONE("\"dtype\":\"F32\",\"shape\":[[2]],\"data_offsets\":[0,8]"),
    ONE("\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]"),
    ONE("\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,8]"),
    ONE("\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]"),
    ONE("\"dtype\":\"F32\",\"shape\":[+2],\"data_offsets\":[0,8]"),
    ONE("\"dtype\":\"F32\",\"shape\":[02],\"data_offsets\":[0,8]"),
    ONE("\"dtype\":\"F32\",\"shape\":[2.0],\"data_offsets\":[0,8]"),
    ONE("\"dtype\":\"F32\",\"shape\":[2e0],\"data_offsets\":[0,8]"),
    ONE("\"dtype\":\"F32\",\"shape\":[true],\"data_offsets\":[0,8]"),
    ONE("\"dtype\":\"F32\",\"shape\":[2,],\"data_offsets\":[0,8]"),
    ONE("\"dtype\":\"F32\",\"shape\":[2 1],\"data_offsets\":[0,8]"),
    ONE("\"dtype\":\"F32\",\"shape\":[2,\"data_offsets\":[0,8]"),
    ONE("\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,2],"
        "\"data_offsets\":[0,8]"),
    ONE("\"dtype\":\"F32\",\"shape\":[4611686018427387906],"
        "\"data_offsets\":[0,8]"), /* x 4 = 8 modulo 2^64 */
    ONE("\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],"
        "\"data_offsets\":[0,0]"),
    ONE("\"dtype\":\"F32\",\"shape\":[18446744073709551618],"
        "\"data_offsets\":[0,8]"),
    ONE("\"dtype\":\"F4\",\"shape\":[15],\"data_offsets\":[0,8]"),
    ONE("\"dtype\":\"F32\",\"shape\":[2],\"shape\":[2],"
        "\"data_offsets\":[0,8]"),
    /* offsets */
    ONE("\"dtype\":\"F32\",\"shape\":[2]"),
    ONE("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":8"),
    ONE("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":null"),
    ONE("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[]"),
    ONE("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0]"),
    ONE("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,8]"),
    ONE("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,7]"),
    ONE("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]"),
    ONE("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[1,9]"),
    ONE("\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]"),
    ONE("\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]"),
    ONE("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[-8,0]"),
    ONE("\"dtype\":\"F32\",\"shape\":[2],"
        "\"data_offsets\":[18446744073709551608,0]"),
    ONE("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8.0]"),
    ONE("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[\"0\",\"8\"]"),
    ONE(GOOD ",\"data_offsets\":[0,8]"),
    ONE(GOOD ",\"strides\":[1]"),
    /* tensors among each other: overlap, hole, order, nothing there */
    "{\"a\":{" GOOD "},\"b\":{" GOOD "}}",
    "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},"
    "\"b\":{\"dtype\":\"U8\",\"shape\":[5],\"data_offsets\":[3,8]}}",
    "{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]},"
    "\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[4,8]}}",
    "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},"
    "\"b\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[2,2]},"
    "\"c\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[4,8]}}",
    "{}",
    /* metadata */
    "{\"__metadata__\":[],\"t\":{" GOOD "}}",
    "{\"__metadata__\":null,\"t\":{" GOOD "}}",
    "{\"__metadata__\":{\"a\":1},\"t\":{" GOOD "}}",
    "{\"__metadata__\":{\"a\":{}},\"t\":{" GOOD "}}",
    "{\"__metadata__\":{\"a\"},\"t\":{" GOOD "}}",
    "{\"__metadata__\":{\"a\":\"b\",},\"t\":{" GOOD "}}",
    "{\"__metadata__\":{\"a\":\"b\",\"a\":\"b\"},\"t\":{" GOOD "}}",
    "{\"__metadata__\":{},\"t\":{" GOOD "},\"__metadata__\":{}}",
    "{\"\\u005f_metadata__\":{" GOOD "}}",
};

static void test_refused(void **state)
{
    struct mm_st_header h;
    struct mm_err err;
    size_t n = sizeof refused / sizeof *refused;

    (void)state;
    assert_true(n >= 60);
    for (size_t i = 0; i < n; i++) {
        memset(&err, 0, sizeof err);
        if (parse(&h, refused[i], 8, &err) == 0)
            fail_msg("accepted: %s", refused[i]);
        assert_int_equal(err.code, MM_EDATA);
        assert_true(strlen(err.msg) > 10);
        if (!strncmp(refused[i], "{\"t\":{\"", 7) &&
            !strstr(err.msg, "'t'") && !strstr(err.msg, "header, byte") &&
            !strstr(err.msg, "the tensors have"))
            fail_msg("%s: does not say where: %s", refused[i], err.msg);
    }
}

/* A long name, many tensors, deep brackets: no time, no memory, no stack. */
static void test_large(void **state)
{
    struct mm_buf b = { 0 };
    struct mm_st_header h;
    struct mm_err err;

    (void)state;
    mm_buf_addc(&b, '{');
    for (int i = 0; i < 20000; i++)
        mm_buf_addf(&b,
                    "%s\"%d\":{\"dtype\":\"U8\",\"shape\":[0],"
                    "\"data_offsets\":[0,0]}",
                    i ? "," : "", i * 7919 % 20000);
    mm_buf_addc(&b, '}');
    assert_int_equal(mm_st_parse(&h, b.data, b.len, 0, &err), 0);
    assert_int_equal(h.n, 20000);
    mm_st_release(&h);

    mm_buf_clear(&b);
    mm_buf_adds(&b, "{\"");
    for (int i = 0; i < 1025; i++)
        mm_buf_addc(&b, 'x');
    mm_buf_adds(&b, "\":{" GOOD "}}");
    assert_int_equal(mm_st_parse(&h, b.data, b.len, 8, &err), -1);

    mm_buf_clear(&b);
    mm_buf_adds(&b, "{\"t\":{\"shape\":");
    for (int i = 0; i < 1000000; i++)
        mm_buf_addc(&b, '[');
    assert_int_equal(mm_st_parse(&h, b.data, b.len, 8, &err), -1);
    mm_buf_release(&b);
}

/* Each prefix and each flipped byte is refused or accepted, never worse. */
static void test_damage(void **state)
{
    static const char text[] =
        "{\"__metadata__\":{\"a\":\"b\\u00e9\"},\"t\":{" GOOD "},"
        "\"u\":{\"dtype\":\"F16\",\"shape\":[2,1],\"data_offsets\":[8,12]}}";
    char copy[sizeof text];
    struct mm_st_header h;
    struct mm_err err;

    (void)state;
    for (size_t n = 0; n < sizeof text - 1; n++)
        assert_int_equal(mm_st_parse(&h, text, n, 12, &err), -1);
    for (size_t i = 0; i < 8 * (sizeof text - 1); i++) {
        memcpy(copy, text, sizeof text);
        copy[i / 8] = (char)(copy[i / 8] ^ 1 << i % 8);
        if (mm_st_parse(&h, copy, sizeof text - 1, 12, &err) == 0)
            mm_st_release(&h);
    }
}

/* ---- files ---- */

static char *temporary(void)
{
    char *path = strdup("/tmp/mm1-test-XXXXXX");
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    close(fd);
    return path;
}

static void put(const char *path, uint64_t n, const char *text, size_t len)
{
    struct mm_buf b = { 0 };
    struct mm_err err;

    mm_buf_add(&b, &n, sizeof n);
    mm_buf_add(&b, text, len);
    assert_int_equal(mm_write_file(path, b.data, b.len, &err), 0);
    mm_buf_release(&b);
}

static void test_file_sizes(void **state)
{
    char *path = temporary();
    struct mm_safetensors s;
    struct mm_err err;

    (void)state;
    assert_int_equal(mm_write_file(path, "1234567", 7, &err), 0);
    assert_int_equal(mm_safetensors_open(&s, path, &err), -1);
    assert_non_null(strstr(err.msg, path));
    put(path, 3, "{}", 2);
    assert_int_equal(mm_safetensors_open(&s, path, &err), -1);
    put(path, UINT64_MAX, "{}", 2);
    assert_int_equal(mm_safetensors_open(&s, path, &err), -1);
    put(path, 100000001, "{}", 2);
    assert_int_equal(mm_safetensors_open(&s, path, &err), -1);
    assert_int_equal(err.code, MM_EDATA);
    put(path, 2, "{}x", 3);
    assert_int_equal(mm_safetensors_open(&s, path, &err), -1);
    put(path, 2, "{}", 2);
    assert_int_equal(mm_safetensors_open(&s, path, &err), 0);
    mm_safetensors_close(&s);
    unlink(path);
    assert_int_equal(mm_safetensors_open(&s, path, &err), -1);
    assert_int_equal(err.code, MM_ENOINPUT);
    free(path);
}

static void test_types(void **state)
{
    /* 1, -2.5, the least half, infinity; the same two in bfloat16 */
    static const char text[] =
        "{\"h\":{\"dtype\":\"F16\",\"shape\":[4],\"data_offsets\":[0,8]},"
        "\"b\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[8,12]},"
        "\"i\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[12,13]}}"
        "\x00\x3c\x00\xc1\x01\x00\x00\x7c\x80\x3f\x20\xc0\x07";
    char *path = temporary();
    struct mm_safetensors s;
    struct mm_err err;
    float x[4];

    (void)state;
    put(path, sizeof text - 14, text, sizeof text - 1);
    assert_int_equal(mm_safetensors_open(&s, path, &err), 0);
    assert_int_equal(
        mm_safetensors_read(&s, mm_st_find(&s.header, "h"), x, &err), 0);
    assert_true(x[0] == 1 && x[1] == -2.5f && x[2] == 0x1p-24f);
    assert_true(x[3] > 3e38f);
    assert_int_equal(
        mm_safetensors_read(&s, mm_st_find(&s.header, "b"), x, &err), 0);
    assert_true(x[0] == 1 && x[1] == -2.5f);
    assert_int_equal(
        mm_safetensors_read(&s, mm_st_find(&s.header, "i"), x, &err), -1);
    assert_non_null(strstr(err.msg, "I8"));
    mm_safetensors_close(&s);
    unlink(path);
    free(path);
}

static int write_file(const char *path, const struct mm_tensor *const *t,
                      size_t n, struct mm_err *err)
{
    struct mm_out *out = mm_out_open(path, err);

    assert_non_null(out);
    assert_int_equal(mm_safetensors_put(out, t, n, err), 0);
    return mm_out_commit(out, err);
}

static void test_write(void **state)
{
    static const char head[] =
        "{\"__metadata__\":{\"format\":\"pt\",\"stamp\":\"{}\"},"
        "\"b\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]},"
        "\"a\":{\"dtype\":\"I32\",\"shape\":[],\"data_offsets\":[24,28]}}";
    float b[] = { 1, 2, 3, 4, 5, 6 }, back[6];
    int32_t a = -7;
    struct mm_tensor tb = { MM_F32, 2, { 2, 3, 1, 1 }, b, .name = "b" };
    struct mm_tensor ta = { MM_I32, 0, { 1, 1, 1, 1 }, &a, .name = "a" };
    const struct mm_tensor *const t[] = { &tb, &ta };
    char *path = temporary();
    struct mm_safetensors s;
    struct mm_buf bytes = { 0 };
    struct mm_err err;
    uint64_t n;

    (void)state;
    assert_int_equal(write_file(path, t, 2, &err), 0);
    assert_int_equal(mm_read_file(path, &bytes, 1 << 20, &err), 0);
    memcpy(&n, bytes.data, sizeof n);
    assert_int_equal((n + 8) % 64, 0);
    assert_int_equal(bytes.len, 8 + n + 28);
    assert_memory_equal(bytes.data + 8, head, sizeof head - 1);
    for (size_t i = sizeof head - 1; i < n; i++)
        assert_int_equal(bytes.data[8 + i], ' ');
    assert_memory_equal(bytes.data + 8 + n, b, sizeof b);
    assert_memory_equal(bytes.data + 8 + n + 24, &a, sizeof a);

    assert_int_equal(mm_safetensors_open(&s, path, &err), 0);
    assert_int_equal(
        mm_safetensors_read(&s, mm_st_find(&s.header, "b"), back, &err), 0);
    assert_memory_equal(b, back, sizeof b);
    assert_string_equal(mm_st_meta(&s.header, "format"), "pt");
    mm_safetensors_close(&s);
    mm_buf_release(&bytes);
    unlink(path);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_file_sizes),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_write),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
