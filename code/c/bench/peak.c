/*
 * peak.c - what one core can do at best: fused multiply-adds on
 * registers, and reading and writing memory.
 *
 * Not part of the library. The bench compiles it once for each
 * instruction set, with the flags of fast.c, and divides by what it
 * measures.
 */
#include "peak.h"

/* A register full of floats. */
#if defined(__AVX512F__)
typedef float vec __attribute__((vector_size(64)));
#elif defined(__AVX__)
typedef float vec __attribute__((vector_size(32)));
#else
typedef float vec __attribute__((vector_size(16)));
#endif
typedef vec unaligned __attribute__((aligned(4), may_alias));

enum { LANES = sizeof(vec) / sizeof(float) };

/* An FMA takes about 4 cycles and two start in each, so 8 chains keep
 * both units busy; without FMA a link of the chain is twice as long,
 * and 12 do. They and the two factors fit 16 registers. Cores of Arm
 * may have four units, and have 32 registers. */
#if defined(__aarch64__)
enum { CHAINS = 24 };
#else
enum { CHAINS = 12 };
#endif

/* So that a chain neither explodes nor vanishes. Volatile: a compiler
 * that knew them would see that 0.999 * 1 + 0.001 is 1, and leave out
 * the chain that begins there. */
static const volatile float SCALE = 0.999f, SHIFT = 0.001f;

float peak_fma(size_t n)
{
    vec acc[CHAINS], scale = {0}, shift = {0}, sum = {0};
    for (int i = 0; i < CHAINS; i++)
        acc[i] = shift + (float)i;
    scale += SCALE;
    shift += SHIFT;
    for (size_t round = 0; round < n; round++)
        for (int i = 0; i < CHAINS; i++)
            acc[i] = acc[i] * scale + shift;
    for (int i = 0; i < CHAINS; i++)
        sum += acc[i];
    return sum[0];
}

size_t peak_fma_flops(void)
{
    return (size_t)2 * CHAINS * LANES;
}

float peak_read(const float *x, size_t n, size_t times)
{
    enum { EIGHT = 8 * LANES };
    const float *volatile here = x; /* lest once be thought enough */
    vec sum[8] = {0};
    for (size_t time = 0; time < times; time++) {
        x = here;
        for (size_t i = 0; i + EIGHT <= n; i += EIGHT)
            for (size_t j = 0; j < 8; j++)
                sum[j] += *(const unaligned *)(x + i + j * LANES);
    }
    for (int j = 1; j < 8; j++)
        sum[0] += sum[j];
    return sum[0][0];
}

void peak_triad(float *restrict out, const float *restrict x,
                const float *restrict y, size_t n, size_t times)
{
    float *volatile here = out;
    for (size_t time = 0; time < times; time++) {
        out = here;
        for (size_t i = 0; i + LANES <= n; i += LANES)
            *(unaligned *)(out + i) =
                *(const unaligned *)(x + i)
                + 3.0f * *(const unaligned *)(y + i);
    }
}
