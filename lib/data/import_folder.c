/*
 * import_folder.c - a folder of pictures with captions
 */
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "data/import_reader.h"

/* The longest caption file that is read. */
#define CAPTION_MAX ((size_t)1 << 20)

/* "animals/guinea_pig.jpg": where the base name begins, and its ending. */
static void split_path(const char *rel, size_t *base, size_t *ending)
{
    const char *slash = strrchr(rel, '/'), *name = slash ? slash + 1 : rel;
    const char *dot = strrchr(name, '.');

    *base = (size_t)(name - rel);
    *ending = dot ? (size_t)(dot - rel) : strlen(rel);
}

/* The text with '_' as spaces. */
static void from_name(struct mm_buf *out, const char *p, size_t n)
{
    struct mm_buf plain = { 0 };

    mm_buf_add(&plain, p, n);
    for (size_t i = 0; i < plain.len; i++)
        if (plain.data[i] == '_')
            plain.data[i] = ' ';
    if (plain.len)
        mm_import_squeeze(out, plain.data, plain.len);
    out->failed |= plain.failed;
    mm_buf_release(&plain);
}

static int from_file(struct mm_buf *out, const char *path, int first_line,
                     struct mm_err *err)
{
    struct mm_buf text = { 0 }, name = { 0 };
    size_t base, ending;
    int result;

    split_path(path, &base, &ending);
    mm_buf_add(&name, path, ending);
    mm_buf_adds(&name, ".txt");
    result = mm_buf_check(&name, err);
    if (result == 0)
        result = mm_read_file(name.data, &text, CAPTION_MAX, err);
    if (result == 0 && text.len) {
        size_t n = first_line ? strcspn(text.data, "\r\n") : text.len;

        result = mm_import_is_text(text.data, text.len, err);
        mm_import_squeeze(out, text.data, n < text.len ? n : text.len);
    }
    mm_buf_release(&name);
    mm_buf_release(&text);
    return result;
}

static int caption(struct mm_buf *out, const struct mm_import *im,
                   const struct mm_import_file *f, struct mm_err *err)
{
    const char *rel = mm_import_rel(f);
    size_t base, ending;
    int result = 0;

    split_path(rel, &base, &ending);
    if (im->o->captions == MM_IMPORT_NAME)
        from_name(out, rel + base, ending - base);
    else if (im->o->captions == MM_IMPORT_CATEGORY)
        from_name(out, rel, strcspn(rel, "/") < base ? strcspn(rel, "/") : 0);
    else
        result = from_file(out, f->path,
                           im->o->captions == MM_IMPORT_FIRST_LINE, err);
    if (result == 0)
        result = mm_buf_check(out, err);
    if (result == 0 && out->len == 0)
        return mm_fail(err, MM_EDATA, "no caption");
    if (result == 0)
        result = mm_import_is_text(out->data, out->len, err);
    return result;
}

static int work(const struct mm_import *im, struct mm_import_item *it,
                struct mm_err *err)
{
    const char *rel = mm_import_rel(it->file);
    struct mm_buf text = { 0 }, members = { 0 }, picture = { 0 };
    size_t base, ending;
    int result = caption(&text, im, it->file, err);

    split_path(rel, &base, &ending);
    mm_import_member(&members, "source", rel, strlen(rel));
    if (base > 0)
        mm_import_member(&members, "category", rel, base - 1);
    if (result == 0)
        result = mm_import_load(&picture, im, NULL, it->file->path, err);
    if (result == 0)
        result = mm_import_picture_bytes(it, &picture, err);
    if (result == 0)
        result = mm_import_pair(im, it, text.data, text.len, members.data,
                                err);
    mm_buf_release(&text);
    mm_buf_release(&members);
    mm_buf_release(&picture);
    return result;
}

const struct mm_import_reader mm_import_folder = {
    .name = "folder",
    .extensions = "|jpg|jpeg|jpe|png|",
    .closed = 1,
    .work = work,
};
