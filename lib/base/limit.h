/*
 * limit.h - what the system lets a program have
 */
#ifndef MM_BASE_LIMIT_H
#define MM_BASE_LIMIT_H

#include <stdint.h>

/*
 * Bytes of memory that this program may use: the machine's, or its cgroup's
 * or its own limit (ulimit -v) where that is less.  Not what is free: the
 * answer is the same at any time.
 */
uint64_t mm_memory_limit(void);

#endif
