/*
 * task_dir.c - where the task files are
 */
#include "eval/task_dir.h"

#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "eval/task.h"

/* share/tasks beside bin, or share/mm1/tasks where it was installed. */
int mm_task_dir(struct mm_buf *dir, const char *given, struct mm_err *err)
{
    static const char *const places[] = { "../share/tasks",
                                          "../share/mm1/tasks" };
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self);
    struct stat st;

    if (given || n <= 0 || n == (ssize_t)sizeof self) {
        mm_buf_adds(dir, given ? given : "share/tasks");
        return mm_buf_check(dir, err);
    }
    while (n > 0 && self[n - 1] != '/')
        n--;
    for (size_t i = 0; i < 2; i++) {
        mm_buf_clear(dir);
        mm_buf_add(dir, self, (size_t)n);
        mm_buf_adds(dir, places[i]);
        if (mm_buf_check(dir, err) < 0)
            return -1;
        if (mm_stat(dir->data, &st) == 0)
            return 0;
    }
    return 0;
}

static int add_task(struct mm_buf *text, const char *dir, const char *name,
                    struct mm_err *err)
{
    struct mm_buf path = { 0 };
    struct mm_task t;
    int result;

    mm_buf_addf(&path, "%s/%s", dir, name);
    result = mm_buf_check(&path, err);
    if (result == 0)
        result = mm_task_load(&t, path.data, dir, err);
    if (result == 0) {
        mm_buf_addf(text, "%-16s %-16s %s\n", t.name, t.metric,
                    t.about);
        mm_task_release(&t);
    }
    mm_buf_release(&path);
    return result;
}

int mm_task_list(struct mm_buf *text, const char *dir, struct mm_err *err)
{
    char **names = NULL;
    size_t n = 0;
    int result = mm_list_dir(dir, &names, &n, err);

    for (size_t i = 0; result == 0 && i < n; i++) {
        size_t len = strlen(names[i]);

        if (len > 4 && strcmp(names[i] + len - 4, ".ini") == 0)
            result = add_task(text, dir, names[i], err);
    }
    mm_names_free(names, n);
    return result;
}
