/*
 * import_check.c - do the options of an import go together?
 */
#include <string.h>

#include "data/import.h"

/* One %s and no other %, so that nothing is formatted with foreign text. */
static int check_template(const char *t, struct mm_err *err)
{
    const char *at = strstr(t, "%s");

    if (!at || strchr(t, '%') != at || strchr(at + 1, '%'))
        return mm_fail(err, MM_EUSAGE, "--template '%s' wants one %%s, which "
                                       "stands for the text, and no other %%",
                       t);
    return 0;
}

static int check_range(const char *what, int64_t min, int64_t max,
                       struct mm_err *err)
{
    if (min > max)
        return mm_fail(err, MM_EUSAGE, "--min-%s %lld is more than --max-%s "
                                       "%lld",
                       what, (long long)min, what, (long long)max);
    return 0;
}

int mm_import_check(const struct mm_import_options *o, struct mm_err *err)
{
    int table = o->captions == MM_IMPORT_TABLE;

    if (o->template && check_template(o->template, err) < 0)
        return -1;
    if (o->image_name && mm_qa_pattern_check(o->image_name, err) < 0)
        return -1;
    if (o->as == MM_IMPORT_VQA && !o->question && o->from < MM_IMPORT_QA)
        return mm_fail(err, MM_EUSAGE, "--as vqa needs --question TEXT");
    if (table && o->from != MM_IMPORT_AUTO && o->from != MM_IMPORT_FOLDER)
        return mm_fail(err, MM_EUSAGE, "--captions table goes with "
                                       "--from folder");
    if (check_range("side", o->min_side, o->max_side, err) < 0)
        return -1;
    return check_range("images", o->min_images, o->max_images, err);
}
