/*
 * web.c - the library as a page in a browser calls it: with numbers,
 * and with texts that lie in the memory that both can see.
 *
 * One instance of the module is one desk, with settings, a corpus and a
 * run on it. A page writes a text or a file into web_room and says how
 * long it is. What a function tells, or why it fails, is in web_text.
 * A function that can fail returns an mlp_error.
 */
#include "mlp.h"
#include "sha256.h"
#include "web.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_SPLITS = 2, TEXT = 1 << 16, TRAIN_BATCHES = 20 };

static struct {
    mlp_config config;
    mlp_training training;
    mlp_alphabet *alphabet;
    uint16_t *tokens[N_SPLITS];
    size_t n_tokens[N_SPLITS];
    char corpus[MLP_PATH], sha256[MLP_SHA256];
    mlp_run *run;
    int fold; /* to learn and to evaluate; a table for the few windows
               * of a name would not pay */
    mlp_windows windows[N_SPLITS];
    float loss;   /* of the last step's batch */
    float *probs; /* (V) */
    char *room, *file;
} desk;

static char text[TEXT]; /* also for the library's `why` */

/* ---- texts ------------------------------------------------------- */

char *web_room(size_t n)
{
    free(desk.room);
    desk.room = n < SIZE_MAX ? calloc(n + 1, 1) : NULL;
    return desk.room;
}

const char *web_text(void)
{
    return text;
}

static void add(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

static void add(const char *format, ...)
{
    size_t used = strlen(text);
    va_list args;
    va_start(args, format);
    vsnprintf(text + used, sizeof text - used, format, args);
    va_end(args);
}

/* Ends a function: with a sentence, if it failed and said nothing. */
static int ended(int code)
{
    if (code != MLP_OK && text[0] == '\0')
        add("%s", mlp_strerror(code));
    return code;
}

/* ---- settings ---------------------------------------------------- */

static void add_names(const char *(*name)(size_t i))
{
    for (size_t i = 0; name(i) != NULL; i++)
        add("%s\"%s\"", i == 0 ? "[" : ",", name(i));
    add("]");
}

const char *web_table(void)
{
    const mlp_hyperparameter *row;
    text[0] = '\0';
    add("{\"presets\":");
    add_names(mlp_preset_name);
    add(",\"rows\":");
    for (size_t i = 0; (row = mlp_hyperparameter_row(i)) != NULL; i++) {
        add("%s{\"name\":\"%s\",\"help\":\"%s\",\"kind\":%d",
            i == 0 ? "[" : ",", row->name,
            row->help != NULL ? row->help : "", (int)row->kind);
        if (row->kind == MLP_KIND_CHOICE) {
            add(",\"choices\":");
            add_names(row->choice);
        }
        add("}");
    }
    add("]}");
    return text;
}

int web_preset(void)
{
    text[0] = '\0';
    return ended(mlp_preset(desk.room, &desk.config, &desk.training));
}

static void *field(const mlp_hyperparameter *row)
{
    return mlp_hyperparameter_field(row, &desk.config, &desk.training);
}

int web_set(size_t i)
{
    const mlp_hyperparameter *row = mlp_hyperparameter_row(i);
    text[0] = '\0';
    return ended(row == NULL
                     ? MLP_ERROR_NAME
                     : mlp_hyperparameter_parse(field(row), row,
                                                desk.room, text));
}

const char *web_get(size_t i)
{
    const mlp_hyperparameter *row = mlp_hyperparameter_row(i);
    text[0] = '\0';
    if (row != NULL)
        mlp_hyperparameter_format(text, sizeof text, row, field(row),
                                  6);
    return text;
}

/* ---- corpus ------------------------------------------------------ */

int web_alphabet(size_t n)
{
    mlp_alphabet *letters = NULL;
    text[0] = '\0';
    int code = mlp_alphabet_create(&letters, n > 0 ? desk.room : NULL,
                                   n);
    if (code != MLP_OK)
        return ended(code);
    mlp_alphabet_free(desk.alphabet);
    desk.alphabet = letters;
    for (size_t i = 0; i < N_SPLITS; i++) {
        free(desk.tokens[i]);
        desk.tokens[i] = NULL;
        desk.n_tokens[i] = 0;
    }
    return MLP_OK;
}

int web_names(size_t split, size_t n)
{
    uint16_t *tokens = NULL;
    size_t N = 0;
    text[0] = '\0';
    int code = mlp_tokens_parse(&tokens, &N, desk.alphabet, desk.room,
                                n, mlp_split_name(split), text);
    if (code != MLP_OK)
        return ended(code);
    free(desk.tokens[split]);
    desk.tokens[split] = tokens;
    desk.n_tokens[split] = N;
    if (split == MLP_TRAIN)
        sha256_of(desk.sha256, desk.room, n);
    return MLP_OK;
}

void web_corpus(void)
{
    snprintf(desk.corpus, sizeof desk.corpus, "%s", desk.room);
}

/* ---- a run ------------------------------------------------------- */

/* Gives a run its windows and room for probabilities, and folds it if
 * that can be. Frees it after an error, else it takes the place of the
 * one before. */
static int equip(mlp_run *run, int fold)
{
    mlp_windows windows[N_SPLITS];
    int code = MLP_OK;
    for (size_t i = 0; code == MLP_OK && i < N_SPLITS; i++)
        code = mlp_windows_init(&windows[i], desk.tokens[i],
                                desk.n_tokens[i], run->config.context,
                                run->training.padded);
    fold = fold && mlp_model_fold(run->model, 1) == MLP_OK;
    float *probs = calloc(run->config.vocab, sizeof *probs);
    if (code == MLP_OK && probs == NULL)
        code = MLP_ERROR_MEMORY;
    if (code != MLP_OK) {
        free(probs);
        mlp_run_free(run);
        return ended(code);
    }
    mlp_run_free(desk.run);
    free(desk.probs);
    desk.run = run;
    desk.fold = fold;
    desk.probs = probs;
    desk.loss = NAN;
    memcpy(desk.windows, windows, sizeof windows);
    return MLP_OK;
}

int web_start(int fold)
{
    mlp_run *run = NULL;
    text[0] = '\0';
    desk.config.vocab = desk.alphabet->V;
    int code = mlp_run_create(&run, desk.alphabet, &desk.config,
                              &desk.training);
    if (code != MLP_OK)
        return ended(code);
    memcpy(run->corpus, desk.corpus, sizeof run->corpus);
    memcpy(run->sha256, desk.sha256, sizeof run->sha256);
    return equip(run, fold);
}

int web_steps(size_t n)
{
    mlp_run *run = desk.run;
    int code = MLP_OK;
    text[0] = '\0';
    for (; code == MLP_OK && n > 0; n--) {
        if (run->step >= run->training.steps)
            break;
        code = mlp_run_step(run, &desk.windows[MLP_TRAIN], &desk.loss);
        if (code == MLP_OK && !isfinite(desk.loss))
            code = MLP_ERROR_NUMBER;
    }
    return ended(code);
}

double web_step(void)
{
    return (double)desk.run->step;
}

float web_loss(void)
{
    return desk.loss;
}

/* A split with fewer windows than a batch is one batch. */
static size_t batch_size(size_t split)
{
    size_t B = desk.run->training.batch, N = desk.windows[split].count;
    return B < N ? B : N;
}

size_t web_batches(size_t split)
{
    size_t full = desk.windows[split].N / batch_size(split);
    return split == MLP_TRAIN && full > TRAIN_BATCHES ? TRAIN_BATCHES
                                                      : full;
}

double web_evaluate(size_t split, size_t batch)
{
    mlp_run *run = desk.run;
    size_t B = batch_size(split);
    float loss = NAN;
    text[0] = '\0';
    mlp_windows_batch(run->inputs, run->targets, &desk.windows[split],
                      batch, B);
    int code = mlp_model_forward(run->model, run->inputs, run->targets,
                                 B, &loss);
    if (code == MLP_OK && !isfinite(loss))
        code = MLP_ERROR_NUMBER;
    return ended(code) == MLP_OK ? (double)loss : NAN;
}

/* ---- what it says ------------------------------------------------ */

const float *web_after(void)
{
    mlp_run *run = desk.run;
    int prompt[MLP_MAX_NAME];
    size_t n = 0, T = run->config.context;
    text[0] = '\0';
    int code = mlp_prompt_parse(prompt, &n, run->alphabet, desk.room,
                                text);
    for (size_t t = 0; code == MLP_OK && t < T; t++)
        run->inputs[t] = n + t >= T ? prompt[n + t - T] : 0;
    mlp_model_fold(run->model, 0);
    if (code == MLP_OK)
        code = mlp_model_forward(run->model, run->inputs, NULL, 1,
                                 NULL);
    mlp_model_fold(run->model, desk.fold);
    if (ended(code) != MLP_OK)
        return NULL;
    softmax_forward(desk.probs, mlp_model_logits(run->model), 1,
                    run->config.vocab);
    return desk.probs;
}

static int sample(mlp_sampler *sampler, size_t n)
{
    int prompt[MLP_MAX_NAME];
    char name[MLP_NAME];
    size_t letters = 0;
    int code = mlp_prompt_parse(prompt, &letters, desk.run->alphabet,
                                desk.room, text);
    if (code == MLP_OK)
        code = mlp_sampler_prompt(sampler, prompt, letters);
    for (; code == MLP_OK && n > 0; n--) {
        code = mlp_sampler_next(sampler, name);
        if (code == MLP_OK)
            add("%s\n", name);
    }
    return code;
}

int web_sample(size_t n, uint32_t seed, double temperature)
{
    mlp_sampler *sampler = NULL;
    text[0] = '\0';
    mlp_model_fold(desk.run->model, 0);
    int code = mlp_sampler_create(
        &sampler, desk.run->model, desk.run->alphabet,
        desk.run->training.padded, temperature, seed);
    if (code == MLP_OK)
        code = sample(sampler, n);
    mlp_sampler_free(sampler);
    mlp_model_fold(desk.run->model, desk.fold);
    return ended(code);
}

/* ---- its numbers ------------------------------------------------- */

const char *web_tensors(void)
{
    const mlp_model *model = desk.run->model;
    text[0] = '\0';
    for (size_t i = 0; i < mlp_model_tensors(model); i++) {
        mlp_tensor tensor = mlp_model_tensor(model, i);
        add("%s{\"name\":\"%s\",\"offset\":%zu,\"rows\":%zu,"
            "\"columns\":%zu}", i == 0 ? "[" : ",", tensor.name,
            tensor.offset, tensor.rows, tensor.columns);
    }
    add("]");
    return text;
}

const float *web_params(void)
{
    return mlp_model_params(desk.run->model);
}

/* ---- checkpoints ------------------------------------------------- */

size_t web_save(void)
{
    size_t length = 0;
    text[0] = '\0';
    free(desk.file);
    desk.file = NULL;
    return ended(mlp_checkpoint_write(&desk.file, &length, desk.run))
                   == MLP_OK
               ? length
               : 0;
}

const char *web_file(void)
{
    return desk.file;
}

int web_load(size_t n, int fold)
{
    mlp_run *run = NULL;
    text[0] = '\0';
    int code = mlp_checkpoint_read(&run, desk.room, n, "this file",
                                   text);
    if (code == MLP_OK
        && !mlp_alphabet_equal(run->alphabet, desk.alphabet)) {
        add("it has another alphabet than the names: ");
        for (size_t v = 1; v < run->alphabet->V; v++) {
            char letter[4];
            size_t length =
                mlp_alphabet_write(letter, run->alphabet, (int)v);
            add("%.*s", (int)length, letter);
        }
        mlp_run_free(run);
        code = MLP_ERROR_CORPUS;
    }
    if (code != MLP_OK)
        return ended(code);
    mlp_config config = run->config;
    mlp_training training = run->training;
    code = equip(run, fold);
    if (code == MLP_OK) {
        desk.config = config;
        desk.training = training;
    }
    return code;
}

int web_same_names(void)
{
    return strcmp(desk.run->sha256, desk.sha256) == 0;
}
