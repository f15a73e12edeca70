/*
 * prefetch.c - the batch of the next step is loaded while this one is computed
 */
#include "train/prefetch.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/thread.h"

struct mm_prefetch {
    struct mm_packed *data;
    struct mm_step_batch slots[2]; /* one is computed, one is loaded */
    int loading;                   /* which slot */
    int64_t position, end;         /* of the batch that is loaded */
    struct mm_thread *thread;      /* NULL: nothing is loaded */
};

static int load(void *ctx, struct mm_err *err)
{
    struct mm_prefetch *f = ctx;

    return mm_step_batch_load(&f->slots[f->loading], f->data, f->position,
                              err);
}

static int start(struct mm_prefetch *f, struct mm_err *err)
{
    if (f->position >= f->end)
        return 0;
    f->thread = mm_thread_start(load, f, err);
    return f->thread ? 0 : -1;
}

struct mm_prefetch *mm_prefetch_open(struct mm_packed *data,
                                     const struct mm_prefetch_plan *plan,
                                     struct mm_err *err)
{
    struct mm_prefetch *f = mm_alloc(1, sizeof *f, err);

    if (!f)
        return NULL;
    f->data = data;
    f->position = plan->position;
    f->end = plan->end;
    for (int i = 0; i < 2; i++) {
        if (mm_step_batch_init(&f->slots[i], data, plan->B, plan->micro,
                               err) < 0)
            goto fail;
        mm_step_batch_augment(&f->slots[i], plan->augment, plan->seed);
    }
    if (start(f, err) == 0)
        return f;
fail:
    mm_prefetch_close(f);
    return NULL;
}

static int finish(struct mm_prefetch *f, struct mm_err *err)
{
    struct mm_thread *thread = f->thread;

    f->thread = NULL;
    return mm_thread_wait(thread, err);
}

const struct mm_step_batch *mm_prefetch_next(struct mm_prefetch *f,
                                             struct mm_err *err)
{
    const struct mm_step_batch *ready = &f->slots[f->loading];

    assert(f->thread);
    if (finish(f, err) < 0)
        return NULL;
    f->loading = !f->loading;
    f->position += (int64_t)ready->B;
    return start(f, err) < 0 ? NULL : ready;
}

void mm_prefetch_close(struct mm_prefetch *f)
{
    struct mm_err err;

    if (!f)
        return;
    if (f->thread)
        finish(f, &err);
    mm_step_batch_release(&f->slots[0]);
    mm_step_batch_release(&f->slots[1]);
    free(f);
}
