/*
 * kernels.h - the operations that exist more than once, as a table.
 *
 * Internal. The model computes through such a table, so that one
 * library holds the textbook loops and the fast versions for each kind
 * of processor. Unlike the kernels of ops.c, which add to gradients,
 * all functions of a table write their outputs: nothing has to be
 * zeroed.
 */
#ifndef KERNELS_H
#define KERNELS_H

#include "mlp.h"

/* A matrix seen through strides: its number in row r and column c
 * stands at at[r * rs + c * cs]. Swapping the strides transposes it
 * without moving a number. Rows of the usual kind have cs = 1. (The
 * names are those of BLIS, Van Zee & van de Geijn 2015.) */
typedef struct {
    const float *at;
    size_t rs, cs; /* row stride, column stride, in floats */
} matrix;

/* What a processor may lack. */
enum {
    NEEDS_AVX2 = 1,
    NEEDS_FMA = 2,
    NEEDS_AVX512F = 4,
    NEEDS_AVX512DQ = 8,
    NEEDS_AVX512VL = 16
};

typedef struct {
    const char *name;
    unsigned needs; /* a sum of the above */
    /* out (M,N) = a (M,K) @ b (K,N), added to bias (N) unless that is
     * NULL, or to what out already holds if `add`. Rows of out are
     * `stride` floats apart. */
    void (*matmul)(float *restrict out, size_t stride, matrix a,
                   matrix b, size_t M, size_t N, size_t K,
                   const float *restrict bias, int add);
    /* out (N) += inp (N) */
    void (*add)(float *restrict out, const float *restrict inp,
                size_t N);
    void (*linear_forward)(float *restrict out,
                           const float *restrict inp,
                           const float *restrict weight,
                           const float *restrict bias,
                           size_t B, size_t I, size_t O);
    void (*linear_backward)(float *restrict dinp,
                            float *restrict dweight,
                            float *restrict dbias,
                            const float *restrict dout,
                            const float *restrict inp,
                            const float *restrict weight,
                            size_t B, size_t I, size_t O);
    void (*tanh_forward)(float *restrict out, const float *restrict inp,
                         size_t N);
    void (*tanh_backward)(float *restrict dinp,
                          const float *restrict dout,
                          const float *restrict out, size_t N);
    void (*gelu_forward)(float *restrict out, const float *restrict inp,
                         size_t N);
    void (*gelu_backward)(float *restrict dinp,
                          const float *restrict dout,
                          const float *restrict inp, size_t N);
    void (*dropout_forward)(float *restrict out,
                            const float *restrict inp, double p,
                            uint32_t key, size_t first, size_t N);
    void (*dropout_backward)(float *restrict dinp,
                             const float *restrict dout, double p,
                             uint32_t key, size_t first, size_t N);
    void (*cross_entropy_forward)(float *restrict losses,
                                  float *restrict probs,
                                  const float *restrict logits,
                                  const int *restrict targets,
                                  size_t B, size_t V);
    void (*cross_entropy_backward)(float *restrict dlogits,
                                   const float *restrict probs,
                                   const int *restrict targets,
                                   size_t B, size_t V);
    void (*adamw_update)(float *restrict params,
                         const float *restrict grads,
                         float *restrict m, float *restrict v, size_t N,
                         uint64_t step, double learning_rate,
                         double weight_decay);
} mlp_kernels;

/* Finds a table by name, see mlp_model_kernels; NULL if there is
 * none. */
const mlp_kernels *kernels_find(const char *name);

/* ---- aligned memory (floats.c) ----------------------------------- */

/* Allocates N zeros that begin at a cache line; NULL if there is no
 * memory. */
float *floats_create(size_t N);
void floats_free(float *floats);

/* ---- the folded first layer (fold.c) ----------------------------- */

/* out (B,O) = concatenated embeddings of tokens (B,T) @ weight
 * (O,T*E)^T + bias (O), through tables (T,V,O), which are written
 * too. */
void fold_forward(const mlp_kernels *k, float *restrict out,
                  float *restrict tables, const int *restrict tokens,
                  const float *restrict wte,
                  const float *restrict weight,
                  const float *restrict bias,
                  size_t B, size_t T, size_t E, size_t V, size_t O);

/* Writes the gradients dwte (V,E), dweight (O,T*E) and dbias (O), and
 * on the way those of the tables, dtables (T,V,O). */
void fold_backward(const mlp_kernels *k, float *restrict dwte,
                   float *restrict dweight, float *restrict dbias,
                   float *restrict dtables, const float *restrict dout,
                   const int *restrict tokens,
                   const float *restrict wte,
                   const float *restrict weight,
                   size_t B, size_t T, size_t E, size_t V, size_t O);

#endif
