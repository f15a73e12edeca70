/*
 * half.c - IEEE 754 half precision
 */
#include "data/half.h"

#include <string.h>

uint16_t mm_half(float x)
{
    uint32_t b, sign;

    memcpy(&b, &x, sizeof b);
    sign = b >> 16 & 0x8000;
    b &= 0x7fffffff;
    if (b > 0x7f800000)
        return (uint16_t)(sign | 0x7e00); /* not a number */
    if (b >= 0x477ff000)
        return (uint16_t)(sign | 0x7c00);
    if (b < 0x38800000) { /* below 2^-14: multiples of 2^-24, as 0.5f has */
        memcpy(&x, &b, sizeof x);
        x += 0.5f;
        memcpy(&b, &x, sizeof b);
        return (uint16_t)(sign | (b - 0x3f000000));
    }
    b += 0xfff + (b >> 13 & 1);
    return (uint16_t)(sign | (b - (112u << 23)) >> 13);
}
