/*
 * render.c - an item put into the words of a task
 */
#include "eval/render.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* One part more of what the user says: text, or a picture without. */
static int add_part(struct mm_render *r, const struct mm_buf *text,
                    struct mm_err *err)
{
    struct mm_doc *d = &r->doc;
    struct mm_doc_part part = { .role = "user" };

    if (mm_grow(&d->parts, &d->cap, d->n + 1, sizeof *d->parts, err) < 0)
        return -1;
    if (text) {
        part.text = mm_strndup(text->data, text->len, err);
        part.text_len = text->len;
        if (!part.text)
            return -1;
    } else {
        part.image = "picture";
    }
    d->parts[d->n++] = part;
    return 0;
}

int mm_render_flush(struct mm_render *r, struct mm_err *err)
{
    int result = mm_buf_check(&r->text, err);

    if (result == 0 && r->text.len && !r->prompt)
        result = add_part(r, &r->text, err);
    else if (result == 0 && r->text.len)
        result = mm_prompt_text(r->prompt, r->bundle, r->text.data,
                                r->text.len, err);
    mm_buf_clear(&r->text);
    return result;
}

void mm_render_release(struct mm_render *r)
{
    mm_buf_release(&r->text);
    for (size_t i = 0; i < r->doc.n; i++)
        free((char *)(uintptr_t)r->doc.parts[i].text);
    free(r->doc.parts);
    free(r->order);
}

/* ---- pictures ---- */

int mm_render_picture(struct mm_render *r, const struct mm_item *item,
                      size_t i, struct mm_err *err)
{
    const struct mm_buf *picture = item->pictures[i];
    int coarse = r->coarse > 0, result;

    if (!r->prompt) {
        if (mm_grow(&r->order, &r->order_cap, r->n_order + 1,
                    sizeof *r->order, err) < 0)
            return -1;
        r->order[r->n_order++] = i;
        return add_part(r, NULL, err);
    }
    r->coarse -= (size_t)coarse;
    if (r->mean)
        result = mm_prompt_blind(r->prompt, r->bundle, picture->data,
                                 picture->len, coarse, r->mean, err);
    else
        result = mm_prompt_image(r->prompt, r->bundle, picture->data,
                                 picture->len, coarse, err);
    return result < 0 ? mm_fail_in(err, "picture %zu", i) : 0;
}

static int add_pictures(struct mm_render *r, const struct mm_item *item,
                        struct mm_err *err)
{
    if (r->blank)
        return 0;
    if (mm_render_flush(r, err) < 0)
        return -1;
    for (size_t i = 0; i < item->n_pictures; i++)
        if (mm_render_picture(r, item, i, err) < 0)
            return -1;
    return 0;
}

/* "<image>" or "<image 2>" at s: its bytes, and which; 0: none */
static size_t picture_mark(const char *s, size_t *which, size_t next)
{
    static const char begin[] = "<image";
    char *end;

    if (strncmp(s, begin, sizeof begin - 1) != 0)
        return 0;
    s += sizeof begin - 1;
    *which = next;
    if (*s == '>')
        return sizeof begin;
    if (*s != ' ' || s[1] < '1' || s[1] > '9')
        return 0;
    *which = strtoul(s + 1, &end, 10) - 1;
    return *end == '>' ? sizeof begin + (size_t)(end - s) : 0;
}

/* Text of a field, with pictures where it marks them. */
static int add_marked(struct mm_render *r, const struct mm_item *item,
                      const char *s, size_t *next, struct mm_err *err)
{
    while (*s) {
        size_t which, n = picture_mark(s, &which, *next);

        if (n == 0 || which >= item->n_pictures) {
            mm_buf_addc(&r->text, *s++);
            continue;
        }
        s += n;
        *next = which + 1;
        if (!r->blank && (mm_render_flush(r, err) < 0 ||
                          mm_render_picture(r, item, which, err) < 0))
            return -1;
    }
    return 0;
}

/* ---- fields ---- */

/* A template being read. */
struct reading {
    const char *at;
    const struct mm_item *item;
    const char *answer, *option;
    int marks;   /* the pictures are marked in the fields */
    size_t next; /* picture */
    size_t open; /* {name?...} that are not closed */
};

/* "{name" at s with }, | or ? after it: the name's bytes, else 0 */
static size_t field_name(const char *s)
{
    static const char digits[] = "_-0123456789";
    size_t n = 0;

    while ((s[1 + n] >= 'a' && s[1 + n] <= 'z') ||
           (s[1 + n] >= 'A' && s[1 + n] <= 'Z') ||
           (n && s[1 + n] && strchr(digits, s[1 + n])))
        n++;
    return n && s[1 + n] && strchr("}|?", s[1 + n]) ? n : 0;
}

static int is_name(const char *s, size_t n, const char *name)
{
    return strlen(name) == n && memcmp(s, name, n) == 0;
}

static void add_options(struct mm_render *r, const struct mm_item *item,
                        struct mm_buf *out)
{
    for (size_t i = 0; i < item->n_options; i++) {
        const char *t = r->task->option;

        if (i)
            mm_buf_adds(out, r->task->option_separator);
        while (*t) {
            size_t n = *t == '{' ? field_name(t) : 0;

            if (n && is_name(t + 1, n, "letter"))
                mm_buf_addc(out, (char)('A' + i % 26));
            else if (n && is_name(t + 1, n, "option"))
                mm_buf_adds(out, item->options[i]);
            else
                mm_buf_addc(out, *t);
            t += n ? n + 2 : 1;
        }
    }
}

static void add_member(struct mm_buf *out, const struct mm_json *v)
{
    struct mm_jw w;

    if (!v || v->type == MM_JSON_NULL)
        return;
    if (v->type == MM_JSON_STRING) {
        mm_buf_add(out, v->str, v->len);
        return;
    }
    mm_jw_begin(&w, out);
    mm_jw_value(&w, v);
}

/* What a field stands for; 1: the item has no such member. */
static int field_value(struct mm_render *r, const struct reading *in,
                       const char *name, size_t n, struct mm_buf *out)
{
    const struct mm_json *root = in->item->doc.json.root, *v = NULL;

    mm_buf_add(out, "", 0);
    if (is_name(name, n, "question"))
        mm_buf_adds(out, in->item->question);
    else if (is_name(name, n, "options"))
        add_options(r, in->item, out);
    else if (is_name(name, n, "answer") && in->answer)
        mm_buf_adds(out, in->answer);
    else if (is_name(name, n, "option") && in->option)
        mm_buf_adds(out, in->option);
    else {
        for (const struct mm_json *m = root->child; m; m = m->next)
            if (is_name(name, n, m->key))
                v = m; /* of equal names the last */
        add_member(out, v);
        return !v;
    }
    return 0;
}

/* Skip to after the brace that closes what was opened before s. */
static const char *skip_closed(const char *s)
{
    size_t depth = 1;

    for (; *s && depth; s++)
        depth += (*s == '{') - (size_t)(*s == '}');
    return s;
}

static int add_field(struct mm_render *r, struct reading *in, size_t n,
                     struct mm_err *err)
{
    const char *name = in->at + 1, *behind = name + n;
    struct mm_buf value = { 0 };
    int missing, result;

    missing = field_value(r, in, name, n, &value);
    result = mm_buf_check(&value, err);
    if (result == 0 && *behind == '?') {
        in->open += value.len > 0;
        in->at = value.len ? behind + 1 : skip_closed(behind + 1);
    } else if (result == 0 && *behind == '|') {
        in->at = skip_closed(behind + 1);
        if (value.len == 0)
            mm_buf_add(&value, behind + 1, (size_t)(in->at - behind) - 2);
    } else if (result == 0) {
        in->at = behind + 1;
        if (missing)
            result = mm_fail(err, MM_EDATA, "it has no '%.*s', which the "
                                            "prompt names",
                             (int)n, name);
    }
    if (result == 0 && *behind != '?' && in->marks)
        result = add_marked(r, in->item, value.data, &in->next, err);
    else if (result == 0 && *behind != '?')
        mm_buf_add(&r->text, value.data, value.len);
    mm_buf_release(&value);
    return result;
}

int mm_render(struct mm_render *r, const char *template,
              const struct mm_item *item, const char *answer,
              const char *option, struct mm_err *err)
{
    struct reading in = { .at = template, .item = item };

    in.answer = answer;
    in.option = option;
    in.marks = !strstr(r->task->prompt ? r->task->prompt : "", "{image}");
    while (*in.at) {
        size_t n = *in.at == '{' ? field_name(in.at) : 0;
        int result = 0;

        if (n && is_name(in.at + 1, n, "image") && in.at[1 + n] == '}') {
            result = add_pictures(r, item, err);
            in.at += n + 2;
        } else if (n) {
            result = add_field(r, &in, n, err);
        } else if (in.open && *in.at == '}') {
            in.open--;
            in.at++;
        } else {
            mm_buf_addc(&r->text, *in.at++);
        }
        if (result < 0)
            return -1;
    }
    return 0;
}

int mm_render_check(const char *key, const char *text, struct mm_err *err)
{
    for (const char *s = text ? strchr(text, '{') : NULL; s;
         s = strchr(s + 1, '{')) {
        const char *end = s + 1;
        int letter = (*end >= 'a' && *end <= 'z') ||
                     (*end >= 'A' && *end <= 'Z');
        size_t depth = 1;

        for (; letter && *end && depth; end++)
            depth += (*end == '{') - (size_t)(*end == '}');
        if (letter && depth)
            return mm_fail(err, MM_ECONFIG, "'%s': the brace of '%.20s' is "
                                            "not closed",
                           key, s);
    }
    return 0;
}
