/*
 * talk.c - what is said to a model, turn by turn, and the prompt it makes
 */
#include "eval/talk.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/mem.h"

#define MAX_PICTURE ((size_t)1 << 28)

void mm_talk_release(struct mm_talk *t)
{
    for (size_t i = 0; i < t->doc.n; i++) {
        free((void *)(uintptr_t)t->doc.parts[i].text);
        free((void *)(uintptr_t)t->doc.parts[i].image);
    }
    for (size_t i = 0; i < t->n_pictures; i++)
        mm_buf_release(&t->pictures[i]);
    free(t->doc.parts);
    free(t->pictures);
    *t = (struct mm_talk){ 0 };
}

static struct mm_doc_part *add_part(struct mm_talk *t, const char *role,
                                    struct mm_err *err)
{
    struct mm_doc_part *p;

    if (mm_grow(&t->doc.parts, &t->doc.cap, t->doc.n + 1, sizeof *p, err) < 0)
        return NULL;
    p = &t->doc.parts[t->doc.n++];
    *p = (struct mm_doc_part){ .role = role };
    return p;
}

static int add_text(struct mm_talk *t, const char *role, const char *text,
                    size_t n, struct mm_err *err)
{
    char *copy;
    struct mm_doc_part *p;

    if (n == 0)
        return 0;
    copy = mm_strndup(text, n, err);
    p = copy ? add_part(t, role, err) : NULL;
    if (!p) {
        free(copy);
        return -1;
    }
    p->text = copy;
    p->text_len = n;
    return 0;
}

/* Room for a picture's bytes, or NULL. */
static struct mm_buf *new_picture(struct mm_talk *t, struct mm_err *err)
{
    if (mm_grow(&t->pictures, &t->pictures_cap, t->n_pictures + 1,
                sizeof *t->pictures, err) < 0)
        return NULL;
    t->pictures[t->n_pictures] = (struct mm_buf){ 0 };
    return &t->pictures[t->n_pictures++];
}

/* The part that stands for the picture added last */
static int place_picture(struct mm_talk *t, const char *role,
                         const char *name, struct mm_err *err)
{
    struct mm_doc_part *p = add_part(t, role, err);

    if (p)
        p->image = mm_strdup(name, err);
    return p && p->image ? 0 : -1;
}

static int add_picture(struct mm_talk *t, const char *role, const char *file,
                       struct mm_err *err)
{
    struct mm_buf *bytes = new_picture(t, err);

    if (!bytes || mm_read_file(file, bytes, MAX_PICTURE, err) < 0)
        return -1;
    return place_picture(t, role, file, err);
}

int mm_talk_add(struct mm_talk *t, const char *role, const char *text,
                size_t n, struct mm_err *err)
{
    return add_text(t, role, text, n, err);
}

int mm_talk_show(struct mm_talk *t, const char *role, const char *name,
                 const struct mm_buf *picture, struct mm_err *err)
{
    struct mm_buf *bytes = new_picture(t, err);

    if (!bytes)
        return -1;
    mm_buf_add(bytes, picture->data, picture->len);
    if (mm_buf_check(bytes, err) < 0)
        return -1;
    return place_picture(t, role, name, err);
}

/* ---- a turn ---- */

/* The next "<image>" at or after p, or end. */
static const char *find_place(const char *p, const char *end)
{
    const size_t len = strlen(MM_TOKEN_IMAGE);

    for (; (size_t)(end - p) >= len; p++) {
        if (!memcmp(p, MM_TOKEN_IMAGE, len))
            return p;
    }
    return end;
}

static size_t count_places(const char *text, size_t n)
{
    const char *end = text + n, *p = find_place(text, end);
    size_t count = 0;

    for (; p < end; p = find_place(p + strlen(MM_TOKEN_IMAGE), end))
        count++;
    return count;
}

static int say_placed(struct mm_talk *t, const char *role, const char *text,
                      size_t n, const char *const *files, size_t n_files,
                      struct mm_err *err)
{
    const char *end = text + n;

    for (size_t i = 0; i < n_files; i++) {
        const char *place = find_place(text, end);

        if (add_text(t, role, text, (size_t)(place - text), err) < 0 ||
            add_picture(t, role, files[i], err) < 0)
            return -1;
        text = place + strlen(MM_TOKEN_IMAGE);
    }
    return add_text(t, role, text, (size_t)(end - text), err);
}

int mm_talk_say(struct mm_talk *t, const char *role, const char *text,
                size_t n, const char *const *files, size_t n_files,
                struct mm_err *err)
{
    size_t places = count_places(text, n);

    if (places > 0) {
        if (places != n_files)
            return mm_fail(err, MM_EDATA, "the prompt has %zu <image>, but "
                                          "%zu pictures are given",
                           places, n_files);
        return say_placed(t, role, text, n, files, n_files, err);
    }
    for (size_t i = 0; i < n_files; i++) {
        if (add_picture(t, role, files[i], err) < 0)
            return -1;
    }
    return add_text(t, role, text, n, err);
}

/* The i-th picture's file, for messages */
static const char *file_of(const struct mm_talk *t, size_t i)
{
    const struct mm_doc_part *p = t->doc.parts;

    while (!p->image || i-- > 0)
        p++;
    return p->image;
}

/* Each image id takes the next picture; templates keep their order. */
static int place_pictures(const struct mm_talk *t, const struct mm_bundle *b,
                          const struct mm_ids *ids, struct mm_prompt *p,
                          struct mm_err *err)
{
    int32_t image = mm_tokenizer_image(b->tokenizer);
    size_t used = 0;

    for (size_t i = 0; i < ids->n; i++) {
        const struct mm_buf *bytes;

        if (ids->v[i] != image) {
            if (mm_ids_add(&p->ids, ids->v[i], err) < 0)
                return -1;
            continue;
        }
        assert(used < t->n_pictures);
        bytes = &t->pictures[used];
        if (mm_prompt_image(p, b, bytes->data, bytes->len,
                            t->n_pictures - used > b->high_res_last,
                            err) < 0)
            return mm_fail_in(err, "'%s'", file_of(t, used));
        used++;
    }
    return 0;
}

int mm_talk_prompt(const struct mm_talk *t, const struct mm_chat *chat,
                   const struct mm_bundle *b, struct mm_prompt *p,
                   struct mm_err *err)
{
    struct mm_ids ids = { 0 };
    int r;

    mm_prompt_clear(p);
    r = mm_chat_prompt(chat, b->tokenizer, &t->doc, &ids, err);
    if (r == 0)
        r = place_pictures(t, b, &ids, p, err);
    mm_ids_release(&ids);
    return r;
}
