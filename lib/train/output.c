/*
 * output.c - the folder of a run, and those above it
 */
#include "train/output.h"

#include <string.h>

#include "base/buf.h"
#include "base/io.h"

int mm_output_check(const char *path, struct mm_err *err)
{
    size_t n = mm_dirs_there(path);
    struct mm_buf next = { 0 };
    struct stat st;
    int result;

    n += strspn(path + n, "/");
    n += strcspn(path + n, "/");
    mm_buf_addf(&next, "%.*s", (int)n, path);
    result = mm_buf_check(&next, err);
    if (result == 0 && mm_stat(next.data, &st) == 0 && !S_ISDIR(st.st_mode))
        result = mm_fail(err, MM_EIO, "'%s' is there and no folder; name "
                                      "another -o",
                         next.data);
    mm_buf_release(&next);
    return result;
}

int mm_output_make(const char *path, size_t *made, struct mm_err *err)
{
    *made = strlen(path) - mm_dirs_there(path);
    if (mm_mkdirs(path, err) == 0)
        return 0;
    if (err->code == MM_ENOINPUT) /* it is an output */
        err->code = MM_EIO;
    return mm_fail_in(err, "name another -o than '%s'", path);
}

void mm_output_undo(const char *path, size_t made)
{
    if (made)
        mm_remove_empty(path, strlen(path) - made);
}
