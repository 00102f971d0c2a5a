/*
 * team.c - the operations of a table of kernels, cut into parts.
 *
 * Each operation has a struct of its arguments, the job; a function
 * that computes part `part` of `parts` of it; and one that lets a team
 * do all. One part of one is the kernel itself.
 *
 * No cut changes a bit. In a product each number is a sum of its own,
 * in the same order in whichever tile it lies; cuts between whole tiles
 * only save work. A loop over numbers computes most of them in vectors
 * and the last ones singly: cuts between whole vectors leave each to
 * the code that has it with one thread.
 */
#include "team.h"

#include <string.h>

/* Cuts are multiples of these: of the rows of a tile of any kernel set,
 * of its vectors, of the vectors that a loop takes at once. */
enum { ROWS = 24, COLUMNS = 32, NUMBERS = 64 };

/* A job of fewer multiplications takes less time than to share it. */
#ifndef TEAM_SMALL
#define TEAM_SMALL 200000
#endif

/* How many multiplications take as long as one number of an activation
 * or a dropout, of a cross-entropy, of an update. */
static const double ACTIVATION = 16, ENTROPY = 64, UPDATE = 16;

static void run(const team *t, double work, job_part *compute,
                const void *job)
{
    if (t->pool == NULL || work < TEAM_SMALL)
        compute(job, 0, 1);
    else
        threads_run(t->pool, compute, job);
}

/* Where a part of `size` rows, columns or numbers begins; *n is how
 * many it has. */
static size_t cut(size_t *n, size_t size, size_t grain, size_t part,
                  size_t parts)
{
    size_t grains = (size + grain - 1) / grain;
    size_t from = grains * part / parts * grain;
    size_t to = grains * (part + 1) / parts * grain;
    *n = (to < size ? to : size) - from;
    return from;
}

/* ---- matrix product ---------------------------------------------- */

/* The share of the largest part, which all wait for. */
static double largest_share(size_t size, size_t grain, size_t parts)
{
    size_t grains = (size + grain - 1) / grain;
    size_t largest = (grains + parts - 1) / parts * grain;
    return (double)largest / (double)size;
}

/* A part of out (M,N) = a (M,K) @ b (K,N), as the matmul of a table:
 * some of its columns, or some of its rows if that is fairer. */
static void matmul_part(const mlp_kernels *k, float *out, size_t stride,
                        matrix a, matrix b, size_t M, size_t N,
                        size_t K, const float *bias, size_t part,
                        size_t parts)
{
    size_t m = 0, n = 0;
    if (largest_share(M, ROWS, parts)
        < largest_share(N, COLUMNS, parts))
        m = cut(&M, M, ROWS, part, parts);
    else
        n = cut(&N, N, COLUMNS, part, parts);
    a.at += m * a.rs;
    b.at += n * b.cs;
    if (M > 0 && N > 0)
        k->matmul(out + m * stride + n, stride, a, b, M, N, K,
                  bias == NULL ? NULL : bias + n, 0);
}

/* ---- linear ------------------------------------------------------ */

typedef struct {
    const mlp_kernels *k;
    float *out;
    const float *inp, *weight, *bias;
    size_t B, I, O;
} linear_forward_job;

static void linear_forward_part(const void *job, size_t part,
                                size_t parts)
{
    const linear_forward_job *j = job;
    size_t B = j->B, I = j->I, O = j->O;
    if (parts == 1) {
        j->k->linear_forward(j->out, j->inp, j->weight, j->bias,
                             B, I, O);
        return;
    }
    /* out (B,O) = inp (B,I) @ weight (O,I)^T + bias (O) */
    matmul_part(j->k, j->out, O, (matrix){j->inp, I, 1},
                (matrix){j->weight, 1, I}, B, O, I, j->bias, part,
                parts);
}

void team_linear_forward(const team *t, float *out, const float *inp,
                         const float *weight, const float *bias,
                         size_t B, size_t I, size_t O)
{
    linear_forward_job j = {t->kernels, out, inp, weight, bias,
                            B, I, O};
    run(t, (double)B * (double)I * (double)O, linear_forward_part, &j);
}

typedef struct {
    const mlp_kernels *k;
    float *dinp, *dweight, *dbias;
    const float *dout, *inp, *weight;
    size_t B, I, O;
} linear_backward_job;

static void linear_backward_part(const void *job, size_t part,
                                 size_t parts)
{
    const linear_backward_job *j = job;
    size_t B = j->B, I = j->I, O = j->O;
    if (parts == 1) {
        j->k->linear_backward(j->dinp, j->dweight, j->dbias, j->dout,
                              j->inp, j->weight, B, I, O);
        return;
    }
    /* dinp (B,I) = dout (B,O) @ weight (O,I) */
    matmul_part(j->k, j->dinp, I, (matrix){j->dout, O, 1},
                (matrix){j->weight, I, 1}, B, I, O, NULL, part, parts);
    /* dweight (O,I) = dout (B,O)^T @ inp (B,I) */
    matmul_part(j->k, j->dweight, I, (matrix){j->dout, 1, O},
                (matrix){j->inp, I, 1}, O, I, B, NULL, part, parts);
    /* dbias (O) = sum_b dout[b] */
    size_t n, from = cut(&n, O, NUMBERS, part, parts);
    memset(j->dbias + from, 0, n * sizeof(float));
    for (size_t b = 0; b < B; b++)
        j->k->add(j->dbias + from, j->dout + b * O + from, n);
}

void team_linear_backward(const team *t, float *dinp, float *dweight,
                          float *dbias, const float *dout,
                          const float *inp, const float *weight,
                          size_t B, size_t I, size_t O)
{
    linear_backward_job j = {t->kernels, dinp, dweight, dbias, dout,
                             inp, weight, B, I, O};
    run(t, 2 * (double)B * (double)I * (double)O, linear_backward_part,
        &j);
}

/* ---- activations ------------------------------------------------- */

typedef struct {
    void (*kernel)(float *restrict out, const float *restrict inp,
                   size_t N);
    float *out;
    const float *inp;
    size_t N;
} forward_job;

static void forward_part(const void *job, size_t part, size_t parts)
{
    const forward_job *j = job;
    size_t n, from = cut(&n, j->N, NUMBERS, part, parts);
    j->kernel(j->out + from, j->inp + from, n);
}

void team_tanh_forward(const team *t, float *out, const float *inp,
                       size_t N)
{
    forward_job j = {t->kernels->tanh_forward, out, inp, N};
    run(t, ACTIVATION * (double)N, forward_part, &j);
}

void team_gelu_forward(const team *t, float *out, const float *inp,
                       size_t N)
{
    forward_job j = {t->kernels->gelu_forward, out, inp, N};
    run(t, ACTIVATION * (double)N, forward_part, &j);
}

typedef struct {
    void (*kernel)(float *restrict dinp, const float *restrict dout,
                   const float *restrict kept, size_t N);
    float *dinp;
    const float *dout, *kept; /* of forward: its output or its input */
    size_t N;
} backward_job;

static void backward_part(const void *job, size_t part, size_t parts)
{
    const backward_job *j = job;
    size_t n, from = cut(&n, j->N, NUMBERS, part, parts);
    j->kernel(j->dinp + from, j->dout + from, j->kept + from, n);
}

void team_tanh_backward(const team *t, float *dinp, const float *dout,
                        const float *out, size_t N)
{
    backward_job j = {t->kernels->tanh_backward, dinp, dout, out, N};
    run(t, ACTIVATION * (double)N, backward_part, &j);
}

void team_gelu_backward(const team *t, float *dinp, const float *dout,
                        const float *inp, size_t N)
{
    backward_job j = {t->kernels->gelu_backward, dinp, dout, inp, N};
    run(t, ACTIVATION * (double)N, backward_part, &j);
}

/* ---- dropout ----------------------------------------------------- */

typedef struct {
    void (*kernel)(float *restrict out, const float *restrict inp,
                   double p, uint32_t key, size_t first, size_t N);
    float *out;
    const float *inp;
    double p;
    uint32_t key;
    size_t N;
} dropout_job;

/* The numbers of a part go on where those before it end. */
static void dropout_part(const void *job, size_t part, size_t parts)
{
    const dropout_job *j = job;
    size_t n, from = cut(&n, j->N, NUMBERS, part, parts);
    j->kernel(j->out + from, j->inp + from, j->p, j->key, from, n);
}

void team_dropout_forward(const team *t, float *out, const float *inp,
                          double p, uint32_t key, size_t N)
{
    dropout_job j = {t->kernels->dropout_forward, out, inp, p, key, N};
    run(t, ACTIVATION * (double)N, dropout_part, &j);
}

void team_dropout_backward(const team *t, float *dinp,
                           const float *dout, double p, uint32_t key,
                           size_t N)
{
    dropout_job j = {t->kernels->dropout_backward, dinp, dout, p, key,
                     N};
    run(t, ACTIVATION * (double)N, dropout_part, &j);
}

/* ---- cross-entropy: rows ----------------------------------------- */

typedef struct {
    const mlp_kernels *k;
    float *losses, *probs;
    const float *logits;
    const int *targets;
    size_t B, V;
} cross_entropy_job;

/* With NUMBERS rows, no vector of a kernel that takes several rows at
 * once lies across a cut. */
static void cross_entropy_part(const void *job, size_t part,
                               size_t parts)
{
    const cross_entropy_job *j = job;
    size_t n, b = cut(&n, j->B, NUMBERS, part, parts), V = j->V;
    j->k->cross_entropy_forward(j->losses + b, j->probs + b * V,
                                j->logits + b * V, j->targets + b,
                                n, V);
}

void team_cross_entropy_forward(const team *t, float *losses,
                                float *probs, const float *logits,
                                const int *targets, size_t B, size_t V)
{
    cross_entropy_job j = {t->kernels, losses, probs, logits, targets,
                           B, V};
    run(t, ENTROPY * (double)B * (double)V, cross_entropy_part, &j);
}

/* On one thread: it is little work, and the kernel takes the size of
 * its rows for that of the whole batch. */
void team_cross_entropy_backward(const team *t, float *dlogits,
                                 const float *probs, const int *targets,
                                 size_t B, size_t V)
{
    t->kernels->cross_entropy_backward(dlogits, probs, targets, B, V);
}

/* ---- AdamW: parameters ------------------------------------------- */

typedef struct {
    const mlp_kernels *k;
    float *params, *m, *v;
    const float *grads;
    size_t N;
    uint64_t step;
    double learning_rate, weight_decay;
} adamw_job;

static void adamw_part(const void *job, size_t part, size_t parts)
{
    const adamw_job *j = job;
    size_t n, from = cut(&n, j->N, NUMBERS, part, parts);
    j->k->adamw_update(j->params + from, j->grads + from, j->m + from,
                       j->v + from, n, j->step, j->learning_rate,
                       j->weight_decay);
}

void team_adamw_update(const team *t, float *params, const float *grads,
                       float *m, float *v, size_t N, uint64_t step,
                       double learning_rate, double weight_decay)
{
    adamw_job j = {t->kernels, params, m, v, grads, N, step,
                   learning_rate, weight_decay};
    run(t, UPDATE * (double)N, adamw_part, &j);
}

/* ---- fold: columns ----------------------------------------------- */

/* The parts do what fold.c does, each with some columns of the tables:
 * n of the O, beginning with `from`. */

typedef struct {
    const mlp_kernels *k;
    float *out, *tables;
    const int *tokens;
    const float *wte, *weight, *bias;
    size_t B, T, E, V, O;
} fold_forward_job;

static void fold_forward_part(const void *job, size_t part,
                              size_t parts)
{
    const fold_forward_job *j = job;
    size_t B = j->B, T = j->T, E = j->E, V = j->V, O = j->O;
    if (parts == 1) {
        fold_forward(j->k, j->out, j->tables, j->tokens, j->wte,
                     j->weight, j->bias, B, T, E, V, O);
        return;
    }
    size_t n, from = cut(&n, O, COLUMNS, part, parts);
    for (size_t t = 0; t < T; t++) {
        const float *weight_t = j->weight + from * T * E + t * E;
        j->k->matmul(j->tables + t * V * O + from, O,
                     (matrix){j->wte, E, 1},
                     (matrix){weight_t, 1, T * E}, V, n, E,
                     t == 0 ? j->bias + from : NULL, 0);
    }
    for (size_t b = 0; b < B; b++)
        for (size_t t = 0; t < T; t++) {
            size_t token = (size_t)j->tokens[b * T + t];
            float *out = j->out + b * O + from;
            const float *row = j->tables + (t * V + token) * O + from;
            if (t == 0)
                memcpy(out, row, n * sizeof(float));
            else
                j->k->add(out, row, n);
        }
}

static double fold_work(size_t B, size_t T, size_t E, size_t V,
                        size_t O)
{
    return (double)T * (double)O
           * ((double)B + (double)V * (double)E);
}

void team_fold_forward(const team *t, float *out, float *tables,
                       const int *tokens, const float *wte,
                       const float *weight, const float *bias,
                       size_t B, size_t T, size_t E, size_t V,
                       size_t O)
{
    fold_forward_job j = {t->kernels, out, tables, tokens, wte, weight,
                          bias, B, T, E, V, O};
    run(t, fold_work(B, T, E, V, O), fold_forward_part, &j);
}

typedef struct {
    const mlp_kernels *k;
    float *dwte, *dweight, *dbias, *dtables;
    const float *dout;
    const int *tokens;
    const float *wte, *weight;
    size_t B, T, E, V, O;
} fold_backward_job;

/* All but dwte, which takes a sum over all columns. */
static void fold_backward_part(const void *job, size_t part,
                               size_t parts)
{
    const fold_backward_job *j = job;
    size_t T = j->T, E = j->E, V = j->V, O = j->O;
    if (parts == 1) {
        fold_backward(j->k, j->dwte, j->dweight, j->dbias, j->dtables,
                      j->dout, j->tokens, j->wte, j->weight,
                      j->B, T, E, V, O);
        return;
    }
    size_t n, from = cut(&n, O, COLUMNS, part, parts);
    float *dtables = j->dtables + from, *dbias = j->dbias + from;
    for (size_t row = 0; row < T * V; row++)
        memset(dtables + row * O, 0, n * sizeof(float));
    for (size_t b = 0; b < j->B; b++)
        for (size_t t = 0; t < T; t++) {
            size_t token = (size_t)j->tokens[b * T + t];
            j->k->add(dtables + (t * V + token) * O,
                      j->dout + b * O + from, n);
        }
    for (size_t t = 0; t < T; t++)
        j->k->matmul(j->dweight + from * T * E + t * E, T * E,
                     (matrix){dtables + t * V * O, 1, O},
                     (matrix){j->wte, E, 1}, n, E, V, NULL, 0);
    memset(dbias, 0, n * sizeof(float));
    for (size_t v = 0; v < V; v++)
        j->k->add(dbias, dtables + v * O, n);
}

/* dwte, when the tables are done: some of its columns. */
static void fold_backward_wte_part(const void *job, size_t part,
                                   size_t parts)
{
    const fold_backward_job *j = job;
    size_t T = j->T, E = j->E, V = j->V, O = j->O;
    if (parts == 1) /* fold_backward did it */
        return;
    size_t n, from = cut(&n, E, COLUMNS, part, parts);
    for (size_t t = 0; t < T; t++) {
        const float *weight_t = j->weight + t * E + from;
        j->k->matmul(j->dwte + from, E,
                     (matrix){j->dtables + t * V * O, O, 1},
                     (matrix){weight_t, T * E, 1}, V, n, O, NULL,
                     t > 0);
    }
}

void team_fold_backward(const team *t, float *dwte, float *dweight,
                        float *dbias, float *dtables, const float *dout,
                        const int *tokens, const float *wte,
                        const float *weight, size_t B, size_t T,
                        size_t E, size_t V, size_t O)
{
    fold_backward_job j = {t->kernels, dwte, dweight, dbias, dtables,
                           dout, tokens, wte, weight, B, T, E, V, O};
    double work = fold_work(B, T, E, V, O);
    run(t, work, fold_backward_part, &j);
    run(t, work, fold_backward_wte_part, &j);
}
