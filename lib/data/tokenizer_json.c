/*
 * tokenizer_json.c - read and write Hugging Face's tokenizer.json
 *
 * Read is what a byte-level BPE needs.  A part that would change ids or bytes
 * and that we do not have is refused by its name; parts that only add tokens
 * around a text (post_processor, truncation, padding) are left to the
 * documents' encoder.
 */
#include "data/tokenizer.h"

#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/stamp.h"
#include "data/tokenizer_build.h"
#include "data/unicode_table.h"

#define MAX_FILE ((size_t)256 << 20)

/* ---- what must be as we do it ---- */

static int is_null(const struct mm_json *v)
{
    return v == NULL || v->type == MM_JSON_NULL;
}

static const char *type_of(const struct mm_json *v)
{
    return mm_json_str(mm_json_get(v, "type"), "of unknown type");
}

static int refuse(struct mm_err *err, const char *part, const char *name,
                  const char *instead)
{
    return mm_fail(err, MM_EDATA, "%s '%s' is not supported, only %s", part,
                   name, instead);
}

static int check_byte_level(const struct mm_json *v, const char *part,
                            struct mm_err *err)
{
    if (is_null(v) || strcmp(type_of(v), "ByteLevel") != 0)
        return refuse(err, part, is_null(v) ? "null" : type_of(v),
                      "ByteLevel");
    return 0;
}

static int check_pre_tokenizer(const struct mm_json *v, struct mm_err *err)
{
    if (check_byte_level(v, "pre_tokenizer", err) < 0)
        return -1;
    if (mm_json_bool(mm_json_get(v, "add_prefix_space"), 1))
        return refuse(err, "pre_tokenizer", "ByteLevel add_prefix_space",
                      "add_prefix_space false");
    if (!mm_json_bool(mm_json_get(v, "use_regex"), 1))
        return refuse(err, "pre_tokenizer", "ByteLevel use_regex false",
                      "GPT-2's pattern");
    return 0;
}

/* unk_token, fuse_unk and byte_fallback are idle: every byte has a token. */
static int check_model(const struct mm_json *v, struct mm_err *err)
{
    static const char *const affixes[] = { "continuing_subword_prefix",
                                           "end_of_word_suffix" };

    if (strcmp(mm_json_str(mm_json_get(v, "type"), "BPE"), "BPE") != 0)
        return refuse(err, "model", type_of(v), "BPE");
    for (int i = 0; i < 2; i++)
        if (*mm_json_str(mm_json_get(v, affixes[i]), "") != '\0')
            return refuse(err, "model", affixes[i], "byte-level BPE");
    if (mm_json_num(mm_json_get(v, "dropout"), 0) > 0)
        return refuse(err, "model", "dropout", "dropout null");
    if (mm_json_bool(mm_json_get(v, "ignore_merges"), 0))
        return refuse(err, "model", "ignore_merges", "ignore_merges false");
    return 0;
}

static int check_parts(const struct mm_json *root, struct mm_err *err)
{
    const struct mm_json *v = mm_json_get(root, "normalizer");

    if (root->type != MM_JSON_OBJECT || mm_json_get(root, "model") == NULL)
        return mm_fail(err, MM_EDATA, "no tokenizer.json: an object with a "
                                      "member 'model' was expected");
    if (!is_null(v))
        return refuse(err, "normalizer", type_of(v), "null");
    if (check_pre_tokenizer(mm_json_get(root, "pre_tokenizer"), err) < 0)
        return -1;
    v = mm_json_get(root, "decoder");
    if (!is_null(v) && check_byte_level(v, "decoder", err) < 0)
        return -1;
    return check_model(mm_json_get(root, "model"), err);
}

/* ---- tokens and merges ---- */

static int read_vocab(struct mm_tokenizer_build *b, const struct mm_json *v,
                      size_t max_ids, struct mm_err *err)
{
    if (v == NULL || v->type != MM_JSON_OBJECT)
        return mm_fail(err, MM_EDATA, "model.vocab is no object");
    for (const struct mm_json *m = v->child; m != NULL; m = m->next)
        if (mm_tokenizer_build_token(b, mm_json_int(m, -1), m->key,
                                     m->key_len, 0, max_ids, err) < 0)
            return -1;
    return 0;
}

/* "a b" or ["a", "b"] */
static int read_merge(struct mm_tokenizer_build *b, const struct mm_json *m,
                      struct mm_err *err)
{
    const struct mm_json *l = m->child, *r = l == NULL ? NULL : l->next;
    const char *space;

    if (m->type == MM_JSON_ARRAY && m->n == 2 && l->type == MM_JSON_STRING &&
        r->type == MM_JSON_STRING)
        return mm_tokenizer_build_merge(b, l->str, l->len, r->str, r->len,
                                        err);
    if (m->type != MM_JSON_STRING ||
        (space = memchr(m->str, ' ', m->len)) == NULL)
        return mm_fail(err, MM_EDATA, "merge %zu is no pair of tokens",
                       b->n_merges);
    return mm_tokenizer_build_merge(b, m->str, (size_t)(space - m->str),
                                    space + 1,
                                    m->len - (size_t)(space + 1 - m->str),
                                    err);
}

static int read_merges(struct mm_tokenizer_build *b, const struct mm_json *v,
                       struct mm_err *err)
{
    if (v == NULL || v->type != MM_JSON_ARRAY)
        return mm_fail(err, MM_EDATA, "model.merges is no array");
    for (const struct mm_json *m = v->child; m != NULL; m = m->next)
        if (read_merge(b, m, err) < 0)
            return -1;
    return 0;
}

static int read_added(struct mm_tokenizer_build *b, const struct mm_json *m,
                      size_t max_ids, struct mm_err *err)
{
    static const char *const odd[] = { "single_word", "lstrip", "rstrip" };
    const struct mm_json *content = mm_json_get(m, "content");
    unsigned flags = MM_TOKEN_ADDED;

    if (content == NULL || content->type != MM_JSON_STRING)
        return mm_fail(err, MM_EDATA, "an added token has no content");
    for (int i = 0; i < 3; i++)
        if (mm_json_bool(mm_json_get(m, odd[i]), 0))
            return mm_fail(err, MM_EDATA,
                           "added token '%.60s': %s is not supported",
                           content->str, odd[i]);
    if (mm_json_bool(mm_json_get(m, "special"), 0))
        flags |= MM_TOKEN_SPECIAL;
    if (mm_json_bool(mm_json_get(m, "normalized"), 0))
        flags |= MM_TOKEN_LATE;
    return mm_tokenizer_build_token(b, mm_json_int(mm_json_get(m, "id"), -1),
                                    content->str, content->len, flags,
                                    max_ids, err);
}

static int read_all(struct mm_tokenizer_build *b, const struct mm_json *root,
                    struct mm_err *err)
{
    const struct mm_json *model = mm_json_get(root, "model");
    const struct mm_json *vocab = mm_json_get(model, "vocab");
    const struct mm_json *added = mm_json_get(root, "added_tokens");
    size_t n_added = 0, max_ids;

    if (!is_null(added) && added->type != MM_JSON_ARRAY)
        return mm_fail(err, MM_EDATA, "added_tokens is no array");
    if (!is_null(added))
        n_added = added->n;
    /* Some ids may be missing, but memory follows what is there. */
    max_ids = 2 * ((vocab == NULL ? 0 : vocab->n) + n_added) + 1024;
    if (read_vocab(b, vocab, max_ids, err) < 0 ||
        read_merges(b, mm_json_get(model, "merges"), err) < 0)
        return -1;
    for (const struct mm_json *m = n_added ? added->child : NULL; m != NULL;
         m = m->next)
        if (read_added(b, m, max_ids, err) < 0)
            return -1;
    return 0;
}

struct mm_tokenizer *mm_tokenizer_parse(const char *json, size_t n,
                                        struct mm_err *err)
{
    struct mm_tokenizer_build b = { 0 };
    struct mm_tokenizer *t = NULL;
    struct mm_json_doc doc;

    if (mm_json_parse(&doc, json, n, err) < 0)
        return NULL;
    if (check_parts(doc.root, err) == 0 && read_all(&b, doc.root, err) == 0)
        t = mm_tokenizer_build(&b, json, n, err);
    mm_json_release(&doc);
    mm_tokenizer_build_release(&b);
    return t;
}

/* path, or path/tokenizer.json of a directory */
static int file_of(struct mm_buf *name, const char *path, struct mm_err *err)
{
    struct stat st;

    mm_buf_adds(name, path);
    if (mm_stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        mm_buf_adds(name, "/tokenizer.json");
    return mm_buf_check(name, err);
}

struct mm_tokenizer *mm_tokenizer_load(const char *path, struct mm_err *err)
{
    struct mm_buf name = { 0 }, text = { 0 };
    struct mm_tokenizer *t = NULL;

    if (file_of(&name, path, err) == 0 &&
        mm_read_file(name.data, &text, MAX_FILE, err) == 0) {
        t = mm_tokenizer_parse(text.data == NULL ? "" : text.data, text.len,
                               err);
        if (t == NULL)
            mm_fail_in(err, "'%s'", name.data);
    }
    mm_buf_release(&name);
    mm_buf_release(&text);
    return t;
}

/* ---- writing ---- */

static void print_added(const struct mm_tokenizer_build *b, struct mm_jw *w,
                        size_t id)
{
    const struct mm_token *t = &b->tokens[id];

    mm_jw_open(w, '{');
    mm_jw_put_size(w, "id", id);
    mm_jw_key(w, "content");
    mm_jw_strn(w, b->text.data + t->name, t->n_name);
    mm_jw_put_bool(w, "single_word", 0);
    mm_jw_put_bool(w, "lstrip", 0);
    mm_jw_put_bool(w, "rstrip", 0);
    mm_jw_put_bool(w, "normalized", (t->flags & MM_TOKEN_LATE) != 0);
    mm_jw_put_bool(w, "special", (t->flags & MM_TOKEN_SPECIAL) != 0);
    mm_jw_close(w, '}');
}

static void print_token_name(const struct mm_tokenizer_build *b,
                             struct mm_jw *w, int32_t id)
{
    mm_jw_strn(w, b->text.data + b->tokens[id].name, b->tokens[id].n_name);
}

static void print_vocab(const struct mm_tokenizer_build *b, struct mm_jw *w)
{
    struct mm_buf key = { 0 };

    mm_jw_open(w, '{');
    for (size_t i = 0; i < b->n; i++) {
        const struct mm_token *t = &b->tokens[i];

        mm_buf_clear(&key);
        mm_buf_add(&key, b->text.data + t->name, t->n_name);
        mm_jw_put_size(w, key.data == NULL ? "" : key.data, i);
    }
    mm_jw_close(w, '}');
    if (key.failed)
        w->out->failed = 1;
    mm_buf_release(&key);
}

static void print_merges(const struct mm_tokenizer_build *b, struct mm_jw *w)
{
    mm_jw_open(w, '[');
    for (size_t i = 0; i < b->n_merges; i++) {
        mm_jw_open(w, '[');
        print_token_name(b, w, b->merges[i].a);
        print_token_name(b, w, b->merges[i].b);
        mm_jw_close(w, ']');
    }
    mm_jw_close(w, ']');
}

/* Its reader allows members of ours here and at no other place. */
static void print_origin(struct mm_jw *w)
{
    mm_jw_key(w, "mm1");
    mm_jw_open(w, '{');
    mm_jw_put_str(w, "unicode", mm_unicode_version);
    mm_jw_key(w, "stamp");
    mm_jw_raw(w, mm_stamp(), strlen(mm_stamp()));
    mm_jw_close(w, '}');
}

static void print_model(const struct mm_tokenizer_build *b, struct mm_jw *w)
{
    static const char fixed[] =
        "\"type\":\"BPE\",\"dropout\":null,\"unk_token\":null,"
        "\"continuing_subword_prefix\":null,\"end_of_word_suffix\":null,"
        "\"fuse_unk\":false,\"byte_fallback\":false,\"ignore_merges\":false";

    mm_jw_open(w, '{');
    mm_buf_adds(w->out, fixed);
    w->comma = 1;
    print_origin(w);
    mm_jw_key(w, "vocab");
    print_vocab(b, w);
    mm_jw_key(w, "merges");
    print_merges(b, w);
    mm_jw_close(w, '}');
}

void mm_tokenizer_build_print(const struct mm_tokenizer_build *b,
                              struct mm_buf *out)
{
    static const char head[] =
        "{\"version\":\"1.0\",\"truncation\":null,\"padding\":null,"
        "\"added_tokens\":";
    static const char parts[] =
        ",\"normalizer\":null,\"pre_tokenizer\":{\"type\":\"ByteLevel\","
        "\"add_prefix_space\":false,\"trim_offsets\":true,\"use_regex\":true}"
        ",\"post_processor\":null,\"decoder\":{\"type\":\"ByteLevel\","
        "\"add_prefix_space\":true,\"trim_offsets\":true,\"use_regex\":true},"
        "\"model\":";
    struct mm_jw w;

    mm_buf_adds(out, head);
    mm_jw_begin(&w, out);
    mm_jw_open(&w, '[');
    for (size_t i = 0; i < b->n; i++)
        if (b->tokens[i].flags & MM_TOKEN_ADDED)
            print_added(b, &w, i);
    mm_jw_close(&w, ']');
    mm_buf_adds(out, parts);
    mm_jw_begin(&w, out);
    print_model(b, &w);
    mm_buf_adds(out, "}\n");
}
