/*
 * files.h - a file is read whole, and written whole or not at all.
 *
 * Internal.
 */
#ifndef FILES_H
#define FILES_H

#include "mlp.h"

/* Names as common as these stay inside the library. */
#pragma GCC visibility push(hidden)

/* Reads the file into *text (*length); the caller frees it.
 * MLP_ERROR_FILE, MLP_ERROR_MEMORY. */
int read_file(char **text, size_t *length, const char *path, char *why);

typedef struct {
    const void *at;
    size_t bytes;
} piece;

/* Writes the pieces into a file beside `path`, forces them to the disk
 * and renames it to `path`. On an error nothing is left behind, and
 * what was at `path` before is still there. MLP_ERROR_FILE,
 * MLP_ERROR_MEMORY. */
int write_file(const char *path, const piece *pieces, size_t n,
               char *why);

#pragma GCC visibility pop

#endif
