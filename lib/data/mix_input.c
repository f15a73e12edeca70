/*
 * mix_input.c - the operands of mm1-mix
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/mix_run.h"

void mm_mix_input_release(struct mm_mix_input *in)
{
    for (size_t i = 0; i < in->n_paths; i++)
        free(in->paths[i]);
    free(in->paths);
    free(in->name);
    memset(in, 0, sizeof(*in));
}

static int take_paths(struct mm_mix_input *in, const char *text,
                      struct mm_err *err)
{
    size_t n = 1;

    for (const char *p = text; *p; p++)
        n += *p == ',';
    in->paths = mm_alloc(n, sizeof(*in->paths), err);
    if (!in->paths)
        return -1;
    for (;;) {
        size_t len = strcspn(text, ",");

        if (len == 0)
            return mm_fail(err, MM_EUSAGE, "an empty path");
        in->paths[in->n_paths] = mm_strndup(text, len, err);
        if (!in->paths[in->n_paths])
            return -1;
        in->n_paths++;
        if (!text[len])
            return 0;
        text += len + 1;
    }
}

/* "dir/captions.tar.zst" is called captions. */
static char *name_of_path(const char *path, struct mm_err *err)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    size_t n = strcspn(base, ".,");

    if (strcmp(path, "-") == 0)
        return mm_strdup("stdin", err);
    return n ? mm_strndup(base, n, err) : mm_strdup("source", err);
}

/* Is text of the long form?  Then the first "=" comes before any "/". */
static const char *find_equals(const char *text)
{
    const char *p = strpbrk(text, "=/:,");

    return p && *p == '=' && p != text ? p : NULL;
}

static int take_weight(struct mm_mix_input *in, const char **text,
                       struct mm_err *err)
{
    char *end;

    in->weight = strtod(*text, &end);
    if (end == *text || *end != ':')
        return mm_fail(err, MM_EUSAGE, "no weight between '=' and ':'");
    if (!isfinite(in->weight) || in->weight <= 0)
        return mm_fail(err, MM_EUSAGE, "its weight is not above 0");
    *text = end + 1;
    return 0;
}

int mm_mix_input_parse(struct mm_mix_input *in, const char *text,
                       struct mm_err *err)
{
    const char *equals = find_equals(text), *rest = text;
    int result = 0;

    memset(in, 0, sizeof(*in));
    in->weight = 1;
    if (equals) {
        rest = equals + 1;
        result = take_weight(in, &rest, err);
    }
    if (result == 0)
        result = take_paths(in, rest, err);
    if (result != 0) {
        mm_mix_input_release(in);
        return mm_fail_in(err, "source '%s' is not NAME=WEIGHT:PATH[,PATH]",
                          text);
    }
    in->name = equals ? mm_strndup(text, (size_t)(equals - text), err)
                      : name_of_path(in->paths[0], err);
    if (in->name)
        return 0;
    mm_mix_input_release(in);
    return -1;
}
