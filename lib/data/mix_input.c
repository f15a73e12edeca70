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
    free(in->points);
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

/* A number that fills its n bytes. */
static int take_number(const char *text, size_t n, double *v)
{
    char copy[32], *end;

    if (n == 0 || n >= sizeof(copy))
        return -1;
    memcpy(copy, text, n);
    copy[n] = 0;
    *v = strtod(copy, &end);
    return *end || !isfinite(*v) || *v < 0 ? -1 : 0;
}

int mm_mix_input_point(struct mm_mix_input *in, const char *step,
                       size_t step_len, const char *weight, size_t weight_len,
                       struct mm_err *err)
{
    struct mm_mix_point *last =
        in->n_points ? &in->points[in->n_points - 1] : NULL;
    double at, w;

    if (take_number(weight, weight_len, &w) != 0)
        return mm_fail(err, MM_EUSAGE, "'%.*s' is no weight",
                       (int)(weight_len < 40 ? weight_len : 40), weight);
    if (take_number(step, step_len, &at) != 0 || at != floor(at) || at > 1e15)
        return mm_fail(err, MM_EUSAGE, "'%.*s' is no step",
                       (int)(step_len < 40 ? step_len : 40), step);
    if (last && last->step == (uint64_t)at) {
        last->weight = w;
        return 0;
    }
    if (last && last->step > (uint64_t)at)
        return mm_fail(err, MM_EUSAGE, "step %.0f comes behind step %llu", at,
                       (unsigned long long)last->step);
    if (mm_grow(&in->points, &in->points_cap, in->n_points + 1,
                sizeof(*in->points), err) != 0)
        return -1;
    in->points[in->n_points++] = (struct mm_mix_point){ (uint64_t)at, w };
    return 0;
}

/* "45" or "45@0,60@1000", up to the colon */
static int take_weights(struct mm_mix_input *in, const char **text,
                        struct mm_err *err)
{
    const char *p = *text, *colon = strchr(p, ':');

    if (!colon || colon == p)
        return mm_fail(err, MM_EUSAGE, "no weight between '=' and ':'");
    while (p < colon) {
        size_t len = strcspn(p, ",:"), weight = strcspn(p, "@,:");
        const char *step = weight < len ? p + weight + 1 : "0";
        size_t step_len = weight < len ? len - weight - 1 : 1;

        if (mm_mix_input_point(in, step, step_len, p, weight, err) != 0)
            return -1;
        p += len + (p[len] == ',');
    }
    in->weight = in->points[0].weight;
    if (in->n_points == 1 && in->weight <= 0)
        return mm_fail(err, MM_EUSAGE, "its weight is not above 0");
    *text = colon + 1;
    return 0;
}

static int weight_one(struct mm_mix_input *in, struct mm_err *err)
{
    in->weight = 1;
    return mm_mix_input_point(in, "0", 1, "1", 1, err);
}

int mm_mix_input_parse(struct mm_mix_input *in, const char *text,
                       struct mm_err *err)
{
    const char *equals = find_equals(text), *rest = text;
    int result = 0;

    memset(in, 0, sizeof(*in));
    if (equals) {
        rest = equals + 1;
        result = take_weights(in, &rest, err);
    } else {
        result = weight_one(in, err);
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

int mm_mix_inputs_parse(struct mm_mix_input *in, size_t n,
                        const char *const *texts, struct mm_err *err)
{
    int pipes = 0;

    for (size_t i = 0; i < n; i++) {
        if (mm_mix_input_parse(&in[i], texts[i], err) != 0)
            return -1;
        for (size_t k = 0; k < i; k++)
            if (strcmp(in[k].name, in[i].name) == 0)
                return mm_fail(err, MM_EUSAGE, "two sources are called '%s'",
                               in[i].name);
        for (size_t k = 0; k < in[i].n_paths; k++)
            pipes += strcmp(in[i].paths[k], "-") == 0;
    }
    if (pipes > 1)
        return mm_fail(err, MM_EUSAGE, "standard input can be one source only");
    return 0;
}
