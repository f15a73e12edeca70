/*
 * patch.c - pixels to rows of patches
 */
#include "base/par.h"
#include "tensor/kernel/kernel.h"

struct patch {
    float *rows; /* [count,3,P,P] */
    const uint8_t *pixels;
    size_t begin, height, width, P;
    float value[3][256]; /* of each byte of each channel */
};

/* One line of a patch, a channel at a time */
static void patch_line(float *out, const uint8_t *in, const struct patch *a)
{
    size_t plane = a->P * a->P;

    for (size_t c = 0; c < 3; c++) {
        for (size_t x = 0; x < a->P; x++)
            out[c * plane + x] = a->value[c][in[3 * x + c]];
    }
}

static void patch_range(void *ctx, size_t begin, size_t end)
{
    const struct patch *a = ctx;
    size_t P = a->P, across = a->width / P, down = a->height / P;

    for (size_t k = begin; k < end; k++) {
        size_t i = a->begin + k, image = i / (across * down);
        size_t y = i / across % down * P, x = i % across * P;
        const uint8_t *in = a->pixels +
                            ((image * a->height + y) * a->width + x) * 3;

        for (size_t line = 0; line < P; line++)
            patch_line(a->rows + k * 3 * P * P + line * P,
                       in + line * a->width * 3, a);
    }
}

void MM_K(patch_rows)(float *rows, const uint8_t *pixels, size_t begin,
                      size_t count, size_t height, size_t width, size_t P,
                      const float mean[3], const float std[3])
{
    struct patch a = { .rows = rows, .pixels = pixels, .begin = begin };

    a.height = height;
    a.width = width;
    a.P = P;
    for (size_t u = 0; u < 256; u++) {
        for (size_t c = 0; c < 3; c++)
            a.value[c][u] = ((float)u / 255 - mean[c]) / std[c];
    }
    mm_par_range(count, mm_row_grain(3 * P * P), patch_range, &a);
}
