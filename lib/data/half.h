/*
 * half.h - IEEE 754 half precision: <f2 arrays
 */
#ifndef MM_DATA_HALF_H
#define MM_DATA_HALF_H

#include <stdint.h>

/* Rounded to nearest, ties to even; from 65520 on infinity. */
uint16_t mm_half(float x);

#endif
