/*
 * rng.c - random numbers that are the same in C, NumPy and PyTorch.
 *
 * xorshift64* (Vigna 2016): one 64-bit word of state, which the caller
 * owns. Seed 0 would only ever give zeros, so it is not a seed.
 */
#include "mlp.h"

#include <math.h>

static const double TWO_PI = 6.283185307179586;

uint32_t rng_u32(uint64_t *rng)
{
    *rng ^= *rng >> 12;
    *rng ^= *rng << 25;
    *rng ^= *rng >> 27;
    return (uint32_t)((*rng * 0x2545F4914F6CDD1Du) >> 32);
}

/* The outputs of SplitMix64 (Steele, Lea & Flood 2014): neighbours have
 * nothing in common. One of them is 0. */
uint64_t rng_stream(uint64_t seed, uint64_t index)
{
    uint64_t x = seed + (index + 1) * 0x9E3779B97F4A7C15u;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    x ^= x >> 31;
    return x == 0 ? 1 : x;
}

uint32_t rng_key(uint64_t seed, uint64_t index)
{
    return (uint32_t)(rng_stream(seed, index) >> 32);
}

/* Neighbours are spread by the golden ratio. Then come the multipliers
 * and shifts that Wellons's search of 2018, Prospecting for Hash
 * Functions, found best among those of two multiplications. */
uint32_t rng_bits(uint32_t key, uint32_t n)
{
    uint32_t x = n * 0x9E3779B9u ^ key;
    x = (x ^ x >> 16) * 0x21F0AAADu;
    x = (x ^ x >> 15) * 0x735A2D97u;
    return x ^ x >> 15;
}

double rng_random(uint64_t *rng)
{
    return (rng_u32(rng) >> 8) / 16777216.0;
}

void rng_uniform(float *out, size_t N, double low, double high,
                 uint64_t *rng)
{
    for (size_t i = 0; i < N; i++)
        out[i] = (float)(rng_random(rng) * (high - low) + low);
}

/* In double, rounded once: in float more than half of the numbers would
 * differ from Python's in their last bit. */
void rng_normal(float *out, size_t N, uint64_t *rng)
{
    for (size_t i = 0; i < N; i += 2) {
        double u1 = rng_random(rng), u2 = rng_random(rng);
        if (u1 == 0) /* log(0) does not exist: the next smallest */
            u1 = 1 / 16777216.0;
        double radius = sqrt(-2 * log(u1));
        out[i] = (float)(radius * cos(TWO_PI * u2));
        if (i + 1 < N)
            out[i + 1] = (float)(radius * sin(TWO_PI * u2));
    }
}
