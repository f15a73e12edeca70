/*
 * act.c - activation functions and sums, element by element
 *
 * Backward makes everything again from the input: reading one array more
 * costs more than these few products.
 */
#include "base/par.h"
#include "tensor/kernel/kernel.h"
#include "tensor/kernel/vecmath.h"

/* Elements of a piece of work: its ends are part of what fixes the bits. */
#define GRAIN 8192

struct act {
    float *y, *dx, *dz;
    const float *x, *z, *dy;
};

/* ---- f(x) and f'(x) ---- */

static inline float gelu(float x)
{
    return 0.5f * x * (1 + mm_erff(x * 0.707106781f));
}

/* Phi(x) + x phi(x) */
static inline float gelu_slope(float x)
{
    return 0.5f * (1 + mm_erff(x * 0.707106781f)) +
           x * 0.398942280f * mm_expf(-0.5f * x * x);
}

static inline float quick_gelu(float x)
{
    return x * mm_sigmoidf(1.702f * x);
}

static inline float quick_gelu_slope(float x)
{
    float s = mm_sigmoidf(1.702f * x);

    return s + 1.702f * x * s * (1 - s);
}

static inline float silu(float x)
{
    return x * mm_sigmoidf(x);
}

static inline float silu_slope(float x)
{
    float s = mm_sigmoidf(x);

    return s + x * s * (1 - s);
}

static inline float sigmoid(float x)
{
    return mm_sigmoidf(x);
}

static inline float sigmoid_slope(float x)
{
    float s = mm_sigmoidf(x);

    return s * (1 - s);
}

/* ---- the kernels f_forward and f_backward of each ---- */

#define UNARY(f)                                                        \
    static void f##_forward_range(void *ctx, size_t begin, size_t end)  \
    {                                                                   \
        const struct act *a = ctx;                                      \
        const float *x = a->x;                                          \
        float *y = a->y;                                                \
                                                                        \
        MM_SIMD                                                         \
        for (size_t i = begin; i < end; i++)                            \
            y[i] = f(x[i]);                                             \
    }                                                                   \
    static void f##_backward_range(void *ctx, size_t begin, size_t end) \
    {                                                                   \
        const struct act *a = ctx;                                      \
        const float *x = a->x, *dy = a->dy;                             \
        float *dx = a->dx;                                              \
                                                                        \
        MM_SIMD                                                         \
        for (size_t i = begin; i < end; i++)                            \
            dx[i] += dy[i] * f##_slope(x[i]);                           \
    }                                                                   \
    void MM_K(f##_forward)(float *y, const float *x, size_t n)          \
    {                                                                   \
        struct act a = { .y = y, .x = x };                              \
                                                                        \
        mm_par_range(n, GRAIN, f##_forward_range, &a);                  \
    }                                                                   \
    void MM_K(f##_backward)(float *dx, const float *dy, const float *x, \
                            size_t n)                                   \
    {                                                                   \
        struct act a = { .dx = dx, .dy = dy, .x = x };                  \
                                                                        \
        mm_par_range(n, GRAIN, f##_backward_range, &a);                 \
    }

UNARY(gelu)
UNARY(quick_gelu)
UNARY(silu)
UNARY(sigmoid)

/* ---- of two inputs ---- */

static void swiglu_forward_range(void *ctx, size_t begin, size_t end)
{
    const struct act *a = ctx;
    const float *gate = a->x, *up = a->z;
    float *y = a->y;

    MM_SIMD
    for (size_t i = begin; i < end; i++)
        y[i] = silu(gate[i]) * up[i];
}

void MM_K(swiglu_forward)(float *y, const float *gate, const float *up,
                          size_t n)
{
    struct act a = { .y = y, .x = gate, .z = up };

    mm_par_range(n, GRAIN, swiglu_forward_range, &a);
}

static void swiglu_backward_range(void *ctx, size_t begin, size_t end)
{
    const struct act *a = ctx;
    const float *gate = a->x, *up = a->z, *dy = a->dy;
    float *dgate = a->dx, *dup = a->dz;

    MM_SIMD
    for (size_t i = begin; i < end; i++) {
        float x = gate[i], s = mm_sigmoidf(x), d = dy[i];

        if (dgate)
            dgate[i] += d * up[i] * (s + x * s * (1 - s));
        if (dup)
            dup[i] += d * x * s;
    }
}

void MM_K(swiglu_backward)(float *dgate, float *dup, const float *dy,
                           const float *gate, const float *up, size_t n)
{
    struct act a = { .dx = dgate, .dz = dup, .dy = dy, .x = gate, .z = up };

    mm_par_range(n, GRAIN, swiglu_backward_range, &a);
}

static void add_range(void *ctx, size_t begin, size_t end)
{
    const struct act *a = ctx;
    const float *x = a->x, *z = a->z;
    float *y = a->y;

    MM_SIMD
    for (size_t i = begin; i < end; i++)
        y[i] = x[i] + z[i];
}

void MM_K(add)(float *y, const float *a, const float *b, size_t n)
{
    struct act s = { .y = y, .x = a, .z = b };

    mm_par_range(n, GRAIN, add_range, &s);
}
