/*
 * source_read.c - the records of a file, whatever holds them
 */
#include "eval/source_read.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "data/gzip.h"
#include "data/json_list.h"
#include "eval/record.h"

#define MAX_RECORD ((size_t)256 << 20)

int mm_words_cut(struct mm_words *w, const char *s, size_t n,
                 struct mm_err *err)
{
    char *p;

    *w = (struct mm_words){ .bytes = mm_strndup(s, n, err) };
    if (!w->bytes)
        return -1;
    for (p = w->bytes; *p;) {
        p += strspn(p, " \n");
        if (!*p)
            break;
        if (w->n == 8) {
            w->n = 9;
            break;
        }
        w->v[w->n++] = p;
        p += strcspn(p, " \n");
        if (*p)
            *p++ = '\0';
    }
    return 0;
}

void mm_words_release(struct mm_words *w)
{
    free(w->bytes);
    *w = (struct mm_words){ 0 };
}

struct mm_reader {
    struct mm_json_list *list; /* or */
    struct mm_gzip *lines;
    struct mm_buf line;
    int plain; /* lines are text and no JSON */
    size_t number, count, flawed;
    int utf8, not_finite; /* what was mended in a record */
    char *path;           /* for messages */
    struct mm_json_doc doc;
};

static int is_lines(const char *path)
{
    static const char *const ends[] = { ".jsonl", ".ndjson", ".jsonl.gz" };
    size_t n = strlen(path);

    for (size_t i = 0; i < 3; i++)
        if (n > strlen(ends[i]) &&
            strcmp(path + n - strlen(ends[i]), ends[i]) == 0)
            return 1;
    return 0;
}

struct mm_reader *mm_reader_open_lines(const char *path, struct mm_err *err)
{
    struct mm_reader *in = mm_alloc(1, sizeof *in, err);

    if (in && (in->path = mm_strdup(path, err)) &&
        (in->lines = mm_gzip_open(path, err)))
        return in;
    mm_reader_close(in);
    return NULL;
}

struct mm_reader *mm_reader_open(const char *path, const char *list,
                                 struct mm_err *err)
{
    struct mm_reader *in;

    if (strcmp(list, "lines") == 0) {
        in = mm_reader_open_lines(path, err);
        if (in)
            in->plain = 1;
        return in;
    }
    if (is_lines(path))
        return mm_reader_open_lines(path, err);
    in = mm_alloc(1, sizeof *in, err);
    if (!in)
        return NULL;
    if (!*list || strcmp(list, "-") == 0)
        list = NULL;
    if ((in->path = mm_strdup(path, err)))
        in->list = mm_json_list_open(path, list, MAX_RECORD, err);
    if (in->list && mm_json_list_found(in->list))
        return in;
    if (in->list)
        mm_fail(err, MM_EDATA, "'%s' has no \"%s\"; is it another data set's?",
                path, list ? list : "");
    mm_reader_close(in);
    return NULL;
}

void mm_reader_close(struct mm_reader *in)
{
    if (!in)
        return;
    mm_json_release(&in->doc);
    mm_json_list_close(in->list);
    mm_gzip_close(in->lines);
    mm_buf_release(&in->line);
    free(in->path);
    free(in);
}

static int quote_line(struct mm_reader *in, struct mm_err *err)
{
    struct mm_buf text = { 0 };
    struct mm_jw w;

    mm_jw_begin(&w, &text);
    mm_jw_strn(&w, in->line.data, in->line.len);
    mm_buf_release(&in->line);
    in->line = text;
    return mm_buf_check(&in->line, err);
}

/* The byte order mark is no part of the first line. */
static void drop_mark(struct mm_buf *line)
{
    if (line->len < 3 || memcmp(line->data, "\xef\xbb\xbf", 3) != 0)
        return;
    line->len -= 3;
    memmove(line->data, line->data + 3, line->len);
}

/* A line that is not blank: 1, 0 at the end, -1.  *ended: by a newline. */
static int take_line(struct mm_reader *in, int *ended, struct mm_err *err)
{
    int more;

    do {
        uint64_t start = mm_gzip_offset(in->lines);

        more = mm_gzip_line(in->lines, &in->line, MAX_RECORD, err);
        *ended = mm_gzip_offset(in->lines) - start > in->line.len;
        in->number += more > 0;
        if (in->number == 1)
            drop_mark(&in->line);
        while (in->line.len &&
               strchr(" \r\t", in->line.data[in->line.len - 1]))
            in->line.len--;
    } while (more > 0 && in->line.len == 0);
    return more;
}

/* A last line that was cut is left out, as it is of predictions. */
static int next_line(struct mm_reader *in, struct mm_err *err)
{
    int ended, broken = 0, more = take_line(in, &ended, err);

    if (more <= 0)
        return more;
    if (in->plain) {
        broken = mm_utf8_check(in->line.data, in->line.len) < in->line.len;
        if (quote_line(in, err) < 0)
            return -1;
    }
    if (mm_record_parse(&in->doc, in->line.data, in->line.len, &in->utf8,
                        &in->not_finite, err) < 0) {
        if (ended || err->code != MM_EDATA)
            return mm_fail_in(err, "'%s', line %zu", in->path, in->number);
        mm_log(MM_LOG_WARN, "'%s', line %zu: it was cut, and is left out",
               in->path, in->number);
        in->flawed++;
        return 0;
    }
    in->utf8 |= broken;
    return 1;
}

static int next_of_list(struct mm_reader *in, struct mm_err *err)
{
    const char *text;
    size_t n;
    int more = mm_json_list_take(in->list, &text, &n, err);

    if (more > 0 && mm_record_parse(&in->doc, text, n, &in->utf8,
                                    &in->not_finite, err) < 0)
        return mm_fail_in(err, "'%s', record %zu", in->path, in->count + 1);
    return more;
}

static void look_for_flaws(struct mm_reader *in)
{
    const char *key = NULL;
    size_t twice = mm_json_twice(&in->doc, &key);

    if (!twice && !in->doc.lone && !in->utf8 && !in->not_finite)
        return;
    if (in->flawed++)
        return;
    if (twice)
        mm_log(MM_LOG_WARN, "'%s', record %zu: the key '%s' comes twice; the "
                            "last counts",
               in->path, in->count + 1, key);
    else
        mm_log(MM_LOG_WARN, "'%s', record %zu: %s", in->path, in->count + 1,
               in->utf8       ? "broken UTF-8; U+FFFD stands for it"
               : in->doc.lone ? "a lone surrogate; U+FFFD stands for it"
                              : "a number is not finite; null stands for it");
}

size_t mm_reader_flawed(const struct mm_reader *in)
{
    return in->flawed;
}

int mm_reader_next(struct mm_reader *in, struct mm_raw *r, struct mm_err *err)
{
    int more;

    mm_json_release(&in->doc);
    more = in->list ? next_of_list(in, err) : next_line(in, err);
    if (more <= 0)
        return more;
    look_for_flaws(in);
    *r = (struct mm_raw){ .n = 1, .tag = "", .name = "" };
    r->root[0] = in->doc.root;
    r->number = in->count++;
    if (in->list)
        r->name = mm_json_list_key(in->list);
    return 1;
}
