/*
 * fold.c - the first layer without multiplying the same rows again.
 *
 * A batch of 128 windows of 3 letters holds 384 embedding vectors, but
 * the alphabet has only 27. So multiply those 27 with the weights of
 * each position first, and look the products up:
 *
 *   concat(wte[a], wte[b], wte[c]) @ weight^T
 *     = (wte @ weight_0^T)[a] + (wte @ weight_1^T)[b]
 *                             + (wte @ weight_2^T)[c]
 *
 * weight_t (O,E) are the columns of weight that meet position t. It is
 * the same sum in another order, with V instead of B rows to multiply.
 */
#include "kernels.h"

#include <string.h>

/* weight_t (O,E), seen inside weight (O,T*E) */
static matrix weight_at_position(const float *weight, size_t t,
                                 size_t T, size_t E)
{
    return (matrix){weight + t * E, T * E, 1};
}

static matrix matrix_transpose(matrix x)
{
    return (matrix){x.at, x.cs, x.rs};
}

void fold_forward(const mlp_kernels *k, float *restrict out,
                  float *restrict tables, const int *restrict tokens,
                  const float *restrict wte,
                  const float *restrict weight,
                  const float *restrict bias,
                  size_t B, size_t T, size_t E, size_t V, size_t O)
{
    /* table_t (V,O) = wte (V,E) @ weight_t (O,E)^T; the first one takes
     * the bias along */
    for (size_t t = 0; t < T; t++)
        k->matmul(tables + t * V * O, O, (matrix){wte, E, 1},
                  matrix_transpose(weight_at_position(weight, t, T, E)),
                  V, O, E, t == 0 ? bias : NULL, 0);
    /* out[b] = sum_t table_t[tokens[b,t]] */
    for (size_t b = 0; b < B; b++)
        for (size_t t = 0; t < T; t++) {
            size_t token = (size_t)tokens[b * T + t];
            const float *row = tables + (t * V + token) * O;
            if (t == 0)
                memcpy(out + b * O, row, O * sizeof(float));
            else
                k->add(out + b * O, row, O);
        }
}

void fold_backward(const mlp_kernels *k, float *restrict dwte,
                   float *restrict dweight, float *restrict dbias,
                   float *restrict dtables, const float *restrict dout,
                   const int *restrict tokens,
                   const float *restrict wte,
                   const float *restrict weight,
                   size_t B, size_t T, size_t E, size_t V, size_t O)
{
    /* dtable_t[tokens[b,t]] += dout[b] */
    memset(dtables, 0, T * V * O * sizeof(float));
    for (size_t b = 0; b < B; b++)
        for (size_t t = 0; t < T; t++) {
            size_t token = (size_t)tokens[b * T + t];
            k->add(dtables + (t * V + token) * O, dout + b * O, O);
        }
    for (size_t t = 0; t < T; t++) {
        matrix dtable = {dtables + t * V * O, O, 1};
        /* dweight_t (O,E) = dtable_t (V,O)^T @ wte (V,E) */
        k->matmul(dweight + t * E, T * E, matrix_transpose(dtable),
                  (matrix){wte, E, 1}, O, E, V, NULL, 0);
        /* dwte (V,E) += dtable_t (V,O) @ weight_t (O,E) */
        k->matmul(dwte, E, dtable, weight_at_position(weight, t, T, E),
                  V, E, O, NULL, t > 0);
    }
    /* Every row of dout went into exactly one row of the first
     * table. */
    memset(dbias, 0, O * sizeof(float));
    for (size_t v = 0; v < V; v++)
        k->add(dbias, dtables + v * O, O);
}
