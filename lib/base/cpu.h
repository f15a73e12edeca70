/*
 * cpu.h - which instruction sets this machine has
 *
 * Kernels are built once per level and chosen when the program starts, by
 * CPUID feature bits and never by model numbers (virtual machines mask those).
 * MM1_ISA=plain|avx2|avx512 forces a lower level.  Results have the same bits
 * on the same level; the level is part of every stamp.
 */
#ifndef MM_BASE_CPU_H
#define MM_BASE_CPU_H

#include "base/err.h"

enum mm_cpu_level { MM_CPU_PLAIN,
                    MM_CPU_AVX2,
                    MM_CPU_AVX512 };

/*
 * Choose the level: what the machine has, or MM1_ISA.  MM_ECONFIG for an
 * unknown name or a level that the machine lacks.  Called once by main(); a
 * program that does not gets the machine's level.
 */
int mm_cpu_init(struct mm_err *err);

enum mm_cpu_level mm_cpu_level(void);
const char *mm_cpu_level_name(enum mm_cpu_level level);

#endif
