/*
 * vecmath.h - exp, log, tanh, erf for loops
 *
 * Inline functions without branches or tables, so that the compiler makes
 * vectors of a loop that calls them.  Bits depend on the level only: not on
 * libm, nor on whether an element stood in a vector or in a loop's remainder
 * (products and sums are fused explicitly or not at all).  Polynomials are
 * least-squares minimax fits made for this file; errors in units of the last
 * place are asserted by tests/unit/test_vecmath.c.
 */
#ifndef MM_TENSOR_KERNEL_VECMATH_H
#define MM_TENSOR_KERNEL_VECMATH_H

#include <math.h>
#include <stdint.h>
#include <string.h>

/* a b + c, rounded once where the level has the instruction */
static inline float mm_fmaf(float a, float b, float c)
{
#ifdef __FMA__
    return __builtin_fmaf(a, b, c);
#else
    return a * b + c;
#endif
}

static inline uint32_t mm_bits_of(float x)
{
    uint32_t u;

    memcpy(&u, &x, sizeof u);
    return u;
}

static inline float mm_float_of(uint32_t u)
{
    float x;

    memcpy(&x, &u, sizeof x);
    return x;
}

/*
 * e^x: 0 below -87.3 (no denormals), infinite above 88.72, NaN of NaN.
 * x = n log 2 + r, e^x = 2^n (1 + r + r^2 P(r)), |r| <= log(2)/2.
 */
static inline float mm_expf(float x)
{
    const float round = 12582912.0f; /* 1.5 2^23: its unit is 1 */
    float t = mm_fmaf(x, 1.442695041f, round), n = t - round, r, p, y;

    r = mm_fmaf(n, -0.693145752f, x); /* log 2 in two pieces */
    r = mm_fmaf(n, -1.428606820e-6f, r);
    p = 1.381459646e-03f;
    p = mm_fmaf(p, r, 8.368717507e-03f);
    p = mm_fmaf(p, r, 4.166838899e-02f);
    p = mm_fmaf(p, r, 1.666652113e-01f);
    p = mm_fmaf(p, r, 4.999999404e-01f);
    p = mm_fmaf(p, r * r, r);
    y = mm_float_of(mm_bits_of(1.0f + p) + (mm_bits_of(t) << 23));
    y = x < -87.336540f ? 0.0f : y;
    y = x > 88.722832f ? INFINITY : y;
    return x == x ? y : x;
}

/*
 * Natural logarithm of a positive normal number, infinity or NaN; anything
 * else is not expected.  x = 2^k (1 + f), sqrt(1/2) <= 1 + f < sqrt(2).
 */
static inline float mm_logf(float x)
{
    uint32_t u = mm_bits_of(x) - 0x3f3504f3u;
    float k = (float)((int32_t)u >> 23);
    float f = mm_float_of((u & 0x007fffffu) + 0x3f3504f3u) - 1.0f, q, s;

    q = 6.746601313e-02f;
    q = mm_fmaf(q, f, -1.167564094e-01f);
    q = mm_fmaf(q, f, 1.188817471e-01f);
    q = mm_fmaf(q, f, -1.240559146e-01f);
    q = mm_fmaf(q, f, 1.421955079e-01f);
    q = mm_fmaf(q, f, -1.666799635e-01f);
    q = mm_fmaf(q, f, 2.000211924e-01f);
    q = mm_fmaf(q, f, -2.500000894e-01f);
    q = mm_fmaf(q, f, 3.333331347e-01f);
    s = f * f;
    q = mm_fmaf(q * f, s, k * 1.428606820e-6f);
    q = mm_fmaf(-0.5f, s, q);
    q = mm_fmaf(k, 0.693145752f, f + q);
    return x < INFINITY ? q : x;
}

/* 1 / (1 + e^-x) */
static inline float mm_sigmoidf(float x)
{
    return 1.0f / (1.0f + mm_expf(-x));
}

/* x + x^3 T(x^2) for |x| < 5/8, else from e^2x */
static inline float mm_tanhf(float x)
{
    float a = fabsf(x), s = x * x, p, big;

    p = -5.717036780e-03f;
    p = mm_fmaf(p, s, 2.065057866e-02f);
    p = mm_fmaf(p, s, -5.374349654e-02f);
    p = mm_fmaf(p, s, 1.333149076e-01f);
    p = mm_fmaf(p, s, -3.333328366e-01f);
    p = mm_fmaf(p * s, x, x);
    big = 1.0f - 2.0f / (mm_expf(2.0f * a) + 1.0f);
    big = copysignf(big, x);
    return a < 0.625f ? p : big;
}

/* x + x E(x^2) for |x| < 0.9, else 1 - e^-R(|x|) */
static inline float mm_erff(float x)
{
    float a = fabsf(x), s = x * x, p, r, big;

    p = 8.538839029e-05f;
    p = mm_fmaf(p, s, -8.181927260e-04f);
    p = mm_fmaf(p, s, 5.204435904e-03f);
    p = mm_fmaf(p, s, -2.686075307e-02f);
    p = mm_fmaf(p, s, 1.128371954e-01f);
    p = mm_fmaf(p, s, -3.761263490e-01f);
    p = mm_fmaf(p, s, 1.283791661e-01f);
    p = mm_fmaf(p, x, x);
    r = a > 4.0f ? 4.0f : a; /* erf(4) rounds to 1 */
    big = 2.090955604e-05f;
    big = mm_fmaf(big, r, -4.323030007e-04f);
    big = mm_fmaf(big, r, 4.160527140e-03f);
    big = mm_fmaf(big, r, -2.509149723e-02f);
    big = mm_fmaf(big, r, 1.082366183e-01f);
    big = mm_fmaf(big, r, 6.333866715e-01f);
    big = mm_fmaf(big, r, 1.129495144e+00f);
    big = mm_fmaf(big, r, -1.705520262e-04f);
    big = copysignf(1.0f - mm_expf(-big), x);
    return a < 0.9f ? p : big;
}

#endif
