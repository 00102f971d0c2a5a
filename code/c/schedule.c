/*
 * schedule.c - the learning rate of each step.
 */
#include "mlp.h"

#include <math.h>

static const double PI = 3.141592653589793;

double cosine_schedule(double learning_rate, uint64_t step,
                       uint64_t steps)
{
    double progress = (double)step / (double)steps;
    return learning_rate * 0.5 * (1 + cos(PI * progress));
}
