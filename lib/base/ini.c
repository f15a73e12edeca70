/*
 * ini.c - configuration files
 */
#include "base/ini.h"

#include <string.h>

#include "base/buf.h"
#include "base/map.h"

static int is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static void trim(const char **p, size_t *n)
{
    while (*n && is_blank(**p)) {
        ++*p;
        --*n;
    }
    while (*n && is_blank((*p)[*n - 1]))
        --*n;
}

struct ini {
    const char *name;
    size_t line, key_line;
    struct mm_buf section, key, value;
    struct mm_map sections; /* line in which each begins */
    int (*fn)(void *, const char *, const char *, const char *, size_t,
              struct mm_err *);
    void *ctx;
};

/* Hand over the key that is complete, if there is one. */
static int emit(struct ini *ini, struct mm_err *err)
{
    int result;

    if (ini->key.len == 0)
        return 0;
    if (mm_buf_check(&ini->key, err) < 0 || mm_buf_check(&ini->value, err) < 0)
        return -1;
    result = ini->fn(ini->ctx, ini->section.data, ini->key.data,
                     ini->value.data, ini->key_line, err);
    mm_buf_clear(&ini->key);
    if (result < 0)
        return mm_fail_in(err, "%s:%zu", ini->name, ini->key_line);
    return 0;
}

static void set(struct mm_buf *b, const char *p, size_t n)
{
    trim(&p, &n);
    mm_buf_clear(b);
    mm_buf_add(b, p, n);
}

static int begin_section(struct ini *ini, const char *p, size_t n,
                         struct mm_err *err)
{
    int64_t *line;

    if (p[n - 1] != ']')
        return mm_fail(err, MM_ECONFIG, "%s:%zu: ']' is missing", ini->name,
                       ini->line);
    set(&ini->section, p + 1, n - 2);
    if (mm_buf_check(&ini->section, err) < 0)
        return -1;
    line = mm_map_at(&ini->sections, ini->section.data, ini->section.len, err);
    if (!line)
        return -1;
    if (*line)
        return mm_fail(err, MM_ECONFIG, "%s:%zu: [%s] began in line %lld "
                                        "already; put them together",
                       ini->name, ini->line, ini->section.data,
                       (long long)*line);
    *line = (int64_t)ini->line;
    return 0;
}

static int parse_line(struct ini *ini, const char *p, size_t n,
                      struct mm_err *err)
{
    int continues = n && (p[0] == ' ' || p[0] == '\t') && ini->key.len;
    const char *eq;

    trim(&p, &n);
    if (n == 0 || *p == '#' || *p == ';')
        return 0;
    if (continues) {
        mm_buf_addc(&ini->value, '\n');
        mm_buf_add(&ini->value, p, n);
        return 0;
    }
    if (emit(ini, err) < 0)
        return -1;
    if (*p == '[')
        return begin_section(ini, p, n, err);
    eq = memchr(p, '=', n);
    if (!eq || eq == p)
        return mm_fail(err, MM_ECONFIG, "%s:%zu: expected key = value",
                       ini->name, ini->line);
    ini->key_line = ini->line;
    set(&ini->key, p, (size_t)(eq - p));
    set(&ini->value, eq + 1, n - (size_t)(eq + 1 - p));
    return 0;
}

static int parse_lines(struct ini *ini, const char *text, size_t len,
                       struct mm_err *err)
{
    while (len) {
        const char *nl = memchr(text, '\n', len);
        size_t n = nl ? (size_t)(nl - text) : len;

        ini->line++;
        if (memchr(text, '\0', n))
            return mm_fail(err, MM_ECONFIG, "%s:%zu: a NUL byte; is this a "
                                            "configuration file?",
                           ini->name, ini->line);
        if (parse_line(ini, text, n, err) < 0)
            return -1;
        n += nl != NULL;
        text += n;
        len -= n;
    }
    return emit(ini, err);
}

int mm_ini_parse(const char *text, size_t len, const char *name,
                 int (*fn)(void *ctx, const char *section, const char *key,
                           const char *value, size_t line,
                           struct mm_err *err),
                 void *ctx, struct mm_err *err)
{
    struct ini ini = { .name = name, .fn = fn, .ctx = ctx };
    int result;

    mm_buf_add(&ini.section, "", 0);
    result = parse_lines(&ini, text, len, err);
    mm_map_release(&ini.sections);
    mm_buf_release(&ini.section);
    mm_buf_release(&ini.key);
    mm_buf_release(&ini.value);
    return result;
}
