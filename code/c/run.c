/*
 * run.c - a model in training: everything a checkpoint holds.
 */
#include "kernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double PI = 3.141592653589793;

/* The original module's hyperparameters, and better ones. config.py has
 * the same table; a test compares them. */
static const struct {
    const char *name;
    mlp_config config;
    mlp_training training;
} PRESETS[] = {
    {"original",
     {.vocab = MLP_VOCAB, .context = 3, .embedding = 48, .hidden = 512,
      .layers = 1, .activation = MLP_TANH},
     {.batch = 128, .steps = 50000, .learning_rate = 7e-4,
      .weight_decay = 1e-4, .seed = 1337, .padded = 0}},
    {"deep",
     {.vocab = MLP_VOCAB, .context = 8, .embedding = 24, .hidden = 256,
      .layers = 3, .activation = MLP_GELU},
     {.batch = 256, .steps = 5000, .learning_rate = 4e-3,
      .weight_decay = 0.05, .seed = 1337, .padded = 1}},
};

int mlp_preset(const char *name, mlp_config *config,
               mlp_training *training)
{
    for (size_t i = 0; i < sizeof PRESETS / sizeof *PRESETS; i++)
        if (strcmp(name, PRESETS[i].name) == 0) {
            *config = PRESETS[i].config;
            *training = PRESETS[i].training;
            return MLP_OK;
        }
    return MLP_ERROR_NAME;
}

static int check_training(const mlp_training *t)
{
    if (t->batch == 0 || t->batch > MLP_MAX_SIZE || t->steps == 0)
        return MLP_ERROR_SIZE;
    if (!isfinite(t->learning_rate) || t->learning_rate <= 0
        || !isfinite(t->weight_decay) || t->weight_decay < 0
        || t->seed == 0)
        return MLP_ERROR_VALUE;
    return MLP_OK;
}

int mlp_run_create(mlp_run **run, const mlp_config *config,
                   const mlp_training *training)
{
    int code = check_training(training);
    if (code != MLP_OK)
        return code;
    mlp_run *r = calloc(1, sizeof *r);
    if (r == NULL)
        return MLP_ERROR_MEMORY;
    r->config = *config;
    r->training = *training;
    code = mlp_model_create(&r->model, config, training->batch);
    if (code == MLP_OK) {
        size_t size = mlp_model_size(r->model);
        r->m = floats_create(size);
        r->v = floats_create(size);
        r->inputs = calloc(training->batch * config->context, sizeof(int));
        r->targets = calloc(training->batch, sizeof(int));
        if (!r->m || !r->v || !r->inputs || !r->targets)
            code = MLP_ERROR_MEMORY;
    }
    if (code != MLP_OK) {
        mlp_run_free(r);
        return code;
    }
    uint64_t rng = training->seed;
    mlp_model_init(r->model, &rng);
    *run = r;
    return MLP_OK;
}

void mlp_run_free(mlp_run *run)
{
    if (run == NULL)
        return;
    mlp_model_free(run->model);
    floats_free(run->m);
    floats_free(run->v);
    free(run->inputs);
    free(run->targets);
    free(run);
}

double cosine_schedule(double learning_rate, size_t step, size_t steps)
{
    double progress = (double)step / (double)steps;
    return learning_rate * 0.5 * (1 + cos(PI * progress));
}

int mlp_run_step(mlp_run *run, const mlp_windows *windows, float *loss)
{
    const mlp_training *t = &run->training;
    mlp_windows_batch(run->inputs, run->targets, windows, run->step,
                      t->batch);
    int code = mlp_model_forward(run->model, run->inputs, run->targets,
                                 t->batch, loss);
    if (code != MLP_OK)
        return code;
    mlp_model_backward(run->model);
    mlp_model_update(run->model, run->m, run->v, run->step + 1,
                     cosine_schedule(t->learning_rate, run->step, t->steps),
                     t->weight_decay);
    run->step++;
    return MLP_OK;
}
