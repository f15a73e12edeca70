/*
 * picture.c - what a picture is and how large, without decoding it
 *
 * PNG: the IHDR chunk comes first (PNG 3rd edition, 5.6), and IEND last.
 * JPEG: markers up to a start of frame (ITU T.81 B.1).
 */
#include "data/picture.h"

#include <string.h>

static size_t be16(const unsigned char *p)
{
    return (size_t)p[0] << 8 | p[1];
}

static size_t be32(const unsigned char *p)
{
    return be16(p) << 16 | be16(p + 2);
}

/* Chunk after chunk to IEND: length, type, that many bytes, checksum (5.3) */
static int find_end(const unsigned char *p, size_t n, struct mm_err *err)
{
    size_t at = 8;

    while (n - at >= 12 && be32(p + at) <= n - at - 12) {
        if (memcmp(p + at + 4, "IEND", 4) == 0)
            return 0;
        at += 12 + be32(p + at);
    }
    return mm_fail(err, MM_EDATA, "a PNG picture that was cut or is damaged "
                                  "near byte %zu",
                   at);
}

static int probe_png(struct mm_picture *pic, const unsigned char *p, size_t n,
                     struct mm_err *err)
{
    if (n < 33 || memcmp(p + 12, "IHDR", 4) != 0)
        return mm_fail(err, MM_EDATA, "a PNG picture without a header");
    pic->ext = "png";
    pic->width = be32(p + 16);
    pic->height = be32(p + 20);
    return find_end(p, n, err);
}

/* SOF0-15 without DHT, JPG and DAC, which lie among them */
static int is_frame(unsigned char marker)
{
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 &&
           marker != 0xc8 && marker != 0xcc;
}

static int is_alone(unsigned char marker)
{
    return marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8);
}

/* Each round moves on, so that the work is linear in n. */
static int probe_jpeg(struct mm_picture *pic, const unsigned char *p,
                      size_t n, struct mm_err *err)
{
    size_t at = 2;

    while (at + 4 <= n && p[at] == 0xff) {
        unsigned char marker = p[at + 1];

        if (marker == 0xff || is_alone(marker)) {
            at += marker == 0xff ? 1 : 2;
            continue;
        }
        if (is_frame(marker) && at + 9 <= n) {
            pic->ext = "jpg";
            pic->height = be16(p + at + 5);
            pic->width = be16(p + at + 7);
            return 0;
        }
        if (marker == 0xd9 || marker == 0xda)
            break;
        at += 2 + be16(p + at + 2);
    }
    return mm_fail(err, MM_EDATA, "a JPEG picture that was cut or is damaged "
                                  "near byte %zu",
                   at);
}

static int begins(const unsigned char *p, size_t n, const char *magic,
                  size_t len)
{
    return n >= len && memcmp(p, magic, len) == 0;
}

static int foreign(const unsigned char *p, size_t n, struct mm_err *err)
{
    const char *what = NULL;

    if (begins(p, n, "GIF8", 4))
        what = "GIF";
    else if (begins(p, n, "RIFF", 4) && begins(p + 8, n - 8, "WEBP", 4))
        what = "WebP";
    else if (begins(p, n, "BM", 2))
        what = "BMP";
    else if (begins(p, n, "II*\0", 4) || begins(p, n, "MM\0*", 4))
        what = "TIFF";
    if (what)
        return mm_fail(err, MM_EDATA, "a %s picture; only JPEG and PNG are "
                                      "taken, convert it",
                       what);
    return mm_fail(err, MM_EDATA, "%s",
                   n ? "not a JPEG or PNG picture"
                     : "an empty file, not a picture");
}

int mm_picture_probe(struct mm_picture *pic, const void *p, size_t n,
                     struct mm_err *err)
{
    int result;

    if (begins(p, n, "\x89PNG\r\n\x1a\n", 8))
        result = probe_png(pic, p, n, err);
    else if (begins(p, n, "\xff\xd8\xff", 3))
        result = probe_jpeg(pic, p, n, err);
    else
        return foreign(p, n, err);
    if (result == 0 && (pic->width == 0 || pic->height == 0))
        return mm_fail(err, MM_EDATA, "a picture of no pixels");
    return result;
}
