/*
 * windows.c - from tokens to batches of windows: T tokens, and the one
 * that follows.
 */
#include "mlp.h"

int mlp_windows_init(mlp_windows *windows, const uint16_t *tokens,
                     size_t N, size_t T, int padded)
{
    if (N == 0 || (!padded && N <= T))
        return MLP_ERROR_SHORT;
    *windows = (mlp_windows){
        .tokens = tokens,
        .N = N,
        .T = T,
        .count = padded ? N : N - T,
        .padded = padded,
    };
    return MLP_OK;
}

/* inputs (T) = the tokens before number `target` of the stream */
static void context_before(int *inputs, const mlp_windows *windows,
                           size_t target)
{
    const uint16_t *tokens = windows->tokens;
    size_t T = windows->T, t = T;
    while (t > 0 && target > 0) {
        if (windows->padded && tokens[target - 1] == 0)
            break;
        inputs[--t] = tokens[--target];
    }
    while (t > 0)
        inputs[--t] = 0;
}

/* inputs (T), targets (1) = a window */
static void write_window(int *inputs, int *targets,
                         const mlp_windows *windows, uint64_t window)
{
    size_t target = (size_t)window;
    if (!windows->padded)
        target += windows->T;
    context_before(inputs, windows, target);
    *targets = windows->tokens[target];
}

void mlp_windows_batch(int *inputs, int *targets,
                       const mlp_windows *windows, uint64_t step,
                       size_t B)
{
    size_t T = windows->T;
    for (size_t b = 0; b < B; b++) {
        /* In 64 bits, which hold the product everywhere. */
        uint64_t window = step % windows->count * B + b;
        write_window(inputs + b * T, targets + b, windows,
                     window % windows->count);
    }
}

void mlp_windows_shuffled(int *inputs, int *targets,
                          const mlp_windows *windows, uint64_t step,
                          size_t B, uint64_t seed)
{
    uint64_t N = windows->count;
    size_t T = windows->T;
    for (size_t b = 0; b < B; b++) {
        /* As above. The number of an epoch counts modulo 2^64. */
        uint64_t place = step % N * B + b;
        uint64_t epoch = step / N * B + place / N;
        write_window(inputs + b * T, targets + b, windows,
                     shuffled_window(place % N, N, seed, epoch));
    }
}
