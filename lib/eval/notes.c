/*
 * notes.c - what a model has said so far, beside the output that it is for
 */
#include "eval/notes.h"

#include <inttypes.h>
#include <string.h>

#include "base/hash.h"
#include "base/io.h"
#include "base/json.h"

#define MAX_LINE ((size_t)1 << 26)

/* ---- what the answers depend on ---- */

static int hash_shots(const struct mm_shots *s, uint64_t *hash,
                      struct mm_err *err)
{
    struct mm_hash h;

    if (mm_hash_init(&h) < 0)
        return mm_fail(err, MM_ESYS, "out of memory");
    for (size_t i = 0; i < s->n; i++) {
        const struct mm_spoken_example *e = &s->v[i];

        mm_hash_add(&h, e->prompt, strlen(e->prompt) + 1);
        mm_hash_add(&h, e->answer, strlen(e->answer) + 1);
        for (size_t k = 0; k < e->n_files; k++)
            mm_hash_add(&h, e->files[k], strlen(e->files[k]) + 1);
    }
    *hash = mm_hash_value(&h);
    mm_hash_release(&h);
    return 0;
}

static int describe(struct mm_notes *n, const struct mm_speaker *w,
                    const char *template, const char *input,
                    struct mm_err *err)
{
    const struct mm_bundle *b = w->replier.bundle;
    const struct mm_decode *d = &w->decode;
    uint64_t shots = 0;
    struct mm_jw j;

    if (hash_shots(&w->shots, &shots, err) < 0)
        return -1;
    mm_buf_addf(&n->head, "{\"model\":\"%016" PRIx64 "\",\"sampling\":"
                          "[%.17g,%zu,%.17g,%" PRIu64 ",%zu],\"shots\":"
                          "\"%016" PRIx64 "\",\"ask\":",
                mm_bundle_hash(b), d->sampling.temperature, d->sampling.top_k,
                d->sampling.top_p, d->sampling.seed, d->max_tokens, shots);
    mm_jw_begin(&j, &n->head);
    mm_jw_open(&j, '[');
    mm_jw_str(&j, template);
    mm_jw_str(&j, mm_chat_name(w->chat));
    mm_jw_str(&j, w->system);
    mm_jw_str(&j, w->marker);
    mm_jw_str(&j, input);
    for (size_t i = 0; i < d->n_stops; i++)
        mm_jw_str(&j, d->stops[i]);
    mm_jw_close(&j, ']');
    mm_jw_key(&j, "views");
    mm_preprocess_describe(&b->preprocess, &j);
    mm_jw_put_int(&j, "high-res-last", (int64_t)b->high_res_last);
    mm_buf_addc(&n->head, '}');
    return mm_buf_check(&n->head, err);
}

/* ---- the file ---- */

/* A line of what was said before */
static int take_line(struct mm_notes *n, const struct mm_buf *line,
                     struct mm_err *err)
{
    struct mm_json_doc doc;
    struct mm_err ignored;
    const struct mm_json *key, *text;
    int result = 0;

    if (mm_json_parse(&doc, line->data, line->len, &ignored) < 0)
        return 0;
    key = mm_json_get(doc.root, "key");
    text = mm_json_get(doc.root, "text");
    if (key && text && key->type == MM_JSON_STRING &&
        text->type == MM_JSON_STRING) {
        result = mm_map_put(&n->said, key->str, key->len,
                            (int64_t)n->texts.len + 1, err);
        mm_buf_add(&n->texts, text->str, text->len);
        mm_buf_addc(&n->texts, 0);
    }
    mm_json_release(&doc);
    return result < 0 ? -1 : mm_buf_check(&n->texts, err);
}

/* What the file had when it was read */
struct had {
    size_t size, whole; /* bytes; those of ours before a line that was cut */
    size_t answers;
    int ours, same; /* the first line is one of ours, is this one */
};

/* Does it begin as the first lines of ours do?  A cut one may end before. */
static int is_ours(const struct mm_notes *n, const struct mm_buf *line, int cut)
{
    static const size_t model = sizeof "{\"model\":\"" - 1;
    static const size_t all = sizeof "{\"model\":\"0123456789abcdef\","
                                     "\"sampling\":[" -
                              1;

    for (size_t i = 0; i < line->len && i < all; i++)
        if ((i < model || i >= model + 16) && line->data[i] != n->head.data[i])
            return 0;
    return cut || line->len >= all;
}

/* The next line, as mm_in_line(), and whether it has no end */
static int next_line(struct mm_in *in, struct mm_buf *line, int *cut,
                     struct mm_err *err)
{
    uint64_t start = mm_in_offset(in);
    int more = mm_in_line(in, line, MAX_LINE, err);

    *cut = more > 0 && mm_in_offset(in) - start == line->len;
    return more;
}

static int read_lines(struct mm_notes *n, struct mm_in *in, struct mm_buf *line,
                      struct had *had, struct mm_err *err)
{
    int cut, more = next_line(in, line, &cut, err);

    had->ours = more == 0 || (more > 0 && is_ours(n, line, cut));
    had->same = more > 0 && !cut && line->len == n->head.len &&
                memcmp(line->data, n->head.data, line->len) == 0;
    if (had->same)
        had->whole = (size_t)mm_in_offset(in);
    while (more > 0 && had->ours &&
           (more = next_line(in, line, &cut, err)) > 0) {
        if (cut)
            continue;
        had->answers++;
        if (!had->same)
            continue;
        had->whole = (size_t)mm_in_offset(in);
        if (take_line(n, line, err) < 0)
            return -1;
    }
    had->size = (size_t)mm_in_offset(in);
    return more < 0 ? -1 : 0;
}

static int read_file(struct mm_notes *n, struct had *had, struct mm_err *err)
{
    struct mm_in *in = mm_in_open(n->path.data, err);
    struct mm_buf line = { 0 };
    int result = in ? read_lines(n, in, &line, had, err) : -1;

    mm_buf_release(&line);
    mm_in_close(in);
    if (result == 0 && !had->ours)
        return mm_fail(err, MM_ECONFIG, "'%s' is no journal; remove it, or "
                                        "name another output",
                       n->path.data);
    return result;
}

static int note(struct mm_notes *n, struct mm_buf *line, struct mm_err *err)
{
    mm_buf_addc(line, '\n');
    if (mm_buf_check(line, err) < 0)
        return -1;
    return mm_journal_add(&n->journal, line->data, line->len, err);
}

/* Behind the answers that were read, and nobody else */
static int go_on(struct mm_notes *n, const struct had *had, struct mm_err *err)
{
    if (mm_journal_open(&n->journal, n->path.data, (int64_t)had->size, err) < 0)
        return -1;
    if (!had->same && had->answers)
        return mm_fail(err, MM_ECONFIG, "'%s' holds %zu answer%s of other "
                                        "settings; remove it to begin anew, "
                                        "or name another output",
                       n->path.data, had->answers,
                       had->answers == 1 ? "" : "s");
    if (had->whole < had->size &&
        mm_journal_cut(&n->journal, (int64_t)had->whole, err) < 0)
        return -1;
    return had->same ? 0 : note(n, &n->head, err);
}

int mm_notes_open(struct mm_notes *n, const struct mm_speaker *w,
                  const char *template, const char *input, const char *output,
                  struct mm_err *err)
{
    struct had had = { 0 };
    struct stat st;

    if (strcmp(output, "-") == 0 ||
        (mm_stat(output, &st) == 0 && !S_ISREG(st.st_mode)))
        return 0;
    mm_buf_addf(&n->path, "%s.journal", output);
    if (describe(n, w, template, input, err) < 0 ||
        mm_buf_check(&n->path, err) < 0)
        return -1;
    if (mm_stat(n->path.data, &st) == 0 && read_file(n, &had, err) < 0)
        return -1;
    return go_on(n, &had, err);
}

void mm_notes_release(struct mm_notes *n)
{
    if (n->journal.path)
        mm_journal_close(&n->journal, NULL);
    mm_buf_release(&n->path);
    mm_buf_release(&n->head);
    mm_buf_release(&n->texts);
    mm_map_release(&n->said);
}

const char *mm_notes_find(const struct mm_notes *n, const char *key)
{
    const int64_t *at = mm_map_get(&n->said, key, strlen(key));

    return at ? n->texts.data + (*at - 1) : NULL;
}

int mm_notes_add(struct mm_notes *n, const char *key, const char *text,
                 size_t len, struct mm_err *err)
{
    struct mm_buf line = { 0 };
    struct mm_jw w;
    int result;

    if (n->path.len == 0)
        return 0;
    mm_jw_begin(&w, &line);
    mm_jw_open(&w, '{');
    mm_jw_put_str(&w, "key", key);
    mm_jw_key(&w, "text");
    mm_jw_strn(&w, text, len);
    mm_jw_close(&w, '}');
    result = note(n, &line, err);
    mm_buf_release(&line);
    return result;
}

void mm_notes_drop(const struct mm_notes *n)
{
    if (n->path.len)
        mm_io.unlink(n->path.data);
}
