/*
 * in_memory.c - trains, saves, resumes and samples without a file, with
 * seeds and steps that need more than 32 bits, and prints every bit of
 * what comes out. test_32_bits.py compares the output of builds.
 */
#include "mlp.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char NAMES[] =
    "emma\nolivia\nava\nisabella\nsophia\ncharlotte\nmia\namelia\nzoe\n";
/* The same in another script; and letters of one to four bytes. */
static const char OTHERS[] =
    "эмма\nоливия\nава\nмия\nамелия\nзоя\nваля\n名\n😀a\n";
static const char LETTERS[] = "aавезилмоэя名😀";

static const uint64_t FAR = (uint64_t)1 << 33; /* a step */

static void check(int code, const char *why)
{
    if (code == MLP_OK)
        return;
    printf("error %d: %s\n", code, why);
    exit(1);
}

/* Does n steps and prints the bits of each loss. */
static void train(mlp_run *run, const mlp_windows *windows, int n)
{
    for (int i = 0; i < n; i++) {
        float loss = 0;
        check(mlp_run_step(run, windows, &loss), "step");
        printf("step %" PRIu64 " loss %a\n", run->step, (double)loss);
    }
}

/* Writes the run into memory and reads it back. */
static mlp_run *resume(mlp_run *run)
{
    char *file, why[MLP_WHY] = "write";
    size_t length;
    mlp_run *back = NULL;
    check(mlp_checkpoint_write(&file, &length, run), why);
    printf("checkpoint of %zu bytes\n", length);
    for (size_t i = 0; i < length; i++)
        printf("%02x%s", (unsigned char)file[i],
               i + 1 == length || i % 32 == 31 ? "\n" : "");
    check(mlp_checkpoint_read(&back, file, length, "memory", why), why);
    free(file);
    return back;
}

/* letters NULL: a to z. */
static void try_all(mlp_config *config, const mlp_training *training,
                    const char *letters, const char *names,
                    const char *kernels, int fold)
{
    char why[MLP_WHY] = "", name[MLP_NAME];
    uint16_t *tokens;
    mlp_alphabet *alphabet;
    size_t N;
    double loss;
    mlp_windows windows;
    mlp_run *run = NULL, *back;
    mlp_sampler *sampler;
    printf("%s%s\n", kernels, fold ? ", folded" : "");
    check(mlp_alphabet_create(&alphabet, letters,
                              letters == NULL ? 0 : strlen(letters)),
          "alphabet");
    config->vocab = alphabet->V;
    check(mlp_tokens_parse(&tokens, &N, alphabet, names, strlen(names),
                           "names", why), why);
    check(mlp_windows_init(&windows, tokens, N, config->context,
                           training->padded), "windows");
    check(mlp_run_create(&run, alphabet, config, training), "run");
    check(mlp_model_kernels(run->model, kernels), "kernels");
    check(mlp_model_fold(run->model, fold), "fold");
    train(run, &windows, 2);
    run->step = FAR;
    train(run, &windows, 2);
    back = resume(run);
    mlp_run_free(run);
    check(mlp_model_kernels(back->model, kernels), "kernels");
    check(mlp_model_fold(back->model, fold), "fold");
    train(back, &windows, 2);
    check(mlp_model_evaluate(back->model, &windows, training->batch, 0,
                             NULL, &loss), "evaluate");
    printf("evaluation %a\n", loss);
    check(mlp_sampler_create(&sampler, back->model, back->alphabet,
                             training->padded, 1, FAR + 5), "sampler");
    for (int i = 0; i < 4; i++) {
        check(mlp_sampler_next(sampler, name), "sample");
        puts(name);
    }
    mlp_sampler_free(sampler);
    mlp_run_free(back);
    mlp_alphabet_free(alphabet);
    free(tokens);
}

int main(void)
{
    mlp_config config;
    mlp_training training;
    check(mlp_preset("original", &config, &training), "preset");
    config.embedding = 5;
    config.hidden = 19;
    training.batch = 7;
    training.steps = 2 * FAR; /* half of its rate is left at FAR */
    training.seed = FAR + 1;
    try_all(&config, &training, NULL, NAMES, "textbook", 0);
    try_all(&config, &training, LETTERS, OTHERS, "base", 0);
    config.activation = MLP_GELU;
    config.layers = 2;
    training.padded = training.shuffled = 1;
    try_all(&config, &training, NULL, NAMES, "base", 1);
    return 0;
}
