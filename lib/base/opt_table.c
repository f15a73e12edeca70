/*
 * opt_table.c - the rows of a verb, and the values of one row
 */
#include "base/opt_table.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define FIELD(f) offsetof(struct mm_common, f)

static const struct mm_opt common[] = {
    { 'c', "config", MM_OPT_LIST, FIELD(config), "file", NULL,
      "read options from a file; later ones win", 0, 0, NULL, MM_OPT_QUIET },
    { 0, "preset", MM_OPT_STR, FIELD(preset), "name", NULL,
      "start from a named set of options", 0, 0, NULL, MM_OPT_QUIET },
    { 'j', "threads", MM_OPT_INT, FIELD(threads), "n", "0",
      "work on n threads; 0: all cores", 0, 4096, NULL, MM_OPT_QUIET },
    { 'q', "quiet", MM_OPT_FLAG, FIELD(quiet), NULL, NULL,
      "say errors only", 0, 0, NULL, MM_OPT_QUIET },
    { 'v', "verbose", MM_OPT_FLAG, FIELD(verbose), NULL, NULL,
      "say more", 0, 0, NULL, MM_OPT_QUIET },
    { 0, "log", MM_OPT_STR, FIELD(log), "file", NULL,
      "append events as JSON lines", 0, 0, NULL, MM_OPT_QUIET },
    { 0, "print-config", MM_OPT_FLAG, FIELD(print_config), NULL, NULL,
      "show each option, its value and where it came from", 0, 0, NULL,
      MM_OPT_QUIET },
    { 'h', "help", MM_OPT_FLAG, FIELD(help), NULL, NULL,
      "show this help", 0, 0, NULL, MM_OPT_QUIET },
    { 'V', "version", MM_OPT_FLAG, FIELD(version), NULL, NULL,
      "show the version", 0, 0, NULL, MM_OPT_QUIET },
};

#define N_COMMON (sizeof common / sizeof *common)

const struct mm_opt *mm_opt_row(const struct mm_verb *verb, size_t i)
{
    const struct mm_opt *own;

    if (i < N_COMMON)
        return &common[i];
    own = verb->opts + (i - N_COMMON);
    return verb->opts && own->name ? own : NULL;
}

size_t mm_opt_rows(const struct mm_verb *verb)
{
    size_t n = N_COMMON;

    while (mm_opt_row(verb, n))
        n++;
    return n;
}

int mm_opt_find(const struct mm_verb *verb, const char *name, size_t n)
{
    for (size_t i = 0; mm_opt_row(verb, i); i++) {
        const char *at = mm_opt_row(verb, i)->name;

        if (strlen(at) == n && memcmp(at, name, n) == 0)
            return (int)i;
    }
    return -1;
}

int mm_opt_letter(const struct mm_verb *verb, char letter)
{
    for (size_t i = 0; mm_opt_row(verb, i); i++)
        if (mm_opt_row(verb, i)->letter == letter)
            return (int)i;
    return -1;
}

/* Levenshtein's distance of words up to 31 letters. */
static size_t distance(const char *a, const char *b)
{
    size_t row[32], m = strlen(a), n = strlen(b);

    if (m > 31 || n > 31)
        return 99;
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 1; i <= m; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t change = diagonal + (a[i - 1] != b[j - 1]);

            diagonal = row[j];
            if (row[j - 1] + 1 < change)
                change = row[j - 1] + 1;
            if (row[j] + 1 < change)
                change = row[j] + 1;
            row[j] = change;
        }
    }
    return row[n];
}

const char *mm_suggest(const char *word, const char *const *words, size_t n)
{
    const char *best = NULL;
    size_t least = strlen(word) < 4 ? 2 : 3;

    for (size_t i = 0; i < n; i++) {
        size_t d = distance(word, words[i]);

        if (d < least) {
            least = d;
            best = words[i];
        }
    }
    return best;
}

const char *mm_opt_suggest(const struct mm_verb *verb, const char *name)
{
    const char *words[256];
    size_t n = 0;

    while (n < 256 && mm_opt_row(verb, n)) {
        words[n] = mm_opt_row(verb, n)->name;
        n++;
    }
    return mm_suggest(name, words, n);
}

void mm_opt_environment(const struct mm_opt *opt, char *out, size_t n)
{
    const char *prefix = "MM1_";
    size_t k = 0;

    for (const char *s = prefix; *s && k + 1 < n; s++)
        out[k++] = *s;
    for (const char *s = opt->name; *s && k + 1 < n; s++)
        out[k++] = *s == '-' ? '_' : (char)toupper((unsigned char)*s);
    out[k] = '\0';
}

/* ---- values ---- */

static int bad(const struct mm_opt *opt, const char *text, const char *want,
               struct mm_err *err)
{
    if (opt->min < opt->max)
        return mm_fail(err, MM_EUSAGE,
                       "option '%s': '%s' is not %s from %.17g to %.17g",
                       opt->name, text, want, opt->min, opt->max);
    return mm_fail(err, MM_EUSAGE, "option '%s': '%s' is not %s", opt->name,
                   text, want);
}

static int in_range(const struct mm_opt *opt, double v)
{
    return opt->min >= opt->max || (v >= opt->min && v <= opt->max);
}

static int64_t unit_of(const char *s)
{
    static const struct {
        const char *name;
        int64_t bytes;
    } units[] = {
        { "", 1 }, { "K", 1024 }, { "M", 1048576 }, { "G", 1073741824 }, { "KB", 1000 }, { "MB", 1000000 }, { "GB", 1000000000 }
    };

    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(s, units[i].name) == 0)
            return units[i].bytes;
    return 0;
}

static int set_int(const struct mm_opt *opt, void *field, const char *text,
                   struct mm_err *err)
{
    char *end;
    int64_t v, unit;
    const char *want = opt->type == MM_OPT_SIZE ? "a size (like 64K)"
                                                : "a whole number";

    errno = 0;
    v = strtoll(text, &end, 10);
    unit = opt->type == MM_OPT_SIZE ? unit_of(end) : *end == '\0';
    if (end == text || errno || unit == 0 ||
        __builtin_mul_overflow(v, unit, &v) || !in_range(opt, (double)v))
        return bad(opt, text, want, err);
    memcpy(field, &v, sizeof v);
    return 0;
}

static int set_num(const struct mm_opt *opt, void *field, const char *text,
                   struct mm_err *err)
{
    char *end;
    double v = strtod(text, &end);

    if (end == text || *end || !isfinite(v) || !in_range(opt, v))
        return bad(opt, text, "a number", err);
    memcpy(field, &v, sizeof v);
    return 0;
}

static int set_flag(const struct mm_opt *opt, void *field, const char *text,
                    struct mm_err *err)
{
    static const char *const words[] = { "no", "yes", "false", "true",
                                         "0", "1", "off", "on" };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(text, words[i]) == 0) {
            *(int *)field = (int)(i & 1);
            return 0;
        }
    return bad(opt, text, "yes or no", err);
}

static int set_choice(const struct mm_opt *opt, void *field, const char *text,
                      struct mm_err *err)
{
    size_t n = strlen(text);
    int index = 0;

    for (const char *s = opt->choices; *s; index++) {
        size_t k = strcspn(s, "|");

        if (k == n && memcmp(s, text, n) == 0) {
            *(int *)field = index;
            return 0;
        }
        s += k + (s[k] == '|');
    }
    return mm_fail(err, MM_EUSAGE, "option '%s': '%s' is none of %s",
                   opt->name, text, opt->choices);
}

static int add_to_list(struct mm_strs *list, const char *text, int fresh,
                       struct mm_err *err)
{
    size_t cap = list->n;

    if (fresh)
        list->n = 0;
    if (list->n + 1 > cap &&
        mm_grow(&list->v, &cap, list->n + 1, sizeof *list->v, err) < 0)
        return -1;
    list->v[list->n++] = text;
    return 0;
}

int mm_opt_set(const struct mm_opt *opt, void *field, const char *text,
               int fresh, struct mm_err *err)
{
    switch (opt->type) {
    case MM_OPT_FLAG:
        return set_flag(opt, field, text, err);
    case MM_OPT_INT:
    case MM_OPT_SIZE:
        return set_int(opt, field, text, err);
    case MM_OPT_NUM:
        return set_num(opt, field, text, err);
    case MM_OPT_CHOICE:
        return set_choice(opt, field, text, err);
    case MM_OPT_LIST:
        return add_to_list(field, text, fresh, err);
    case MM_OPT_STR:
        *(const char **)field = text;
        return 0;
    }
    return -1;
}

static void choice_text(struct mm_buf *out, const struct mm_opt *opt, int index)
{
    const char *s = opt->choices;

    for (; index > 0; index--)
        s += strcspn(s, "|") + 1;
    mm_buf_add(out, s, strcspn(s, "|"));
}

static void list_text(struct mm_buf *out, const struct mm_strs *list)
{
    for (size_t i = 0; i < list->n; i++) {
        if (i)
            mm_buf_addc(out, ' ');
        mm_buf_adds(out, list->v[i]);
    }
}

void mm_opt_text(struct mm_buf *out, const struct mm_opt *opt,
                 const void *field)
{
    struct mm_jw w;

    switch (opt->type) {
    case MM_OPT_FLAG:
        mm_buf_adds(out, *(const int *)field ? "yes" : "no");
        break;
    case MM_OPT_INT:
    case MM_OPT_SIZE:
        mm_buf_addf(out, "%lld", (long long)*(const int64_t *)field);
        break;
    case MM_OPT_NUM:
        mm_jw_begin(&w, out);
        mm_jw_num(&w, *(const double *)field);
        break;
    case MM_OPT_CHOICE:
        choice_text(out, opt, *(const int *)field);
        break;
    case MM_OPT_LIST:
        list_text(out, field);
        break;
    case MM_OPT_STR:
        if (*(const char *const *)field)
            mm_buf_adds(out, *(const char *const *)field);
        break;
    }
}
