/*
 * kernels.c - which versions of the operations this processor can run.
 */
#include "kernels.h"

#include <string.h>

static const mlp_kernels textbook = {
    "textbook",
    linear_forward,
    linear_backward,
    tanh_forward,
    gelu_forward,
    gelu_backward,
    cross_entropy_forward,
};

/* fast.c, compiled once for each */
extern const mlp_kernels kernels_base;
#if defined(__x86_64__)
extern const mlp_kernels kernels_avx2, kernels_avx512;
#endif

const mlp_kernels *kernels_find(const char *name)
{
    const mlp_kernels *best_first[4];
    size_t n = 0;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f")
        && __builtin_cpu_supports("avx512dq")
        && __builtin_cpu_supports("avx512vl"))
        best_first[n++] = &kernels_avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        best_first[n++] = &kernels_avx2;
#endif
    best_first[n++] = &kernels_base;
    best_first[n++] = &textbook;
    if (strcmp(name, "auto") == 0)
        return best_first[0];
    for (size_t i = 0; i < n; i++)
        if (strcmp(name, best_first[i]->name) == 0)
            return best_first[i];
    return NULL;
}
