/*
 * par.c - work on several cores
 *
 * A job is n pieces; whoever is free takes the next.  The caller takes part,
 * and when nothing is left it waits only for workers that hold a piece.  So a
 * worker that the system has put aside, on a machine that others use too,
 * delays nothing: the caller does its share.  (OpenMP's barrier waits for all
 * threads at the end of each loop; beside one busy process that made a
 * training step 15 times slower.)
 *
 * Protocol.  A worker counts itself into `inside`, then looks at `open`; if a
 * job is open it may read the job and take pieces.  The caller closes the job,
 * then waits until nobody is inside, and only then may a job change.  Both
 * sides use sequentially consistent atomics, so that either the worker sees
 * the job closed or the caller sees the worker inside.
 */
#define _GNU_SOURCE /* sched_getaffinity */

#include "base/par.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>

#define MAX_THREADS 256

/* Looks at the next job before a worker goes to sleep: some 30 microseconds. */
#define SPINS 1000

static struct {
    pthread_mutex_t busy; /* one job at a time */
    void (*fn)(void *ctx, size_t i);
    void *ctx;
    size_t n;
    int threads;          /* that may take part */
    atomic_size_t next;   /* piece */
    atomic_uint open;     /* number of the open job, 0: none */
    atomic_int inside;    /* workers that may be looking at the job */
    int workers;          /* that were started */
    pthread_mutex_t lock; /* guards sleeping */
    pthread_cond_t wake;
    atomic_int sleepers;
} pool = { .busy = PTHREAD_MUTEX_INITIALIZER,
           .lock = PTHREAD_MUTEX_INITIALIZER,
           .wake = PTHREAD_COND_INITIALIZER };

static int threads;             /* 0: not yet asked */
static _Thread_local int self;  /* 0: not of the pool */
static _Thread_local int inner; /* in a job: loops inside are serial */

static int available_cores(void)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) ? 1 : CPU_COUNT(&set);

    return n > 0 ? n : 1;
}

int mm_par_threads(void)
{
    if (threads == 0)
        mm_par_set_threads(0);
    return threads;
}

void mm_par_set_threads(int n)
{
    threads = n > 0 ? n : available_cores();
    if (threads > MAX_THREADS)
        threads = MAX_THREADS;
}

int mm_par_self(void)
{
    return self;
}

static void pause_core(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

static void take_pieces(void)
{
    size_t i;

    inner = 1;
    while ((i = atomic_fetch_add(&pool.next, 1)) < pool.n)
        pool.fn(pool.ctx, i);
    inner = 0;
}

/* Until a job other than the last one seen is open; returns its number. */
static unsigned wait_for_job(unsigned seen)
{
    unsigned job;

    for (int i = 0; i < SPINS; i++) {
        job = atomic_load(&pool.open);
        if (job && job != seen)
            return job;
        pause_core();
    }
    pthread_mutex_lock(&pool.lock);
    atomic_fetch_add(&pool.sleepers, 1);
    while ((job = atomic_load(&pool.open)) == 0 || job == seen)
        pthread_cond_wait(&pool.wake, &pool.lock);
    atomic_fetch_sub(&pool.sleepers, 1);
    pthread_mutex_unlock(&pool.lock);
    return job;
}

static void *worker(void *arg)
{
    unsigned seen = 0;

    self = (int)(intptr_t)arg;
    for (;;) {
        seen = wait_for_job(seen);
        atomic_fetch_add(&pool.inside, 1);
        if (atomic_load(&pool.open) == seen && self < pool.threads)
            take_pieces();
        atomic_fetch_sub(&pool.inside, 1);
    }
    return NULL;
}

/* Fewer than wanted is not a failure: the caller does what is left. */
static void start_workers(int want)
{
    pthread_t id;

    while (pool.workers < want - 1) {
        intptr_t number = pool.workers + 1;

        if (pthread_create(&id, NULL, worker, (void *)number) != 0)
            return;
        pthread_detach(id);
        pool.workers++;
    }
}

static void open_job(void)
{
    static unsigned job;

    job = job + 1 ? job + 1 : 1;
    atomic_store(&pool.next, 0);
    atomic_store(&pool.open, job);
    if (atomic_load(&pool.sleepers)) {
        pthread_mutex_lock(&pool.lock);
        pthread_cond_broadcast(&pool.wake);
        pthread_mutex_unlock(&pool.lock);
    }
}

static void close_job(void)
{
    atomic_store(&pool.open, 0);
    for (int i = 0; atomic_load(&pool.inside); i++)
        if (i < SPINS)
            pause_core();
        else
            sched_yield();
}

static void run_serial(size_t n, void (*fn)(void *ctx, size_t i), void *ctx)
{
    for (size_t i = 0; i < n; i++)
        fn(ctx, i);
}

void mm_par_for(size_t n, void (*fn)(void *ctx, size_t i), void *ctx)
{
    int k = mm_par_threads();

    if (n < 2 || k < 2 || inner || pthread_mutex_trylock(&pool.busy) != 0) {
        run_serial(n, fn, ctx);
        return;
    }
    start_workers(k);
    pool.fn = fn;
    pool.ctx = ctx;
    pool.n = n;
    pool.threads = k;
    open_job();
    take_pieces();
    close_job();
    pthread_mutex_unlock(&pool.busy);
}

struct range {
    size_t n, grain;
    void (*fn)(void *ctx, size_t begin, size_t end);
    void *ctx;
};

static void run_range(void *ctx, size_t i)
{
    const struct range *r = ctx;
    size_t begin = i * r->grain, end = begin + r->grain;

    r->fn(r->ctx, begin, end < r->n ? end : r->n);
}

void mm_par_range(size_t n, size_t grain,
                  void (*fn)(void *ctx, size_t begin, size_t end), void *ctx)
{
    struct range r = { n, grain ? grain : 1, fn, ctx };

    mm_par_for((n + r.grain - 1) / r.grain, run_range, &r);
}
