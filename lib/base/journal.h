/*
 * journal.h - a file that one process appends lines to, and others do not
 */
#ifndef MM_BASE_JOURNAL_H
#define MM_BASE_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct mm_journal {
    char *path;
    int fd; /* -1 when closed */
};

/*
 * Open path, or create it, to append after its first `size` bytes, which the
 * caller has read.  MM_EIO when another process has it open as a journal or has
 * written since (POSIX record locks; where the file system has none, nobody is
 * noticed).  The lock ends with this process, and as soon as it opens and
 * closes path in another way.
 */
int mm_journal_open(struct mm_journal *j, const char *path, int64_t size,
                    struct mm_err *err);
/* Only its first `size` bytes stay. */
int mm_journal_cut(struct mm_journal *j, int64_t size, struct mm_err *err);
int mm_journal_add(struct mm_journal *j, const void *p, size_t n,
                   struct mm_err *err);
/* MM_EIO when the system has lost something; j is closed in any case. */
int mm_journal_close(struct mm_journal *j, struct mm_err *err);

#endif
