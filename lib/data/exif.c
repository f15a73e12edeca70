/*
 * exif.c - find the orientation tag, turn the picture
 *
 * EXIF is a TIFF file: byte order, the offset of a directory, and there
 * entries of 12 bytes (tag, type, count, value).  In a JPEG it stands in an
 * APP1 segment after "Exif\0\0", in a PNG in the chunk eXIf.
 */
#include "data/exif.h"

#include <assert.h>
#include <string.h>

#include "data/jpeg.h"
#include "data/png.h"

#define TAG_ORIENTATION 274

struct tiff {
    const uint8_t *p;
    size_t n;
    int big;
};

static uint32_t get(const struct tiff *t, size_t at, size_t bytes)
{
    uint32_t v = 0;

    assert(at + bytes <= t->n);
    for (size_t i = 0; i < bytes; i++)
        v |= (uint32_t)t->p[at + i] << 8 * (t->big ? bytes - 1 - i : i);
    return v;
}

/* Bytes of a whole number of that type, 0 for other types */
static size_t width_of(uint32_t type)
{
    switch (type) {
    case 1: /* BYTE, SBYTE */
    case 6:
        return 1;
    case 3: /* SHORT, which it should be, SSHORT */
    case 8:
        return 2;
    case 4: /* LONG, SLONG */
    case 9:
        return 4;
    default:
        return 0;
    }
}

/* The value of the entry at offset at */
static int from_entry(const struct tiff *t, size_t at)
{
    uint32_t value = get(t, at + 8, width_of(get(t, at + 2, 2)));

    return value >= 1 && value <= 8 ? (int)value : 1;
}

/* The tag's value in a directory at offset at, or 1 */
static int from_directory(const struct tiff *t, size_t at)
{
    size_t entries;

    if (at > t->n || t->n - at < 2)
        return 1;
    entries = get(t, at, 2);
    for (at += 2; entries-- > 0 && t->n - at >= 12; at += 12)
        if (get(t, at, 2) == TAG_ORIENTATION)
            return from_entry(t, at);
    return 1;
}

static int from_tiff(const uint8_t *p, size_t n)
{
    struct tiff t = { p, n, 0 };

    if (n < 8)
        return 1;
    if (memcmp(p, "MM\0*", 4) == 0)
        t.big = 1;
    else if (memcmp(p, "II*\0", 4) != 0)
        return 1;
    return from_directory(&t, get(&t, 4, 4));
}

/* Segments: ff, marker, length of two bytes that counts itself */
static int from_jpeg(const uint8_t *p, size_t n)
{
    size_t at = 2;

    while (n - at >= 4 && p[at] == 0xff && p[at + 1] != 0xda) {
        size_t length = (size_t)p[at + 2] << 8 | p[at + 3];

        if (p[at + 1] == 0xff) { /* a fill byte */
            at++;
            continue;
        }
        if (length < 2 || length > n - at - 2)
            return 1;
        if (p[at + 1] == 0xe1 && length >= 8 &&
            memcmp(p + at + 4, "Exif\0\0", 6) == 0)
            return from_tiff(p + at + 10, length - 8);
        at += 2 + length;
    }
    return 1;
}

/* Chunks: length, name, data, checksum */
static int from_png(const uint8_t *p, size_t n)
{
    size_t at = 8;

    while (n - at >= 12) {
        struct tiff head = { p + at, 8, 1 };
        size_t length = get(&head, 0, 4);

        if (length > n - at - 12)
            return 1;
        if (memcmp(p + at + 4, "eXIf", 4) == 0)
            return from_tiff(p + at + 8, length);
        at += 12 + length;
    }
    return 1;
}

int mm_exif_orientation(const void *p, size_t n)
{
    if (mm_jpeg_is(p, n))
        return from_jpeg(p, n);
    return mm_png_is(p, n) ? from_png(p, n) : 1;
}

/*
 * The pixel of the stored picture that stands at (0, 0) of the upright one,
 * and the steps in it that go right and down there
 */
struct walk {
    ptrdiff_t origin, right, down;
};

static struct walk walk_of(int orientation, size_t width, size_t height)
{
    ptrdiff_t w = (ptrdiff_t)width, last = (ptrdiff_t)(width * height) - 1;
    ptrdiff_t right_top = w - 1, left_bottom = last + 1 - w;
    const struct walk walks[8] = {
        { 0, 1, w },            /* upright */
        { right_top, -1, w },   /* mirrored */
        { last, -1, -w },       /* upside down */
        { left_bottom, 1, -w }, /* flipped */
        { 0, w, 1 },            /* along the other diagonal */
        { left_bottom, -w, 1 }, /* to be turned right */
        { last, -w, -1 },       /* along the diagonal */
        { right_top, w, -1 },   /* to be turned left */
    };

    return walks[orientation - 1];
}

static void follow(struct mm_image *to, const struct mm_image *from,
                   const struct walk *walk)
{
    uint8_t *out = to->rgb;

    for (size_t y = 0; y < to->height; y++) {
        ptrdiff_t at = walk->origin + (ptrdiff_t)y * walk->down;

        for (size_t x = 0; x < to->width; x++, at += walk->right, out += 3)
            memcpy(out, from->rgb + 3 * at, 3);
    }
}

int mm_exif_apply(struct mm_image *im, struct mm_image *spare,
                  int orientation, struct mm_err *err)
{
    struct walk walk;
    struct mm_image turned;
    int sideways = orientation >= 5;

    assert(orientation >= 1 && orientation <= 8);
    if (orientation == 1)
        return 0;
    if (mm_image_room(spare, sideways ? im->height : im->width,
                      sideways ? im->width : im->height, err) != 0)
        return -1;
    walk = walk_of(orientation, im->width, im->height);
    follow(spare, im, &walk);
    turned = *spare;
    *spare = *im;
    *im = turned;
    return 0;
}
