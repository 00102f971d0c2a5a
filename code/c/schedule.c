/*
 * schedule.c - the learning rate of each step.
 */
#include "mlp.h"

#include <math.h>

static const double PI = 3.141592653589793;

double cosine_schedule(double learning_rate, uint64_t step,
                       uint64_t steps, uint64_t warmup)
{
    if (step < warmup)
        return learning_rate * ((double)(step + 1) / (double)warmup);
    uint64_t rest = steps > warmup ? steps - warmup : 1; /* or none */
    double progress = (double)(step - warmup) / (double)rest;
    return learning_rate * 0.5 * (1 + cos(PI * progress));
}
