/*
 * import_idx.c - MNIST's arrays of pictures and labels
 *
 * IDX: two zeros, the type (8: unsigned byte), the dimensions, their sizes as
 * big-endian 32 bits, the data.  Pictures are [n,height,width], labels [n].
 */
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/mem.h"
#include "data/import_reader.h"
#include "data/png_grey.h"

/* A side above it is not what these files are for. */
#define SIDE_MAX 4096
#define LABELS_MAX 256

struct idx {
    struct mm_gzip *labels; /* of the file being read */
    size_t n, width, height, bytes;
    char *names; /* the option's text, cut at its commas */
    char *name[LABELS_MAX];
    size_t n_names;
};

static int begin(struct mm_import *im, struct mm_err *err)
{
    struct idx *x = im->state = mm_alloc(1, sizeof *x, err);
    char *at;

    if (!x)
        return -1;
    if (!im->o->labels)
        return 0;
    at = x->names = mm_strdup(im->o->labels, err);
    if (!at)
        return -1;
    while (at) {
        char *comma = strchr(at, ',');

        if (comma)
            *comma++ = 0;
        if (x->n_names == LABELS_MAX)
            return mm_fail(err, MM_EUSAGE, "--labels has more than %d names",
                           LABELS_MAX);
        x->name[x->n_names++] = at;
        at = comma;
    }
    return 0;
}

static void end(struct mm_import *im)
{
    struct idx *x = im->state;

    if (!x)
        return;
    mm_gzip_close(x->labels);
    free(x->names);
    free(x);
}

/* ---- headers ---- */

static size_t be32(const unsigned char *p)
{
    return (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
}

static int cut(const struct mm_gzip *z, struct mm_err *err)
{
    return mm_fail(err, MM_EDATA, "'%s' was cut short at byte %llu of its "
                                  "contents; get it again",
                   mm_gzip_name(z), (unsigned long long)mm_gzip_offset(z));
}

/* The sizes of an array of n_dim dimensions. */
static int read_header(struct mm_gzip *z, int n_dim, size_t *dim,
                       struct mm_err *err)
{
    unsigned char head[16];
    size_t want = 4 + 4 * (size_t)n_dim;
    ssize_t got = mm_gzip_read(z, head, want, err);

    if (got < 0)
        return -1;
    if (got < 4 || be32(head) != 0x800 + (size_t)n_dim)
        return mm_fail(err, MM_EDATA, "'%s' is no IDX file of %s",
                       mm_gzip_name(z), n_dim == 3 ? "pictures" : "labels");
    if ((size_t)got < want)
        return cut(z, err);
    for (int i = 0; i < n_dim; i++)
        dim[i] = be32(head + 4 + 4 * i);
    return 0;
}

/* Where MNIST keeps the labels of a file of pictures. */
static int labels_path(struct mm_buf *out, const char *path,
                       struct mm_err *err)
{
    const char *base = strrchr(path, '/'), *at;

    base = base ? base + 1 : path;
    at = strstr(base, "images-idx3");
    if (!at)
        return mm_fail(err, MM_EUSAGE, "'%s' is not named like MNIST's files; "
                                       "--label-file says where its labels "
                                       "are",
                       path);
    mm_buf_add(out, path, (size_t)(at - path));
    mm_buf_adds(out, "labels-idx1");
    mm_buf_adds(out, at + strlen("images-idx3"));
    return mm_buf_check(out, err);
}

static int open_labels(struct mm_import *im, struct mm_err *err)
{
    struct idx *x = im->state;
    struct mm_buf path = { 0 };
    size_t n = 0;
    int result = 0;

    if (!im->o->label_file)
        result = labels_path(&path, im->files.v[im->done].path, err);
    if (result == 0) {
        const char *name = im->o->label_file ? im->o->label_file : path.data;

        x->labels = mm_gzip_open(name, err);
        result = x->labels ? read_header(x->labels, 1, &n, err) : -1;
    }
    if (result == 0 && n != x->n)
        result = mm_fail(err, MM_EDATA, "'%s' has %zu labels for %zu pictures",
                         mm_gzip_name(x->labels), n, x->n);
    mm_buf_release(&path);
    return result;
}

static int open_file(struct mm_import *im, struct mm_err *err)
{
    struct idx *x = im->state;
    size_t dim[3];

    if (read_header(im->z, 3, dim, err) < 0)
        return -1;
    if (dim[1] < 1 || dim[1] > SIDE_MAX || dim[2] < 1 || dim[2] > SIDE_MAX)
        return mm_fail(err, MM_EDATA, "'%s' has pictures of %zu x %zu; sides "
                                      "from 1 to %d are taken",
                       mm_gzip_name(im->z), dim[2], dim[1], SIDE_MAX);
    x->n = dim[0];
    x->height = dim[1];
    x->width = dim[2];
    x->bytes = dim[1] * dim[2];
    mm_gzip_close(x->labels);
    x->labels = NULL;
    return open_labels(im, err);
}

/* ---- records ---- */

/* Both files end where their headers say, or they are not what they claim. */
static int check_end(struct mm_gzip *z, struct mm_err *err)
{
    char c;
    ssize_t got = mm_gzip_read(z, &c, 1, err);

    if (got > 0)
        return mm_fail(err, MM_EDATA, "'%s' goes on behind its last record at "
                                      "byte %llu of its contents",
                       mm_gzip_name(z),
                       (unsigned long long)mm_gzip_offset(z) - 1);
    return (int)got;
}

static int read_record(struct mm_import *im, struct mm_import_item *it,
                       struct mm_err *err)
{
    struct idx *x = im->state;
    unsigned char label;
    ssize_t got;
    void *room;

    if ((size_t)im->records == x->n)
        return check_end(im->z, err) < 0 ? -1 : check_end(x->labels, err);
    room = mm_buf_extend(&it->raw, x->bytes);
    if (!room)
        return mm_buf_check(&it->raw, err);
    got = mm_gzip_read(im->z, room, x->bytes, err);
    if (got >= 0 && (size_t)got < x->bytes)
        return cut(im->z, err);
    if (got >= 0)
        got = mm_gzip_read(x->labels, &label, 1, err);
    if (got == 0)
        return cut(x->labels, err);
    if (got < 0)
        return -1;
    it->number = label;
    it->width = x->width;
    it->height = x->height;
    it->index = im->records++;
    it->place = (uint64_t)im->records;
    return 1;
}

static int work(const struct mm_import *im, struct mm_import_item *it,
                struct mm_err *err)
{
    const struct idx *x = im->state;
    struct mm_buf png = { 0 }, text = { 0 };
    int result;

    if (x->n_names && (size_t)it->number >= x->n_names)
        return mm_fail(err, MM_EDATA, "label %lld has no name; --labels gives "
                                      "%zu",
                       (long long)it->number, x->n_names);
    if (x->n_names)
        mm_buf_adds(&text, x->name[it->number]);
    else
        mm_buf_addf(&text, "%lld", (long long)it->number);
    result = mm_buf_check(&text, err);
    if (result == 0)
        result = mm_png_grey(&png, (const uint8_t *)it->raw.data, it->width,
                             it->height, err);
    if (result == 0)
        result = mm_import_picture_bytes(it, &png, err);
    if (result == 0)
        result = mm_import_pair(im, it, text.data, text.len, NULL, err);
    mm_buf_release(&png);
    mm_buf_release(&text);
    return result;
}

const struct mm_import_reader mm_import_idx = {
    .name = "idx",
    .extensions = "|idx|idx3-ubyte|",
    .gz = 1,
    .begin = begin,
    .open = open_file,
    .read = read_record,
    .work = work,
    .end = end,
};
