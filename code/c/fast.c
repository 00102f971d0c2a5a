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
 * results, which the registers hold beside the operands. Where less is
 * left, fewer rows or vectors will do. SSE needs two instructions to
 * spread a number of a over a vector, so its tile is wide: four
 * products for each number spread. The letters MR, NR and KC are those
 * of BLIS. */
#if defined(__AVX512F__)
enum { WIDTH = 16, MR = 8, VECTORS = 3 };
#elif defined(__AVX__)
enum { WIDTH = 8, MR = 6, VECTORS = 2 };
#elif defined(__aarch64__)
enum { WIDTH = 4, MR = 8, VECTORS = 2 };
#elif defined(__SSE2__)
enum { WIDTH = 4, MR = 3, VECTORS = 4 };
#else
enum { WIDTH = 4, MR = 4, VECTORS = 2 };
#endif

/* A panel of b, KC x NR, stays in the near caches while all rows of a
 * pass by. */
enum { NR = VECTORS * WIDTH, KC = 256 };

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

/* A vector has lanes of four floats, and shuffles are cheapest within
 * them. */
#if defined(__AVX512F__)
#define LANES(of) of(0), of(1), of(2), of(3)
#elif defined(__AVX__)
#define LANES(of) of(0), of(1)
#else
#define LANES(of) of(0)
#endif
#if defined(__clang__)
#define SHUFFLE(a, b, of) __builtin_shufflevector(a, b, LANES(of))
#else
typedef int indices __attribute__((vector_size(4 * WIDTH)));
#define SHUFFLE(a, b, of) __builtin_shuffle(a, b, (indices){LANES(of)})
#endif

/* What a lane becomes: floats of that lane of a, and of b, whose floats
 * count from WIDTH on. */
#define OF_A(lane, i) (4 * (lane) + (i))
#define OF_B(lane, i) (WIDTH + 4 * (lane) + (i))
#define TURN(lane, i, j) \
    OF_A(lane, i), OF_B(lane, i), OF_A(lane, j), OF_B(lane, j)
#define JOIN(lane, i, j) \
    OF_A(lane, i), OF_A(lane, j), OF_B(lane, i), OF_B(lane, j)
#define LOW(lane) TURN(lane, 0, 1)
#define HIGH(lane) TURN(lane, 2, 3)
#define LEFT(lane) JOIN(lane, 0, 1)
#define RIGHT(lane) JOIN(lane, 2, 3)

/* Four floats of every fourth row, a row in each lane. They are loaded
 * two at a time, as a double: every compiler joins those to a vector
 * without a detour through memory. */
typedef double pairs __attribute__((vector_size(4 * WIDTH)));
typedef double pair_at __attribute__((aligned(4), may_alias));
#define PAIR(row, i) *(const pair_at *)(inp + (row) * stride + 2 * (i))
#define ROW(lane) PAIR(4 * (lane), 0), PAIR(4 * (lane), 1)

static inline __attribute__((always_inline)) vector
every_fourth_row(const float *inp, size_t stride)
{
    return (vector)(pairs){LANES(ROW)};
}

/* out (4,WIDTH) = inp (WIDTH,4)^T, whose rows are `stride` floats
 * apart */
static inline __attribute__((always_inline)) void
transpose(vector out[4], const float *restrict inp, size_t stride)
{
    vector a = every_fourth_row(inp, stride);
    vector b = every_fourth_row(inp + stride, stride);
    vector c = every_fourth_row(inp + 2 * stride, stride);
    vector d = every_fourth_row(inp + 3 * stride, stride);
    vector ab01 = SHUFFLE(a, b, LOW), ab23 = SHUFFLE(a, b, HIGH);
    vector cd01 = SHUFFLE(c, d, LOW), cd23 = SHUFFLE(c, d, HIGH);
    out[0] = SHUFFLE(ab01, cd01, LEFT);
    out[1] = SHUFFLE(ab01, cd01, RIGHT);
    out[2] = SHUFFLE(ab23, cd23, LEFT);
    out[3] = SHUFFLE(ab23, cd23, RIGHT);
}

/* panel (K,width) = x (K,N), with zeros from N on. The width is that of
 * whole vectors. */
static inline __attribute__((always_inline)) void
pack_panel(float *restrict panel, size_t width, matrix x, size_t K,
           size_t N)
{
    if (N < width)
        for (size_t k = 0; k < K; k++)
            memset(panel + (k + 1) * width - WIDTH, 0, sizeof(vector));
    size_t whole = x.rs == 1 && N >= WIDTH ? K - K % 4 : 0;
    for (size_t at = 0; at < N; at += WIDTH) {
        size_t n = min_size(at, N - WIDTH); /* some of them again */
        for (size_t k = 0; k < whole; k += 4) {
            vector rows[4];
            transpose(rows, matrix_from(x, k, n).at, x.cs);
            for (size_t i = 0; i < 4; i++)
                *(vector_at *)(panel + (k + i) * width + n) = rows[i];
        }
    }
    for (size_t k = whole; k < K; k++) {
        const float *row = matrix_from(x, k, 0).at;
        size_t n = 0;
        for (; x.cs == 1 && n + WIDTH <= N; n += WIDTH)
            *(vector_at *)(panel + k * width + n)
                = *(const vector_at *)(row + n);
        for (; n < N; n++)
            panel[k * width + n] = row[n * x.cs];
    }
}

/* out (M,N) = a (M,K) @ b (K,N), for at most so many rows, and columns
 * that fit so many vectors; plus bias, or what is there if `add`. The
 * rows of b lie in one piece each, whole vectors long. Nearly all the
 * time is spent in the loop over k. */
static inline __attribute__((always_inline)) void
matmul_tile(float *restrict out, size_t stride, matrix a, matrix b,
            size_t rows, size_t vectors, size_t M, size_t N, size_t K,
            const float *restrict bias, int add)
{
    vector acc[MR][VECTORS];
    const float *row_of_a[MR]; /* the last again for those missing */
    UNROLL
    for (size_t r = 0; r < rows; r++) {
        row_of_a[r] = a.at + min_size(r, M - 1) * a.rs;
        UNROLL
        for (size_t i = 0; i < vectors; i++)
            acc[r][i] = (vector){0};
    }
    for (size_t k = 0; k < K; k++) {
        const vector_at *row = (const vector_at *)(b.at + k * b.rs);
        UNROLL
        for (size_t r = 0; r < rows; r++)
            UNROLL
            for (size_t i = 0; i < vectors; i++)
                acc[r][i] += row_of_a[r][k * a.cs] * row[i];
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
        alignas(64) float tile[MR * NR];
        UNROLL
        for (size_t r = 0; r < rows; r++)
            UNROLL
            for (size_t i = 0; i < vectors; i++)
                memcpy(tile + r * NR + i * WIDTH, &acc[r][i],
                       sizeof(vector));
        for (size_t r = 0; r < M; r++)
            for (size_t n = 0; n < N; n++) {
                float *to = out + r * stride + n;
                float start = add ? *to : bias != NULL ? bias[n] : 0.0f;
                *to = tile[r * NR + n] + start;
            }
    }
}

/* Whether a panel of b is best read where it is, by so many rows of a.
 * Its rows must lie in one piece each. If they are a multiple of 1 KiB
 * apart, they compete for the same places of the cache: then a copy
 * pays, unless few tiles read it. */
static inline int lies_well(matrix b, size_t M)
{
    return b.cs == 1 && (b.rs % 256 != 0 || M <= 4 * MR);
}

/* out (M,N) = a (M,K) @ b (K,N), for N that fit so many vectors and K
 * of at most KC: tiles from top to bottom. */
static inline __attribute__((always_inline)) void
matmul_panel(float *restrict out, size_t stride, matrix a, matrix b,
             size_t vectors, size_t M, size_t N, size_t K,
             const float *restrict bias, int add)
{
    alignas(64) float panel[KC * NR];
    size_t width = vectors * WIDTH;
    if (N < width || !lies_well(b, M)) {
        if (N == width) /* then the compiler knows it, too */
            pack_panel(panel, width, b, K, width);
        else
            pack_panel(panel, width, b, K, N);
        b = (matrix){panel, width, 1};
    }
    for (size_t m = 0; m < M; m += MR) {
        float *at = out + m * stride;
        matrix rows = matrix_from(a, m, 0);
        size_t left = M - m;
        if (left > MR / 2)
            matmul_tile(at, stride, rows, b, MR, vectors,
                        min_size(left, MR), N, K, bias, add);
        else
            matmul_tile(at, stride, rows, b, MR / 2, vectors, left, N,
                        K, bias, add);
    }
}

static void fast_matmul(float *restrict out, size_t stride, matrix a,
                        matrix b, size_t M, size_t N, size_t K,
                        const float *restrict bias, int add)
{
    for (size_t k = 0; k < K; k += KC)
        for (size_t n = 0; n < N; n += NR) {
            size_t kc = min_size(KC, K - k), nr = min_size(NR, N - n);
            matrix rows = matrix_from(a, 0, k);
            matrix columns = matrix_from(b, k, n);
            const float *start = bias == NULL ? NULL : bias + n;
            int more = add || k > 0;
#define PANEL(n_vectors) \
    matmul_panel(out + n, stride, rows, columns, \
                 (n_vectors) < VECTORS ? (n_vectors) : VECTORS, M, nr, \
                 kc, start, more)
            switch ((nr + WIDTH - 1) / WIDTH) {
            case 1: PANEL(1); break;
            case 2: PANEL(2); break;
            case 3: PANEL(3); break;
            default: PANEL(4);
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
enum { ALONE = 16, VECTORS_ALONE = ALONE / WIDTH };

static void fast_linear_alone(float *restrict out,
                              const float *restrict inp,
                              const float *restrict weight,
                              const float *restrict bias,
                              size_t I, size_t O)
{
    for (size_t at = 0; at < O; at += ALONE) {
        size_t o = min_size(at, O - ALONE);
        vector total[VECTORS_ALONE];
        memcpy(total, bias + o, sizeof total);
        for (size_t i0 = 0; i0 < I; i0 += KC) {
            size_t end = min_size(I, i0 + KC), i = i0;
            vector acc[VECTORS_ALONE] = {{0}};
            for (; i + 4 <= end; i += 4)
                UNROLL
                for (size_t v = 0; v < VECTORS_ALONE; v++) {
                    vector w[4];
                    transpose(w, weight + (o + v * WIDTH) * I + i, I);
                    UNROLL
                    for (size_t k = 0; k < 4; k++)
                        acc[v] += inp[i + k] * w[k];
                }
            for (; i < end; i++)
                for (size_t v = 0; v < VECTORS_ALONE; v++) {
                    vector column;
                    for (size_t n = 0; n < WIDTH; n++)
                        column[n] = weight[(o + v * WIDTH + n) * I + i];
                    acc[v] += inp[i] * column;
                }
            for (size_t v = 0; v < VECTORS_ALONE; v++)
                total[v] = acc[v] + total[v];
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
