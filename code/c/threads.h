/*
 * threads.h - a small pool of threads that compute parts of one job.
 *
 * Internal, and the only part of the library that starts a thread. It
 * does so when a model is asked for it: see mlp_model_threads.
 */
#ifndef THREADS_H
#define THREADS_H

#include <stddef.h>

#pragma GCC visibility push(hidden)

typedef struct threads threads;

/* Computes one part of a job, number `part` of 0 .. parts-1. The parts
 * run at the same time: none may read what another writes. */
typedef void job_part(const void *job, size_t part, size_t parts);

/* Starts n - 1 threads, which with the caller's make n. In a process
 * that forks, the child has none of them: it must not use the pool.
 * MLP_ERROR_MEMORY, MLP_ERROR_THREADS. */
int threads_create(threads **pool, size_t n);

/* Computes a job in n parts, the first on the caller's thread, and
 * returns when all are done. */
void threads_run(threads *pool, job_part *compute, const void *job);

/* Ends the threads. */
void threads_free(threads *pool);

#pragma GCC visibility pop

#endif
