/*
 * layout.c - how the records of a data set become items
 */
#include "eval/layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "eval/layout_path.h"
#include "eval/lower.h"
#include "eval/python.h"

#define KEPT_BYTES 2000 /* of a member that nobody asked for */

/* ---- id, where ---- */

int mm_layout_id(const struct mm_schema *l, const struct mm_raw *r,
                 struct mm_buf *id, struct mm_err *err)
{
    const char *s = l->key[MM_DATA_ID];
    struct mm_buf one = { 0 };
    size_t n;

    while (one.len == 0 && (n = mm_layout_word(&s)) != 0) {
        mm_raw_text(r, s, n, &one);
        s += n;
    }
    mm_buf_clear(id);
    if (*r->tag && one.len)
        mm_buf_addf(id, "%s/", r->tag);
    mm_buf_add(id, one.data, one.len);
    n = one.len;
    mm_buf_release(&one);
    if (n == 0)
        return mm_fail(err, MM_EDATA, "there is no id (%s)",
                       l->key[MM_DATA_ID]);
    return mm_buf_check(id, err);
}

/* Is text one of "a|b|c"? */
static int one_of(const char *text, size_t len, const char *s, size_t n)
{
    for (;;) {
        const char *bar = memchr(s, '|', n);
        size_t k = bar ? (size_t)(bar - s) : n;

        if (k == len && memcmp(s, text, k) == 0)
            return 1;
        if (!bar)
            return 0;
        n -= k + 1;
        s += k + 1;
    }
}

int mm_layout_where(const struct mm_schema *l, const struct mm_raw *r)
{
    const char *s = l->key[MM_DATA_WHERE];
    struct mm_buf text = { 0 };
    int fits = 1;
    size_t n;

    for (; fits && (n = mm_layout_word(&s)) != 0; s += n) {
        const char *eq = memchr(s, '=', n);
        int not ;

        if (!eq || eq == s)
            continue;
        not = eq[-1] == '!';
        mm_raw_text(r, s, (size_t)(eq - s) - (size_t) not, &text);
        fits = one_of(text.data ? text.data : "", text.len, eq + 1,
                      n - (size_t)(eq + 1 - s)) != not ;
    }
    mm_buf_release(&text);
    return fits;
}

/* ---- answers and options ---- */

/* Texts, one after the other, each with a NUL. */
struct texts {
    struct mm_buf bytes;
    size_t n;
};

static void add_text(struct texts *t, const char *s, size_t n)
{
    mm_buf_add(&t->bytes, s, n);
    mm_buf_addc(&t->bytes, '\0');
    t->n++;
}

static const char *next_text(const char *s)
{
    return s + strlen(s) + 1;
}

static void write_texts(struct mm_jw *w, const char *key,
                        const struct texts *t)
{
    const char *s = t->bytes.data;

    if (t->n == 0)
        return;
    mm_jw_key(w, key);
    mm_jw_open(w, '[');
    for (size_t i = 0; i < t->n; i++, s = next_text(s))
        mm_jw_str(w, s);
    mm_jw_close(w, ']');
}

/* All texts of the words' paths. */
static void collect(struct texts *t, const struct mm_raw *r, const char *s)
{
    struct mm_buf one = { 0 };
    size_t n;

    for (; (n = mm_layout_word(&s)) != 0; s += n) {
        struct mm_found f;

        if (*s == '=') {
            add_text(t, s + 1, n - 1);
            continue;
        }
        mm_found_find(&f, r, s, n);
        mm_found_flatten(&f);
        for (size_t i = 0; i < f.n; i++) {
            if (!mm_found_scalar(f.v[i]))
                continue;
            mm_buf_clear(&one);
            mm_found_text(&one, f.v[i]);
            add_text(t, one.data ? one.data : "", one.len);
        }
        free(f.v);
    }
    mm_buf_release(&one);
}

static void collect_answers(const struct mm_schema *l, const struct mm_raw *r,
                            struct texts *t)
{
    for (size_t i = 0; i < r->n_group; i++)
        add_text(t, r->group[i], strlen(r->group[i]));
    if (r->n_group == 0)
        collect(t, r, l->key[MM_DATA_ANSWERS]);
}

/* A list, one that Python printed, or a member each up to an empty one. */
static void collect_options(const struct mm_schema *l, const struct mm_raw *r,
                            struct texts *t)
{
    const char *s = l->key[MM_DATA_OPTIONS], *rest = s;
    struct mm_buf one = { 0 };
    size_t n = mm_layout_word(&rest), k;

    rest += n;
    if (n && mm_layout_word(&rest) == 0) {
        collect(t, r, s);
        if (t->n == 1 && *t->bytes.data == '[' &&
            mm_python_list(&one, &k, t->bytes.data) == 0) {
            mm_buf_release(&t->bytes);
            *t = (struct texts){ one, k };
            return;
        }
        mm_buf_release(&one);
        return;
    }
    for (; (n = mm_layout_word(&s)) != 0; s += n) {
        mm_raw_text(r, s, n, &one);
        if (one.len == 0)
            break;
        add_text(t, one.data, one.len);
    }
    mm_buf_release(&one);
}

/* Which text of a list it is, or -1. */
static long place_of(const struct texts *t, const char *s)
{
    const char *v = t->bytes.data;

    for (size_t i = 0; i < t->n; i++, v = next_text(v))
        if (strcmp(v, s) == 0)
            return (long)i;
    return -1;
}

/* A constant, a number, a label, a letter, an option's text: from 0; or -1 */
static long find_gold(const struct mm_schema *l, const struct mm_raw *r,
                      const struct texts *options)
{
    const char *key = l->key[MM_DATA_GOLD];
    struct texts labels = { 0 };
    struct mm_buf text = { 0 };
    struct mm_found f;
    long gold = -1;

    if (*key && strspn(key, "0123456789") == strlen(key))
        return strtol(key, NULL, 10);
    mm_found_find(&f, r, key, strlen(key));
    if (*key && f.n && f.v[0]->is_int)
        gold = (long)f.v[0]->integer;
    else if (*key && f.n && f.v[0]->type == MM_JSON_STRING)
        mm_buf_add(&text, f.v[0]->str, f.v[0]->len);
    free(f.v);
    if (text.len) {
        collect(&labels, r, l->key[MM_DATA_LABELS]);
        gold = place_of(&labels, text.data);
        if (gold < 0 && text.len == 1 && *text.data >= 'A' &&
            *text.data <= 'Z')
            gold = *text.data - 'A';
        if (gold < 0)
            gold = place_of(options, text.data);
        if (gold < 0 && *text.data >= '1' && *text.data <= '9')
            gold = strtol(text.data, NULL, 10) - 1;
    }
    mm_buf_release(&text);
    mm_buf_release(&labels.bytes);
    return gold < (long)options->n ? gold : -1;
}

/* ---- the document ---- */

/* Does the item have a question, and an answer by its last word? */
static void split_last_word(struct mm_buf *question, struct texts *answers)
{
    size_t n = question->len, at;

    while (n && strchr(" \n\r\t", question->data[n - 1]))
        n--;
    for (at = n; at && question->data[at - 1] != ' ';)
        at--;
    if (at == 0)
        return;
    add_text(answers, question->data + at, n - at);
    question->len = at - 1;
    question->data[at - 1] = '\0';
}

static void write_lists(struct mm_jw *w, const struct mm_buf *question,
                        size_t n_pictures)
{
    size_t n = n_pictures + (question->len > 0);
    char name[32];

    mm_jw_key(w, "texts");
    mm_jw_open(w, '[');
    for (size_t i = 0; i < n_pictures; i++)
        mm_jw_null(w);
    if (question->len)
        mm_jw_strn(w, question->data, question->len);
    mm_jw_close(w, ']');
    mm_jw_key(w, "images");
    mm_jw_open(w, '[');
    for (size_t i = 0; i < n_pictures; i++) {
        snprintf(name, sizeof name, "%zu.jpg", i);
        mm_jw_str(w, name);
    }
    if (question->len)
        mm_jw_null(w);
    mm_jw_close(w, ']');
    if (question->len == 0)
        return;
    mm_jw_key(w, "roles");
    mm_jw_open(w, '[');
    for (size_t i = 0; i < n; i++)
        mm_jw_str(w, "user");
    mm_jw_close(w, ']');
}

/* Members that are written already, or mean something to a document. */
static int is_taken(const char *key)
{
    static const char *const taken[] = { "texts", "images", "roles", "answers",
                                         "options", "gold", "question",
                                         "captions", "image" };

    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (strcmp(taken[i], key) == 0)
            return 1;
    return 0;
}

static void keep_small(struct mm_jw *w, const struct mm_json *root)
{
    struct mm_buf text = { 0 };

    for (const struct mm_json *v = root->child; v; v = v->next) {
        struct mm_jw own;

        if (root->type != MM_JSON_OBJECT || is_taken(v->key))
            continue;
        mm_buf_clear(&text);
        mm_jw_begin(&own, &text);
        mm_jw_value(&own, v);
        if (text.len > KEPT_BYTES)
            continue;
        mm_jw_key(w, v->key);
        mm_jw_raw(w, text.data, text.len);
    }
    mm_buf_release(&text);
}

static void keep_named(struct mm_jw *w, const struct mm_raw *r, const char *s)
{
    struct mm_buf name = { 0 };
    size_t n;

    for (; (n = mm_layout_word(&s)) != 0; s += n) {
        const char *eq = memchr(s, '=', n);
        const char *path = eq ? eq + 1 : s;
        struct mm_found f;

        mm_found_find(&f, r, path, n - (size_t)(path - s));
        mm_buf_clear(&name);
        mm_buf_add(&name, s, eq ? (size_t)(eq - s) : n);
        if (f.n && name.data) {
            mm_jw_key(w, name.data);
            mm_jw_value(w, f.v[0]);
        }
        free(f.v);
    }
    mm_buf_release(&name);
}

/* What stands before and after the gap. */
static void write_gap(struct mm_jw *w, const struct mm_raw *r,
                      const char *path)
{
    struct mm_buf text = { 0 };
    const char *gap, *after;
    size_t n;

    if (!*path)
        return;
    mm_raw_text(r, path, strlen(path), &text);
    gap = text.data ? strchr(text.data, '_') : NULL;
    if (gap) {
        after = gap + 1 + strspn(gap + 1, " \t\r\n");
        n = strlen(after);
        while (n && strchr(" \t\r\n", after[n - 1]))
            n--;
        mm_jw_key(w, "before");
        mm_jw_strn(w, text.data, (size_t)(gap - text.data));
        mm_jw_key(w, "after");
        mm_jw_strn(w, after, n);
    }
    mm_buf_release(&text);
}

static void write_kept(struct mm_jw *w, const struct mm_schema *l,
                       const struct mm_raw *r)
{
    if (*l->key[MM_DATA_KEEP])
        keep_named(w, r, l->key[MM_DATA_KEEP]);
    else
        for (size_t i = 0; i < r->n; i++)
            keep_small(w, r->root[i]);
    write_gap(w, r, l->key[MM_DATA_GAP]);
    if (*r->tag && *l->key[MM_DATA_TAG]) {
        mm_jw_put_str(w, l->key[MM_DATA_TAG], r->tag);
    }
}

/* The option's text is the answer where nothing else is, or its letter. */
static void answer_by_gold(struct texts *answers, const char *key,
                           const struct texts *options, long gold)
{
    const char *s = options->bytes.data;
    char letter[2] = { (char)('A' + gold % 26), 0 };

    if (answers->n || gold < 0)
        return;
    if (strcmp(key, "@letter") == 0) {
        add_text(answers, letter, 1);
        return;
    }
    while (gold--)
        s = next_text(s);
    add_text(answers, s, strlen(s));
}

/* The activity and both contexts are the question, a capital in between. */
static void clean_hellaswag(const struct mm_raw *r, struct mm_buf *question,
                            struct texts *options)
{
    struct mm_buf all = { 0 }, one = { 0 };
    struct texts cleaned = { 0 };
    const char *s = options->bytes.data;

    mm_raw_text(r, "activity_label", 14, &all);
    mm_raw_text(r, "ctx_a", 5, &one);
    mm_buf_addf(&all, ": %s", one.data);
    mm_raw_text(r, "ctx_b", 5, &one);
    mm_buf_addc(&all, ' ');
    mm_add_capitalised(&all, one.data, one.len);
    mm_buf_add(&all, "", 0);
    mm_buf_clear(question);
    mm_layout_clean(question, all.data);
    for (size_t i = 0; i < options->n; i++, s = next_text(s)) {
        mm_buf_clear(&one);
        mm_layout_clean(&one, s);
        add_text(&cleaned, one.data, one.len);
    }
    mm_buf_release(&options->bytes);
    *options = cleaned;
    mm_buf_release(&all);
    mm_buf_release(&one);
}

int mm_layout_document(const struct mm_schema *l, const struct mm_raw *r,
                       struct mm_buf *doc, struct mm_buf *pictures,
                       size_t *n_pictures, struct mm_err *err)
{
    const char *last = l->key[MM_DATA_LAST_WORD];
    const char *path = *last ? last : l->key[MM_DATA_QUESTION];
    struct texts answers = { 0 }, options = { 0 };
    struct mm_buf question = { 0 };
    struct mm_jw w;
    long gold;
    int result;

    mm_layout_pictures(l, r, pictures, n_pictures);
    mm_raw_text(r, path, strlen(path), &question);
    if (*last)
        split_last_word(&question, &answers);
    else
        collect_answers(l, r, &answers);
    collect_options(l, r, &options);
    if (strcmp(l->key[MM_DATA_CLEAN], "hellaswag") == 0)
        clean_hellaswag(r, &question, &options);
    gold = find_gold(l, r, &options);
    answer_by_gold(&answers, l->key[MM_DATA_ANSWERS], &options, gold);
    mm_jw_begin(&w, doc);
    mm_jw_open(&w, '{');
    write_lists(&w, &question, *n_pictures);
    write_texts(&w, "answers", &answers);
    write_texts(&w, "options", &options);
    if (gold >= 0) {
        mm_jw_put_int(&w, "gold", gold);
    }
    write_kept(&w, l, r);
    mm_jw_close(&w, '}');
    result = mm_buf_check(doc, err);
    if (result == 0)
        result = mm_buf_check(answers.bytes.failed ? &answers.bytes : pictures,
                              err);
    mm_buf_release(&question);
    mm_buf_release(&answers.bytes);
    mm_buf_release(&options.bytes);
    return result;
}
