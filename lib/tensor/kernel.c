/*
 * kernel.c - choose the table of the CPU's level
 */
#include "tensor/kernel.h"

#include "base/cpu.h"

extern const struct mm_kernels mm_kernels_plain;
#if defined(__x86_64__)
extern const struct mm_kernels mm_kernels_avx2, mm_kernels_avx512;
#endif

const struct mm_kernels *mm_kernels_cpu(void)
{
#if defined(__x86_64__)
    switch (mm_cpu_level()) {
    case MM_CPU_AVX512:
        return &mm_kernels_avx512;
    case MM_CPU_AVX2:
        return &mm_kernels_avx2;
    case MM_CPU_PLAIN:
        break;
    }
#endif
    return &mm_kernels_plain;
}
