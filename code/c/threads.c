/*
 * threads.c - a small pool of threads that compute parts of one job.
 *
 * The next job usually comes within microseconds, sooner than the
 * system wakes a thread. So whoever waits first looks again and again,
 * each time letting others use the core, and only then goes to sleep:
 * a pool without work costs nothing.
 */
#define _POSIX_C_SOURCE 200809L /* pthread_sigmask */

#include "threads.h"
#include "mlp.h"

#include <stdlib.h>

/* A library for a page of the web, say, has none. */
#if defined(__wasm__) || defined(_WIN32)
#define MLP_NO_THREADS
#endif

#ifndef MLP_NO_THREADS

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>

enum {
    LOOKS = 1000,   /* before a thread goes to sleep: about 1 ms */
    STACK = 1 << 20 /* bytes: the fast kernels need 192 KiB */
};

struct threads {
    size_t n;        /* with the caller's */
    job_part *compute;
    const void *job; /* NULL: there are no more */
    atomic_uint jobs; /* so many were begun */
    atomic_uint left; /* parts of the last one that are not done */
    pthread_mutex_t lock;
    pthread_cond_t begun, done;
    struct worker {
        pthread_t thread;
        threads *pool;
        size_t part;
    } workers[]; /* n - 1 */
};

/* Waits until *count is no longer what it was. `changed` is signalled
 * after each change, by who holds the lock. */
static void wait_for_change(atomic_uint *count, unsigned was,
                            threads *pool, pthread_cond_t *changed)
{
    for (int i = 0; i < LOOKS; i++) {
        if (atomic_load(count) != was)
            return;
        sched_yield();
    }
    pthread_mutex_lock(&pool->lock);
    while (atomic_load(count) == was)
        pthread_cond_wait(changed, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

/* Wakes who sleeps in wait_for_change. */
static void wake(threads *pool, pthread_cond_t *changed)
{
    pthread_mutex_lock(&pool->lock);
    pthread_cond_broadcast(changed);
    pthread_mutex_unlock(&pool->lock);
}

static void begin(threads *pool, job_part *compute, const void *job)
{
    pool->compute = compute;
    pool->job = job;
    atomic_store(&pool->left, (unsigned)pool->n - 1);
    atomic_fetch_add(&pool->jobs, 1);
    wake(pool, &pool->begun);
}

static void *work(void *argument)
{
    const struct worker *w = argument;
    threads *pool = w->pool;
    for (unsigned seen = 0;; seen++) {
        wait_for_change(&pool->jobs, seen, pool, &pool->begun);
        if (pool->job == NULL)
            return NULL;
        pool->compute(pool->job, w->part, pool->n);
        atomic_fetch_sub(&pool->left, 1);
        wake(pool, &pool->done);
    }
}

void threads_run(threads *pool, job_part *compute, const void *job)
{
    unsigned left;
    begin(pool, compute, job);
    compute(job, 0, pool->n);
    while ((left = atomic_load(&pool->left)) > 0)
        wait_for_change(&pool->left, left, pool, &pool->done);
}

/* Starts the workers one after another, until the system refuses;
 * returns how many there are. They leave all signals to the others. */
static size_t start(threads *pool)
{
    sigset_t all, before;
    pthread_attr_t attributes;
    size_t started = 0;
    if (pthread_attr_init(&attributes) != 0)
        return 0;
    pthread_attr_setstacksize(&attributes, STACK);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (; started < pool->n - 1; started++) {
        struct worker *w = &pool->workers[started];
        w->pool = pool;
        w->part = started + 1;
        if (pthread_create(&w->thread, &attributes, work, w) != 0)
            break;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return started;
}

int threads_create(threads **pool, size_t n)
{
    threads *p = calloc(1, sizeof *p + (n - 1) * sizeof *p->workers);
    if (p == NULL)
        return MLP_ERROR_MEMORY;
    p->n = n;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->begun, NULL);
    pthread_cond_init(&p->done, NULL);
    size_t started = start(p);
    if (started < n - 1) {
        p->n = started + 1; /* those to be ended */
        threads_free(p);
        return MLP_ERROR_THREADS;
    }
    *pool = p;
    return MLP_OK;
}

void threads_free(threads *pool)
{
    if (pool == NULL)
        return;
    begin(pool, NULL, NULL);
    for (size_t i = 0; i < pool->n - 1; i++)
        pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->begun);
    pthread_cond_destroy(&pool->done);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

#else

int threads_create(threads **pool, size_t n)
{
    (void)pool, (void)n;
    return MLP_ERROR_THREADS;
}

void threads_run(threads *pool, job_part *compute, const void *job)
{
    (void)pool;
    compute(job, 0, 1);
}

void threads_free(threads *pool)
{
    (void)pool;
}

#endif
