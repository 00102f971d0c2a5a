/*
 * ladder.h - the rungs of ladder.c, each a linear_forward of its own.
 */
#ifndef LADDER_H
#define LADDER_H

#include <stddef.h>

void linear_partial_sums(float *restrict out, const float *restrict inp,
                         const float *restrict weight,
                         const float *restrict bias,
                         size_t B, size_t I, size_t O);
void linear_outputs_inside(float *restrict out,
                           const float *restrict inp,
                           const float *restrict weight,
                           const float *restrict bias,
                           size_t B, size_t I, size_t O);
void linear_transposed(float *restrict out, const float *restrict inp,
                       const float *restrict weight,
                       const float *restrict bias,
                       size_t B, size_t I, size_t O);
void linear_tiled(float *restrict out, const float *restrict inp,
                  const float *restrict weight,
                  const float *restrict bias,
                  size_t B, size_t I, size_t O);
void linear_packed(float *restrict out, const float *restrict inp,
                   const float *restrict weight,
                   const float *restrict bias,
                   size_t B, size_t I, size_t O);

#endif
