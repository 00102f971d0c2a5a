/*
 * ladder.c - the forward product of the linear layer, from the textbook
 * loop to a tile of registers, one idea on each rung.
 *
 * Not part of the library: it is the code of the chapter "The ladder".
 * The first rung is linear_forward itself, in ops.c; what the library
 * does is in fast.c. Each rung computes the same out (B,O) =
 * inp (B,I) @ weight (O,I)^T + bias (O), and each but
 * linear_partial_sums adds up in the textbook's order, so that without
 * fused multiply-adds all bits agree.
 */
#include "ladder.h"

#include <stdalign.h>
#include <string.h>

/* Floats in the widest register that the flags allow. */
#if defined(__AVX512F__)
enum { LANES = 16 };
#elif defined(__AVX__)
enum { LANES = 8 };
#else
enum { LANES = 4 };
#endif

static inline size_t min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* ---- 1: many short chains instead of a long one ------------------ */

enum { SUMS = 16 };

/* Term i goes to sum i % SUMS, and no sum waits for another. In the end
 * their upper half is added to their lower half until one is left. */
void linear_partial_sums(float *restrict out, const float *restrict inp,
                         const float *restrict weight,
                         const float *restrict bias,
                         size_t B, size_t I, size_t O)
{
    for (size_t b = 0; b < B; b++)
        for (size_t o = 0; o < O; o++) {
            const float *x = inp + b * I, *w = weight + o * I;
            float sums[SUMS] = {0};
            size_t i = 0;
            for (; i + SUMS <= I; i += SUMS)
                for (size_t s = 0; s < SUMS; s++)
                    sums[s] += x[i + s] * w[i + s];
            for (size_t s = 0; i + s < I; s++)
                sums[s] += x[i + s] * w[i + s];
            for (size_t half = SUMS / 2; half > 0; half /= 2)
                for (size_t s = 0; s < half; s++)
                    sums[s] += sums[half + s];
            out[b * O + o] = sums[0] + bias[o];
        }
}

/* ---- 2: the loop over outputs inside ----------------------------- */

static void add_bias(float *restrict out, const float *restrict bias,
                     size_t B, size_t O)
{
    for (size_t b = 0; b < B; b++)
        for (size_t o = 0; o < O; o++)
            out[b * O + o] += bias[o];
}

/* Neighbours in the innermost loop are different outputs: no sum is
 * reordered, and O of them are under way. But their weights are I
 * apart. */
void linear_outputs_inside(float *restrict out,
                           const float *restrict inp,
                           const float *restrict weight,
                           const float *restrict bias,
                           size_t B, size_t I, size_t O)
{
    memset(out, 0, B * O * sizeof(float));
    for (size_t b = 0; b < B; b++)
        for (size_t i = 0; i < I; i++)
            for (size_t o = 0; o < O; o++)
                out[b * O + o] += inp[b * I + i] * weight[o * I + i];
    add_bias(out, bias, B, O);
}

/* ---- 3: transpose the weight first ------------------------------- */

/* At most DEPTH inputs of WIDTH outputs are transposed at a time. */
enum { DEPTH = 256, WIDTH = 256 };

/* panel (depth,width) = weight (width,depth)^T, and zeros up to
 * `stride`: a tile reads whole vectors */
static void transpose_panel(float *restrict panel, size_t stride,
                            const float *restrict weight, size_t I,
                            size_t depth, size_t width)
{
    if (width < stride)
        memset(panel, 0, depth * stride * sizeof(float));
    for (size_t o = 0; o < width; o++)
        for (size_t i = 0; i < depth; i++)
            panel[i * stride + o] = weight[o * I + i];
}

/* out (B,width) += inp (B,depth) @ panel (depth,width). Rows of the
 * three are O, I and `stride` floats apart. */
typedef void panel_product(float *restrict out, size_t O,
                           const float *restrict inp, size_t I,
                           const float *restrict panel, size_t stride,
                           size_t B, size_t depth, size_t width);

/* Calls `add` for one panel after the other, `stride` wide or less. */
static void linear_by_panels(panel_product *add, size_t stride,
                             float *restrict out,
                             const float *restrict inp,
                             const float *restrict weight,
                             const float *restrict bias,
                             size_t B, size_t I, size_t O)
{
    alignas(64) float panel[DEPTH * WIDTH];
    memset(out, 0, B * O * sizeof(float));
    for (size_t i = 0; i < I; i += DEPTH)
        for (size_t o = 0; o < O; o += stride) {
            size_t depth = min_size(DEPTH, I - i);
            size_t width = min_size(stride, O - o);
            transpose_panel(panel, stride, weight + o * I + i, I, depth,
                            width);
            add(out + o, O, inp + i, I, panel, stride, B, depth, width);
        }
    add_bias(out, bias, B, O);
}

static void add_rows(float *restrict out, size_t O,
                     const float *restrict inp, size_t I,
                     const float *restrict panel, size_t stride,
                     size_t B, size_t depth, size_t width)
{
    for (size_t b = 0; b < B; b++)
        for (size_t i = 0; i < depth; i++)
            for (size_t o = 0; o < width; o++)
                out[b * O + o] +=
                    inp[b * I + i] * panel[i * stride + o];
}

void linear_transposed(float *restrict out, const float *restrict inp,
                       const float *restrict weight,
                       const float *restrict bias,
                       size_t B, size_t I, size_t O)
{
    linear_by_panels(add_rows, WIDTH, out, inp, weight, bias, B, I, O);
}

/* ---- 4: keep a tile of the result in registers ------------------- */

/* A tile is ROWS windows by VECTORS registers of outputs. With the
 * operands it must fit the registers: 32 with AVX-512, else 16. */
#if defined(__AVX512F__)
enum { ROWS = 8, VECTORS = 2 };
#else
enum { ROWS = 6, VECTORS = 2 };
#endif
enum { ACROSS = VECTORS * LANES };

typedef float vector
    __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

/* One tile; of its rows and outputs, M and N exist. */
static void add_tile(float *restrict out, size_t O,
                     const float *restrict inp, size_t I,
                     const float *restrict panel, size_t stride,
                     size_t M, size_t depth, size_t N)
{
    const float *x[ROWS];
    float sums[ROWS * ACROSS] = {0};
    vector tile[ROWS][VECTORS], *at = (vector *)sums;
    for (size_t r = 0; r < ROWS; r++)
        x[r] = inp + min_size(r, M - 1) * I; /* the last row, again */
    for (size_t r = 0; r < M; r++)
        memcpy(sums + r * ACROSS, out + r * O, N * sizeof(float));
    for (size_t r = 0; r < ROWS; r++)
        for (size_t v = 0; v < VECTORS; v++)
            tile[r][v] = at[r * VECTORS + v];
    for (size_t i = 0; i < depth; i++) {
        const vector *w = (const vector *)(panel + i * stride);
        for (size_t r = 0; r < ROWS; r++)
            for (size_t v = 0; v < VECTORS; v++)
                tile[r][v] += x[r][i] * w[v];
    }
    for (size_t r = 0; r < ROWS; r++)
        for (size_t v = 0; v < VECTORS; v++)
            at[r * VECTORS + v] = tile[r][v];
    for (size_t r = 0; r < M; r++)
        memcpy(out + r * O, sums + r * ACROSS, N * sizeof(float));
}

static void add_tiles(float *restrict out, size_t O,
                      const float *restrict inp, size_t I,
                      const float *restrict panel, size_t stride,
                      size_t B, size_t depth, size_t width)
{
    for (size_t o = 0; o < width; o += ACROSS)
        for (size_t b = 0; b < B; b += ROWS)
            add_tile(out + b * O + o, O, inp + b * I, I, panel + o,
                     stride, min_size(ROWS, B - b), depth,
                     min_size(ACROSS, width - o));
}

void linear_tiled(float *restrict out, const float *restrict inp,
                  const float *restrict weight,
                  const float *restrict bias,
                  size_t B, size_t I, size_t O)
{
    linear_by_panels(add_tiles, WIDTH, out, inp, weight, bias, B, I, O);
}

/* ---- 5: pack the panel ------------------------------------------- */

/* A panel as wide as a tile: what the tile reads next lies next to what
 * it has just read. */
void linear_packed(float *restrict out, const float *restrict inp,
                   const float *restrict weight,
                   const float *restrict bias,
                   size_t B, size_t I, size_t O)
{
    linear_by_panels(add_tiles, ACROSS, out, inp, weight, bias,
                     B, I, O);
}
