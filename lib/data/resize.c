/*
 * resize.c - a ring of rows between the two passes
 *
 * Rows are resampled along x as they come and live in a ring as long as an
 * output row needs them, so that they are still in the cache when they are
 * summed along y.
 */
#include "data/resize.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "base/mem.h"
#include "data/resize_kernel.h"

const struct mm_resize_kernel *mm_resize_kernel(void)
{
#ifdef __x86_64__
    if (mm_cpu_level() == MM_CPU_AVX512)
        return __builtin_cpu_supports("avx512vnni") ? &mm_resize_kernel_vnni
                                                    : &mm_resize_kernel_avx512;
    if (mm_cpu_level() == MM_CPU_AVX2)
        return &mm_resize_kernel_avx2;
#endif
    return &mm_resize_kernel_plain;
}

void mm_resizer_release(struct mm_resizer *r)
{
    mm_resize_axis_release(&r->x);
    mm_resize_axis_release(&r->y);
    free(r->memory);
    free(r->parts);
    memset(r, 0, sizeof *r);
}

static int set_axes(struct mm_resizer *r, const struct mm_resize_job *job,
                    struct mm_err *err)
{
    const struct mm_resize_axis x = { .filter = job->filter,
                                      .form = r->kernel->x_form,
                                      .in = job->in_width,
                                      .out = job->width,
                                      .begin = job->window.x,
                                      .n = job->window.width };
    const struct mm_resize_axis y = { .filter = job->filter,
                                      .form = r->kernel->y_form,
                                      .in = job->in_height,
                                      .out = job->height,
                                      .begin = job->window.y,
                                      .n = job->window.height };

    if (mm_resize_axis_set(&r->x, &x, err) != 0)
        return -1;
    return mm_resize_axis_set(&r->y, &y, err);
}

static uint8_t *align(uint8_t *p)
{
    return p + (64 - (uintptr_t)p % 64) % 64;
}

/*
 * An output row ends after the rows that were there before the last batch,
 * so it begins at most taps rows before that batch ends.
 */
static int make_room(struct mm_resizer *r, struct mm_err *err)
{
    size_t blocks = (r->x.in + 3) / 4 + r->x.groups;
    size_t ring, bytes;

    r->slots = r->y.taps / MM_RESIZE_BATCH + 3;
    r->batch = MM_RESIZE_BATCH_BYTES(r->x.n);
    if (mm_size_mul(&ring, r->slots, r->batch) != 0 ||
        mm_size_add(&bytes, ring, 64 * (blocks + 1)) != 0)
        return mm_fail(err, MM_EDATA, "cannot resize to %zu x %zu: too large",
                       r->x.out, r->y.out);
    if (mm_grow(&r->memory, &r->memory_cap, bytes, 1, err) != 0 ||
        mm_grow(&r->parts, &r->parts_cap, r->y.taps + 1, sizeof *r->parts,
                err) != 0)
        return -1;
    r->ring = align(r->memory);
    r->blocks = r->ring + ring;
    memset(r->blocks, 0, 64 * blocks);
    return 0;
}

int mm_resize_begin(struct mm_resizer *r, const struct mm_resize_job *job,
                    struct mm_err *err)
{
    const struct mm_window *w = &job->window;

    assert(job->in_width > 0 && job->in_height > 0);
    assert(w->width > 0 && w->x + w->width <= job->width);
    assert(w->height > 0 && w->y + w->height <= job->height);
    r->job = *job;
    r->kernel = mm_resize_kernel();
    r->in = 0;
    r->out = 0;
    if (set_axes(r, job, err) != 0)
        return -1;
    return make_room(r, err);
}

static uint8_t *batch_of(const struct mm_resizer *r, size_t number)
{
    return r->ring + number % r->slots * r->batch;
}

/* What the kernel makes output row i of */
static void gather(struct mm_resizer *r, size_t i)
{
    const struct mm_resize_span *s = &r->y.span[i];
    size_t first = s->first / MM_RESIZE_BATCH;
    size_t last = (s->first + s->count - 1) / MM_RESIZE_BATCH;

    if (r->y.form == MM_RESIZE_QUADS) {
        for (size_t b = first; b <= last; b++)
            r->parts[b - first] = batch_of(r, b);
        return;
    }
    for (size_t j = 0; j < s->count; j++) {
        size_t y = s->first + j;

        r->parts[j] = batch_of(r, y / MM_RESIZE_BATCH) +
                      y % MM_RESIZE_BATCH * MM_RESIZE_STRIDE(r->x.n);
    }
}

static void make_row(struct mm_resizer *r, size_t i)
{
    gather(r, i);
    r->kernel->column(r->job.row(r->job.ctx, i), r->parts, &r->y, i,
                      3 * r->x.n);
    if (r->job.done)
        r->job.done(r->job.ctx, i);
}

void mm_resize_rows(struct mm_resizer *r, const uint8_t *const rows[4])
{
    const struct mm_resize_axis *y = &r->y;
    size_t end = r->in + MM_RESIZE_BATCH;

    /* Rows of no use: above the window, or below it */
    if (r->out < y->n && end > y->span[r->out].first)
        r->kernel->rows(batch_of(r, r->in / MM_RESIZE_BATCH), rows, &r->x,
                        r->blocks);
    r->in = end;
    for (; r->out < y->n; r->out++) {
        if (y->span[r->out].first + y->span[r->out].count > end)
            break;
        make_row(r, r->out);
    }
}
