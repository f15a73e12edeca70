/*
 * rope.c - rotary position embedding
 */
#include <assert.h>
#include <math.h>

#include "base/par.h"
#include "tensor/kernel/kernel.h"
#include "tensor/kernel/vecmath.h"

#define MAX_HALF 256 /* of a head's width */

struct rope {
    float *y;
    const float *x;
    const int32_t *position;
    size_t D, C;
    float sign; /* of the angle */
    int add;
    double rate[MAX_HALF]; /* angle per position */
};

/*
 * sin and cos of an angle up to 2^30.  The angle is brought to within pi/4 in
 * double, so that far positions are as exact as near ones; the polynomials are
 * least-squares minimax fits, good to the last place of a float.
 */
static inline void sin_cos(double angle, float *sine, float *cosine)
{
    const double round = 6755399441055744.0; /* 1.5 2^52: its unit is 1 */
    double t = angle * 0.63661977236758134308 + round, n = t - round;
    double rest = angle - n * 1.57079632679489655800; /* pi/2, in two pieces */
    int32_t quadrant = (int32_t)n;
    float r = (float)(rest - n * 6.12323399573676603587e-17), s, c, u;
    float z = r * r;

    s = mm_fmaf(2.718304220e-06f, z, -1.983933408e-04f);
    s = mm_fmaf(s, z, 8.333329384e-03f);
    s = mm_fmaf(s, z, -1.666666664e-01f);
    s = mm_fmaf(s * z, r, r);
    c = mm_fmaf(2.443837930e-05f, z, -1.388736691e-03f);
    c = mm_fmaf(c, z, 4.166664685e-02f);
    c = mm_fmaf(c, z, -0.5f);
    c = mm_fmaf(c, z, 1.0f);
    u = s; /* a quarter turn: sin becomes cos, and cos -sin */
    s = quadrant & 1 ? c : s;
    c = quadrant & 1 ? u : c;
    *sine = quadrant & 2 ? -s : s;
    *cosine = (quadrant + 1) & 2 ? -c : c;
}

static inline void rotate(float *y, const float *x, const float *sine,
                          const float *cosine, size_t half, int add)
{
    MM_SIMD
    for (size_t i = 0; i < half; i++) {
        float a = x[i], b = x[i + half];

        y[i] = (add ? y[i] : 0) + (a * cosine[i] - b * sine[i]);
        y[i + half] = (add ? y[i + half] : 0) + (b * cosine[i] + a * sine[i]);
    }
}

static void rope_rows(void *ctx, size_t begin, size_t end)
{
    const struct rope *a = ctx;
    float sine[MAX_HALF], cosine[MAX_HALF];
    size_t half = a->C / 2;

    for (size_t n = begin; n < end; n++) {
        double position = a->position[n];

        MM_SIMD
        for (size_t i = 0; i < half; i++) {
            sin_cos(position * a->rate[i], &sine[i], &cosine[i]);
            sine[i] *= a->sign;
        }
        for (size_t d = n * a->D; d < (n + 1) * a->D; d += a->C) {
            if (a->add)
                rotate(a->y + d, a->x + d, sine, cosine, half, 1);
            else
                rotate(a->y + d, a->x + d, sine, cosine, half, 0);
        }
    }
}

void MM_K(rope)(float *y, const float *x, const int32_t *position, size_t N,
                size_t D, size_t C, float theta, int back)
{
    struct rope a = { .y = y, .x = x, .position = position, .D = D, .C = C };

    assert(C % 2 == 0 && C / 2 <= MAX_HALF);
    a.sign = back ? -1 : 1;
    a.add = back;
    /* In double, so that libm's last bit does not reach a float. */
    for (size_t i = 0; i < C / 2; i++)
        a.rate[i] = pow(theta, -2.0 * (double)i / (double)C);
    mm_par_range(N, mm_row_grain(D), rope_rows, &a);
}
