/*
 * ops.c - every operation of the model as loops, forward and backward.
 *
 * This is the text to read first. Each kernel is the equation above it,
 * spelled out: no library, no vectors, no tricks. fast.c computes the
 * same functions faster; the tests hold the two together.
 */
#include "mlp.h"

#include <math.h>

/* ---- embedding --------------------------------------------------- */

/* out[b,t,:] = weight[inp[b,t],:] */
void embedding_forward(float *restrict out, const int *restrict inp,
                       const float *restrict weight,
                       size_t B, size_t T, size_t E)
{
    for (size_t b = 0; b < B; b++)
        for (size_t t = 0; t < T; t++) {
            size_t token = (size_t)inp[b * T + t];
            for (size_t e = 0; e < E; e++)
                out[(b * T + t) * E + e] = weight[token * E + e];
        }
}

/* A row that was read n times collects n gradients. */
void embedding_backward(float *restrict dweight,
                        const float *restrict dout,
                        const int *restrict inp,
                        size_t B, size_t T, size_t E)
{
    for (size_t b = 0; b < B; b++)
        for (size_t t = 0; t < T; t++) {
            size_t token = (size_t)inp[b * T + t];
            for (size_t e = 0; e < E; e++)
                dweight[token * E + e] += dout[(b * T + t) * E + e];
        }
}

/* ---- linear ------------------------------------------------------ */

/* out[b,o] = sum_i inp[b,i] * weight[o,i] + bias[o] */
void linear_forward(float *restrict out, const float *restrict inp,
                    const float *restrict weight,
                    const float *restrict bias,
                    size_t B, size_t I, size_t O)
{
    for (size_t b = 0; b < B; b++)
        for (size_t o = 0; o < O; o++) {
            float sum = 0.0f;
            for (size_t i = 0; i < I; i++)
                sum += inp[b * I + i] * weight[o * I + i];
            out[b * O + o] = sum + bias[o];
        }
}

/* Each product of the forward pass sends its gradient both ways:
 * dinp[b,i]    += dout[b,o] * weight[o,i]
 * dweight[o,i] += dout[b,o] * inp[b,i]
 * dbias[o]     += dout[b,o] */
void linear_backward(float *restrict dinp, float *restrict dweight,
                     float *restrict dbias, const float *restrict dout,
                     const float *restrict inp,
                     const float *restrict weight,
                     size_t B, size_t I, size_t O)
{
    for (size_t b = 0; b < B; b++)
        for (size_t o = 0; o < O; o++) {
            float d = dout[b * O + o];
            for (size_t i = 0; i < I; i++) {
                dinp[b * I + i] += d * weight[o * I + i];
                dweight[o * I + i] += d * inp[b * I + i];
            }
            dbias[o] += d;
        }
}

/* ---- tanh -------------------------------------------------------- */

/* out[n] = tanh(inp[n]) */
void tanh_forward(float *restrict out, const float *restrict inp,
                  size_t N)
{
    for (size_t n = 0; n < N; n++)
        out[n] = tanhf(inp[n]);
}

/* tanh' = 1 - tanh^2, so the output says it all. */
void tanh_backward(float *restrict dinp, const float *restrict dout,
                   const float *restrict out, size_t N)
{
    for (size_t n = 0; n < N; n++)
        dinp[n] += dout[n] * (1.0f - out[n] * out[n]);
}

/* ---- GELU -------------------------------------------------------- */

static const float GELU_SCALE = 0.7978845608028654f; /* sqrt(2/pi) */
static const float GELU_CUBIC = 0.044715f;

/* out = x/2 * (1 + tanh(s * (x + c * x^3))) */
void gelu_forward(float *restrict out, const float *restrict inp,
                  size_t N)
{
    for (size_t n = 0; n < N; n++) {
        float x = inp[n];
        float u = GELU_SCALE * (x + GELU_CUBIC * x * x * x);
        out[n] = 0.5f * x * (1.0f + tanhf(u));
    }
}

/* The product rule on x/2 and 1 + tanh(u), the chain rule on u. */
void gelu_backward(float *restrict dinp, const float *restrict dout,
                   const float *restrict inp, size_t N)
{
    for (size_t n = 0; n < N; n++) {
        float x = inp[n];
        float u = GELU_SCALE * (x + GELU_CUBIC * x * x * x);
        float du = GELU_SCALE * (1.0f + 3.0f * GELU_CUBIC * x * x);
        float tanh_u = tanhf(u);
        float slope = 0.5f * (1.0f + tanh_u)
                      + 0.5f * x * (1.0f - tanh_u * tanh_u) * du;
        dinp[n] += dout[n] * slope;
    }
}

/* ---- dropout ----------------------------------------------------- */

/* Returns x / (1 - p) if number n is kept, else 0. */
static float dropped(float x, double p, uint32_t key, size_t n)
{
    uint32_t threshold = (uint32_t)(p * 4294967296.0);
    float scale = (float)(1 / (1 - p));
    return rng_bits(key, (uint32_t)n) >= threshold ? x * scale : 0.0f;
}

void dropout_forward(float *restrict out, const float *restrict inp,
                     double p, uint32_t key, size_t first, size_t N)
{
    for (size_t n = 0; n < N; n++)
        out[n] = dropped(inp[n], p, key, first + n);
}

/* A gradient passes where its number did. The same key draws the same
 * bits again: nobody has to keep them. */
void dropout_backward(float *restrict dinp, const float *restrict dout,
                      double p, uint32_t key, size_t first, size_t N)
{
    for (size_t n = 0; n < N; n++)
        dinp[n] += dropped(dout[n], p, key, first + n);
}

/* ---- softmax and cross-entropy ----------------------------------- */

/* probs[b,v] = exp(logits[b,v]) / sum_u exp(logits[b,u])
 * The largest logit is taken off first: no exp can overflow then, and
 * the quotient stays what it was. */
void softmax_forward(float *restrict probs,
                     const float *restrict logits,
                     size_t B, size_t V)
{
    for (size_t b = 0; b < B; b++) {
        const float *row = logits + b * V;
        float max = row[0];
        for (size_t v = 1; v < V; v++)
            if (row[v] > max)
                max = row[v];
        float sum = 0.0f;
        for (size_t v = 0; v < V; v++) {
            probs[b * V + v] = expf(row[v] - max);
            sum += probs[b * V + v];
        }
        for (size_t v = 0; v < V; v++)
            probs[b * V + v] /= sum;
    }
}

/* losses[b] = log(sum_v exp(logits[b,v])) - logits[b,targets[b]]
 * Never log(probs): a probability may round to 0, this cannot. */
void cross_entropy_forward(float *restrict losses,
                           float *restrict probs,
                           const float *restrict logits,
                           const int *restrict targets,
                           size_t B, size_t V)
{
    softmax_forward(probs, logits, B, V);
    for (size_t b = 0; b < B; b++) {
        const float *row = logits + b * V;
        float max = row[0];
        for (size_t v = 1; v < V; v++)
            if (row[v] > max)
                max = row[v];
        float sum = 0.0f;
        for (size_t v = 0; v < V; v++)
            sum += expf(row[v] - max);
        losses[b] = logf(sum) - (row[targets[b]] - max);
    }
}

/* dlogits = (probs - onehot(targets)) / B */
void cross_entropy_backward(float *restrict dlogits,
                            const float *restrict probs,
                            const int *restrict targets,
                            size_t B, size_t V)
{
    float scale = 1.0f / (float)B;
    for (size_t b = 0; b < B; b++)
        for (size_t v = 0; v < V; v++) {
            float y = v == (size_t)targets[b] ? 1.0f : 0.0f;
            dlogits[b * V + v] += (probs[b * V + v] - y) * scale;
        }
}
