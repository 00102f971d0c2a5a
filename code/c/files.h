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
 * and renames it to `path`. Links are followed, and a file that is
 * replaced hands on its mode; only regular ones are. On an error
 * nothing is left behind, and what was at `path` before is still there.
 * MLP_ERROR_FILE. */
int write_file(const char *path, const piece *pieces, size_t n,
               char *why);

/* Finds out now if a file could not be written after hours of work. And
 * removes what programs left beside it that were killed while they
 * wrote. MLP_ERROR_FILE. */
int check_writable(const char *path, char *why);

/* Writes all of it to a descriptor; returns whether that was possible:
 * errno says why not. It cannot fail otherwise. */
int write_all(int file, const void *at, size_t bytes);

#pragma GCC visibility pop

#endif
