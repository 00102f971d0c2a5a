/*
 * kernels.h - the operations that exist more than once, as a table.
 *
 * Internal. The model calls linear, tanh, GELU and cross-entropy
 * through such a table, so that one library holds the textbook loops and
 * the fast versions for each kind of processor.
 */
#ifndef KERNELS_H
#define KERNELS_H

#include "mlp.h"

typedef struct {
    const char *name;
    void (*linear_forward)(float *restrict out, const float *restrict inp,
                           const float *restrict weight,
                           const float *restrict bias,
                           size_t B, size_t I, size_t O);
    void (*linear_backward)(float *restrict dinp, float *restrict dweight,
                            float *restrict dbias,
                            const float *restrict dout,
                            const float *restrict inp,
                            const float *restrict weight,
                            size_t B, size_t I, size_t O);
    void (*tanh_forward)(float *restrict out, const float *restrict inp,
                         size_t N);
    void (*gelu_forward)(float *restrict out, const float *restrict inp,
                         size_t N);
    void (*gelu_backward)(float *restrict dinp,
                          const float *restrict dout,
                          const float *restrict inp, size_t N);
    void (*cross_entropy_forward)(float *restrict losses,
                                  float *restrict probs,
                                  const float *restrict logits,
                                  const int *restrict targets,
                                  size_t B, size_t V);
} mlp_kernels;

/* Finds a table by name, see mlp_model_kernels; NULL if there is none. */
const mlp_kernels *kernels_find(const char *name);

#endif
