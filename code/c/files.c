/*
 * files.c - whole files: reading one, and replacing one in a single
 * step.
 */
#define _POSIX_C_SOURCE 200809L /* open, fsync, readlink, opendir */
#define _DARWIN_C_SOURCE        /* flock, on macOS */

#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
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

/* ---- whole or not at all ----------------------------------------- */

/* A file is written aside, under a name that nobody else has, and
 * renamed. Its writer holds a lock on it. So whoever starts can tell
 * what a killed program left behind from what another is writing at the
 * moment. files.py does the same, with the same names. */

enum { PATH = 4096, DIGITS = 16 }; /* chars of a path; of a name */
enum { NOT_REGULAR = -1 };         /* an error that errno has not */

static const char BEFORE[] = ".mlp-", AFTER[] = ".part";

typedef struct {
    char target[PATH]; /* the file itself, where the path is a link */
    size_t folder;     /* chars of it that are the folder's */
    int exists;
    mode_t mode;       /* if it exists */
    char aside[PATH];  /* the file beside it, */
    int file;          /* and its descriptor */
} draft;

int write_all(int file, const void *at, size_t bytes)
{
    const char *next = at;
    while (bytes > 0) {
        ssize_t n = write(file, next, bytes);
        if (n < 0 && errno != EINTR)
            return 0;
        if (n > 0) {
            next += n;
            bytes -= (size_t)n;
        }
    }
    return 1;
}

static size_t folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? 0 : (size_t)(slash - path) + 1;
}

/* The helpers below return 0 or what errno says. */

static int follow_links(draft *d, const char *path)
{
    char link[PATH];
    ssize_t n;
    size_t length = strlen(path);
    if (length >= PATH)
        return ENAMETOOLONG;
    memcpy(d->target, path, length + 1);
    d->folder = folder_of(d->target);
    while ((n = readlink(d->target, link, sizeof link - 1)) >= 0) {
        size_t start = link[0] == '/' ? 0 : d->folder;
        if (start + (size_t)n >= PATH)
            return ENAMETOOLONG;
        memcpy(d->target + start, link, (size_t)n);
        d->target[start + (size_t)n] = '\0';
        d->folder = folder_of(d->target);
    }
    return 0;
}

/* Finds the file that a path leads to; only a regular one is. */
static int find_target(draft *d, const char *path)
{
    struct stat there;
    d->exists = stat(path, &there) == 0;
    if (!d->exists && (errno != ENOENT || path[0] == '\0'))
        return errno; /* also if links go round in circles */
    if (d->exists && S_ISDIR(there.st_mode))
        return EISDIR;
    if (d->exists && !S_ISREG(there.st_mode))
        return NOT_REGULAR;
    if (d->exists)
        d->mode = there.st_mode & 07777;
    return follow_links(d, path);
}

/* Writes the path of a file in the target's folder. */
static int name_aside(draft *d, const char *name)
{
    size_t length = strlen(name);
    if (d->folder + length >= PATH)
        return ENAMETOOLONG;
    memcpy(d->aside, d->target, d->folder);
    memcpy(d->aside + d->folder, name, length + 1);
    return 0;
}

/* Creates a file beside the target and locks it. */
static int create_aside(draft *d)
{
    enum { CREATE = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC };
    struct timespec now;
    struct stat there;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t rng = ((uint64_t)now.tv_sec << 30 ^ (uint64_t)now.tv_nsec
                    ^ (uint64_t)getpid() << 44) | 1;
    for (;;) {
        char name[64];
        unsigned high = rng_u32(&rng), low = rng_u32(&rng);
        snprintf(name, sizeof name, "%s%08x%08x%s", BEFORE, high, low,
                 AFTER);
        int error = name_aside(d, name);
        if (error != 0)
            return error;
        d->file = open(d->aside, CREATE, 0666);
        if (d->file < 0 && errno == EEXIST)
            continue;
        if (d->file < 0)
            return errno;
        /* Where there are no locks, nobody removes anything either. */
        (void)flock(d->file, LOCK_EX);
        if (fstat(d->file, &there) != 0 || there.st_nlink > 0)
            return 0;
        /* Somebody took it for a leftover, just before it had its
         * lock. */
        close(d->file);
    }
}

static int is_aside(const char *name)
{
    size_t before = strlen(BEFORE);
    return strlen(name) == before + DIGITS + strlen(AFTER)
           && strncmp(name, BEFORE, before) == 0
           && strspn(name + before, "0123456789abcdef") == DIGITS
           && strcmp(name + before + DIGITS, AFTER) == 0;
}

/* Removes a file unless its writer lives. */
static void remove_dead(const char *aside)
{
    struct stat there;
    int file = open(aside,
                    O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0)
        return;
    if (fstat(file, &there) == 0 && S_ISREG(there.st_mode)
        && flock(file, LOCK_EX | LOCK_NB) == 0)
        unlink(aside);
    close(file);
}

static void remove_leftovers(draft *d)
{
    struct dirent *entry;
    DIR *folder = name_aside(d, ".") == 0 ? opendir(d->aside) : NULL;
    if (folder == NULL)
        return; /* it need not be readable */
    while ((entry = readdir(folder)) != NULL)
        if (is_aside(entry->d_name)
            && name_aside(d, entry->d_name) == 0)
            remove_dead(d->aside);
    closedir(folder);
}

static int write_draft(draft *d, const piece *pieces, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!write_all(d->file, pieces[i].at, pieces[i].bytes))
            return errno;
    /* Not every file system has modes. */
    if (d->exists)
        (void)!fchmod(d->file, d->mode);
    if (fsync(d->file) != 0 || rename(d->aside, d->target) != 0)
        return errno;
    return 0;
}

static int complain_of(int error, const char *path, char *why)
{
    if (error == 0)
        return MLP_OK;
    snprintf(why, MLP_WHY, "%s: cannot write: %s", path,
             error == NOT_REGULAR ? "not a regular file"
                                  : strerror(error));
    return MLP_ERROR_FILE;
}

int write_file(const char *path, const piece *pieces, size_t n,
               char *why)
{
    draft d;
    int error = find_target(&d, path);
    if (error == 0)
        error = create_aside(&d);
    if (error == 0) {
        error = write_draft(&d, pieces, n);
        if (error != 0)
            unlink(d.aside);
        close(d.file);
    }
    return complain_of(error, path, why);
}

int check_writable(const char *path, char *why)
{
    draft d;
    int error = find_target(&d, path);
    if (error == 0) {
        remove_leftovers(&d);
        error = create_aside(&d);
    }
    if (error == 0) {
        unlink(d.aside);
        close(d.file);
    }
    return complain_of(error, path, why);
}
