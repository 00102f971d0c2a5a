/*
 * kernels.c - the textbook's table, and which tables this processor can
 * run.
 */
#include "kernels.h"

#include <string.h>

static void textbook_matmul(float *restrict out, size_t stride,
                            matrix a, matrix b,
                            size_t M, size_t N, size_t K,
                            const float *restrict bias, int add)
{
    for (size_t m = 0; m < M; m++)
        for (size_t n = 0; n < N; n++) {
            float sum = 0.0f;
            for (size_t k = 0; k < K; k++)
                sum += a.at[m * a.rs + k * a.cs]
                       * b.at[k * b.rs + n * b.cs];
            float *to = out + m * stride + n;
            *to = sum + (add ? *to : bias != NULL ? bias[n] : 0.0f);
        }
}

static void textbook_add(float *restrict out, const float *restrict inp,
                         size_t N)
{
    for (size_t n = 0; n < N; n++)
        out[n] += inp[n];
}

/* The backward kernels of ops.c add to gradients: start from zero. */

static void zero(float *x, size_t N)
{
    memset(x, 0, N * sizeof(float));
}

static void textbook_linear_backward(
    float *restrict dinp, float *restrict dweight,
    float *restrict dbias, const float *restrict dout,
    const float *restrict inp, const float *restrict weight,
    size_t B, size_t I, size_t O)
{
    zero(dinp, B * I);
    zero(dweight, O * I);
    zero(dbias, O);
    linear_backward(dinp, dweight, dbias, dout, inp, weight, B, I, O);
}

static void textbook_tanh_backward(float *restrict dinp,
                                   const float *restrict dout,
                                   const float *restrict out, size_t N)
{
    zero(dinp, N);
    tanh_backward(dinp, dout, out, N);
}

static void textbook_gelu_backward(float *restrict dinp,
                                   const float *restrict dout,
                                   const float *restrict inp, size_t N)
{
    zero(dinp, N);
    gelu_backward(dinp, dout, inp, N);
}

static void textbook_dropout_backward(float *restrict dinp,
                                      const float *restrict dout,
                                      double p, uint32_t key,
                                      size_t first, size_t N)
{
    zero(dinp, N);
    dropout_backward(dinp, dout, p, key, first, N);
}

static void textbook_cross_entropy_backward(
    float *restrict dlogits, const float *restrict probs,
    const int *restrict targets, size_t B, size_t V)
{
    zero(dlogits, B * V);
    cross_entropy_backward(dlogits, probs, targets, B, V);
}

static const mlp_kernels textbook = {
    "textbook",
    0,
    textbook_matmul,
    textbook_add,
    linear_forward,
    textbook_linear_backward,
    tanh_forward,
    textbook_tanh_backward,
    gelu_forward,
    textbook_gelu_backward,
    dropout_forward,
    textbook_dropout_backward,
    cross_entropy_forward,
    textbook_cross_entropy_backward,
    adamw_update,
};

/* The Makefile says for which processors fast.c was compiled, best
 * first; the flags there decide what each needs. */
#ifndef KERNEL_SETS
#define KERNEL_SETS SET(base)
#endif
#define SET(name) extern const mlp_kernels kernels_##name;
KERNEL_SETS
#undef SET
#define SET(name) &kernels_##name,
static const mlp_kernels *const SETS[] = {
    KERNEL_SETS
    &textbook,
};
enum { N_SETS = sizeof SETS / sizeof *SETS };

static int processor_runs(const mlp_kernels *set)
{
    unsigned has = 0;
#if defined(__x86_64__) || defined(__i386__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2"))
        has |= NEEDS_AVX2;
    if (__builtin_cpu_supports("fma"))
        has |= NEEDS_FMA;
    if (__builtin_cpu_supports("avx512f"))
        has |= NEEDS_AVX512F;
    if (__builtin_cpu_supports("avx512dq"))
        has |= NEEDS_AVX512DQ;
    if (__builtin_cpu_supports("avx512vl"))
        has |= NEEDS_AVX512VL;
#endif
    return (set->needs & ~has) == 0;
}

const mlp_kernels *kernels_find(const char *name)
{
    int any = strcmp(name, "auto") == 0; /* then the first one */
    for (size_t i = 0; i < N_SETS; i++)
        if ((any || strcmp(name, SETS[i]->name) == 0)
            && processor_runs(SETS[i]))
            return SETS[i];
    return NULL;
}

const char *mlp_kernels_name(size_t i)
{
    return i < N_SETS ? SETS[i]->name : NULL;
}

int mlp_kernels_check(const char *name)
{
    return kernels_find(name) != NULL ? MLP_OK : MLP_ERROR_NAME;
}
