/*
 * import_text.c - plain text: a document per file, paragraph group or line
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/import_reader.h"

/* The line without the carriage return and, the first, without its BOM. */
static void clean_line(struct mm_buf *line, int first)
{
    if (line->len && line->data[line->len - 1] == '\r')
        line->len--;
    if (first && line->len >= 3 && memcmp(line->data, "\xef\xbb\xbf", 3) == 0) {
        memmove(line->data, line->data + 3, line->len - 3);
        line->len -= 3;
    }
}

static int is_blank(const struct mm_buf *line)
{
    for (size_t i = 0; i < line->len; i++)
        if (line->data[i] != ' ' &&
            (line->data[i] < '\t' || line->data[i] > '\r'))
            return 0;
    return 1;
}

/* The state of the reader: one line, and how many there were. */
struct text {
    struct mm_buf line;
    uint64_t lines;
};

static int begin(struct mm_import *im, struct mm_err *err)
{
    im->state = mm_alloc(1, sizeof(struct text), err);
    return im->state ? 0 : -1;
}

static void end(struct mm_import *im)
{
    struct text *t = im->state;

    if (t)
        mm_buf_release(&t->line);
    free(t);
}

static int open_file(struct mm_import *im, struct mm_err *err)
{
    struct text *t = im->state;

    (void)err;
    t->lines = 0;
    return 0;
}

static int next_line(struct mm_import *im, struct mm_err *err)
{
    struct text *t = im->state;
    int more = mm_gzip_line(im->z, &t->line, (size_t)im->o->max_bytes, err);

    if (more > 0)
        clean_line(&t->line, t->lines++ == 0);
    return more;
}

static int too_long(const struct mm_import *im, struct mm_err *err)
{
    return mm_fail(err, MM_EDATA, "'%s' has a document of more than %lld "
                                  "bytes; --max-bytes or --split helps",
                   mm_gzip_name(im->z), (long long)im->o->max_bytes);
}

/* Lines up to one that ends the document, into raw. */
static int read_lines(struct mm_import *im, struct mm_import_item *it,
                      struct mm_err *err)
{
    int one = im->o->split == MM_IMPORT_LINE ||
              im->o->format == MM_IMPORT_WORDNET;
    struct text *t = im->state;
    int more;

    while ((more = next_line(im, err)) > 0) {
        if (is_blank(&t->line)) {
            if (it->raw.len)
                break;
            continue;
        }
        if (it->raw.len)
            mm_buf_addc(&it->raw, '\n');
        else
            it->place = t->lines;
        if (t->line.len > (size_t)im->o->max_bytes - it->raw.len)
            return too_long(im, err);
        mm_buf_add(&it->raw, t->line.data, t->line.len);
        if (one)
            break;
    }
    if (more < 0 || mm_buf_check(&it->raw, err) < 0)
        return -1;
    return it->raw.len > 0;
}

static int read_text(struct mm_import *im, struct mm_import_item *it,
                     struct mm_err *err)
{
    int more = 1;

    if (im->o->split == MM_IMPORT_FILE && im->o->format == MM_IMPORT_PLAIN) {
        if (im->records++)
            return 0;
        return mm_import_whole(im, it, err) < 0 ? -1 : 1;
    }
    more = read_lines(im, it, err);
    if (more > 0)
        it->index = im->records++;
    it->unit = "line";
    return more;
}

/* ---- a record to text ---- */

/* CR LF becomes LF; no white space at the ends; no BOM. */
static void trim(struct mm_buf *out, const char *p, size_t n)
{
    size_t kept = 0;

    if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
        p += 3, n -= 3;
    for (size_t i = 0; i < n; i++) {
        if (p[i] == '\r' && i + 1 < n && p[i + 1] == '\n')
            continue;
        if (p[i] == ' ' || (p[i] >= '\t' && p[i] <= '\r')) {
            if (out->len)
                mm_buf_addc(out, p[i]);
            continue;
        }
        mm_buf_addc(out, p[i]);
        kept = out->len;
    }
    out->len = kept;
}

/*
 * A line of WordNet's data.POS (wndb(5WN)): offset, file, type, count, the
 * first word, ..., then the gloss after " | ".  Its licence stands in lines
 * that begin with two spaces.
 */
static int wordnet(struct mm_buf *out, const struct mm_buf *raw,
                   struct mm_err *err)
{
    const char *bar = strstr(raw->data, " | "), *word = raw->data;
    size_t n;

    if (raw->len > 1 && raw->data[0] == ' ' && raw->data[1] == ' ')
        return 0;
    for (int field = 0; field < 4 && word; field++) {
        word = strchr(word, ' ');
        word = word ? word + 1 : NULL;
    }
    if (!bar || !word || word > bar)
        return mm_fail(err, MM_EDATA, "no line of a WordNet data file");
    n = strcspn(word, " (");
    for (size_t i = 0; i < n; i++)
        mm_buf_addc(out, word[i] == '_' ? ' ' : word[i]);
    mm_buf_adds(out, ": ");
    mm_import_squeeze(out, bar + 3, strlen(bar + 3));
    return 0;
}

/* Is p, after '[', the name of one of gcide's sources? */
static size_t gcide_source(const char *p, size_t n)
{
    static const char *const names[] = { "1913 Webster", "PJC", "WordNet",
                                         "Webster 1913" };
    const char *end = memchr(p, ']', n < 64 ? n : 64);

    for (size_t i = 0; end && i < sizeof names / sizeof *names; i++)
        if ((size_t)(end - p) >= strlen(names[i]) &&
            memcmp(p, names[i], strlen(names[i])) == 0)
            return (size_t)(end - p) + 1;
    return 0;
}

/* The dictionary's text without its sources and the braces of its links. */
static void gcide(struct mm_buf *out, const struct mm_buf *raw)
{
    for (size_t i = 0; i < raw->len; i++) {
        char c = raw->data[i];

        if (c == '[')
            i += gcide_source(raw->data + i + 1, raw->len - i - 1);
        if (c == '{' || c == '}' || (c == '[' && raw->data[i] == ']'))
            continue;
        mm_buf_addc(out, c);
    }
}

static int to_text(struct mm_buf *out, const struct mm_import *im,
                   const struct mm_import_item *it, struct mm_err *err)
{
    struct mm_buf plain = { 0 };
    int result;

    if (it->raw.len == 0)
        return 0;
    if (mm_import_is_text(it->raw.data, it->raw.len, err) < 0)
        return -1;
    if (im->o->format == MM_IMPORT_WORDNET)
        return wordnet(out, &it->raw, err);
    if (im->o->format == MM_IMPORT_PLAIN) {
        trim(out, it->raw.data, it->raw.len);
        return 0;
    }
    gcide(&plain, &it->raw);
    result = mm_buf_check(&plain, err);
    if (result == 0 && plain.len)
        mm_import_squeeze(out, plain.data, plain.len);
    mm_buf_release(&plain);
    return result;
}

static int work(const struct mm_import *im, struct mm_import_item *it,
                struct mm_err *err)
{
    struct mm_import_doc doc = { 0 };
    struct mm_buf text = { 0 }, members = { 0 };
    const char *source = mm_import_rel(it->file);
    int result = to_text(&text, im, it, err);

    if (result == 0)
        result = mm_buf_check(&text, err);
    if (result == 0 && text.len == 0) {
        if (im->o->format == MM_IMPORT_PLAIN)
            it->dropped[MM_DROP_NO_TEXT]++;
    } else if (result == 0) {
        mm_import_doc_text(&doc, text.data, text.len, NULL);
        mm_import_member(&members, "source", source, strlen(source));
        result = mm_import_doc_end(&doc, it, members.data, err);
    }
    mm_import_doc_release(&doc);
    mm_buf_release(&text);
    mm_buf_release(&members);
    return result;
}

const struct mm_import_reader mm_import_text = {
    .name = "text",
    .extensions = "|txt|text|md|dict|",
    .gz = 1,
    .begin = begin,
    .open = open_file,
    .read = read_text,
    .work = work,
    .end = end,
};
