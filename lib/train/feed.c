/*
 * feed.c - the batch of the next step is loaded while this one is computed
 */
#include "train/feed.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/task.h"

struct mm_feed {
    struct mm_packed *data;
    struct mm_step_batch slots[2]; /* one is computed, one is loaded */
    int loading;                   /* which slot */
    int64_t position, end;         /* of the batch that is loaded */
    struct mm_task *task;          /* NULL: nothing is loaded */
};

static int load(void *ctx, struct mm_err *err)
{
    struct mm_feed *f = ctx;

    return mm_step_batch_load(&f->slots[f->loading], f->data, f->position,
                              err);
}

static int start(struct mm_feed *f, struct mm_err *err)
{
    if (f->position >= f->end)
        return 0;
    f->task = mm_task_start(load, f, err);
    return f->task ? 0 : -1;
}

struct mm_feed *mm_feed_open(struct mm_packed *data, size_t B, size_t micro,
                             int64_t position, int64_t end,
                             const struct mm_augment *augment, uint64_t seed,
                             struct mm_err *err)
{
    struct mm_feed *f = mm_alloc(1, sizeof *f, err);

    if (!f)
        return NULL;
    f->data = data;
    f->position = position;
    f->end = end;
    if (mm_step_batch_init(&f->slots[0], data, B, micro, err) == 0 &&
        mm_step_batch_init(&f->slots[1], data, B, micro, err) == 0) {
        for (int i = 0; i < 2; i++)
            mm_step_batch_augment(&f->slots[i], augment, seed);
        if (start(f, err) == 0)
            return f;
    }
    mm_feed_close(f);
    return NULL;
}

static int finish(struct mm_feed *f, struct mm_err *err)
{
    struct mm_task *task = f->task;

    f->task = NULL;
    return mm_task_wait(task, err);
}

const struct mm_step_batch *mm_feed_next(struct mm_feed *f,
                                         struct mm_err *err)
{
    const struct mm_step_batch *ready = &f->slots[f->loading];

    assert(f->task);
    if (finish(f, err) < 0)
        return NULL;
    f->loading = !f->loading;
    f->position += (int64_t)ready->B;
    return start(f, err) < 0 ? NULL : ready;
}

void mm_feed_close(struct mm_feed *f)
{
    struct mm_err err;

    if (!f)
        return;
    if (f->task)
        finish(f, &err);
    mm_step_batch_release(&f->slots[0]);
    mm_step_batch_release(&f->slots[1]);
    free(f);
}
