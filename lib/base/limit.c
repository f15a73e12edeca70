/*
 * limit.c - what the system lets a program have
 */
#include "base/limit.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/io.h"

/* The number in a file of cgroup v2 or v1; "max" or no file means no limit. */
static uint64_t limit_in(const char *path)
{
    struct mm_buf text = { 0 };
    struct mm_err err;
    uint64_t n = UINT64_MAX;
    struct stat st;

    if (mm_stat(path, &st) == 0 && mm_read_file(path, &text, 64, &err) == 0 &&
        text.len && text.data[0] >= '0' && text.data[0] <= '9')
        n = strtoull(text.data, NULL, 10);
    mm_buf_release(&text);
    return n;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t mm_memory_limit(void)
{
    uint64_t n = (uint64_t)sysconf(_SC_PHYS_PAGES) *
                 (uint64_t)sysconf(_SC_PAGESIZE);
    struct rlimit as;

    n = least(n, limit_in("/sys/fs/cgroup/memory.max"));
    n = least(n, limit_in("/sys/fs/cgroup/memory/memory.limit_in_bytes"));
    if (getrlimit(RLIMIT_AS, &as) == 0 && as.rlim_cur != RLIM_INFINITY)
        n = least(n, as.rlim_cur);
    return n;
}
