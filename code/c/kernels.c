/*
 * kernels.c - the textbook's table, and which tables this processor can run.
 */
#include "kernels.h"

#include <string.h>

static void textbook_matmul(float *restrict out, size_t stride, matrix a,
                            matrix b, size_t M, size_t N, size_t K,
                            const float *restrict bias, int add)
{
    for (size_t m = 0; m < M; m++)
        for (size_t n = 0; n < N; n++) {
            float sum = 0.0f;
            for (size_t k = 0; k < K; k++)
                sum += a.at[m * a.row + k * a.column]
                       * b.at[k * b.row + n * b.column];
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
    float *restrict dinp, float *restrict dweight, float *restrict dbias,
    const float *restrict dout, const float *restrict inp,
    const float *restrict weight, size_t B, size_t I, size_t O)
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

static void textbook_cross_entropy_backward(
    float *restrict dlogits, const float *restrict probs,
    const int *restrict targets, size_t B, size_t V)
{
    zero(dlogits, B * V);
    cross_entropy_backward(dlogits, probs, targets, B, V);
}

static const mlp_kernels textbook = {
    "textbook",
    textbook_matmul,
    textbook_add,
    linear_forward,
    textbook_linear_backward,
    tanh_forward,
    textbook_tanh_backward,
    gelu_forward,
    textbook_gelu_backward,
    cross_entropy_forward,
    textbook_cross_entropy_backward,
    adamw_update,
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
