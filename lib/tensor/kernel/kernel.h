/*
 * kernel.h - for the files of this folder, each compiled once per level
 *
 * A kernel f of list.h is defined here as
 *
 *     void MM_K(f)(float *y, const float *x, size_t n)
 *
 * which is mm_f_plain, mm_f_avx2 or mm_f_avx512.  Code that wants intrinsics
 * asks for __AVX512F__ or __AVX2__ and has a plain branch beside it.
 */
#ifndef MM_TENSOR_KERNEL_KERNEL_H
#define MM_TENSOR_KERNEL_KERNEL_H

#include "tensor/kernel.h"

#define MM_PASTE2(a, b) a##_##b
#define MM_PASTE(a, b) MM_PASTE2(a, b)
#define MM_K(name) MM_PASTE(mm_##name, MM_ISA)

/*
 * Before a loop that adds to s: the compiler may keep partial sums in vector
 * lanes.  The order is fixed by the build, so that runs still repeat.  MM_SIMD:
 * the steps of the loop do not depend on each other.
 */
/* clang-format off */
#define MM_SIMD_SUM(s) MM_PRAGMA(omp simd reduction(+:s))
#define MM_SIMD MM_PRAGMA(omp simd)
#define MM_PRAGMA(x) _Pragma(#x)

/* Before a short loop of constant length: write it out. */
#ifdef __clang__
#define MM_UNROLL MM_PRAGMA(clang loop unroll(full))
#else
#define MM_UNROLL MM_PRAGMA(GCC unroll 16)
#endif
/* clang-format on */

#define MM_KERNEL(type, name, args) type MM_PASTE(mm_##name, MM_ISA) args;
#include "tensor/kernel/list.h"
#undef MM_KERNEL

#endif
