/*
 * test_tensor.c - shapes
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tensor/tensor.h"

static void test_counts(void **state)
{
    struct mm_tensor x = { MM_F32, 3, { 2, 3, 5, 1 }, .data = NULL };
    struct mm_tensor scalar = { MM_F32, 0, { 1, 1, 1, 1 }, .data = NULL };

    (void)state;
    assert_int_equal(mm_tensor_count(&x), 30);
    assert_int_equal(mm_tensor_rows(&x), 6);
    assert_int_equal(mm_tensor_width(&x), 5);
    assert_int_equal(mm_tensor_count(&scalar), 1);
    assert_int_equal(mm_tensor_rows(&scalar), 1);
    assert_int_equal(mm_tensor_width(&scalar), 1);
}

static void test_same_shape(void **state)
{
    struct mm_tensor a = { MM_F32, 2, { 2, 3, 1, 1 }, .data = NULL };
    struct mm_tensor b = { MM_I32, 2, { 2, 3, 1, 1 }, .data = NULL };
    struct mm_tensor c = { MM_F32, 2, { 3, 2, 1, 1 }, .data = NULL };
    struct mm_tensor d = { MM_F32, 3, { 2, 3, 1, 1 }, .data = NULL };

    (void)state;
    assert_true(mm_tensor_same_shape(&a, &b));
    assert_false(mm_tensor_same_shape(&a, &c));
    assert_false(mm_tensor_same_shape(&a, &d));
}

static void test_dtype_bytes(void **state)
{
    (void)state;
    assert_int_equal(mm_dtype_bytes(MM_F32), 4);
    assert_int_equal(mm_dtype_bytes(MM_BF16), 2);
    assert_int_equal(mm_dtype_bytes(MM_I32), 4);
    assert_int_equal(mm_dtype_bytes(MM_U8), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_same_shape),
        cmocka_unit_test(test_dtype_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
