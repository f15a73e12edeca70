/*
 * vec.h - a vector of floats as wide as the registers of the level
 *
 * Compilers' own vectors, so that one text serves every level: a + b, a * b
 * and comparisons work on them, and a * b + c becomes one instruction where
 * the level has it.
 */
#ifndef MM_TENSOR_KERNEL_VEC_H
#define MM_TENSOR_KERNEL_VEC_H

#include <stddef.h>
#include <stdint.h>

#if defined(__AVX512F__)
#define VEC_LANES 16
#elif defined(__AVX2__)
#define VEC_LANES 8
#else
#define VEC_LANES 4
#endif

typedef float vec __attribute__((vector_size(VEC_LANES * 4)));
typedef int32_t vec_mask __attribute__((vector_size(VEC_LANES * 4)));
typedef float vec_unaligned
    __attribute__((vector_size(VEC_LANES * 4), aligned(4), may_alias));

/* Width of a row of n floats when it is cut into whole vectors */
#define VEC_ROUND(n) (((n) + VEC_LANES - 1) / VEC_LANES * VEC_LANES)

static inline vec vec_load(const float *p)
{
    return *(const vec_unaligned *)p;
}

static inline void vec_store(float *p, vec x)
{
    *(vec_unaligned *)p = x;
}

static inline vec vec_splat(float x)
{
    return x - (vec){ 0 };
}

static inline vec vec_max(vec a, vec b)
{
    vec_mask m = a > b;

    return (vec)(((vec_mask)a & m) | ((vec_mask)b & ~m));
}

/* Four floats at any level */
typedef float quad __attribute__((vector_size(16), may_alias));
typedef float quad_unaligned
    __attribute__((vector_size(16), aligned(4), may_alias));

static inline quad quad_load(const float *p)
{
    return *(const quad_unaligned *)p;
}

/* Lanes exchanged with those n places away, n a constant power of two below VEC_LANES */
#if VEC_LANES == 16
#define VEC_SWAP(x, n)                                                      \
    __builtin_shufflevector(x, x, 0 ^ n, 1 ^ n, 2 ^ n, 3 ^ n, 4 ^ n, 5 ^ n, \
                            6 ^ n, 7 ^ n, 8 ^ n, 9 ^ n, 10 ^ n, 11 ^ n,     \
                            12 ^ n, 13 ^ n, 14 ^ n, 15 ^ n)
#elif VEC_LANES == 8
#define VEC_SWAP(x, n)                                                      \
    __builtin_shufflevector(x, x, 0 ^ n, 1 ^ n, 2 ^ n, 3 ^ n, 4 ^ n, 5 ^ n, \
                            6 ^ n, 7 ^ n)
#else
#define VEC_SWAP(x, n) __builtin_shufflevector(x, x, 0 ^ n, 1 ^ n, 2 ^ n, 3 ^ n)
#endif

/* Sum of the lanes, halves first: always in the same order */
static inline float vec_sum(vec x)
{
#if VEC_LANES > 8
    x += VEC_SWAP(x, 8);
#endif
#if VEC_LANES > 4
    x += VEC_SWAP(x, 4);
#endif
    x += VEC_SWAP(x, 2);
    x += VEC_SWAP(x, 1);
    return x[0];
}

static inline float vec_highest(vec x)
{
#if VEC_LANES > 8
    x = vec_max(x, VEC_SWAP(x, 8));
#endif
#if VEC_LANES > 4
    x = vec_max(x, VEC_SWAP(x, 4));
#endif
    x = vec_max(x, VEC_SWAP(x, 2));
    x = vec_max(x, VEC_SWAP(x, 1));
    return x[0];
}

#endif
