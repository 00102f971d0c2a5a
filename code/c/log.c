/*
 * log.c - the evaluations of a training as a CSV file. log.py writes
 * the same.
 */
#define _POSIX_C_SOURCE 200809L /* open, ftruncate */

#include "log.h"
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char HEADER[] = "step,train,val,ms\n";
enum { HEAD = sizeof HEADER - 1 };

static int cannot_write(const training_log *log, char *why)
{
    snprintf(why, MLP_WHY, "%s: cannot write: %s", log->path,
             strerror(errno));
    return MLP_ERROR_FILE;
}

/* Reads the step that starts a line; returns where the next line
 * starts, or NULL if this one is not whole. */
static const char *read_line(uint64_t *step, const char *line,
                             const char *end)
{
    const char *c = line, *newline = line;
    *step = 0;
    for (; c < end && *c >= '0' && *c <= '9'; c++)
        *step = 10 * *step + (uint64_t)(*c - '0');
    while (newline < end && *newline != '\n')
        newline++;
    return c > line && c < end && *c == ',' && newline < end
               ? newline + 1
               : NULL;
}

/* Cuts off what comes after a step, and a line that was never
 * finished. */
static int go_on(training_log *log, uint64_t step, char *why)
{
    char *text;
    size_t length;
    int code = read_file(&text, &length, log->path, why);
    if (code != MLP_OK)
        return code;
    const char *end = text + length, *kept = text + HEAD, *next;
    uint64_t at = 0;
    if (length < HEAD || memcmp(text, HEADER, HEAD) != 0) {
        snprintf(why, MLP_WHY, "%s: not a log of mlp train", log->path);
        code = MLP_ERROR_FORMAT;
    } else {
        while ((next = read_line(&at, kept, end)) != NULL
               && at <= step) {
            log->has = 1;
            log->last = at;
            kept = next;
        }
        if (ftruncate(log->file, kept - text) != 0)
            code = cannot_write(log, why);
    }
    free(text);
    return code;
}

int log_open(training_log *log, const char *path, int resumed,
             uint64_t step, int force, char *why)
{
    struct stat there;
    *log = (training_log){.path = path};
    log->file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC,
                     0666);
    if (log->file < 0 || fstat(log->file, &there) != 0)
        return cannot_write(log, why);
    if (there.st_size > 0 && resumed)
        return go_on(log, step, why);
    if (there.st_size > 0 && !force) {
        snprintf(why, MLP_WHY,
                 "%s: exists already; --force replaces it", path);
        return MLP_ERROR_FILE;
    }
    /* The size of a pipe or of a device is 0. */
    if ((there.st_size > 0 && ftruncate(log->file, 0) != 0)
        || !write_all(log->file, HEADER, HEAD))
        return cannot_write(log, why);
    return MLP_OK;
}

int log_write(training_log *log, uint64_t step, double train,
              double val, double ms, char *why)
{
    char line[1024], took[512] = "";
    if (log->has && step <= log->last)
        return MLP_OK;
    if (ms >= 0)
        snprintf(took, sizeof took, "%.3f", ms);
    int n = snprintf(line, sizeof line, "%" PRIu64 ",%.6f,%.6f,%s\n",
                     step, train, val, took);
    return write_all(log->file, line, (size_t)n)
               ? MLP_OK
               : cannot_write(log, why);
}

void log_close(training_log *log)
{
    if (log->file >= 0)
        close(log->file);
}
