/*
 * shard_header.c - header and trailer of a shard, to and from JSON
 */
#include "data/shard_header.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/stamp.h"

void mm_shard_header_release(struct mm_shard_header *h)
{
    free(h->kind);
    free(h->meta);
    free(h->history);
    memset(h, 0, sizeof(*h));
}

int mm_shard_meta(const struct mm_shard_header *h, struct mm_json_doc *doc,
                  struct mm_err *err)
{
    return mm_json_parse(doc, h->meta, strlen(h->meta), err);
}

/* ---- the header ---- */

static int print_value(struct mm_jw *w, const char *text,
                       enum mm_json_type type, struct mm_err *err)
{
    struct mm_json_doc doc;

    if (mm_json_parse(&doc, text, strlen(text), err) != 0)
        return -1;
    if (doc.root->type != type) {
        mm_json_release(&doc);
        return mm_fail(err, MM_EDATA, "meta or history of a shard is not %s",
                       mm_json_type_name(type));
    }
    if (type == MM_JSON_ARRAY)
        for (const struct mm_json *v = doc.root->child; v; v = v->next)
            mm_jw_value(w, v);
    else
        mm_jw_value(w, doc.root);
    mm_json_release(&doc);
    return 0;
}

int mm_shard_header_print(struct mm_buf *out, const char *kind,
                          const char *meta, const char *history,
                          struct mm_err *err)
{
    struct mm_jw w;

    mm_jw_begin(&w, out);
    mm_jw_open(&w, '{');
    mm_jw_put_int(&w, "mm1-shard", MM_SHARD_VERSION);
    mm_jw_put_str(&w, "kind", kind);
    mm_jw_key(&w, "meta");
    if (print_value(&w, meta ? meta : "{}", MM_JSON_OBJECT, err) != 0)
        return -1;
    mm_jw_key(&w, "history");
    mm_jw_open(&w, '[');
    if (print_value(&w, history ? history : "[]", MM_JSON_ARRAY, err) != 0)
        return -1;
    mm_jw_raw(&w, mm_stamp(), strlen(mm_stamp()));
    mm_jw_close(&w, ']');
    mm_jw_close(&w, '}');
    return mm_buf_check(out, err);
}

static char *text_of(const struct mm_json *v, struct mm_err *err)
{
    struct mm_buf b = { 0 };
    struct mm_jw w;

    mm_jw_begin(&w, &b);
    mm_jw_value(&w, v);
    if (mm_buf_check(&b, err) != 0) {
        mm_buf_release(&b);
        return NULL;
    }
    return b.data;
}

static int take_header(struct mm_shard_header *h, const struct mm_json *root,
                       struct mm_err *err)
{
    const struct mm_json *version = mm_json_get(root, "mm1-shard");
    const struct mm_json *meta = mm_json_get(root, "meta");
    const struct mm_json *history = mm_json_get(root, "history");
    const char *kind = mm_json_str(mm_json_get(root, "kind"), NULL);

    if (!version->is_int || version->integer < 1)
        return mm_fail(err, MM_EDATA, "corrupted: a wrong version in its "
                                      "header");
    if (version->integer > MM_SHARD_VERSION)
        return mm_fail(err, MM_EDATA,
                       "written by a newer mm1 (format %" PRId64
                       ", this one reads %d); install that",
                       version->integer, MM_SHARD_VERSION);
    if (!kind || !meta || meta->type != MM_JSON_OBJECT || !history ||
        history->type != MM_JSON_ARRAY)
        return mm_fail(err, MM_EDATA, "corrupted: its header is not complete");
    h->version = (int)version->integer;
    h->kind = mm_strdup(kind, err);
    h->meta = text_of(meta, err);
    h->history = text_of(history, err);
    return h->kind && h->meta && h->history ? 0 : -1;
}

int mm_shard_header_parse(struct mm_shard_header *h, const char *text,
                          size_t n, struct mm_err *err)
{
    static const char begin[] = "{\"mm1-shard\":";
    struct mm_json_doc doc;
    int result;

    memset(h, 0, sizeof(*h));
    if (n < sizeof(begin) - 1 || memcmp(text, begin, sizeof(begin) - 1) != 0)
        return 0;
    if (mm_json_parse(&doc, text, n, err) != 0)
        return mm_fail_in(err, "corrupted: header");
    result = take_header(h, doc.root, err);
    mm_json_release(&doc);
    if (result != 0) {
        mm_shard_header_release(h);
        return -1;
    }
    return 1;
}

int mm_shard_header_copy(struct mm_shard_header *to,
                         const struct mm_shard_header *from,
                         struct mm_err *err)
{
    to->version = from->version;
    to->kind = mm_strdup(from->kind, err);
    to->meta = mm_strdup(from->meta, err);
    to->history = mm_strdup(from->history, err);
    if (to->kind && to->meta && to->history)
        return 0;
    mm_shard_header_release(to);
    return -1;
}

/* ---- what two headers differ in ---- */

static int same_value(const struct mm_json *a, const struct mm_json *b)
{
    struct mm_buf text[2] = { { 0 }, { 0 } };
    const struct mm_json *v[] = { a, b };
    struct mm_jw w;
    int same;

    if (!a || !b)
        return a == b;
    for (int i = 0; i < 2; i++) {
        mm_jw_begin(&w, &text[i]);
        mm_jw_value(&w, v[i]);
    }
    same = text[0].data && text[1].data &&
           strcmp(text[0].data, text[1].data) == 0;
    mm_buf_release(&text[0]);
    mm_buf_release(&text[1]);
    return same;
}

/* The first key of one of two objects whose values differ, or NULL */
static const char *other_key(const struct mm_json *a, const struct mm_json *b)
{
    for (const struct mm_json *v = a->child; v; v = v->next)
        if (!same_value(v, mm_json_get(b, v->key)))
            return v->key;
    for (const struct mm_json *v = b->child; v; v = v->next)
        if (!mm_json_get(a, v->key))
            return v->key;
    return NULL;
}

static void print_short(struct mm_buf *out, const struct mm_json *v)
{
    enum { MOST = 60 };
    struct mm_buf text = { 0 };
    struct mm_jw w;

    mm_jw_begin(&w, &text);
    if (v)
        mm_jw_value(&w, v);
    else
        mm_buf_adds(&text, "missing");
    mm_buf_addf(out, "%.*s%s", MOST, text.data ? text.data : "",
                text.len > MOST ? "..." : "");
    mm_buf_release(&text);
}

/* "meta.pixels.size is 16 and 32": down to where they differ */
static void print_difference(struct mm_buf *out, const struct mm_json *a,
                             const struct mm_json *b)
{
    const char *key;

    mm_buf_adds(out, "meta");
    while (a && b && a->type == MM_JSON_OBJECT && b->type == MM_JSON_OBJECT &&
           (key = other_key(a, b))) {
        mm_buf_addf(out, ".%s", key);
        a = mm_json_get(a, key);
        b = mm_json_get(b, key);
    }
    mm_buf_adds(out, " is ");
    print_short(out, a);
    mm_buf_adds(out, " there and ");
    print_short(out, b);
    mm_buf_adds(out, " here");
}

static int describe_difference(struct mm_buf *out,
                               const struct mm_shard_header *a,
                               const struct mm_shard_header *b,
                               struct mm_err *err)
{
    struct mm_json_doc x = { 0 }, y = { 0 };
    int result = 0;

    if (strcmp(a->kind, b->kind) != 0) {
        mm_buf_addf(out, "its kind is %s there and %s here", a->kind, b->kind);
        return mm_buf_check(out, err);
    }
    if (mm_shard_meta(a, &x, err) < 0 || mm_shard_meta(b, &y, err) < 0)
        result = -1;
    else
        print_difference(out, x.root, y.root);
    mm_json_release(&x);
    mm_json_release(&y);
    return result < 0 ? -1 : mm_buf_check(out, err);
}

int mm_shard_header_agree(const struct mm_shard_header *a, const char *a_path,
                          const struct mm_shard_header *b, const char *b_path,
                          const char *advice, struct mm_err *err)
{
    struct mm_buf what = { 0 };

    if (strcmp(a->kind, b->kind) == 0 && strcmp(a->meta, b->meta) == 0)
        return 0;
    if (describe_difference(&what, a, b, err) == 0)
        mm_fail(err, MM_EDATA, "'%s' is not as '%s': %s; %s", b_path, a_path,
                what.data, advice);
    mm_buf_release(&what);
    return -1;
}

/* ---- history ---- */

/* Is the text of stamp v in the list?  Stamps are printed in one way only. */
static int has_stamp(const char *history, const struct mm_json *v)
{
    struct mm_buf b = { 0 };
    struct mm_jw w;
    int found;

    mm_jw_begin(&w, &b);
    mm_jw_value(&w, v);
    found = b.failed || strstr(history, b.data) != NULL;
    mm_buf_release(&b);
    return found;
}

int mm_shard_history_join(struct mm_shard_header *h,
                          const struct mm_shard_header *other,
                          struct mm_err *err)
{
    struct mm_json_doc doc;
    struct mm_buf b = { 0 };
    struct mm_jw w;

    if (mm_json_parse(&doc, other->history, strlen(other->history), err) != 0)
        return -1;
    mm_buf_add(&b, h->history, strlen(h->history) - 1); /* without "]" */
    mm_jw_begin(&w, &b);
    w.comma = b.len > 1;
    for (const struct mm_json *v = doc.root->child; v; v = v->next)
        if (!has_stamp(h->history, v))
            mm_jw_value(&w, v);
    mm_jw_close(&w, ']');
    mm_json_release(&doc);
    if (mm_buf_check(&b, err) != 0) {
        mm_buf_release(&b);
        return -1;
    }
    free(h->history);
    h->history = b.data;
    return 0;
}

int mm_shard_header_foreign(struct mm_shard_header *h, struct mm_err *err)
{
    memset(h, 0, sizeof(*h));
    h->kind = mm_strdup(MM_KIND_DOCUMENTS, err);
    h->meta = mm_strdup("{}", err);
    h->history = mm_strdup("[]", err);
    if (h->kind && h->meta && h->history)
        return 0;
    mm_shard_header_release(h);
    return -1;
}

/* ---- the trailer ---- */

int mm_shard_sum_init(struct mm_shard_sum *s, struct mm_err *err)
{
    memset(s, 0, sizeof(*s));
    if (mm_hash_init(&s->hash) != 0)
        return mm_fail(err, MM_ESYS, "out of memory");
    return 0;
}

void mm_shard_sum_release(struct mm_shard_sum *s)
{
    mm_hash_release(&s->hash);
}

static void add_length(struct mm_hash *h, uint64_t n)
{
    uint8_t b[8];

    for (int i = 0; i < 8; i++)
        b[i] = (uint8_t)(n >> (8 * i));
    mm_hash_add(h, b, sizeof(b));
}

void mm_shard_sum_add(struct mm_shard_sum *s, const struct mm_sample *sample)
{
    size_t key_len = strlen(sample->key);

    s->samples++;
    for (size_t i = 0; i < sample->n; i++) {
        const struct mm_member *m = &sample->members[i];
        size_t name_len = strlen(m->name);

        add_length(&s->hash, key_len + 1 + name_len);
        mm_hash_add(&s->hash, sample->key, key_len);
        mm_hash_add(&s->hash, ".", 1);
        mm_hash_add(&s->hash, m->name, name_len);
        add_length(&s->hash, m->data.len);
        if (m->data.len)
            mm_hash_add(&s->hash, m->data.data, m->data.len);
        s->members++;
        s->bytes += m->data.len;
    }
}

static void print_hash(struct mm_jw *w, const char *key, uint64_t hash)
{
    char hex[17];

    snprintf(hex, sizeof(hex), "%016" PRIx64, hash);
    mm_jw_put_str(w, key, hex);
}

void mm_shard_trailer_print(const struct mm_shard_sum *s, const char *counts,
                            struct mm_buf *out)
{
    struct mm_jw w;

    mm_jw_begin(&w, out);
    mm_jw_open(&w, '{');
    mm_jw_put_size(&w, "samples", s->samples);
    mm_jw_put_size(&w, "members", s->members);
    mm_jw_put_size(&w, "bytes", s->bytes);
    print_hash(&w, "hash", mm_hash_value(&s->hash));
    print_hash(&w, "header", s->header);
    mm_jw_key(&w, "counts");
    mm_jw_raw(&w, counts ? counts : "{}", counts ? strlen(counts) : 2);
    mm_jw_close(&w, '}');
}

static int hash_is(const struct mm_json *v, uint64_t hash)
{
    char hex[17];

    snprintf(hex, sizeof(hex), "%016" PRIx64, hash);
    return strcmp(mm_json_str(v, ""), hex) == 0;
}

int mm_shard_trailer_check(const struct mm_shard_sum *s, const char *text,
                           size_t n, struct mm_err *err)
{
    struct mm_json_doc doc;
    int same;

    if (mm_json_parse(&doc, text, n, err) != 0)
        return mm_fail_in(err, "corrupted: trailer");
    same = mm_json_int(mm_json_get(doc.root, "samples"), -1) ==
               (int64_t)s->samples &&
           mm_json_int(mm_json_get(doc.root, "members"), -1) ==
               (int64_t)s->members &&
           mm_json_int(mm_json_get(doc.root, "bytes"), -1) ==
               (int64_t)s->bytes &&
           hash_is(mm_json_get(doc.root, "header"), s->header) &&
           hash_is(mm_json_get(doc.root, "hash"), mm_hash_value(&s->hash));
    mm_json_release(&doc);
    if (!same)
        return mm_fail(err, MM_EDATA, "corrupted: its samples are not those "
                                      "that its trailer counts");
    return 0;
}

void mm_shard_hashes_add(struct mm_buf *list, const char *trailer)
{
    struct mm_json_doc doc;
    struct mm_err err;
    struct mm_jw w;

    if (!trailer || mm_json_parse(&doc, trailer, strlen(trailer), &err) != 0)
        return;
    if (list->len)
        mm_buf_addc(list, ',');
    mm_jw_begin(&w, list);
    mm_jw_str(&w, mm_json_str(mm_json_get(doc.root, "hash"), ""));
    mm_json_release(&doc);
}
