/*
 * fast.c - the operations of ops.c again, fast. Same functions, same
 * shapes; to understand the model, read ops.c.
 *
 * Two ideas do nearly all of it. The matrix product keeps a tile of its
 * result in registers while it runs through the sum, so each number
 * loaded serves many multiplications; and tanh and exp are short
 * polynomials without branches or calls, which the compiler turns into
 * vector code. The file is compiled once for each kind of processor:
 * the flags decide how many floats a vector holds, and -DKERNELS=name
 * names the table at the end.
 */
#include "kernels.h"

#include <math.h>
#include <stdalign.h>
#include <string.h>

#ifndef KERNELS
#define KERNELS base
#endif
#define PASTE(a, b) a##b
#define TABLE(name) PASTE(kernels_, name)
#define QUOTE(name) #name
#define NAME(name) QUOTE(name)

/* Loops over the rows and vectors of a tile must vanish: a tile lives in
 * registers only if the compiler knows every index. */
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 32")
#endif

/* ---- matrix product ---------------------------------------------- */

/* WIDTH floats make a vector. MR x NR results make a tile: as many
 * accumulators as the registers hold beside the operands. */
#if defined(__AVX512F__)
enum { WIDTH = 16, MR = 8, NR = 32 };
#elif defined(__AVX__)
enum { WIDTH = 8, MR = 6, NR = 16 };
#elif defined(__aarch64__)
enum { WIDTH = 4, MR = 8, NR = 8 };
#else
enum { WIDTH = 4, MR = 4, NR = 8 };
#endif

/* A block of MC x KC of a and a panel of KC x NR of b, copied so that
 * the tile reads both in order, stay in the caches. */
enum { VECTORS = NR / WIDTH, KC = 256, MC = 16 * MR };

static inline size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

typedef float vector __attribute__((vector_size(4 * WIDTH)));
typedef float vector_at __attribute__((vector_size(4 * WIDTH), aligned(4),
                                       may_alias));

/* A matrix seen through strides, as an operand of a product: the sum
 * runs along k, the results along the lanes. Swapping the two strides
 * transposes it without moving a number. */
typedef struct {
    const float *at;
    size_t lane, k;
} operand;

/* The part of x that starts at (lane, k). */
static inline operand from(operand x, size_t lane, size_t k)
{
    x.at += lane * x.lane + k * x.k;
    return x;
}

/* panel (K,width) = x (K,lanes), filled up with zeros */
static inline __attribute__((always_inline)) void
pack(float *restrict panel, operand x, size_t lanes, size_t width, size_t K)
{
    if (lanes < width)
        memset(panel, 0, K * width * sizeof(float));
    if (lanes == width && x.lane == 1)
        for (size_t k = 0; k < K; k++)
            memcpy(panel + k * width, x.at + k * x.k,
                   width * sizeof(float));
    else
        for (size_t lane = 0; lane < lanes; lane++)
            for (size_t k = 0; k < K; k++)
                panel[k * width + lane] = x.at[lane * x.lane + k * x.k];
}

/* acc (MR,NR) = a (MR,K) @ b (K,NR): all the time is spent here */
static inline __attribute__((always_inline)) void
tile(vector acc[MR][VECTORS], operand a, const float *restrict b,
     size_t K)
{
    UNROLL
    for (size_t r = 0; r < MR; r++)
        UNROLL
        for (size_t i = 0; i < VECTORS; i++)
            acc[r][i] = (vector){0};
    for (size_t k = 0; k < K; k++) {
        const vector *row = (const vector *)(const void *)(b + k * NR);
        UNROLL
        for (size_t r = 0; r < MR; r++)
            UNROLL
            for (size_t i = 0; i < VECTORS; i++)
                acc[r][i] += a.at[r * a.lane + k * a.k] * row[i];
    }
}

/* c (M,N) += a (MR,K) @ b (K,NR), for the M <= MR and N <= NR that
 * exist; rows of c are `stride` floats apart */
static inline __attribute__((always_inline)) void
add_tile(float *restrict c, size_t stride, operand a,
         const float *restrict b, size_t M, size_t N, size_t K)
{
    vector acc[MR][VECTORS];
    tile(acc, a, b, K);
    if (M == MR && N == NR) {
        UNROLL
        for (size_t r = 0; r < MR; r++)
            UNROLL
            for (size_t i = 0; i < VECTORS; i++)
                *(vector_at *)(c + r * stride + i * WIDTH) += acc[r][i];
    } else {
        alignas(64) float out[MR * NR];
        memcpy(out, acc, sizeof out);
        for (size_t r = 0; r < M; r++)
            for (size_t n = 0; n < N; n++)
                c[r * stride + n] += out[r * NR + n];
    }
}

/* c (M,N) += a (M,K) @ b (K,N); c is row-major. Whole tiles of a
 * row-major a are read where they are; the rest of a is packed. */
static void matmul(float *restrict c, operand a, operand b,
                   size_t M, size_t N, size_t K)
{
    alignas(64) float block[MC * KC]; /* of a: panels of (K,MR) */
    alignas(64) float panel[KC * NR]; /* of b */
    for (size_t k0 = 0; k0 < K; k0 += KC) {
        size_t kc = least(KC, K - k0);
        for (size_t m0 = 0; m0 < M; m0 += MC) {
            size_t mc = least(MC, M - m0);
            size_t whole = a.k == 1 ? mc - mc % MR : 0;
            for (size_t m = whole; m < mc; m += MR)
                pack(block + m * kc, from(a, m0 + m, k0),
                     least(MR, mc - m), MR, kc);
            for (size_t n0 = 0; n0 < N; n0 += NR) {
                size_t nr = least(NR, N - n0);
                pack(panel, from(b, n0, k0), nr, NR, kc);
                for (size_t m = 0; m < mc; m += MR) {
                    float *at = c + (m0 + m) * N + n0;
                    if (m < whole)
                        add_tile(at, N,
                                 (operand){from(a, m0 + m, k0).at,
                                           a.lane, 1},
                                 panel, MR, nr, kc);
                    else
                        add_tile(at, N, (operand){block + m * kc, 1, MR},
                                 panel, least(MR, mc - m), nr, kc);
                }
            }
        }
    }
}

/* ---- linear ------------------------------------------------------ */

static void fast_linear_forward(float *restrict out,
                                const float *restrict inp,
                                const float *restrict weight,
                                const float *restrict bias,
                                size_t B, size_t I, size_t O)
{
    for (size_t b = 0; b < B; b++)
        memcpy(out + b * O, bias, O * sizeof(float));
    /* out (B,O) += inp (B,I) @ weight (O,I)^T */
    matmul(out, (operand){inp, I, 1}, (operand){weight, I, 1}, B, O, I);
}

static void fast_linear_backward(float *restrict dinp,
                                 float *restrict dweight,
                                 float *restrict dbias,
                                 const float *restrict dout,
                                 const float *restrict inp,
                                 const float *restrict weight,
                                 size_t B, size_t I, size_t O)
{
    /* dinp (B,I) += dout (B,O) @ weight (O,I) */
    matmul(dinp, (operand){dout, O, 1}, (operand){weight, 1, I}, B, I, O);
    /* dweight (O,I) += dout (B,O)^T @ inp (B,I) */
    matmul(dweight, (operand){dout, 1, O}, (operand){inp, 1, I}, O, I, B);
    for (size_t b = 0; b < B; b++)
        for (size_t o = 0; o < O; o++)
            dbias[o] += dout[b * O + o];
}

/* ---- exp and tanh ------------------------------------------------ */

/* e^x = 2^n * e^f with n whole and |f| <= log(2)/2, where six terms of
 * a polynomial are enough: fitted for the smallest largest error, 3e-9
 * before rounding. x is kept inside the range of a float. */
static inline float fast_exp(float x)
{
    x = x < -87.0f ? -87.0f : x;
    x = x > 88.0f ? 88.0f : x;
    /* Adding 1.5 * 2^23 leaves no bits for a fraction: this rounds. */
    union { float value; uint32_t bits; } shifted, power;
    shifted.value = x * 1.44269504f + 12582912.0f;
    float n = shifted.value - 12582912.0f;
    /* log(2) in two parts, the first short enough that n * it is exact */
    float f = (x - n * 0.693359375f) - n * -2.12194440e-4f;
    float p = 1.381446689e-3f;
    p = p * f + 8.368780415e-3f;
    p = p * f + 4.166839421e-2f;
    p = p * f + 1.666652011e-1f;
    p = p * f + 4.999999341e-1f;
    p = p * f * f + f + 1.0f;
    /* 2^n, written into the exponent bits. The last bits of `shifted` are
     * n: a conversion would not be defined where x is no number. */
    power.bits = (shifted.bits + 127) << 23;
    return p * power.value;
}

/* Near 0 a polynomial in x^2, else 1 - 2 / (e^2x + 1), by symmetry. */
static inline float fast_tanh(float x)
{
    float a = fabsf(x), s = x * x;
    float p = -5.704986926e-3f;
    p = p * s + 2.063908716e-2f;
    p = p * s + -5.373971505e-2f;
    p = p * s + 1.333144220e-1f;
    p = p * s + -3.333328194e-1f;
    float near = x + x * s * p;
    float far = 1.0f - 2.0f / (fast_exp(2.0f * a) + 1.0f);
    return a < 0.625f ? near : copysignf(far, x);
}

static void fast_tanh_forward(float *restrict out,
                              const float *restrict inp, size_t N)
{
    for (size_t n = 0; n < N; n++)
        out[n] = fast_tanh(inp[n]);
}

/* ---- GELU -------------------------------------------------------- */

static const float GELU_SCALE = 0.7978845608028654f; /* sqrt(2/pi) */
static const float GELU_CUBIC = 0.044715f;

static void fast_gelu_forward(float *restrict out,
                              const float *restrict inp, size_t N)
{
    for (size_t n = 0; n < N; n++) {
        float x = inp[n];
        float u = GELU_SCALE * (x + GELU_CUBIC * x * x * x);
        out[n] = 0.5f * x * (1.0f + fast_tanh(u));
    }
}

static void fast_gelu_backward(float *restrict dinp,
                               const float *restrict dout,
                               const float *restrict inp, size_t N)
{
    for (size_t n = 0; n < N; n++) {
        float x = inp[n];
        float u = GELU_SCALE * (x + GELU_CUBIC * x * x * x);
        float du = GELU_SCALE * (1.0f + 3.0f * GELU_CUBIC * x * x);
        float t = fast_tanh(u);
        dinp[n] += dout[n] * (0.5f * (1.0f + t)
                              + 0.5f * x * (1.0f - t * t) * du);
    }
}

/* ---- cross-entropy ----------------------------------------------- */

static void fast_cross_entropy_forward(float *restrict losses,
                                       float *restrict probs,
                                       const float *restrict logits,
                                       const int *restrict targets,
                                       size_t B, size_t V)
{
    for (size_t b = 0; b < B; b++) {
        const float *row = logits + b * V;
        float *p = probs + b * V;
        float max = row[0];
        for (size_t v = 1; v < V; v++)
            max = row[v] > max ? row[v] : max;
        for (size_t v = 0; v < V; v++)
            p[v] = fast_exp(row[v] - max);
        float sum = 0.0f;
        for (size_t v = 0; v < V; v++)
            sum += p[v];
        for (size_t v = 0; v < V; v++)
            p[v] /= sum;
        losses[b] = logf(sum) - (row[targets[b]] - max);
    }
}

/* ---- the table --------------------------------------------------- */

extern const mlp_kernels TABLE(KERNELS);

const mlp_kernels TABLE(KERNELS) = {
    NAME(KERNELS),
    fast_linear_forward,
    fast_linear_backward,
    fast_tanh_forward,
    fast_gelu_forward,
    fast_gelu_backward,
    fast_cross_entropy_forward,
};
