/*
 * team.h - the operations of a table of kernels, by several threads.
 *
 * Internal. team_linear_forward(t, ...) computes what linear_forward of
 * the table does, and so on: the same bits, whatever the number of
 * threads. Work is cut along rows or columns of a result, never along a
 * sum, and small work is not cut at all.
 */
#ifndef TEAM_H
#define TEAM_H

#include "kernels.h"
#include "threads.h"

#pragma GCC visibility push(hidden)

typedef struct {
    const mlp_kernels *kernels;
    threads *pool; /* NULL: the caller's thread is alone */
} team;

void team_linear_forward(const team *t, float *out, const float *inp,
                         const float *weight, const float *bias,
                         size_t B, size_t I, size_t O);
void team_linear_backward(const team *t, float *dinp, float *dweight,
                          float *dbias, const float *dout,
                          const float *inp, const float *weight,
                          size_t B, size_t I, size_t O);
void team_tanh_forward(const team *t, float *out, const float *inp,
                       size_t N);
void team_tanh_backward(const team *t, float *dinp, const float *dout,
                        const float *out, size_t N);
void team_gelu_forward(const team *t, float *out, const float *inp,
                       size_t N);
void team_gelu_backward(const team *t, float *dinp, const float *dout,
                        const float *inp, size_t N);
void team_dropout_forward(const team *t, float *out, const float *inp,
                          double p, uint32_t key, size_t N);
void team_dropout_backward(const team *t, float *dinp,
                           const float *dout, double p, uint32_t key,
                           size_t N);
void team_cross_entropy_forward(const team *t, float *losses,
                                float *probs, const float *logits,
                                const int *targets, size_t B, size_t V);
void team_cross_entropy_backward(const team *t, float *dlogits,
                                 const float *probs, const int *targets,
                                 size_t B, size_t V);
void team_adamw_update(const team *t, float *params, const float *grads,
                       float *m, float *v, size_t N, uint64_t step,
                       double learning_rate, double weight_decay);

/* fold_forward and fold_backward of fold.c */
void team_fold_forward(const team *t, float *out, float *tables,
                       const int *tokens, const float *wte,
                       const float *weight, const float *bias,
                       size_t B, size_t T, size_t E, size_t V,
                       size_t O);
void team_fold_backward(const team *t, float *dwte, float *dweight,
                        float *dbias, float *dtables, const float *dout,
                        const int *tokens, const float *wte,
                        const float *weight, size_t B, size_t T,
                        size_t E, size_t V, size_t O);

#pragma GCC visibility pop

#endif
