/*
 * fast.c - the operations of ops.c again, fast. Same functions, same
 * shapes, but backward writes its gradients instead of adding to them;
 * to understand the model, read ops.c.
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
#define UPDATE(name) PASTE(adamw_update_, name)
#define QUOTE(name) #name
#define NAME(name) QUOTE(name)

/* Loops over the rows and vectors of a tile must vanish: a tile lives
 * in registers only if the compiler knows every index. */
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 32")
#endif

/* ---- matrix product ---------------------------------------------- */

/* WIDTH floats make a vector. A tile is MR rows of VECTORS vectors of
 * results: as many accumulators as the registers hold beside the
 * operands. Where less is left, half the rows or half the vectors will
 * do. SSE needs two instructions to spread a number of a over a vector,
 * so its tile is wide: four products for each. The letters MR, NR, KC
 * and MC are those of BLIS. */
#if defined(__AVX512F__)
enum { WIDTH = 16, MR = 8, VECTORS = 2 };
#elif defined(__AVX__)
enum { WIDTH = 8, MR = 6, VECTORS = 2 };
#elif defined(__aarch64__)
enum { WIDTH = 4, MR = 8, VECTORS = 2 };
#elif defined(__SSE2__)
enum { WIDTH = 4, MR = 3, VECTORS = 4 };
#else
enum { WIDTH = 4, MR = 4, VECTORS = 2 };
#endif

/* A panel of KC x NR of b is copied, and a block of KC x MC of a,
 * unless their rows can be read where they are: so they stay in the
 * caches, and the tile reads them in order. Rows of the block are
 * STRIDE floats apart, a cache line more than MC: those a power of two
 * apart would all compete for the same few places of the cache. */
enum { NR = VECTORS * WIDTH, HALF = NR / 2, KC = 256 };
enum { MC = 16 * MR, STRIDE = MC + 16 };

static inline size_t min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

typedef float vector __attribute__((vector_size(4 * WIDTH)));
typedef float vector_at
    __attribute__((vector_size(4 * WIDTH), aligned(4), may_alias));

/* The part of x that starts at (r, c). */
static inline matrix matrix_from(matrix x, size_t r, size_t c)
{
    x.at += r * x.rs + c * x.cs;
    return x;
}

/* Four floats, to transpose 4 x 4 of them in registers. */
typedef float quad __attribute__((vector_size(16)));
typedef float quad_at
    __attribute__((vector_size(16), aligned(4), may_alias));
#if defined(__clang__)
#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
typedef int quad_of_int __attribute__((vector_size(16)));
#define SHUFFLE(a, b, ...) \
    __builtin_shuffle(a, b, (quad_of_int){__VA_ARGS__})
#endif

/* out (4,4) = inp (4,4)^T, whose rows are `stride` floats apart */
static inline __attribute__((always_inline)) void
transpose_quads(quad out[4], const float *restrict inp, size_t stride)
{
    quad a = *(const quad_at *)inp;
    quad b = *(const quad_at *)(inp + stride);
    quad c = *(const quad_at *)(inp + 2 * stride);
    quad d = *(const quad_at *)(inp + 3 * stride);
    quad ab01 = SHUFFLE(a, b, 0, 4, 1, 5);
    quad ab23 = SHUFFLE(a, b, 2, 6, 3, 7);
    quad cd01 = SHUFFLE(c, d, 0, 4, 1, 5);
    quad cd23 = SHUFFLE(c, d, 2, 6, 3, 7);
    out[0] = SHUFFLE(ab01, cd01, 0, 1, 4, 5);
    out[1] = SHUFFLE(ab01, cd01, 2, 3, 6, 7);
    out[2] = SHUFFLE(ab23, cd23, 0, 1, 4, 5);
    out[3] = SHUFFLE(ab23, cd23, 2, 3, 6, 7);
}

/* panel (K,width) = x (K,N), with zeros from N on; rows of panel are
 * `stride` floats apart */
static inline __attribute__((always_inline)) void
pack_panel(float *restrict panel, size_t stride, size_t width, matrix x,
           size_t K, size_t N)
{
    if (x.cs == 1 && N == width) {
        for (size_t k = 0; k < K; k++)
            memcpy(panel + k * stride, x.at + k * x.rs,
                   width * sizeof(float));
        return;
    }
    size_t fours = x.rs == 1 ? N - N % 4 : 0, whole = K - K % 4;
    for (size_t n = 0; n < fours; n += 4)
        for (size_t k = 0; k < whole; k += 4) {
            quad rows[4];
            transpose_quads(rows, matrix_from(x, k, n).at, x.cs);
            for (size_t i = 0; i < 4; i++)
                *(quad_at *)(panel + (k + i) * stride + n) = rows[i];
        }
    for (size_t n = 0; n < N; n++)
        for (size_t k = n < fours ? whole : 0; k < K; k++)
            panel[k * stride + n] = *matrix_from(x, k, n).at;
    for (size_t k = 0; k < K; k++)
        for (size_t n = N; n < width; n++)
            panel[k * stride + n] = 0.0f;
}

/* Fetches the part of out that a whole tile will write, while its sums
 * are computed: at large sizes it has left the near caches. */
static inline __attribute__((always_inline)) void
prefetch_tile(const float *out, size_t stride, size_t vectors)
{
    UNROLL
    for (size_t r = 0; r < MR; r++)
        UNROLL
        for (size_t i = 0; i < vectors; i++)
            __builtin_prefetch(out + r * stride + i * WIDTH, 1);
}

/* out (M,N) = a (rows,K) @ b (K,vectors), for the M <= rows and the N
 * columns that exist; plus bias, or what is there if `add`. The rows of
 * b lie in one piece each. All the time is spent in the loop over k. */
static inline __attribute__((always_inline)) void
matmul_tile(float *restrict out, size_t stride, matrix a, matrix b,
            size_t rows, size_t vectors, size_t M, size_t N, size_t K,
            const float *restrict bias, int add)
{
    vector acc[MR][VECTORS];
    UNROLL
    for (size_t r = 0; r < rows; r++)
        UNROLL
        for (size_t i = 0; i < vectors; i++)
            acc[r][i] = (vector){0};
    for (size_t k = 0; k < K; k++) {
        const vector_at *row = (const vector_at *)(b.at + k * b.rs);
        UNROLL
        for (size_t r = 0; r < rows; r++)
            UNROLL
            for (size_t i = 0; i < vectors; i++)
                acc[r][i] += a.at[r * a.rs + k * a.cs] * row[i];
    }
    if (M == rows && N == vectors * WIDTH) {
        UNROLL
        for (size_t r = 0; r < rows; r++)
            UNROLL
            for (size_t i = 0; i < vectors; i++) {
                vector_at *to = (vector_at *)(out + r * stride) + i;
                if (add)
                    acc[r][i] += *to;
                else if (bias != NULL)
                    acc[r][i] += ((const vector_at *)bias)[i];
                *to = acc[r][i];
            }
    } else {
        alignas(64) float results[MR * NR];
        UNROLL
        for (size_t r = 0; r < rows; r++)
            UNROLL
            for (size_t i = 0; i < vectors; i++)
                memcpy(results + r * NR + i * WIDTH, &acc[r][i],
                       sizeof(vector));
        for (size_t r = 0; r < M; r++)
            for (size_t n = 0; n < N; n++) {
                float *to = out + r * stride + n;
                float start = add ? *to : bias != NULL ? bias[n] : 0.0f;
                *to = results[r * NR + n] + start;
            }
    }
}

/* out (M,N) = a (M,K) @ b (K,vectors): tiles from top to bottom. The
 * first `whole` rows of a are read where they are, the others from the
 * columns of `block`. */
static inline __attribute__((always_inline)) void
matmul_block(float *restrict out, size_t stride, matrix a, size_t whole,
             const float *restrict block, matrix b, size_t vectors,
             size_t M, size_t N, size_t K, const float *restrict bias,
             int add)
{
    for (size_t m = 0; m < M; m += MR) {
        float *at = out + m * stride;
        matrix packed = {block + m - whole, 1, STRIDE};
        if (M - m >= MR)
            prefetch_tile(at, stride, vectors);
        if (m < whole)
            matmul_tile(at, stride, matrix_from(a, m, 0), b, MR,
                        vectors, MR, N, K, bias, add);
        else if (M - m > MR / 2)
            matmul_tile(at, stride, packed, b, MR, vectors,
                        min_size(MR, M - m), N, K, bias, add);
        else
            matmul_tile(at, stride, packed, b, MR / 2, vectors,
                        M - m, N, K, bias, add);
    }
}

/* Whether a whole panel of b can be read where it is: each row of it
 * lies in one piece, and not a multiple of 1 KiB behind the last one,
 * where all rows would compete for the same places of the cache. */
static inline int lies_well(matrix b)
{
    return b.cs == 1 && b.rs % 256 != 0;
}

/* A block of a that need not be copied has all rows: then each panel of
 * b is copied once. */
static void fast_matmul(float *restrict out, size_t stride, matrix a,
                        matrix b, size_t M, size_t N, size_t K,
                        const float *restrict bias, int add)
{
    alignas(64) float block[KC * STRIDE]; /* of a, transposed */
    alignas(64) float panel[KC * NR];     /* of b */
    size_t longest = a.cs == 1 ? M : MC;
    for (size_t k0 = 0; k0 < K; k0 += KC) {
        size_t kc = min_size(KC, K - k0);
        int more = add || k0 > 0;
        for (size_t m0 = 0; m0 < M; m0 += longest) {
            size_t mc = min_size(longest, M - m0);
            size_t whole = a.cs == 1 ? mc - mc % MR : 0;
            size_t tiles = (mc - whole + MR - 1) / MR;
            matrix rows = matrix_from(a, m0, k0);
            if (tiles > 0) {
                matrix others = {rows.at + whole * a.rs, a.cs, a.rs};
                pack_panel(block, STRIDE, tiles * MR, others, kc,
                           mc - whole);
            }
            for (size_t n0 = 0; n0 < N; n0 += NR) {
                size_t nr = min_size(NR, N - n0);
                matrix columns = matrix_from(b, k0, n0);
                float *at = out + m0 * stride + n0;
                const float *start = bias == NULL ? NULL : bias + n0;
                if (nr > HALF) {
                    if (nr < NR || !lies_well(b)) {
                        pack_panel(panel, NR, NR, columns, kc, nr);
                        columns = (matrix){panel, NR, 1};
                    }
                    matmul_block(at, stride, rows, whole, block,
                                 columns, VECTORS, mc, nr, kc, start,
                                 more);
                } else {
                    pack_panel(panel, HALF, HALF, columns, kc, nr);
                    columns = (matrix){panel, HALF, 1};
                    matmul_block(at, stride, rows, whole, block,
                                 columns, VECTORS / 2, mc, nr, kc,
                                 start, more);
                }
            }
        }
    }
}

/* ---- linear ------------------------------------------------------ */

static void fast_add(float *restrict out, const float *restrict inp,
                     size_t N)
{
    for (size_t n = 0; n < N; n++)
        out[n] += inp[n];
}

/* One window: each weight serves once, so none is copied. The sums are
 * those of fast_matmul, bit for bit. Outputs come ALONE at a time, at
 * the end some of them again. */
enum { QUADS = 4, ALONE = 4 * QUADS };

static void fast_linear_alone(float *restrict out,
                              const float *restrict inp,
                              const float *restrict weight,
                              const float *restrict bias,
                              size_t I, size_t O)
{
    for (size_t at = 0; at < O; at += ALONE) {
        size_t o = min_size(at, O - ALONE);
        quad total[QUADS];
        memcpy(total, bias + o, sizeof total);
        for (size_t i0 = 0; i0 < I; i0 += KC) {
            size_t end = min_size(I, i0 + KC), i = i0;
            quad acc[QUADS] = {{0}};
            for (; i + 4 <= end; i += 4)
                UNROLL
                for (size_t q = 0; q < QUADS; q++) {
                    quad w[4];
                    transpose_quads(w, weight + (o + 4 * q) * I + i, I);
                    UNROLL
                    for (size_t k = 0; k < 4; k++)
                        acc[q] += inp[i + k] * w[k];
                }
            for (; i < end; i++)
                for (size_t q = 0; q < QUADS; q++) {
                    const float *w = weight + (o + 4 * q) * I + i;
                    quad column = {w[0], w[I], w[2 * I], w[3 * I]};
                    acc[q] += inp[i] * column;
                }
            for (size_t q = 0; q < QUADS; q++)
                total[q] = acc[q] + total[q];
        }
        memcpy(out + o, total, sizeof total);
    }
}

static void fast_linear_forward(float *restrict out,
                                const float *restrict inp,
                                const float *restrict weight,
                                const float *restrict bias,
                                size_t B, size_t I, size_t O)
{
    /* out (B,O) = inp (B,I) @ weight (O,I)^T + bias (O) */
    if (B == 1 && O >= ALONE) {
        fast_linear_alone(out, inp, weight, bias, I, O);
        return;
    }
    fast_matmul(out, O, (matrix){inp, I, 1}, (matrix){weight, 1, I},
                B, O, I, bias, 0);
}

static void fast_linear_backward(float *restrict dinp,
                                 float *restrict dweight,
                                 float *restrict dbias,
                                 const float *restrict dout,
                                 const float *restrict inp,
                                 const float *restrict weight,
                                 size_t B, size_t I, size_t O)
{
    /* dinp (B,I) = dout (B,O) @ weight (O,I) */
    fast_matmul(dinp, I, (matrix){dout, O, 1}, (matrix){weight, I, 1},
                B, I, O, NULL, 0);
    /* dweight (O,I) = dout (B,O)^T @ inp (B,I) */
    fast_matmul(dweight, I, (matrix){dout, 1, O}, (matrix){inp, I, 1},
                O, I, B, NULL, 0);
    memset(dbias, 0, O * sizeof(float));
    for (size_t b = 0; b < B; b++)
        fast_add(dbias, dout + b * O, O);
}

/* ---- exp and tanh ------------------------------------------------ */

/* e^x = 2^n * e^f with n whole and |f| <= log(2)/2. Returns e^f - 1,
 * for which six terms of a polynomial are enough: fitted for the
 * smallest largest error, 3e-9 before rounding. *power is 2^n. */
static inline float split_exp(float x, float *power)
{
    /* Adding 1.5 * 2^23 leaves no bits for a fraction: this rounds. */
    union { float value; uint32_t bits; } shifted, two_to_n;
    shifted.value = x * 1.44269504f + 12582912.0f;
    float n = shifted.value - 12582912.0f;
    /* log(2) in two parts, the first short enough that n * it is
     * exact */
    float f = (x - n * 0.693359375f) - n * -2.12194440e-4f;
    float p = 1.381446689e-3f;
    p = p * f + 8.368780415e-3f;
    p = p * f + 4.166839421e-2f;
    p = p * f + 1.666652011e-1f;
    p = p * f + 4.999999341e-1f;
    /* 2^n, written into the exponent bits. The last bits of `shifted`
     * are n: a conversion would not be defined where x is no number. */
    two_to_n.bits = (shifted.bits + 127) << 23;
    *power = two_to_n.value;
    return p * f * f + f;
}

/* Between these bounds e^x is a normal float. */
static inline float fast_exp(float x)
{
    x = x < -87.0f ? -87.0f : x;
    x = x > 88.0f ? 88.0f : x;
    float power, less_1 = split_exp(x, &power);
    return power * less_1 + power;
}

/* tanh(x) = d / (d + 2) with d = e^2x - 1, whose digits near 0 a plain
 * e^2x - 1 would lose. From 10 on, tanh is 1. */
static inline float fast_tanh(float x)
{
    float a = fabsf(x);
    a = a > 10.0f ? 10.0f : a;
    float power, less_1 = split_exp(2.0f * a, &power);
    float d = power * less_1 + (power - 1.0f);
    return copysignf(d / (d + 2.0f), x);
}

static void fast_tanh_forward(float *restrict out,
                              const float *restrict inp, size_t N)
{
    for (size_t n = 0; n < N; n++)
        out[n] = fast_tanh(inp[n]);
}

static void fast_tanh_backward(float *restrict dinp,
                               const float *restrict dout,
                               const float *restrict out, size_t N)
{
    for (size_t n = 0; n < N; n++)
        dinp[n] = dout[n] * (1.0f - out[n] * out[n]);
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
        float tanh_u = fast_tanh(u);
        float slope = 0.5f * (1.0f + tanh_u)
                      + 0.5f * x * (1.0f - tanh_u * tanh_u) * du;
        dinp[n] = dout[n] * slope;
    }
}

/* ---- dropout ----------------------------------------------------- */

/* rng_bits of rng.c, which no vector can call */
static inline uint32_t fast_bits(uint32_t key, uint32_t n)
{
    uint32_t x = n * 0x9E3779B9u ^ key;
    x = (x ^ x >> 16) * 0x21F0AAADu;
    x = (x ^ x >> 15) * 0x735A2D97u;
    return x ^ x >> 15;
}

/* Where gradients are written, both passes are the same. */
static void fast_dropout(float *restrict out, const float *restrict inp,
                         double p, uint32_t key, size_t first, size_t N)
{
    uint32_t threshold = (uint32_t)(p * 4294967296.0);
    float scale = (float)(1 / (1 - p));
    for (size_t n = 0; n < N; n++) {
        float kept = inp[n] * scale;
        uint32_t bits = fast_bits(key, (uint32_t)(first + n));
        out[n] = bits >= threshold ? kept : 0.0f;
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
        float max = row[0];
        for (size_t v = 1; v < V; v++)
            max = row[v] > max ? row[v] : max;
        for (size_t v = 0; v < V; v++)
            probs[b * V + v] = row[v] - max;
        losses[b] = max - row[targets[b]];
    }
    /* All rows at once: one row of 27 would leave most of its last
     * vector empty. */
    for (size_t n = 0; n < B * V; n++)
        probs[n] = fast_exp(probs[n]);
    for (size_t b = 0; b < B; b++) {
        float *p = probs + b * V;
        float sum = 0.0f;
        for (size_t v = 0; v < V; v++)
            sum += p[v];
        for (size_t v = 0; v < V; v++)
            p[v] /= sum;
        losses[b] += logf(sum);
    }
}

static void fast_cross_entropy_backward(float *restrict dlogits,
                                        const float *restrict probs,
                                        const int *restrict targets,
                                        size_t B, size_t V)
{
    float scale = 1.0f / (float)B;
    for (size_t n = 0; n < B * V; n++)
        dlogits[n] = probs[n] * scale;
    for (size_t b = 0; b < B; b++) {
        size_t n = b * V + (size_t)targets[b];
        dlogits[n] = (probs[n] - 1.0f) * scale;
    }
}

/* ---- the table --------------------------------------------------- */

/* What the flags let the compiler use. */
enum {
    NEEDS = 0
#ifdef __AVX2__
            + NEEDS_AVX2
#endif
#ifdef __FMA__
            + NEEDS_FMA
#endif
#ifdef __AVX512F__
            + NEEDS_AVX512F
#endif
#ifdef __AVX512DQ__
            + NEEDS_AVX512DQ
#endif
#ifdef __AVX512VL__
            + NEEDS_AVX512VL
#endif
};

/* adamw.c, compiled for the same processor */
void UPDATE(KERNELS)(float *restrict params,
                     const float *restrict grads,
                     float *restrict m, float *restrict v, size_t N,
                     uint64_t step, double learning_rate,
                     double weight_decay);

extern const mlp_kernels TABLE(KERNELS);

const mlp_kernels TABLE(KERNELS) = {
    NAME(KERNELS),
    NEEDS,
    fast_matmul,
    fast_add,
    fast_linear_forward,
    fast_linear_backward,
    fast_tanh_forward,
    fast_tanh_backward,
    fast_gelu_forward,
    fast_gelu_backward,
    fast_dropout,
    fast_dropout,
    fast_cross_entropy_forward,
    fast_cross_entropy_backward,
    UPDATE(KERNELS),
};
