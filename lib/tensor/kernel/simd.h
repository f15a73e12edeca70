/*
 * simd.h - vectors of the level's width, for kernels that place registers
 *
 * Most kernels are plain loops that the compiler turns into vectors.  Where it
 * does not find the blocking by itself (products), code is written over these:
 * MM_VL floats in a mm_vec, and mm_vfma rounds once on levels with FMA.
 */
#ifndef MM_TENSOR_KERNEL_SIMD_H
#define MM_TENSOR_KERNEL_SIMD_H

#if defined(__AVX512F__) || (defined(__AVX2__) && defined(__FMA__))
#include <immintrin.h>
#endif
#include <string.h>

#include "tensor/kernel/vecmath.h"

#if defined(__AVX512F__)

#define MM_VL 16
typedef __m512 mm_vec;

static inline mm_vec mm_vset(float x)
{
    return _mm512_set1_ps(x);
}
static inline mm_vec mm_vload(const float *p)
{
    return _mm512_loadu_ps(p);
}
static inline void mm_vstore(float *p, mm_vec x)
{
    _mm512_storeu_ps(p, x);
}
static inline mm_vec mm_vfma(mm_vec a, mm_vec b, mm_vec c)
{
    return _mm512_fmadd_ps(a, b, c);
}
static inline mm_vec mm_vmax(mm_vec a, mm_vec b)
{
    return _mm512_max_ps(a, b);
}
#define MM_VSWAP(x, n)                                                 \
    __builtin_shufflevector(x, x, 0 ^ n, 1 ^ n, 2 ^ n, 3 ^ n, 4 ^ n,   \
                            5 ^ n, 6 ^ n, 7 ^ n, 8 ^ n, 9 ^ n, 10 ^ n, \
                            11 ^ n, 12 ^ n, 13 ^ n, 14 ^ n, 15 ^ n)

/* Rows become columns: r[i] lane j <- r[j] lane i. */
static inline void mm_vtranspose(mm_vec r[16])
{
    mm_vec t[16];

    for (int i = 0; i < 16; i += 2) {
        t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
        t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
    }
    for (int i = 0; i < 16; i += 4) {
        __m512d a = _mm512_castps_pd(t[i]), b = _mm512_castps_pd(t[i + 1]);
        __m512d c = _mm512_castps_pd(t[i + 2]), d = _mm512_castps_pd(t[i + 3]);

        r[i] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, c));
        r[i + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a, c));
        r[i + 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(b, d));
        r[i + 3] = _mm512_castpd_ps(_mm512_unpackhi_pd(b, d));
    }
    for (int i = 0; i < 4; i++) {
        t[i] = _mm512_shuffle_f32x4(r[i], r[i + 4], 0x88);
        t[i + 4] = _mm512_shuffle_f32x4(r[i], r[i + 4], 0xdd);
        t[i + 8] = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0x88);
        t[i + 12] = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0xdd);
    }
    for (int i = 0; i < 4; i++) {
        r[i] = _mm512_shuffle_f32x4(t[i], t[i + 8], 0x88);
        r[i + 8] = _mm512_shuffle_f32x4(t[i], t[i + 8], 0xdd);
        r[i + 4] = _mm512_shuffle_f32x4(t[i + 4], t[i + 12], 0x88);
        r[i + 12] = _mm512_shuffle_f32x4(t[i + 4], t[i + 12], 0xdd);
    }
}

#elif defined(__AVX2__) && defined(__FMA__)

#define MM_VL 8
typedef __m256 mm_vec;

static inline mm_vec mm_vset(float x)
{
    return _mm256_set1_ps(x);
}
static inline mm_vec mm_vload(const float *p)
{
    return _mm256_loadu_ps(p);
}
static inline void mm_vstore(float *p, mm_vec x)
{
    _mm256_storeu_ps(p, x);
}
static inline mm_vec mm_vfma(mm_vec a, mm_vec b, mm_vec c)
{
    return _mm256_fmadd_ps(a, b, c);
}
static inline mm_vec mm_vmax(mm_vec a, mm_vec b)
{
    return _mm256_max_ps(a, b);
}
#define MM_VSWAP(x, n)                                               \
    __builtin_shufflevector(x, x, 0 ^ n, 1 ^ n, 2 ^ n, 3 ^ n, 4 ^ n, \
                            5 ^ n, 6 ^ n, 7 ^ n)

static inline void mm_vtranspose(mm_vec r[8])
{
    mm_vec t[8];

    for (int i = 0; i < 8; i += 2) {
        t[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
        t[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
    }
    for (int i = 0; i < 8; i += 4) {
        r[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
        r[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xee);
        r[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
        r[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xee);
    }
    for (int i = 0; i < 4; i++) {
        t[i] = _mm256_permute2f128_ps(r[i], r[i + 4], 0x20);
        t[i + 4] = _mm256_permute2f128_ps(r[i], r[i + 4], 0x31);
    }
    memcpy(r, t, sizeof t);
}

#else

#define MM_VL 4
typedef float mm_vec __attribute__((vector_size(16)));

static inline mm_vec mm_vset(float x)
{
    return (mm_vec){ x, x, x, x };
}
static inline mm_vec mm_vload(const float *p)
{
    mm_vec x;

    memcpy(&x, p, sizeof x);
    return x;
}
static inline void mm_vstore(float *p, mm_vec x)
{
    memcpy(p, &x, sizeof x);
}
static inline mm_vec mm_vfma(mm_vec a, mm_vec b, mm_vec c)
{
    return a * b + c;
}
static inline mm_vec mm_vmax(mm_vec a, mm_vec b)
{
    return (mm_vec){ a[0] > b[0] ? a[0] : b[0], a[1] > b[1] ? a[1] : b[1],
                     a[2] > b[2] ? a[2] : b[2], a[3] > b[3] ? a[3] : b[3] };
}
#define MM_VSWAP(x, n) __builtin_shufflevector(x, x, 0 ^ n, 1 ^ n, 2 ^ n, 3 ^ n)

static inline void mm_vtranspose(mm_vec r[4])
{
    mm_vec t[4];

    for (int i = 0; i < 4; i++)
        t[i] = (mm_vec){ r[0][i], r[1][i], r[2][i], r[3][i] };
    memcpy(r, t, sizeof t);
}

#endif

static inline mm_vec mm_vzero(void)
{
    return mm_vset(0);
}

/* n rounded up to whole vectors */
#define MM_VROUND(n) (((n) + MM_VL - 1) / MM_VL * MM_VL)

/* The first n numbers at p, or a whole vector of them; zeros after */
static inline mm_vec mm_vload_some(const float *p, size_t n)
{
    float part[MM_VL] = { 0 };

    if (n >= MM_VL)
        return mm_vload(p);
    memcpy(part, p, n * sizeof *part);
    return mm_vload(part);
}

/*
 * Sum and highest of the lanes.  MM_VSWAP exchanges each lane with the one n
 * places away (n a power of two), so halves are put together, then quarters,
 * always in the same order.
 */
static inline float mm_vsum(mm_vec x)
{
#if MM_VL > 8
    x += MM_VSWAP(x, 8);
#endif
#if MM_VL > 4
    x += MM_VSWAP(x, 4);
#endif
    x += MM_VSWAP(x, 2);
    x += MM_VSWAP(x, 1);
    return x[0];
}

static inline float mm_vhighest(mm_vec x)
{
#if MM_VL > 8
    x = mm_vmax(x, MM_VSWAP(x, 8));
#endif
#if MM_VL > 4
    x = mm_vmax(x, MM_VSWAP(x, 4));
#endif
    x = mm_vmax(x, MM_VSWAP(x, 2));
    x = mm_vmax(x, MM_VSWAP(x, 1));
    return x[0];
}

#endif
