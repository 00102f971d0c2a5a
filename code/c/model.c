/*
 * model.c - the network: its memory, and the operations in order.
 */
#include "config.h"
#include "team.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    float *weight; /* (O,I) */
    float *bias;   /* (O) */
} linear;

/* The parameters; a second one of these holds their gradients. */
typedef struct {
    float *wte;                    /* (V,E) */
    linear hidden[MLP_MAX_LAYERS]; /* I = T*E, then H; O = H */
    linear output;                 /* I = H, O = V */
} parameters;

/* What forward computes, and its gradients. */
typedef struct {
    float *embedded;            /* (B,T*E) */
    float *pre[MLP_MAX_LAYERS]; /* (B,H), before the activation */
    float *act[MLP_MAX_LAYERS]; /* (B,H), after it */
    float *dropped[MLP_MAX_LAYERS + 1]; /* either after dropout */
    const float *x[MLP_MAX_LAYERS + 1]; /* what linear layer l reads */
    float *logits;              /* (B,V) */
    float *dlogits;
    float *dact, *dpre;         /* of the layer that backward is at */
    float *dembedded;
    float *dkept;               /* of what was dropped from */
} activations;

struct mlp_model {
    mlp_config config;
    team team;             /* kernels, and threads that run them */
    size_t max_batch;
    size_t size;           /* parameters */
    float *params_memory;  /* (size) */
    float *grads_memory;   /* (size) */
    parameters params, grads;
    float *acts_memory;    /* activations of max_batch windows */
    activations acts;
    float *probs;          /* (B,V) */
    float *losses;         /* (B) */
    int fold;              /* the first layer, at the next forward */
    int folded;            /* it was at the last one */
    uint64_t stream;       /* of the last one's masks; 0: none */
    float *tables;         /* (T,V,H) of the folded layer, or NULL */
    float *dtables;        /* (T,V,H) */
    size_t B;              /* of the last forward */
    int *inputs;           /* (B,T), kept for backward */
    int *targets;          /* (B) */
};

static size_t inputs_of_layer(const mlp_config *c, size_t layer)
{
    return layer == 0 ? c->context * c->embedding : c->hidden;
}

/* Of what a linear layer reads, the output's too. */
static double share_dropped(const mlp_config *c, size_t layer)
{
    return layer == 0 ? c->input_dropout : c->dropout;
}

/* Gives *tensor its place in the arena. With a NULL arena it only
 * counts: the same walk measures the arena and then divides it. */
static void place(float **tensor, float *arena, size_t *used, size_t n)
{
    *tensor = arena == NULL ? NULL : arena + *used;
    *used += n;
}

/* The order of these lines is the order of the initial weights. They
 * lie without gaps: parameters are one vector to the optimizer. */
static size_t place_parameters(parameters *p, float *arena,
                               const mlp_config *c)
{
    size_t used = 0;
    place(&p->wte, arena, &used, c->vocab * c->embedding);
    for (size_t l = 0; l < c->layers; l++) {
        size_t I = inputs_of_layer(c, l);
        place(&p->hidden[l].weight, arena, &used, c->hidden * I);
        place(&p->hidden[l].bias, arena, &used, c->hidden);
    }
    place(&p->output.weight, arena, &used, c->vocab * c->hidden);
    place(&p->output.bias, arena, &used, c->vocab);
    return used;
}

/* Each begins at a cache line: a vector that lies across two needs
 * both. */
static void place_aligned(float **tensor, float *arena, size_t *used,
                          size_t n)
{
    place(tensor, arena, used, (n + 15) / 16 * 16);
}

static size_t place_activations(activations *a, float *arena,
                                const mlp_config *c, size_t B)
{
    size_t used = 0;
    size_t inputs = B * c->context * c->embedding, dropped = 0;
    place_aligned(&a->embedded, arena, &used, inputs);
    for (size_t l = 0; l < c->layers; l++) {
        place_aligned(&a->pre[l], arena, &used, B * c->hidden);
        place_aligned(&a->act[l], arena, &used, B * c->hidden);
    }
    place_aligned(&a->logits, arena, &used, B * c->vocab);
    place_aligned(&a->dlogits, arena, &used, B * c->vocab);
    /* Backward, tanh does not ask for its input: dact takes its
     * place. */
    if (c->activation == MLP_TANH)
        a->dact = a->pre[0];
    else
        place_aligned(&a->dact, arena, &used, B * c->hidden);
    place_aligned(&a->dpre, arena, &used, B * c->hidden);
    place_aligned(&a->dembedded, arena, &used, inputs);
    for (size_t l = 0; l <= c->layers; l++)
        if (share_dropped(c, l) > 0) {
            size_t n = B * inputs_of_layer(c, l);
            place_aligned(&a->dropped[l], arena, &used, n);
            dropped = n > dropped ? n : dropped;
        }
    place_aligned(&a->dkept, arena, &used, dropped);
    return used;
}

int mlp_model_create(mlp_model **model, const mlp_config *config,
                     size_t max_batch)
{
    int code = config_check(config, max_batch);
    if (code != MLP_OK)
        return code;
    mlp_model *m = calloc(1, sizeof *m);
    if (m == NULL)
        return MLP_ERROR_MEMORY;
    m->config = *config;
    m->max_batch = max_batch;
    m->team.kernels = kernels_find("auto");
    m->size = place_parameters(&m->params, NULL, config);
    size_t acts_size = place_activations(&m->acts, NULL, config,
                                         max_batch);
    m->params_memory = floats_create(m->size);
    m->grads_memory = floats_create(m->size);
    m->acts_memory = floats_create(acts_size);
    m->probs = floats_create(max_batch * config->vocab);
    m->losses = floats_create(max_batch);
    m->inputs = calloc(max_batch * config->context, sizeof(int));
    m->targets = calloc(max_batch, sizeof(int));
    if (m->params_memory == NULL || m->grads_memory == NULL
        || m->acts_memory == NULL || m->probs == NULL
        || m->losses == NULL || m->inputs == NULL
        || m->targets == NULL) {
        mlp_model_free(m);
        return MLP_ERROR_MEMORY;
    }
    place_parameters(&m->params, m->params_memory, config);
    place_parameters(&m->grads, m->grads_memory, config);
    place_activations(&m->acts, m->acts_memory, config, max_batch);
    *model = m;
    return MLP_OK;
}

void mlp_model_free(mlp_model *model)
{
    if (model == NULL)
        return;
    threads_free(model->team.pool);
    floats_free(model->params_memory);
    floats_free(model->grads_memory);
    floats_free(model->acts_memory);
    floats_free(model->probs);
    floats_free(model->losses);
    floats_free(model->tables);
    floats_free(model->dtables);
    free(model->inputs);
    free(model->targets);
    free(model);
}

int mlp_model_kernels(mlp_model *model, const char *name)
{
    const mlp_kernels *kernels = kernels_find(name);
    if (kernels == NULL)
        return MLP_ERROR_NAME;
    model->team.kernels = kernels;
    return MLP_OK;
}

int mlp_model_threads(mlp_model *model, size_t n)
{
    threads *pool = NULL;
    int code = n >= 1 && n <= MLP_MAX_THREADS ? MLP_OK
                                              : MLP_ERROR_VALUE;
    if (code == MLP_OK && n > 1)
        code = threads_create(&pool, n);
    if (code != MLP_OK)
        return code;
    threads_free(model->team.pool);
    model->team.pool = pool;
    return MLP_OK;
}

int mlp_model_fold(mlp_model *model, int on)
{
    const mlp_config *c = &model->config;
    double limit = MLP_MAX_PARAMS, size = (double)c->context
                                          * (double)c->vocab
                                          * (double)c->hidden;
    model->fold = 0;
    if (!on)
        return MLP_OK;
    if (c->input_dropout > 0)
        return MLP_ERROR_VALUE;
    if (size > limit)
        return MLP_ERROR_SIZE;
    if (model->tables == NULL)
        model->tables = floats_create((size_t)size);
    if (model->dtables == NULL)
        model->dtables = floats_create((size_t)size);
    if (model->tables == NULL || model->dtables == NULL)
        return MLP_ERROR_MEMORY;
    model->fold = 1;
    return MLP_OK;
}

static void init_linear(linear layer, size_t I, size_t O, uint64_t *rng)
{
    double k = 1 / sqrt((double)I);
    rng_uniform(layer.weight, O * I, -k, k, rng);
    rng_uniform(layer.bias, O, -k, k, rng);
}

void mlp_model_init(mlp_model *model, uint64_t *rng)
{
    const mlp_config *c = &model->config;
    parameters *p = &model->params;
    rng_normal(p->wte, c->vocab * c->embedding, rng);
    for (size_t l = 0; l < c->layers; l++)
        init_linear(p->hidden[l], inputs_of_layer(c, l), c->hidden,
                    rng);
    init_linear(p->output, c->hidden, c->vocab, rng);
}

/* ---- dropout ----------------------------------------------------- */

static int drops(const mlp_model *m, size_t layer)
{
    return m->stream != 0 && share_dropped(&m->config, layer) > 0;
}

/* Returns what a linear layer reads: x, or what is left of it. */
static const float *drop(mlp_model *m, size_t layer, const float *x)
{
    if (!drops(m, layer))
        return x;
    const mlp_config *c = &m->config;
    float *dropped = m->acts.dropped[layer];
    team_dropout_forward(&m->team, dropped, x, share_dropped(c, layer),
                         rng_key(m->stream, layer),
                         m->B * inputs_of_layer(c, layer));
    return dropped;
}

/* Returns the gradient of x, from that of what the layer read. */
static const float *drop_backward(mlp_model *m, size_t layer,
                                  const float *dx)
{
    if (!drops(m, layer))
        return dx;
    const mlp_config *c = &m->config;
    float *dkept = m->acts.dkept;
    team_dropout_backward(&m->team, dkept, dx, share_dropped(c, layer),
                          rng_key(m->stream, layer),
                          m->B * inputs_of_layer(c, layer));
    return dkept;
}

/* ---- the two passes ---------------------------------------------- */

static void forward(mlp_model *m)
{
    const mlp_config *c = &m->config;
    const team *k = &m->team;
    const parameters *p = &m->params;
    activations *a = &m->acts;
    size_t B = m->B, T = c->context, E = c->embedding;
    size_t H = c->hidden, V = c->vocab;

    embedding_forward(a->embedded, m->inputs, p->wte, B, T, E);
    a->x[0] = drop(m, 0, a->embedded); /* (B,T,E) read as (B,T*E) */
    for (size_t l = 0; l < c->layers; l++) {
        linear layer = p->hidden[l];
        team_linear_forward(k, a->pre[l], a->x[l], layer.weight,
                            layer.bias, B, inputs_of_layer(c, l), H);
        if (c->activation == MLP_TANH)
            team_tanh_forward(k, a->act[l], a->pre[l], B * H);
        else
            team_gelu_forward(k, a->act[l], a->pre[l], B * H);
        a->x[l + 1] = drop(m, l + 1, a->act[l]);
    }
    team_linear_forward(k, a->logits, a->x[c->layers],
                        p->output.weight, p->output.bias, B, H, V);
}

static void backward(mlp_model *m)
{
    const mlp_config *c = &m->config;
    const team *k = &m->team;
    const parameters *p = &m->params;
    parameters *dp = &m->grads;
    const activations *a = &m->acts;
    size_t B = m->B, T = c->context, E = c->embedding;
    size_t H = c->hidden, V = c->vocab;

    team_cross_entropy_backward(k, a->dlogits, m->probs, m->targets,
                                B, V);
    team_linear_backward(k, a->dact, dp->output.weight, dp->output.bias,
                         a->dlogits, a->x[c->layers], p->output.weight,
                         B, H, V);
    for (size_t l = c->layers; l-- > 0;) {
        linear layer = p->hidden[l], dlayer = dp->hidden[l];
        const float *dact = drop_backward(m, l + 1, a->dact);
        if (c->activation == MLP_TANH)
            team_tanh_backward(k, a->dpre, dact, a->act[l], B * H);
        else
            team_gelu_backward(k, a->dpre, dact, a->pre[l], B * H);
        team_linear_backward(k, l == 0 ? a->dembedded : a->dact,
                             dlayer.weight, dlayer.bias, a->dpre,
                             a->x[l], layer.weight,
                             B, inputs_of_layer(c, l), H);
    }
    memset(dp->wte, 0, V * E * sizeof(float));
    embedding_backward(dp->wte, drop_backward(m, 0, a->dembedded),
                       m->inputs, B, T, E);
}

/* ---- the same with the first layer folded: see fold.c ------------ */

static void folded_forward(mlp_model *m)
{
    const mlp_config *c = &m->config;
    const team *k = &m->team;
    const parameters *p = &m->params;
    activations *a = &m->acts;
    size_t B = m->B, T = c->context, E = c->embedding;
    size_t H = c->hidden, V = c->vocab;

    for (size_t l = 0; l < c->layers; l++) {
        linear layer = p->hidden[l];
        if (l == 0)
            team_fold_forward(k, a->pre[0], m->tables, m->inputs,
                              p->wte, layer.weight, layer.bias,
                              B, T, E, V, H);
        else
            team_linear_forward(k, a->pre[l], a->x[l], layer.weight,
                                layer.bias, B, H, H);
        if (c->activation == MLP_TANH)
            team_tanh_forward(k, a->act[l], a->pre[l], B * H);
        else
            team_gelu_forward(k, a->act[l], a->pre[l], B * H);
        a->x[l + 1] = drop(m, l + 1, a->act[l]);
    }
    team_linear_forward(k, a->logits, a->x[c->layers],
                        p->output.weight, p->output.bias, B, H, V);
}

static void folded_backward(mlp_model *m)
{
    const mlp_config *c = &m->config;
    const team *k = &m->team;
    const parameters *p = &m->params;
    parameters *dp = &m->grads;
    const activations *a = &m->acts;
    size_t B = m->B, T = c->context, E = c->embedding;
    size_t H = c->hidden, V = c->vocab;

    team_cross_entropy_backward(k, a->dlogits, m->probs, m->targets,
                                B, V);
    team_linear_backward(k, a->dact, dp->output.weight, dp->output.bias,
                         a->dlogits, a->x[c->layers], p->output.weight,
                         B, H, V);
    for (size_t l = c->layers; l-- > 0;) {
        linear layer = p->hidden[l], dlayer = dp->hidden[l];
        const float *dact = drop_backward(m, l + 1, a->dact);
        if (c->activation == MLP_TANH)
            team_tanh_backward(k, a->dpre, dact, a->act[l], B * H);
        else
            team_gelu_backward(k, a->dpre, dact, a->pre[l], B * H);
        if (l == 0)
            team_fold_backward(k, dp->wte, dlayer.weight, dlayer.bias,
                               m->dtables, a->dpre, m->inputs, p->wte,
                               layer.weight, B, T, E, V, H);
        else
            team_linear_backward(k, a->dact, dlayer.weight, dlayer.bias,
                                 a->dpre, a->x[l], layer.weight,
                                 B, H, H);
    }
}

void mlp_model_backward(mlp_model *m)
{
    if (m->folded)
        folded_backward(m);
    else
        backward(m);
}

void mlp_model_update(mlp_model *model, float *m, float *v,
                      uint64_t step, double learning_rate,
                      double weight_decay)
{
    team_adamw_update(&model->team, model->params_memory,
                      model->grads_memory, m, v, model->size, step,
                      learning_rate, weight_decay);
}

/* Makes the model less sure of itself, or surer: after training, as
 * Guo et al. 2017, "On Calibration of Modern Neural Networks". */
static void divide_logits(mlp_model *m)
{
    float temperature = (float)m->config.temperature;
    for (size_t n = 0; n < m->B * m->config.vocab; n++)
        m->acts.logits[n] /= temperature;
}

static int check_tokens(const int *tokens, size_t N, size_t V)
{
    for (size_t n = 0; n < N; n++)
        if (tokens[n] < 0 || (size_t)tokens[n] >= V)
            return MLP_ERROR_TOKEN;
    return MLP_OK;
}

int mlp_model_forward(mlp_model *model, const int *inputs,
                      const int *targets, size_t B, float *loss)
{
    return mlp_model_forward_train(model, inputs, targets, B, 0, loss);
}

int mlp_model_forward_train(mlp_model *model, const int *inputs,
                            const int *targets, size_t B,
                            uint64_t stream, float *loss)
{
    size_t T = model->config.context, V = model->config.vocab;
    if (B == 0 || B > model->max_batch)
        return MLP_ERROR_SIZE;
    int code = check_tokens(inputs, B * T, V);
    if (code == MLP_OK && targets != NULL)
        code = check_tokens(targets, B, V);
    if (code != MLP_OK)
        return code;

    model->B = B;
    memcpy(model->inputs, inputs, B * T * sizeof(int));
    model->folded = model->fold;
    model->stream = stream;
    if (model->folded)
        folded_forward(model);
    else
        forward(model);
    if (stream == 0)
        divide_logits(model);
    if (targets == NULL)
        return MLP_OK;
    memcpy(model->targets, targets, B * sizeof(int));
    team_cross_entropy_forward(&model->team, model->losses,
                               model->probs, model->acts.logits,
                               targets, B, V);
    double sum = 0;
    for (size_t b = 0; b < B; b++)
        sum += (double)model->losses[b];
    *loss = (float)(sum / (double)B);
    return MLP_OK;
}

int mlp_model_evaluate(mlp_model *model, const mlp_windows *windows,
                       size_t B, size_t batches, int (*stopped)(void),
                       double *loss)
{
    size_t T = windows->T;
    if (B == 0 || B > model->max_batch || T != model->config.context)
        return MLP_ERROR_SIZE;
    if (B > windows->count)
        B = windows->count;
    size_t full = windows->N / B;
    if (batches == 0 || batches > full)
        batches = full;
    int *inputs = malloc(B * T * sizeof(int));
    int *targets = malloc(B * sizeof(int));
    int code = inputs && targets ? MLP_OK : MLP_ERROR_MEMORY;
    double sum = 0;
    for (size_t i = 0; code == MLP_OK && i < batches; i++) {
        float batch_loss = 0;
        if (stopped != NULL && stopped()) {
            code = MLP_ERROR_STOPPED;
            break;
        }
        mlp_windows_batch(inputs, targets, windows, i, B);
        code = mlp_model_forward(model, inputs, targets, B,
                                 &batch_loss);
        sum += (double)batch_loss;
    }
    free(inputs);
    free(targets);
    if (code == MLP_OK && !isfinite(sum))
        code = MLP_ERROR_NUMBER;
    if (code == MLP_OK)
        *loss = sum / (double)batches;
    return code;
}

/* ---- a look inside ----------------------------------------------- */

mlp_config mlp_model_config(const mlp_model *model)
{
    return model->config;
}

size_t mlp_model_max_batch(const mlp_model *model)
{
    return model->max_batch;
}

size_t mlp_model_size(const mlp_model *model)
{
    return model->size;
}

float *mlp_model_params(mlp_model *model)
{
    return model->params_memory;
}

float *mlp_model_grads(mlp_model *model)
{
    return model->grads_memory;
}

const float *mlp_model_logits(const mlp_model *model)
{
    return model->acts.logits;
}

size_t mlp_model_tensors(const mlp_model *model)
{
    return 1 + 2 * (model->config.layers + 1);
}

/* wte.weight, then each layer's weight and bias; the last is
 * `output` */
mlp_tensor mlp_model_tensor(const mlp_model *model, size_t i)
{
    const mlp_config *c = &model->config;
    const parameters *p = &model->params;
    mlp_tensor tensor = {.name = "wte.weight"};
    if (i == 0) {
        tensor.rows = c->vocab;
        tensor.columns = c->embedding;
        return tensor;
    }
    size_t layer = (i - 1) / 2;
    int is_output = layer == c->layers, is_bias = i % 2 == 0;
    linear at = is_output ? p->output : p->hidden[layer];
    const char *kind = is_bias ? "bias" : "weight";
    if (is_output)
        snprintf(tensor.name, sizeof tensor.name, "output.%s", kind);
    else
        snprintf(tensor.name, sizeof tensor.name, "hidden.%u.%s",
                 (unsigned)layer, kind);
    tensor.offset = (size_t)((is_bias ? at.bias : at.weight)
                             - model->params_memory);
    tensor.rows = is_output ? c->vocab : c->hidden;
    tensor.columns = is_bias ? 0 : inputs_of_layer(c, layer);
    return tensor;
}
