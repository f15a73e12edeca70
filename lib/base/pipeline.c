/*
 * pipeline.c - read, work, write: ordered, with the work on several threads
 */
#include <pthread.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/par.h"

/*
 * The pipeline is a ring of slots.  The calling thread reads into free slots
 * and writes finished ones in their order; workers take the oldest slot that
 * waits.
 */
enum state { FREE,
             WAITING,
             WORKING,
             DONE };

struct slot {
    enum state state;
    int failed;
    struct mm_err err;
    void *item;
};

struct ring {
    const struct mm_pipeline *p;
    struct slot *slots;
    size_t n, head, tail, next; /* write at head, read at tail, work at next */
    int closed;
    pthread_mutex_t lock;
    pthread_cond_t waiting, done;
};

static void work_on(struct ring *r, struct slot *s)
{
    s->state = WORKING;
    pthread_mutex_unlock(&r->lock);
    s->failed = r->p->work(r->p->ctx, s->item, &s->err) < 0;
    pthread_mutex_lock(&r->lock);
    s->state = DONE;
    pthread_cond_signal(&r->done);
}

static void *worker(void *ctx)
{
    struct ring *r = ctx;

    pthread_mutex_lock(&r->lock);
    for (;;) {
        while (r->next == r->tail && !r->closed)
            pthread_cond_wait(&r->waiting, &r->lock);
        if (r->next == r->tail)
            break;
        work_on(r, &r->slots[r->next++ % r->n]);
    }
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

/* Wait for the oldest item and write it. */
static int write_head(struct ring *r, struct mm_err *err)
{
    struct slot *s = &r->slots[r->head % r->n];

    pthread_mutex_lock(&r->lock);
    while (s->state != DONE)
        pthread_cond_wait(&r->done, &r->lock);
    pthread_mutex_unlock(&r->lock);
    r->head++;
    s->state = FREE;
    if (s->failed) {
        *err = s->err;
        return -1;
    }
    return r->p->write(r->p->ctx, s->item, err);
}

static int run_ring(struct ring *r, struct mm_err *err)
{
    const struct mm_pipeline *p = r->p;
    int more = 1;

    while (more > 0) {
        struct slot *s = &r->slots[r->tail % r->n];

        if (r->tail - r->head == r->n && write_head(r, err) < 0)
            return -1;
        more = p->read(p->ctx, s->item, err);
        if (more <= 0)
            break;
        pthread_mutex_lock(&r->lock);
        s->state = WAITING;
        r->tail++;
        pthread_cond_signal(&r->waiting);
        pthread_mutex_unlock(&r->lock);
    }
    /* A failed read comes after the items before it: those are written. */
    while (r->head < r->tail) {
        struct mm_err late;

        if (write_head(r, more < 0 ? &late : err) < 0) {
            if (more < 0)
                *err = late;
            return -1;
        }
    }
    return more;
}

static int run_serially(const struct mm_pipeline *p, void *item,
                        struct mm_err *err)
{
    int more;

    while ((more = p->read(p->ctx, item, err)) > 0)
        if (p->work(p->ctx, item, err) < 0 || p->write(p->ctx, item, err) < 0)
            return -1;
    return more;
}

static int start_and_run(struct ring *r, int n_workers, struct mm_err *err)
{
    pthread_t *ids = mm_alloc((size_t)n_workers, sizeof *ids, err);
    int started = 0, result = ids ? 0 : -1;

    while (result == 0 && started < n_workers) {
        if (pthread_create(&ids[started], NULL, worker, r) != 0) {
            if (started == 0)
                result = mm_fail(err, MM_ESYS, "cannot start a thread");
            break;
        }
        started++;
    }
    if (result == 0)
        result = run_ring(r, err);
    pthread_mutex_lock(&r->lock);
    r->closed = 1;
    r->tail = r->next > r->head ? r->next : r->head; /* drop what waits */
    r->next = r->tail;
    pthread_cond_broadcast(&r->waiting);
    pthread_mutex_unlock(&r->lock);
    for (int i = 0; i < started; i++)
        pthread_join(ids[i], NULL);
    free(ids);
    return result;
}

static int run_parallel(const struct mm_pipeline *p, int n,
                        struct slot *slots, size_t n_slots,
                        struct mm_err *err)
{
    struct ring r = { .p = p, .slots = slots, .n = n_slots };
    int result;

    pthread_mutex_init(&r.lock, NULL);
    pthread_cond_init(&r.waiting, NULL);
    pthread_cond_init(&r.done, NULL);
    result = start_and_run(&r, n, err);
    pthread_cond_destroy(&r.done);
    pthread_cond_destroy(&r.waiting);
    pthread_mutex_destroy(&r.lock);
    return result;
}

int mm_pipeline_run(const struct mm_pipeline *p, int n, struct mm_err *err)
{
    size_t n_slots = n > 1 ? 4 * (size_t)n : 1;
    struct slot *slots = mm_alloc(n_slots, sizeof *slots, err);
    char *items = mm_alloc(n_slots, p->item_bytes, err);
    int result = -1;

    if (slots && items) {
        for (size_t i = 0; i < n_slots; i++)
            slots[i].item = items + i * p->item_bytes;
        result = n > 1 ? run_parallel(p, n, slots, n_slots, err)
                       : run_serially(p, items, err);
        for (size_t i = 0; p->free && i < n_slots; i++)
            p->free(p->ctx, slots[i].item);
    }
    free(items);
    free(slots);
    return result < 0 ? -1 : 0;
}
