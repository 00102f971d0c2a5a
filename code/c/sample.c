/*
 * sample.c - names, drawn from the model one letter at a time, but many
 * side by side.
 *
 * Each name has random numbers of its own, so that names can be drawn
 * in any order. One thing still ties a name to the one before: where
 * windows slide, its first contexts reach back into it. So a block of
 * names is drawn from a guess of these contexts, and whatever the guess
 * got wrong is drawn again, until each name follows the one before it:
 * the names are those that come out one by one.
 *
 * Names share beginnings, and short contexts recur: what the model said
 * is kept, and a context that it has seen costs it nothing.
 */
#include "character.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WIDEST = 256,     /* names in a block */
    MEMORY = 1 << 21, /* numbers that the memory may hold */
    MOST_SLOTS = 1 << 16
};

/* A name in the making. */
typedef struct {
    int *start;   /* (T) the context before its first letter */
    int *context; /* (T) that before its next one */
    uint64_t rng;
    size_t letters;
    int tokens[MLP_MAX_NAME]; /* 0 ends it, unless it is cut off */
} draft;

struct mlp_sampler {
    mlp_model *model;
    const mlp_alphabet *alphabet;
    size_t T, V;
    int padded;
    double temperature;
    uint64_t seed;
    size_t letters;           /* of the prompt */
    int prompt[MLP_MAX_NAME];
    uint64_t first;  /* the number of the block's first name */
    size_t width;    /* names in the block */
    size_t given;    /* of those, to the caller */
    size_t widest;
    draft *drafts;   /* (widest) */
    int *contexts;   /* (2,widest,T): of drafts */
    int *before;     /* (T) the context before the block */
    draft **live;    /* (widest) the names that get a letter */
    draft **unknown; /* (widest) those that the model is asked for */
    int *inputs;     /* (widest,T) what it is asked */
    float *scaled;   /* (V) logits / temperature */
    size_t slots;    /* of the memory: each context has one place */
    int *known;      /* (slots,T) contexts */
    float *probs;    /* (slots,V) of the token after each */
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

static int create_arrays(mlp_sampler *s)
{
    size_t T = s->T, V = s->V, W = s->widest;
    s->slots = MOST_SLOTS;
    while (s->slots > 1 && s->slots > MEMORY / (T + V))
        s->slots /= 2;
    s->drafts = calloc(W, sizeof *s->drafts);
    s->contexts = calloc(2 * W * T, sizeof(int));
    s->before = calloc(T, sizeof(int));
    s->live = calloc(W, sizeof *s->live);
    s->unknown = calloc(W, sizeof *s->unknown);
    s->inputs = calloc(W * T, sizeof(int));
    s->scaled = calloc(V, sizeof(float));
    s->known = malloc(s->slots * T * sizeof(int));
    s->probs = calloc(s->slots * V, sizeof(float));
    if (!s->drafts || !s->contexts || !s->before || !s->live
        || !s->unknown || !s->inputs || !s->scaled || !s->known
        || !s->probs)
        return MLP_ERROR_MEMORY;
    for (size_t w = 0; w < W; w++) {
        s->drafts[w].start = s->contexts + w * T;
        s->drafts[w].context = s->contexts + (W + w) * T;
    }
    for (size_t i = 0; i < s->slots * T; i++)
        s->known[i] = -1; /* no token */
    return MLP_OK;
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
    size_t room = mlp_model_max_batch(model);
    s->model = model;
    s->alphabet = alphabet;
    s->T = config.context;
    s->V = config.vocab;
    s->padded = padded;
    s->temperature = temperature;
    s->seed = seed;
    s->widest = room < WIDEST ? room : WIDEST;
    int code = create_arrays(s);
    if (code != MLP_OK) {
        mlp_sampler_free(s);
        return code;
    }
    *sampler = s;
    return MLP_OK;
}

void mlp_sampler_free(mlp_sampler *sampler)
{
    if (sampler == NULL)
        return;
    free(sampler->drafts);
    free(sampler->contexts);
    free(sampler->before);
    free(sampler->live);
    free(sampler->unknown);
    free(sampler->inputs);
    free(sampler->scaled);
    free(sampler->known);
    free(sampler->probs);
    free(sampler);
}

int mlp_sampler_prompt(mlp_sampler *sampler, const int *prompt,
                       size_t n)
{
    if (n >= MLP_MAX_NAME)
        return MLP_ERROR_SIZE;
    for (size_t i = 0; i < n; i++)
        if (prompt[i] <= 0 || (size_t)prompt[i] >= sampler->V)
            return MLP_ERROR_TOKEN;
    memcpy(sampler->prompt, prompt, n * sizeof(int));
    sampler->letters = n;
    return MLP_OK;
}

/* ---- one letter of many names ------------------------------------ */

static void copy(const mlp_sampler *s, int *to, const int *context)
{
    memcpy(to, context, s->T * sizeof(int));
}

static int same(const mlp_sampler *s, const int *a, const int *b)
{
    return memcmp(a, b, s->T * sizeof(int)) == 0;
}

/* The context is what the training windows would show at this point. */
static void push(const mlp_sampler *s, int *context, int token)
{
    if (token == 0 && s->padded) {
        memset(context, 0, s->T * sizeof(int));
        return;
    }
    memmove(context, context + 1, (s->T - 1) * sizeof(int));
    context[s->T - 1] = token;
}

/* Goes on with a name; says whether that was its end. */
static int append_token(const mlp_sampler *s, draft *d, int token)
{
    d->tokens[d->letters++] = token;
    push(s, d->context, token);
    if (token != 0 && d->letters == MLP_MAX_NAME)
        push(s, d->context, 0); /* the next starts like any other */
    return token == 0 || d->letters == MLP_MAX_NAME;
}

/* The place of a context in the memory, which others share. */
static size_t slot_of(const mlp_sampler *s, const int *context)
{
    uint64_t hash = 0;
    for (size_t t = 0; t < s->T; t++)
        hash = (hash + (uint64_t)context[t]) * 0x9E3779B97F4A7C15u;
    return (size_t)(hash >> 32) & (s->slots - 1);
}

/* Keeps what the model says after a context: logits (V). */
static int remember(mlp_sampler *s, const int *context, size_t slot,
                    const float *logits)
{
    for (size_t v = 0; v < s->V; v++) {
        s->scaled[v] = logits[v] / (float)s->temperature;
        if (!isfinite(s->scaled[v]))
            return MLP_ERROR_NUMBER;
    }
    softmax_forward(s->probs + slot * s->V, s->scaled, 1, s->V);
    copy(s, s->known + slot * s->T, context);
    return MLP_OK;
}

/* Draws the next letter of a name from its place in the memory; keeps
 * the name in `live`, unless that was its end. */
static void draw_letter(mlp_sampler *s, draft *d, size_t slot,
                        size_t *kept)
{
    const float *probs = s->probs + slot * s->V;
    double coin = rng_random(&d->rng);
    if (!append_token(s, d, sample_token(probs, s->V, coin)))
        s->live[(*kept)++] = d;
}

/* Draws a letter of each of the n live names, and gives how many names
 * have not ended. */
static int draw_letters(mlp_sampler *s, size_t *n)
{
    size_t unknown = 0, kept = 0;
    for (size_t i = 0; i < *n; i++) {
        draft *d = s->live[i];
        size_t slot = slot_of(s, d->context);
        if (same(s, s->known + slot * s->T, d->context)) {
            draw_letter(s, d, slot, &kept);
        } else {
            copy(s, s->inputs + unknown * s->T, d->context);
            s->unknown[unknown++] = d;
        }
    }
    int code = unknown == 0 ? MLP_OK
                            : mlp_model_forward(s->model, s->inputs,
                                                NULL, unknown, NULL);
    const float *logits = mlp_model_logits(s->model);
    for (size_t i = 0; code == MLP_OK && i < unknown; i++) {
        draft *d = s->unknown[i];
        size_t slot = slot_of(s, d->context);
        code = remember(s, d->context, slot, logits + i * s->V);
        if (code == MLP_OK)
            draw_letter(s, d, slot, &kept);
    }
    *n = kept;
    return code;
}

/* ---- a block of names -------------------------------------------- */

/* Draws the n live names from their starts. */
static int draw_names(mlp_sampler *s, size_t n)
{
    int code = MLP_OK;
    for (size_t i = 0; i < n; i++) {
        draft *d = s->live[i];
        uint64_t number = s->first + (uint64_t)(d - s->drafts);
        d->rng = rng_stream(s->seed, number);
        d->letters = 0;
        copy(s, d->context, d->start);
        for (size_t letter = 0; letter < s->letters; letter++)
            append_token(s, d, s->prompt[letter]);
    }
    while (code == MLP_OK && n > 0)
        code = draw_letters(s, &n);
    return code;
}

/* Makes each name start where the one before it ended. The live names
 * become those that did not, to be drawn again; returns how many. The
 * first of a block starts right, so after n rounds at least n names are
 * right; nearly always a few rounds are enough. */
static size_t join_names(mlp_sampler *s)
{
    size_t wrong = 0;
    for (size_t i = 1; i < s->width; i++) {
        draft *d = &s->drafts[i];
        const int *end = s->drafts[i - 1].context;
        if (same(s, d->start, end))
            continue;
        copy(s, d->start, end);
        s->live[wrong++] = d;
    }
    return wrong;
}

/* The more names are asked for, the more are drawn ahead. */
static int next_block(mlp_sampler *s)
{
    size_t live, wider = s->width == 0 ? 1 : 2 * s->width;
    s->first += s->width;
    s->width = wider < s->widest ? wider : s->widest;
    s->given = 0;
    for (live = 0; live < s->width; live++) {
        s->live[live] = &s->drafts[live];
        copy(s, s->drafts[live].start, s->before); /* a guess */
    }
    int code = MLP_OK;
    for (; code == MLP_OK && live > 0; live = join_names(s))
        code = draw_names(s, live);
    if (code == MLP_OK)
        copy(s, s->before, s->drafts[s->width - 1].context);
    return code;
}

int mlp_sampler_next(mlp_sampler *sampler, char name[MLP_NAME])
{
    size_t used = 0;
    if (sampler->given == sampler->width) {
        int code = next_block(sampler);
        if (code != MLP_OK)
            return code;
    }
    const draft *d = &sampler->drafts[sampler->given++];
    for (size_t i = 0; i < d->letters && d->tokens[i] != 0; i++)
        used += mlp_alphabet_write(name + used, sampler->alphabet,
                                   d->tokens[i]);
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
