/*
 * levels.h - run a test at every level of instruction sets of this machine
 */
#ifndef MM_TESTS_LEVELS_H
#define MM_TESTS_LEVELS_H

#include <stdio.h>
#include <stdlib.h>

#include "base/cpu.h"

/*
 *     for (int l = 0; level_begin(l); l++)
 *         ...
 *
 * After the last, the level is again what the environment said at first.
 */
static inline int level_begin(int l)
{
    static const char *const names[] = { "plain", "avx2", "avx512" };
    static char first[16];
    struct mm_err err;

    if (l == 0) {
        const char *s = getenv("MM1_ISA");

        snprintf(first, sizeof first, "%s", s ? s : "");
    }
    if (l < 3) {
        setenv("MM1_ISA", names[l], 1);
        if (mm_cpu_init(&err) == 0)
            return 1;
    }
    setenv("MM1_ISA", first, 1);
    mm_cpu_init(&err);
    return 0;
}

#endif
