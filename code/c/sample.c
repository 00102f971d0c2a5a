/*
 * sample.c - names, drawn from the model one letter at a time.
 */
#include "character.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct mlp_sampler {
    mlp_model *model;
    const mlp_alphabet *alphabet;
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
                       const mlp_alphabet *alphabet, int padded,
                       double temperature, uint64_t seed)
{
    if (!(temperature >= MLP_COLDEST && temperature <= MLP_HOTTEST)
        || seed == 0 || alphabet->V != mlp_model_config(model).vocab)
        return MLP_ERROR_VALUE;
    mlp_sampler *s = calloc(1, sizeof *s);
    if (s == NULL)
        return MLP_ERROR_MEMORY;
    mlp_config config = mlp_model_config(model);
    s->model = model;
    s->alphabet = alphabet;
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
    for (size_t v = 0; v < s->V; v++) {
        s->scaled[v] = logits[v] / (float)s->temperature;
        if (!isfinite(s->scaled[v]))
            return MLP_ERROR_NUMBER;
    }
    softmax_forward(s->probs, s->scaled, 1, s->V);
    *token = sample_token(s->probs, s->V, rng_random(&s->rng));
    return MLP_OK;
}

int mlp_sampler_next(mlp_sampler *sampler, const int *prompt, size_t n,
                     char name[MLP_NAME])
{
    size_t letters = 0, used = 0;
    int token = -1;
    if (n >= MLP_MAX_NAME)
        return MLP_ERROR_SIZE;
    for (size_t i = 0; i < n; i++)
        if (prompt[i] <= 0 || (size_t)prompt[i] >= sampler->V)
            return MLP_ERROR_TOKEN;
    while (token != 0 && letters < MLP_MAX_NAME) {
        int code = MLP_OK;
        if (letters < n)
            token = prompt[letters];
        else
            code = next_token(sampler, &token);
        if (code != MLP_OK)
            return code;
        push(sampler, token);
        letters++;
        if (token != 0)
            used += mlp_alphabet_write(name + used, sampler->alphabet,
                                       token);
    }
    if (token != 0) /* cut off: the next name starts like any other */
        push(sampler, 0);
    name[used] = '\0';
    return MLP_OK;
}

/* ---- prompts ----------------------------------------------------- */

enum { SHORT_ALPHABET = 64 }; /* letters that a message can list */

static void append(char *why, const char *text)
{
    strncat(why, text, MLP_WHY - strlen(why) - 1);
}

/* Says which characters are no letters, each once, and which are. */
static void refuse_prompt(char *why, const mlp_alphabet *alphabet,
                          const uint32_t *prompt, size_t n)
{
    char text[64];
    const char *between = "not in the alphabet: ";
    why[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        size_t before = 0;
        while (prompt[before] != prompt[i])
            before++;
        if (before < i || mlp_alphabet_token(alphabet, prompt[i]) > 0)
            continue;
        describe_character(text, prompt[i]);
        append(why, between);
        append(why, text);
        between = ", ";
    }
    if (alphabet->V - 1 > SHORT_ALPHABET) {
        snprintf(text, sizeof text, "; it has %zu letters",
                 alphabet->V - 1);
        append(why, text);
        return;
    }
    append(why, "; it is ");
    for (size_t v = 1; v < alphabet->V; v++) {
        text[mlp_alphabet_write(text, alphabet, (int)v)] = '\0';
        append(why, text);
    }
}

int mlp_prompt_parse(int tokens[MLP_MAX_NAME], size_t *n,
                     const mlp_alphabet *alphabet, const char *prompt,
                     char *why)
{
    uint32_t characters[MLP_MAX_NAME];
    size_t length = strlen(prompt), read = 0, wrong = 0;
    for (size_t i = 0; i < length; read++) {
        uint32_t c;
        i += utf8_read(&c, prompt + i, length - i);
        if (read + 1 < MLP_MAX_NAME) {
            characters[read] = c;
            tokens[read] = mlp_alphabet_token(alphabet, c);
            wrong += tokens[read] <= 0;
        }
    }
    if (read >= MLP_MAX_NAME) {
        snprintf(why, MLP_WHY, "%zu letters: must be fewer than %d",
                 read, MLP_MAX_NAME);
        return MLP_ERROR_SIZE;
    }
    if (wrong > 0) {
        refuse_prompt(why, alphabet, characters, read);
        return MLP_ERROR_TOKEN;
    }
    *n = read;
    return MLP_OK;
}
