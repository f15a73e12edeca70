/*
 * thread.c - work on a thread of its own, beside the caller
 */
#include "base/thread.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/mem.h"

struct mm_thread {
    pthread_t id;
    int (*fn)(void *ctx, struct mm_err *err);
    void *ctx;
    int result;
    struct mm_err err;
};

static void *run(void *arg)
{
    struct mm_thread *t = arg;

    t->result = t->fn(t->ctx, &t->err);
    return NULL;
}

struct mm_thread *mm_thread_start(int (*fn)(void *ctx, struct mm_err *err),
                                  void *ctx, struct mm_err *err)
{
    struct mm_thread *t = mm_alloc(1, sizeof *t, err);

    if (!t)
        return NULL;
    t->fn = fn;
    t->ctx = ctx;
    if (pthread_create(&t->id, NULL, run, t) != 0) {
        mm_fail(err, MM_ESYS, "cannot start a thread");
        free(t);
        return NULL;
    }
    return t;
}

int mm_thread_wait(struct mm_thread *t, struct mm_err *err)
{
    int result;

    pthread_join(t->id, NULL);
    result = t->result;
    if (result < 0)
        *err = t->err;
    free(t);
    return result;
}
