/*
 * files.c - whole files: reading one, and replacing one in a single
 * step.
 */
#define _POSIX_C_SOURCE 200809L /* fsync, fileno */

#include "files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int read_file(char **text, size_t *length, const char *path, char *why)
{
    FILE *file = fopen(path, "rb");
    char *buffer = NULL;
    size_t have = 0, room = 0;
    int code = MLP_OK;
    if (file == NULL) {
        snprintf(why, MLP_WHY, "%s: %s", path, strerror(errno));
        return MLP_ERROR_FILE;
    }
    do {
        if (have == room) {
            char *bigger = NULL;
            room = room == 0 ? 65536 : 2 * room;
            if (room > have) /* it does not overflow */
                bigger = realloc(buffer, room);
            if (bigger == NULL) {
                snprintf(why, MLP_WHY, "%s: out of memory", path);
                code = MLP_ERROR_MEMORY;
                break;
            }
            buffer = bigger;
        }
        errno = 0;
        have += fread(buffer + have, 1, room - have, file);
        if (ferror(file)) {
            snprintf(why, MLP_WHY, "%s: %s", path, strerror(errno));
            code = MLP_ERROR_FILE;
        }
    } while (code == MLP_OK && !feof(file));
    fclose(file);
    if (code != MLP_OK) {
        free(buffer);
        return code;
    }
    /* Gives back what doubling left over. */
    char *fitting = realloc(buffer, have + 1);
    *text = fitting == NULL ? buffer : fitting;
    *length = have;
    return MLP_OK;
}

/* What the last call of the C library says went wrong. */
static int reason(void)
{
    return errno != 0 ? errno : EIO;
}

/* Writes and closes; the first error is the one that counts. */
static int write_pieces(FILE *file, const piece *pieces, size_t n)
{
    int error = 0;
    errno = 0;
    for (size_t i = 0; error == 0 && i < n; i++)
        if (fwrite(pieces[i].at, 1, pieces[i].bytes, file)
            != pieces[i].bytes)
            error = reason();
    if (error == 0 && (fflush(file) != 0 || fsync(fileno(file)) != 0))
        error = reason();
    if (fclose(file) != 0 && error == 0)
        error = reason();
    return error;
}

int write_file(const char *path, const piece *pieces, size_t n,
               char *why)
{
    static const char suffix[] = ".part";
    size_t length = strlen(path);
    char *aside = malloc(length + sizeof suffix);
    if (aside == NULL) {
        snprintf(why, MLP_WHY, "%s: out of memory", path);
        return MLP_ERROR_MEMORY;
    }
    memcpy(aside, path, length);
    memcpy(aside + length, suffix, sizeof suffix);
    int error = 0;
    FILE *file = fopen(aside, "wb");
    if (file == NULL) {
        error = errno;
    } else {
        error = write_pieces(file, pieces, n);
        if (error == 0 && rename(aside, path) != 0)
            error = errno;
        if (error != 0)
            remove(aside);
    }
    free(aside);
    if (error == 0)
        return MLP_OK;
    snprintf(why, MLP_WHY, "%s: cannot write: %s", path,
             strerror(error));
    return MLP_ERROR_FILE;
}
