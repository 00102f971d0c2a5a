/*
 * sample.c - names, drawn from the model one letter at a time.
 */
#include "mlp.h"

#include <stdlib.h>
#include <string.h>

struct mlp_sampler {
    mlp_model *model;
    size_t T, V;
    int padded;
    double temperature;
    uint64_t rng;
    int *context;  /* (T) the last tokens of the stream */
    float *scaled; /* (V) logits / temperature */
    float *probs;  /* (V) */
};

int sample_token(const float *probs, size_t V, double coin)
{
    double cumulative = 0;
    for (size_t v = 0; v < V; v++) {
        cumulative += (double)probs[v];
        if (coin < cumulative)
            return (int)v;
    }
    return (int)V - 1; /* the sum was rounded to just below the coin */
}

int mlp_sampler_create(mlp_sampler **sampler, mlp_model *model,
                       int padded, double temperature, uint64_t seed)
{
    if (!(temperature >= MLP_COLDEST && temperature <= MLP_HOTTEST)
        || seed == 0)
        return MLP_ERROR_VALUE;
    mlp_sampler *s = calloc(1, sizeof *s);
    if (s == NULL)
        return MLP_ERROR_MEMORY;
    mlp_config config = mlp_model_config(model);
    s->model = model;
    s->T = config.context;
    s->V = config.vocab;
    s->padded = padded;
    s->temperature = temperature;
    s->rng = seed;
    s->context = calloc(s->T, sizeof(int));
    s->scaled = calloc(s->V, sizeof(float));
    s->probs = calloc(s->V, sizeof(float));
    if (!s->context || !s->scaled || !s->probs) {
        mlp_sampler_free(s);
        return MLP_ERROR_MEMORY;
    }
    *sampler = s;
    return MLP_OK;
}

void mlp_sampler_free(mlp_sampler *sampler)
{
    if (sampler == NULL)
        return;
    free(sampler->context);
    free(sampler->scaled);
    free(sampler->probs);
    free(sampler);
}

/* The context is what the training windows would show at this point. */
static void push(mlp_sampler *s, int token)
{
    if (token == 0 && s->padded) {
        memset(s->context, 0, s->T * sizeof(int));
        return;
    }
    memmove(s->context, s->context + 1, (s->T - 1) * sizeof(int));
    s->context[s->T - 1] = token;
}

static int next_token(mlp_sampler *s, int *token)
{
    int code = mlp_model_forward(s->model, s->context, NULL, 1, NULL);
    if (code != MLP_OK)
        return code;
    const float *logits = mlp_model_logits(s->model);
    for (size_t v = 0; v < s->V; v++)
        s->scaled[v] = logits[v] / (float)s->temperature;
    softmax_forward(s->probs, s->scaled, 1, s->V);
    *token = sample_token(s->probs, s->V, rng_random(&s->rng));
    return MLP_OK;
}

int mlp_sampler_next(mlp_sampler *sampler, const char *prompt,
                     char *name)
{
    size_t length = strlen(prompt);
    if (length >= MLP_MAX_NAME)
        return MLP_ERROR_SIZE;
    for (size_t i = 0; i < length; i++)
        if (prompt[i] < 'a' || prompt[i] > 'z')
            return MLP_ERROR_TOKEN;
    for (size_t i = 0; i < length; i++) {
        push(sampler, prompt[i] - 'a' + 1);
        name[i] = prompt[i];
    }
    int token = -1;
    while (token != 0 && length < MLP_MAX_NAME) {
        int code = next_token(sampler, &token);
        if (code != MLP_OK)
            return code;
        push(sampler, token);
        if (token != 0)
            name[length++] = (char)('a' + token - 1);
    }
    if (token != 0) /* cut off: the next name starts like any other */
        push(sampler, 0);
    name[length] = '\0';
    return MLP_OK;
}
