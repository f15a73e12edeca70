/*
 * cpu.c - which instruction sets this machine has
 */
#include "base/cpu.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[] = { "plain", "avx2", "avx512" };
static int chosen = -1;

static enum mm_cpu_level detect(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") &&
        __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq"))
        return MM_CPU_AVX512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return MM_CPU_AVX2;
#endif
    return MM_CPU_PLAIN;
}

int mm_cpu_init(struct mm_err *err)
{
    const char *want = getenv("MM1_ISA");
    enum mm_cpu_level have = detect();

    chosen = (int)have;
    if (!want || !*want)
        return 0;
    for (int i = 0; i < (int)(sizeof names / sizeof *names); i++) {
        if (strcmp(want, names[i]) != 0)
            continue;
        if (i > (int)have)
            return mm_fail(err, MM_ECONFIG, "MM1_ISA=%s: this machine has "
                                            "only %s",
                           want, names[have]);
        chosen = i;
        return 0;
    }
    return mm_fail(err, MM_ECONFIG,
                   "MM1_ISA='%s' is none of plain, avx2, avx512", want);
}

enum mm_cpu_level mm_cpu_level(void)
{
    struct mm_err err;

    if (chosen < 0 && mm_cpu_init(&err) < 0)
        chosen = (int)detect();
    return (enum mm_cpu_level)chosen;
}

const char *mm_cpu_level_name(enum mm_cpu_level level)
{
    return names[level];
}
