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

/* Spaces up to the next column. */
static size_t pad(const char *metric, const char *flavour)
{
    size_t n = strlen(metric) + (flavour ? strlen(flavour) + 1 : 0);

    return n < 20 ? 20 - n : 0;
}

static void show_line(struct mm_buf *out, const char *key, const char *value)
{
    if (value && *value)
        mm_buf_addf(out, "%-18s%s\n", key, value);
}

int mm_task_show(struct mm_buf *text, const char *dir, const char *name,
                 struct mm_err *err)
{
    struct mm_task t;
    struct mm_jw w;

    if (mm_task_load(&t, name, dir, err) < 0)
        return -1;
    show_line(text, t.name, t.about);
    mm_jw_begin(&w, text);
    mm_task_describe(&t, 1, &w);
    mm_buf_addc(text, '\n');
    for (size_t i = 0; i < MM_N_DATA; i++)
        show_line(text, mm_data_key_name((enum mm_data_key)i), t.data[i]);
    for (size_t i = 0; i < MM_N_DATA; i++)
        if (t.shots[i])
            mm_buf_addf(text, "shots: %-11s%s\n",
                        mm_data_key_name((enum mm_data_key)i), t.shots[i]);
    mm_task_release(&t);
    return mm_buf_check(text, err);
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
        mm_buf_addf(text, "%-16s %s%s%s%*s %s\n", t.name, t.metric,
                    t.flavour ? ":" : "", t.flavour ? t.flavour : "",
                    (int)pad(t.metric, t.flavour), "", t.about);
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
