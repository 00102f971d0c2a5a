/*
 * floats.c - memory for floats that begins at a cache line.
 */
#include "kernels.h"

#include <stdlib.h>
#include <string.h>

enum { LINE = 64 }; /* bytes */

/* calloc gives memory that costs nothing until it is used. Before the
 * cache line that we return stands what calloc returned. */
float *floats_create(size_t N)
{
    if (N > (SIZE_MAX - LINE) / sizeof(float))
        return NULL;
    char *base = calloc(N * sizeof(float) + LINE, 1);
    if (base == NULL)
        return NULL;
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
