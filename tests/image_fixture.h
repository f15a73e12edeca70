/*
 * image_fixture.h - pictures made by rule, and lines of golden files
 */
#ifndef TESTS_IMAGE_FIXTURE_H
#define TESTS_IMAGE_FIXTURE_H

#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/io.h"
#include "data/image.h"

/* As `made` of tests/golden/image.py makes them. */
static inline void make(struct mm_image *im, size_t width, size_t height)
{
    struct mm_err err;

    assert_int_equal(mm_image_room(im, width, height, &err), 0);
    for (size_t i = 0; i < width * height * 3; i++) {
        uint32_t x = (uint32_t)i * 2654435761u;

        x ^= x >> 15;
        x *= 2246822519u;
        x ^= x >> 13;
        x >>= 24;
        im->rgb[i] = (uint8_t)(i / 3 / 5 % 3 == 0 ? x / 128 * 255 : x);
    }
}

/* Calls check with each line of a golden file that begins with word. */
static inline size_t each_line(const char *path, const char *word,
                               void (*check)(const char *line))
{
    struct mm_in *in;
    struct mm_buf line = { 0 };
    struct mm_err err;
    size_t n = 0;

    in = mm_in_open(path, &err);
    assert_non_null(in);
    while (mm_in_line(in, &line, 1000, &err) == 1)
        if (strncmp(line.data, word, strlen(word)) == 0) {
            check(line.data + strlen(word));
            n++;
        }
    mm_in_close(in);
    mm_buf_release(&line);
    return n;
}

#endif
