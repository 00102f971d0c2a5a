/*
 * log.h - the evaluations of a training as a CSV file, for whoever
 * draws a curve of them. Part of the program, not of the library.
 */
#ifndef LOG_H
#define LOG_H

#include "mlp.h"

typedef struct {
    const char *path;
    int file;       /* its descriptor; -1: there is none */
    int has;        /* lines, */
    uint64_t last;  /* and of which step the last one is */
} training_log;

/* Starts the file; or, if `resumed`, goes on with one: its lines of
 * steps after `step` go, since they are about to be written again.
 * MLP_ERROR_FILE: also if there is one and the run is new, unless
 * `force` says to replace it. MLP_ERROR_FORMAT if it is no log,
 * MLP_ERROR_MEMORY. */
int log_open(training_log *log, const char *path, int resumed,
             uint64_t step, int force, char *why);

/* Adds a line, unless it is there; the first has no `ms`, but a
 * negative number. MLP_ERROR_FILE. */
int log_write(training_log *log, uint64_t step, double train,
              double val, double ms, char *why);

void log_close(training_log *log);

#endif
