/*
 * safetensors_type.c - the dtypes of safetensors
 */
#include "model/safetensors_type.h"

#include <string.h>

#include "model/safetensors.h"

struct mm_st_type {
    const char *name;
    unsigned bits;
    mm_st_convert *convert;
};

static void from_f32(float *to, const void *from, size_t n)
{
    memcpy(to, from, n * sizeof *to);
}

static void from_bits(float *to, uint32_t bits)
{
    memcpy(to, &bits, sizeof bits);
}

static void from_bf16(float *to, const void *from, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint16_t h;

        memcpy(&h, (const char *)from + 2 * i, 2);
        from_bits(&to[i], (uint32_t)h << 16);
    }
}

/* 1 sign, 5 exponent, 10 mantissa bits; subnormals are m 2^-24. */
static float half(uint16_t h)
{
    uint32_t sign = (uint32_t)(h >> 15) << 31, e = h >> 10 & 31, m = h & 1023;
    float f;

    if (e == 0) {
        f = (float)m * 0x1p-24f;
        return sign ? -f : f;
    }
    from_bits(&f, sign | (e == 31 ? 255 : e + 112) << 23 | m << 13);
    return f;
}

static void from_f16(float *to, const void *from, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint16_t h;

        memcpy(&h, (const char *)from + 2 * i, 2);
        to[i] = half(h);
    }
}

static const struct mm_st_type types[] = {
    { "F32", 32, from_f32 },
    { "BF16", 16, from_bf16 },
    { "F16", 16, from_f16 },
    { "F64", 64, NULL },
    { "BOOL", 8, NULL },
    { "U8", 8, NULL },
    { "I8", 8, NULL },
    { "U16", 16, NULL },
    { "I16", 16, NULL },
    { "U32", 32, NULL },
    { "I32", 32, NULL },
    { "U64", 64, NULL },
    { "I64", 64, NULL },
    { "C64", 64, NULL },
    { "F8_E5M2", 8, NULL },
    { "F8_E4M3", 8, NULL },
    { "F8_E8M0", 8, NULL },
    { "F8_E4M3FNUZ", 8, NULL },
    { "F8_E5M2FNUZ", 8, NULL },
    { "F6_E2M3", 6, NULL },
    { "F6_E3M2", 6, NULL },
    { "F4", 4, NULL },
};

const struct mm_st_type *mm_st_type_find(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strlen(types[i].name) == len && !memcmp(types[i].name, name, len))
            return &types[i];
    }
    return NULL;
}

const char *mm_st_type_name(const struct mm_st_type *t)
{
    return t->name;
}

unsigned mm_st_type_bits(const struct mm_st_type *t)
{
    return t->bits;
}

mm_st_convert *mm_st_type_convert(const struct mm_st_type *t)
{
    return t->convert;
}
