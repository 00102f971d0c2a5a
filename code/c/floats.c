/*
 * floats.c - memory for floats that begins at a cache line.
 */
#define _DEFAULT_SOURCE /* madvise */

#include "kernels.h"

#include <stdlib.h>
#include <string.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif

enum { LINE = 64, LARGE_PAGE = 2 << 20 }; /* bytes */

/* Wishes for large pages where whole ones fit. A processor remembers
 * where some thousand pages lie; of 4 KiB each, those are soon too
 * few. */
static void wish_for_large_pages(char *base, size_t bytes)
{
#if defined(MADV_HUGEPAGE)
    size_t before = LARGE_PAGE - (uintptr_t)base % LARGE_PAGE;
    if (bytes >= before + LARGE_PAGE)
        madvise(base + before,
                (bytes - before) / LARGE_PAGE * LARGE_PAGE,
                MADV_HUGEPAGE);
#else
    (void)base, (void)bytes;
#endif
}

/* calloc gives memory that costs nothing until it is used. Before the
 * cache line that we return stands what calloc returned. */
float *floats_create(size_t N)
{
    if (N > (SIZE_MAX - LINE) / sizeof(float))
        return NULL;
    char *base = calloc(N * sizeof(float) + LINE, 1);
    if (base == NULL)
        return NULL;
    wish_for_large_pages(base, N * sizeof(float) + LINE);
    char *line = base + LINE - (uintptr_t)base % LINE;
    memcpy(line - sizeof base, &base, sizeof base);
    return (float *)(void *)line;
}

void floats_free(float *floats)
{
    char *base;
    if (floats == NULL)
        return;
    memcpy(&base, (char *)floats - sizeof base, sizeof base);
    free(base);
}
