/*
 * run.c - a model in training: everything a checkpoint holds.
 */
#include "config.h"
#include "kernels.h"

#include <stdlib.h>

/* Gives the run its alphabet: a copy, or a to z. */
static int create_alphabet(mlp_run *run, const mlp_alphabet *alphabet)
{
    int code = alphabet == NULL
                   ? mlp_alphabet_create(&run->alphabet, NULL, 0)
                   : mlp_alphabet_copy(&run->alphabet, alphabet);
    if (code == MLP_OK && run->alphabet->V != run->config.vocab)
        code = MLP_ERROR_SIZE;
    return code;
}

int mlp_run_create(mlp_run **run, const mlp_alphabet *alphabet,
                   const mlp_config *config,
                   const mlp_training *training)
{
    int code = training_check(training);
    if (code != MLP_OK)
        return code;
    mlp_run *r = calloc(1, sizeof *r);
    if (r == NULL)
        return MLP_ERROR_MEMORY;
    r->config = *config;
    r->training = *training;
    size_t B = training->batch;
    code = create_alphabet(r, alphabet);
    if (code == MLP_OK)
        code = mlp_model_create(&r->model, config, B);
    if (code == MLP_OK) {
        size_t size = mlp_model_size(r->model);
        r->m = floats_create(size);
        r->v = floats_create(size);
        r->inputs = calloc(B * config->context, sizeof(int));
        r->targets = calloc(B, sizeof(int));
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
    mlp_alphabet_free(run->alphabet);
    mlp_model_free(run->model);
    floats_free(run->m);
    floats_free(run->v);
    free(run->inputs);
    free(run->targets);
    free(run);
}

int mlp_run_step(mlp_run *run, const mlp_windows *windows, float *loss)
{
    const mlp_training *t = &run->training;
    if (t->shuffled)
        mlp_windows_shuffled(run->inputs, run->targets, windows,
                             run->step, t->batch, t->seed);
    else
        mlp_windows_batch(run->inputs, run->targets, windows, run->step,
                          t->batch);
    int code = mlp_model_forward_train(
        run->model, run->inputs, run->targets, t->batch,
        rng_stream(t->seed, run->step), loss);
    if (code != MLP_OK)
        return code;
    mlp_model_backward(run->model);
    mlp_model_update(run->model, run->m, run->v, run->step + 1,
                     cosine_schedule(t->learning_rate, run->step,
                                     t->steps, t->warmup),
                     t->weight_decay);
    run->step++;
    return MLP_OK;
}
