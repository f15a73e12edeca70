/*
 * resize.c - sums of weighted pixels, see resize.h
 *
 * A weight has up to 24 bits and a pixel 8.  The vector code splits the weight
 * in two, k = 2^11 hi + lo with 0 <= lo < 2^11, so that both halves fit the
 * 16-bit multiply-and-add-pairs instruction, which does sixteen products where
 * a 32-bit multiplication does four in the same time; sums modulo 2^32 of the
 * halves are put together at the end, and nothing is lost.
 */
#include "data/resize_kernel.h"

#include <string.h>

#define PASTE2(a, b) a##_##b
#define PASTE(a, b) PASTE2(a, b)

static uint8_t clip(int32_t sum)
{
    int32_t v = (sum + (1 << (MM_RESIZE_BITS - 1))) >> MM_RESIZE_BITS;

    return v < 0 ? 0 : v > 255 ? 255
                               : (uint8_t)v;
}

/* One row, any sizes */
static void row_plain(uint8_t *dst, const uint8_t *src,
                      const struct mm_resize_axis *x)
{
    for (size_t i = 0; i < x->n; i++) {
        const uint8_t *p = src + 3 * (size_t)x->span[i].first;
        const int32_t *k = x->k + i * x->taps;
        int32_t r = 0, g = 0, b = 0;

        for (size_t j = 0; j < x->span[i].count; j++) {
            r += k[j] * p[3 * j];
            g += k[j] * p[3 * j + 1];
            b += k[j] * p[3 * j + 2];
        }
        dst[3 * i] = clip(r);
        dst[3 * i + 1] = clip(g);
        dst[3 * i + 2] = clip(b);
    }
}

/* Bytes [begin, end) of a row made of n rows, at most 64 of them */
static void column_plain(uint8_t *dst, const uint8_t *const src[],
                         const int32_t *k, size_t n, size_t begin, size_t end)
{
    int32_t sum[64] = { 0 };

    for (size_t j = 0; j < n; j++)
        for (size_t i = begin; i < end; i++)
            sum[i - begin] += k[j] * src[j][i];
    for (size_t i = begin; i < end; i++)
        dst[i] = clip(sum[i - begin]);
}

static void column_rest(uint8_t *dst, const uint8_t *const src[],
                        const int32_t *k, size_t n, size_t begin, size_t end)
{
    for (; begin + 64 < end; begin += 64)
        column_plain(dst, src, k, n, begin, begin + 64);
    if (begin < end)
        column_plain(dst, src, k, n, begin, end);
}

#ifdef __AVX2__
#include <immintrin.h>

/*
 * Four RGB pixels as 16-bit pairs, in the lower half r0 r1 g0 g1 b0 b1 0 0 and
 * in the upper the same of pixels 2 and 3
 */
static __m256i load_pixels(const uint8_t *p)
{
    const __m256i spread = _mm256_setr_epi8(
        0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1,
        6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1);
    __m128i v = _mm_loadu_si128((const __m128i *)p);

    return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(v), spread);
}

static __m256i join(__m256i hi, __m256i lo)
{
    return _mm256_add_epi32(_mm256_slli_epi32(hi, MM_RESIZE_LOW), lo);
}

static __m256i scale(__m256i sum)
{
    const __m256i half = _mm256_set1_epi32(1 << (MM_RESIZE_BITS - 1));

    return _mm256_srai_epi32(_mm256_add_epi32(sum, half), MM_RESIZE_BITS);
}

/* The sums of a's halves in the lower half, of b's in the upper */
static __m256i fold(__m256i a, __m256i b)
{
    return _mm256_add_epi32(_mm256_permute2x128_si256(a, b, 0x20),
                            _mm256_permute2x128_si256(a, b, 0x31));
}

/* Three bytes and one that the next pixel overwrites */
static void store_pixel(uint8_t *dst, int32_t rgb0)
{
    memcpy(dst, &rgb0, 4);
}

static void store_pixels(uint8_t *const dst[4], size_t at, const __m256i v[4])
{
    __m256i v02_13 = _mm256_packs_epi32(scale(fold(v[0], v[1])),
                                        scale(fold(v[2], v[3])));
    __m256i bytes = _mm256_packus_epi16(v02_13, v02_13);
    __m128i low = _mm256_castsi256_si128(bytes);
    __m128i high = _mm256_extracti128_si256(bytes, 1);

    store_pixel(dst[0] + at, _mm_cvtsi128_si32(low));
    store_pixel(dst[1] + at, _mm_cvtsi128_si32(high));
    store_pixel(dst[2] + at, _mm_extract_epi32(low, 1));
    store_pixel(dst[3] + at, _mm_extract_epi32(high, 1));
}

/* groups is x->groups, or a constant that lets the inner loop unroll. */
static inline __attribute__((always_inline)) void
rows_vector(uint8_t *const dst[4], const uint8_t *const src[4],
            const struct mm_resize_axis *x, size_t groups)
{
    const int16_t *k = x->packed;

    for (size_t i = 0; i < x->n; i++) {
        size_t at = 3 * (size_t)x->span[i].start;
        __m256i hi[4], lo[4];

        for (int r = 0; r < 4; r++)
            hi[r] = lo[r] = _mm256_setzero_si256();
        for (size_t g = 0; g < groups; g++, k += 32) {
            __m256i kh = _mm256_loadu_si256((const __m256i *)k);
            __m256i kl = _mm256_loadu_si256((const __m256i *)(k + 16));

            for (int r = 0; r < 4; r++) {
                __m256i p = load_pixels(src[r] + at + 12 * g);

                hi[r] = _mm256_add_epi32(hi[r], _mm256_madd_epi16(p, kh));
                lo[r] = _mm256_add_epi32(lo[r], _mm256_madd_epi16(p, kl));
            }
        }
        for (int r = 0; r < 4; r++)
            hi[r] = join(hi[r], lo[r]);
        store_pixels(dst, 3 * i, hi);
    }
}

/* 32 bytes at at of a row made of n rows */
static void column_vector(uint8_t *dst, const uint8_t *const src[],
                          const int32_t *pairs, size_t n, size_t at)
{
    const __m256i zero = _mm256_setzero_si256();
    __m256i hi[4] = { zero, zero, zero, zero };
    __m256i lo[4] = { zero, zero, zero, zero };

    for (size_t j = 0; j < n; j += 2, pairs += 2) {
        /* An odd last row is paired with itself and weight 0. */
        size_t next = j + 1 < n ? j + 1 : j;
        __m256i a = _mm256_loadu_si256((const __m256i *)(src[j] + at));
        __m256i b = _mm256_loadu_si256((const __m256i *)(src[next] + at));
        __m256i ab0 = _mm256_unpacklo_epi8(a, b);
        __m256i ab1 = _mm256_unpackhi_epi8(a, b);
        __m256i kh = _mm256_set1_epi32(pairs[0]);
        __m256i kl = _mm256_set1_epi32(pairs[1]);
        __m256i p[4] = { _mm256_unpacklo_epi8(ab0, zero),
                         _mm256_unpackhi_epi8(ab0, zero),
                         _mm256_unpacklo_epi8(ab1, zero),
                         _mm256_unpackhi_epi8(ab1, zero) };

        for (int q = 0; q < 4; q++) {
            hi[q] = _mm256_add_epi32(hi[q], _mm256_madd_epi16(p[q], kh));
            lo[q] = _mm256_add_epi32(lo[q], _mm256_madd_epi16(p[q], kl));
        }
    }
    for (int q = 0; q < 4; q++)
        hi[q] = scale(join(hi[q], lo[q]));

    /* The packs undo the order that the unpacks within halves made. */
    __m256i v = _mm256_packus_epi16(_mm256_packs_epi32(hi[0], hi[1]),
                                    _mm256_packs_epi32(hi[2], hi[3]));
    _mm256_storeu_si256((__m256i *)(dst + at), v);
}
#endif

static void rows(uint8_t *batch, const uint8_t *const src[4],
                 const struct mm_resize_axis *x, uint8_t *blocks)
{
    uint8_t *dst[4];

    (void)blocks;
    for (size_t r = 0; r < 4; r++)
        dst[r] = batch + r * MM_RESIZE_STRIDE(x->n);
#ifdef __AVX2__
    if (x->groups == 1)
        rows_vector(dst, src, x, 1);
    else if (x->groups == 2)
        rows_vector(dst, src, x, 2);
    else if (x->groups == 3)
        rows_vector(dst, src, x, 3);
    else if (x->groups != 0)
        rows_vector(dst, src, x, x->groups);
    if (x->groups != 0)
        return;
#endif
    for (int r = 0; r < 4; r++)
        row_plain(dst[r], src[r], x);
}

static void column(uint8_t *dst, const uint8_t *const src[],
                   const struct mm_resize_axis *y, size_t i, size_t bytes)
{
    size_t at = 0, n = y->span[i].count;

#ifdef __AVX2__
    const int32_t *pairs = y->pairs + i * ((y->taps + 1) / 2) * 2;

    for (; at + 32 <= bytes; at += 32)
        column_vector(dst, src, pairs, n, at);
    if (at < bytes && bytes >= 32) {
        column_vector(dst, src, pairs, n, bytes - 32); /* some once more */
        at = bytes;
    }
#endif
    column_rest(dst, src, y->k + i * y->taps, n, at, bytes);
}

const struct mm_resize_kernel PASTE(mm_resize_kernel, MM_ISA) = {
    MM_RESIZE_GROUPS,
    MM_RESIZE_PAIRS,
    rows,
    column,
};

#ifdef __AVX512BW__
/*
 * With VNNI one instruction multiplies and adds four 8-bit pixels and weights
 * in each of 16 lanes.  Along x the lanes are four rows of r, g, b, nothing;
 * along y they are channels of pixels.  The four bytes of a lane are
 * neighbours in x, then in y, so both passes put them side by side once, for
 * all the outputs that read them.
 */
#define VNNI __attribute__((target("avx512vnni")))

/* The unit of a result's half, for the sum of the lowest parts */
static __m512i first_sum(void)
{
    return _mm512_set1_epi32(1 << (MM_RESIZE_BITS - 1));
}

static inline VNNI __m512i dot(__m512i sum, __m512i v, const int32_t *k)
{
    return _mm512_dpbusd_epi32(sum, v, _mm512_set1_epi32(*k));
}

/* What may still be below 0 or over 255, from the sums by parts */
static __m512i quad_result(__m512i a, __m512i b, __m512i c)
{
    __m512i v = _mm512_add_epi32(_mm512_slli_epi32(a, 8), b);

    v = _mm512_add_epi32(_mm512_slli_epi32(v, 8), c);
    return _mm512_srai_epi32(v, MM_RESIZE_BITS);
}

static __m128i quad_bytes(__m512i v)
{
    return _mm512_cvtusepi32_epi8(
        _mm512_max_epi32(v, _mm512_setzero_si512()));
}

/* Four pixels of each row as [row][channel][pixel] */
static void make_blocks(uint8_t *blocks, const uint8_t *const src[4],
                        size_t width)
{
    const __m512i order = _mm512_broadcast_i32x4(_mm_setr_epi8(
        0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11, -1, -1, -1, -1));

    for (size_t at = 0; at < 3 * width; at += 12, blocks += 64) {
        __m512i v = _mm512_castsi128_si512(
            _mm_loadu_si128((const __m128i *)(src[0] + at)));

        v = _mm512_inserti32x4(
            v, _mm_loadu_si128((const __m128i *)(src[1] + at)), 1);
        v = _mm512_inserti32x4(
            v, _mm_loadu_si128((const __m128i *)(src[2] + at)), 2);
        v = _mm512_inserti32x4(
            v, _mm_loadu_si128((const __m128i *)(src[3] + at)), 3);
        _mm512_store_si512(blocks, _mm512_shuffle_epi8(v, order));
    }
}

/* Output i: [row][channel] */
static inline __attribute__((always_inline)) VNNI __m512i
row_quad(const struct mm_resize_axis *x, const uint8_t *blocks, size_t groups,
         size_t i)
{
    const uint8_t *p = blocks + 64 * (size_t)x->span[i].start;
    const int32_t *k = x->quads + 3 * groups * i;
    __m512i a = _mm512_setzero_si512(), b = a, c = first_sum();

    for (size_t g = 0; g < groups; g++) {
        __m512i v = _mm512_load_si512(p + 64 * g);

        a = dot(a, v, k + 3 * g);
        b = dot(b, v, k + 3 * g + 1);
        c = dot(c, v, k + 3 * g + 2);
    }
    return quad_result(a, b, c);
}

/* From [row][output][channel or nothing] to [output][channel][row] */
static __m512i turn(__m512i v)
{
    const __m512i outputs = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13,
                                              2, 6, 10, 14, 3, 7, 11, 15);
    const __m512i channels = _mm512_broadcast_i32x4(_mm_setr_epi8(
        0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, -1, -1, -1, -1));
    const __m512i dense = _mm512_setr_epi32(0, 1, 2, 4, 5, 6, 8, 9, 10,
                                            12, 13, 14, 3, 3, 3, 3);

    v = _mm512_shuffle_epi8(_mm512_permutexvar_epi32(outputs, v), channels);
    return _mm512_permutexvar_epi32(dense, v);
}

/* groups is x->groups, or a constant that lets the inner loop unroll. */
static inline __attribute__((always_inline)) VNNI void
rows_quads_of(uint8_t *batch, const struct mm_resize_axis *x,
              const uint8_t *blocks, size_t groups)
{
    size_t last = x->n - 1;

    for (size_t i = 0; i <= last; i += 4) {
        __m512i v[4];

        for (size_t q = 0; q < 4; q++)
            v[q] = row_quad(x, blocks, groups, i + q < last ? i + q : last);
        v[0] = _mm512_packus_epi16(_mm512_packs_epi32(v[0], v[1]),
                                   _mm512_packs_epi32(v[2], v[3]));

        /* 48 bytes, and 16 that the next four overwrite */
        _mm512_storeu_si512(batch + 12 * i, turn(v[0]));
    }
}

static VNNI void rows_quads(uint8_t *batch, const uint8_t *const src[4],
                            const struct mm_resize_axis *x, uint8_t *blocks)
{
    make_blocks(blocks, src, x->in);
    switch (x->groups) {
    case 2:
        rows_quads_of(batch, x, blocks, 2);
        break;
    case 3:
        rows_quads_of(batch, x, blocks, 3);
        break;
    case 4:
        rows_quads_of(batch, x, blocks, 4);
        break;
    default:
        rows_quads_of(batch, x, blocks, x->groups);
    }
}

/* 64 bytes at at of a row made of n batches */
static inline VNNI void column_quads_64(uint8_t *dst,
                                        const uint8_t *const parts[],
                                        const int32_t *k, size_t n, size_t at)
{
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13,
                                            2, 6, 10, 14, 3, 7, 11, 15);
    __m512i a[4], b[4], c[4], v;

    for (int q = 0; q < 4; q++) {
        a[q] = b[q] = _mm512_setzero_si512();
        c[q] = first_sum();
    }
    for (size_t g = 0; g < n; g++, k += 3)
        for (int q = 0; q < 4; q++) {
            v = _mm512_load_si512(parts[g] + 4 * at + 64 * q);
            a[q] = dot(a[q], v, k);
            b[q] = dot(b[q], v, k + 1);
            c[q] = dot(c[q], v, k + 2);
        }
    for (int q = 0; q < 4; q++)
        a[q] = quad_result(a[q], b[q], c[q]);

    /* The packs go by quarters; order undoes that. */
    v = _mm512_packus_epi16(_mm512_packs_epi32(a[0], a[1]),
                            _mm512_packs_epi32(a[2], a[3]));
    _mm512_storeu_si512(dst + at, _mm512_permutexvar_epi32(order, v));
}

/* At most 16 bytes at at */
static VNNI void column_quads_16(uint8_t *dst, const uint8_t *const parts[],
                                 const int32_t *k, size_t n, size_t at,
                                 size_t bytes)
{
    __mmask16 some = (__mmask16)((1u << bytes) - 1);
    __m512i a = _mm512_setzero_si512(), b = a, c = first_sum();

    for (size_t g = 0; g < n; g++, k += 3) {
        __m512i v = _mm512_maskz_loadu_epi32(some, parts[g] + 4 * at);

        a = dot(a, v, k);
        b = dot(b, v, k + 1);
        c = dot(c, v, k + 2);
    }
    _mm_mask_storeu_epi8(dst + at, some, quad_bytes(quad_result(a, b, c)));
}

static VNNI void column_quads(uint8_t *dst, const uint8_t *const parts[],
                              const struct mm_resize_axis *y, size_t i,
                              size_t bytes)
{
    const int32_t *k = y->quads + 3 * i * y->groups;
    const struct mm_resize_span *span = &y->span[i];
    size_t n = (span->first % 4 + span->count + 3) / 4, at = 0;

    for (; at + 64 <= bytes; at += 64)
        column_quads_64(dst, parts, k, n, at);
    for (; at < bytes; at += 16)
        column_quads_16(dst, parts, k, n, at,
                        bytes - at < 16 ? bytes - at : 16);
}

const struct mm_resize_kernel mm_resize_kernel_vnni = {
    MM_RESIZE_QUADS,
    MM_RESIZE_QUADS,
    rows_quads,
    column_quads,
};
#endif
