/*
 * main.c - the program `mlp`: train, eval, sample. It needs no Python.
 *
 * The only file that prints or exits. Exit status: 0 done, 1 an error, 2
 * a mistake on the command line (either way one line on stderr), 130
 * stopped by Ctrl-C, with the state saved.
 */
#define _POSIX_C_SOURCE 200809L /* clock_gettime, sigaction */

#include "mlp.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static const char USAGE[] =
    "mlp: a neural n-gram language model of names (Bengio et al. 2003)\n"
    "\n"
    "  mlp train  --corpus FOLDER [--preset NAME] [--out FILE]\n"
    "  mlp eval   --checkpoint FILE --corpus FOLDER\n"
    "  mlp sample --checkpoint FILE [--prompt LETTERS] [--n N]\n"
    "\n"
    "A corpus is a folder with train.txt, val.txt and test.txt: one\n"
    "lower-case name a line.\n"
    "\n"
    "train:\n"
    "  --preset NAME        hyperparameters to start from (original)\n"
    "  --context N --embedding N --hidden N --layers N\n"
    "  --activation tanh|gelu --batch N --steps N --learning-rate X\n"
    "  --weight-decay X --seed N --padded\n"
    "                       change them one by one\n"
    "  --resume FILE        go on with a checkpoint instead\n"
    "  --until N            stop after step N of the schedule\n"
    "  --eval-every N       steps between evaluations (200)\n"
    "  --out FILE           where the checkpoint goes (mlp.safetensors)\n"
    "  --fold               a faster first layer, equal but for rounding\n"
    "sample:\n"
    "  --prompt LETTERS     how each name starts\n"
    "  --n N                how many names (10)\n"
    "  --seed N             of the random numbers (42)\n"
    "  --temperature X      below 1 safer, above 1 wilder (1)\n"
    "all:\n"
    "  --kernels NAME       auto, avx512, avx2, base, textbook (auto)\n";

enum { TRAIN_BATCHES = 20 }; /* of the train split, in an evaluation */

/* ---- errors ------------------------------------------------------ */

static void complain(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

static void complain(const char *format, ...)
{
    char line[2 * MLP_WHY];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    for (char *c = line; *c != '\0'; c++)
        if (iscntrl((unsigned char)*c))
            *c = ' '; /* what the user wrote may hold a newline */
    fprintf(stderr, "mlp: %s\n", line);
}

/* ---- options ----------------------------------------------------- */

typedef enum {
    TEXT,
    SIZE,     /* whole, with a limit each */
    LAYERS,
    COUNT,
    SEED,
    REAL,     /* 0 or positive */
    POSITIVE,
    FLAG
} kind;

typedef struct {
    const char *name;
    kind kind;
    void *out; /* const char *, size_t, uint64_t, double or int */
} option;

/* The same as in config.py, so that each reads the other's files. */
static uint64_t limit(kind k)
{
    switch (k) {
    case SIZE: return MLP_MAX_SIZE;
    case LAYERS: return MLP_MAX_LAYERS;
    case COUNT: return INT64_MAX;
    default: return UINT64_MAX;
    }
}

static int parse_whole(uint64_t *out, const char *text, uint64_t most)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (!isdigit((unsigned char)text[0]) || *end != '\0' || errno != 0
        || value == 0 || value > most)
        return 0;
    *out = value;
    return 1;
}

static int parse_real(double *out, const char *text)
{
    char *end;
    errno = 0;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || errno != 0 || !isfinite(value)
        || value < 0)
        return 0;
    *out = value;
    return 1;
}

static int set_option(const option *o, const char *text)
{
    uint64_t whole;
    double real;
    switch (o->kind) {
    case TEXT:
        *(const char **)o->out = text;
        return 1;
    case SIZE:
    case LAYERS:
    case COUNT:
    case SEED:
        if (!parse_whole(&whole, text, limit(o->kind))) {
            complain("%s: '%s' is not a whole number from 1 to %" PRIu64,
                     o->name, text, limit(o->kind));
            return 0;
        }
        if (o->kind == SEED)
            *(uint64_t *)o->out = whole;
        else
            *(size_t *)o->out = (size_t)whole;
        return 1;
    case REAL:
    case POSITIVE:
        if (!parse_real(&real, text) || (o->kind == POSITIVE && real == 0)) {
            complain("%s: '%s' is not %sa positive number", o->name, text,
                     o->kind == REAL ? "0 or " : "");
            return 0;
        }
        *(double *)o->out = real;
        return 1;
    case FLAG:
        *(int *)o->out = 1;
        return 1;
    }
    return 0;
}

/* Returns whether all words were options that the command knows. */
static int parse_options(char **words, const option *options, size_t n)
{
    for (; *words != NULL; words++) {
        const option *o = NULL;
        for (size_t i = 0; i < n && o == NULL; i++)
            if (strcmp(*words, options[i].name) == 0)
                o = &options[i];
        if (o == NULL) {
            complain("unknown option %s; try mlp --help", *words);
            return 0;
        }
        if (o->kind != FLAG && words[1] == NULL) {
            complain("%s: a value is missing", o->name);
            return 0;
        }
        if (!set_option(o, o->kind == FLAG ? NULL : *++words))
            return 0;
    }
    return 1;
}

#define N_OPTIONS(options) (sizeof(options) / sizeof *(options))

/* ---- corpus ------------------------------------------------------ */

typedef struct {
    int *tokens;
    mlp_windows windows;
} split;

static int load_split(split *s, const char *corpus, const char *name,
                      const mlp_config *config,
                      const mlp_training *training)
{
    char path[4096], why[MLP_WHY];
    size_t N = 0;
    if (snprintf(path, sizeof path, "%s/%s.txt", corpus, name)
        >= (int)sizeof path) {
        complain("--corpus: the path is too long");
        return 0;
    }
    if (mlp_tokens_load(&s->tokens, &N, path, why) != MLP_OK) {
        complain("%s", why);
        return 0;
    }
    if (N < training->batch
        || mlp_windows_init(&s->windows, s->tokens, N, config->context,
                            training->padded) != MLP_OK) {
        complain("%s: %zu characters are too few for context %zu and "
                 "batch %zu", path, N, config->context, training->batch);
        return 0;
    }
    return 1;
}

static int evaluate(double *loss, mlp_run *run, const split *s,
                    size_t batches)
{
    int code = mlp_model_evaluate(run->model, &s->windows,
                                  run->training.batch, batches, loss);
    if (code != MLP_OK)
        complain("evaluation: %s", mlp_strerror(code));
    return code == MLP_OK;
}

static int choose_kernels(mlp_run *run, const char *name)
{
    if (mlp_model_kernels(run->model, name) == MLP_OK)
        return 1;
    complain("--kernels: '%s' is unknown, or not for this processor",
             name);
    return 0;
}

/* ---- train ------------------------------------------------------- */

static volatile sig_atomic_t interrupted;

static void interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

/* The first Ctrl-C asks for a stop after the step, the second kills. */
static void catch_interrupts(void)
{
    struct sigaction action = {.sa_handler = interrupt};
    sigemptyset(&action.sa_mask);
    action.sa_flags = (int)SA_RESETHAND | SA_RESTART;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* A path that cannot be written should fail now, not after the work. */
static int check_writable(const char *path)
{
    char aside[4096];
    struct stat there;
    if (path[0] == '\0') {
        complain("--out: the path is empty");
        return 0;
    }
    if (stat(path, &there) == 0 && S_ISDIR(there.st_mode)) {
        complain("%s: cannot write: %s", path, strerror(EISDIR));
        return 0;
    }
    if (snprintf(aside, sizeof aside, "%s.part", path)
        >= (int)sizeof aside) {
        complain("--out: the path is too long");
        return 0;
    }
    FILE *file = fopen(aside, "wb");
    if (file == NULL) {
        complain("%s: cannot write: %s", path, strerror(errno));
        return 0;
    }
    fclose(file);
    remove(aside);
    return 1;
}

static void complain_diverged(const mlp_run *run)
{
    complain("step %zu: the loss is no longer a number; try a lower "
             "learning rate", run->step);
}

static int report(mlp_run *run, const split *train, const split *val,
                  double seconds, size_t steps)
{
    double train_loss, val_loss;
    if (!evaluate(&train_loss, run, train, TRAIN_BATCHES)
        || !evaluate(&val_loss, run, val, 0))
        return 0;
    if (!isfinite(train_loss)) {
        complain_diverged(run);
        return 0;
    }
    printf("step %6zu | train %.6f | val %.6f", run->step, train_loss,
           val_loss);
    if (steps > 0)
        printf(" | %.3f ms/step", 1e3 * seconds / (double)steps);
    putchar('\n');
    fflush(stdout);
    return 1;
}

static int train_steps(mlp_run *run, const split *train, const split *val,
                       size_t until, size_t every)
{
    size_t timed = 0;
    double seconds = 0;
    if (!report(run, train, val, 0, 0))
        return 0;
    while (run->step < until && !interrupted) {
        float loss = 0;
        double start = now();
        int code = mlp_run_step(run, &train->windows, &loss);
        if (code != MLP_OK) {
            complain("step %zu: %s", run->step, mlp_strerror(code));
            return 0;
        }
        if (!isfinite(loss)) {
            complain_diverged(run);
            return 0;
        }
        seconds += now() - start;
        timed++;
        if (run->step % every == 0 || run->step == until) {
            if (!report(run, train, val, seconds, timed))
                return 0;
            seconds = 0;
            timed = 0;
        }
    }
    return 1;
}

typedef struct {
    const char *corpus, *out, *kernels;
    size_t until, every;
    int fold;
} train_options;

static int train_run(mlp_run *run, const train_options *o)
{
    split train = {0}, val = {0};
    char why[MLP_WHY];
    int status = 1;
    size_t until = run->training.steps;
    if (o->until != 0 && o->until < until)
        until = o->until;
    int code = mlp_model_fold(run->model, o->fold);
    if (code == MLP_ERROR_SIZE)
        complain("--fold: its tables would have more than %d numbers",
                 MLP_MAX_PARAMS);
    else if (code != MLP_OK)
        complain("--fold: %s", mlp_strerror(code));
    if (code == MLP_OK && choose_kernels(run, o->kernels)
        && load_split(&train, o->corpus, "train", &run->config,
                      &run->training)
        && load_split(&val, o->corpus, "val", &run->config,
                      &run->training)
        && check_writable(o->out)) {
        catch_interrupts();
        if (train_steps(run, &train, &val, until, o->every)) {
            status = interrupted ? 130 : 0;
            if (mlp_checkpoint_save(run, o->out, why) != MLP_OK) {
                complain("%s", why);
                status = 1;
            } else {
                printf("%s at step %zu; saved to %s\n",
                       interrupted ? "stopped" : "done", run->step,
                       o->out);
            }
        }
    }
    free(train.tokens);
    free(val.tokens);
    return status;
}

static int train(char **words)
{
    enum { OF_CHECKPOINT = 7 }; /* the first of these among the options */
    mlp_config config;
    mlp_training training;
    mlp_run *run = NULL;
    char why[MLP_WHY];
    const char *preset = "original", *resume = NULL, *activation = NULL;
    train_options o = {NULL, "mlp.safetensors", "auto", 0, 200, 0};

    /* The preset comes first, whatever its place on the line. */
    for (char **w = words; *w != NULL; w++)
        if (strcmp(*w, "--preset") == 0 && w[1] != NULL)
            preset = w[1];
    if (mlp_preset(preset, &config, &training) != MLP_OK) {
        complain("--preset: '%s' is unknown", preset);
        return 2;
    }
    const option options[] = {
        {"--corpus", TEXT, &o.corpus},
        {"--out", TEXT, &o.out},
        {"--kernels", TEXT, &o.kernels},
        {"--until", COUNT, &o.until},
        {"--eval-every", COUNT, &o.every},
        {"--fold", FLAG, &o.fold},
        {"--resume", TEXT, &resume},
        /* from here on: what a checkpoint has of its own */
        {"--preset", TEXT, &preset},
        {"--context", SIZE, &config.context},
        {"--embedding", SIZE, &config.embedding},
        {"--hidden", SIZE, &config.hidden},
        {"--layers", LAYERS, &config.layers},
        {"--activation", TEXT, &activation},
        {"--batch", SIZE, &training.batch},
        {"--steps", COUNT, &training.steps},
        {"--learning-rate", POSITIVE, &training.learning_rate},
        {"--weight-decay", REAL, &training.weight_decay},
        {"--seed", SEED, &training.seed},
        {"--padded", FLAG, &training.padded},
    };
    if (!parse_options(words, options, N_OPTIONS(options)))
        return 2;
    for (char **w = words; resume != NULL && *w != NULL; w++)
        for (size_t i = OF_CHECKPOINT; i < N_OPTIONS(options); i++)
            if (strcmp(*w, options[i].name) == 0) {
                complain("%s: a checkpoint has its own; it cannot change "
                         "on --resume", *w);
                return 2;
            }
    if (o.corpus == NULL) {
        complain("train: --corpus FOLDER is missing");
        return 2;
    }
    if (activation != NULL && strcmp(activation, "tanh") != 0
        && strcmp(activation, "gelu") != 0) {
        complain("--activation: '%s' is neither tanh nor gelu",
                 activation);
        return 2;
    }
    if (activation != NULL)
        config.activation = strcmp(activation, "tanh") == 0 ? MLP_TANH
                                                            : MLP_GELU;
    if (resume != NULL) {
        if (mlp_checkpoint_load(&run, resume, why) != MLP_OK) {
            complain("%s", why);
            return 1;
        }
    } else {
        int code = mlp_run_create(&run, &config, &training);
        if (code == MLP_ERROR_SIZE) {
            complain("train: these sizes take more than %d parameters or "
                     "activations", MLP_MAX_PARAMS);
            return 1;
        }
        if (code != MLP_OK) {
            complain("train: %s", mlp_strerror(code));
            return 1;
        }
    }
    int status = train_run(run, &o);
    mlp_run_free(run);
    return status;
}

/* ---- eval -------------------------------------------------------- */

static int eval(char **words)
{
    const char *corpus = NULL, *checkpoint = NULL, *kernels = "auto";
    const option options[] = {
        {"--corpus", TEXT, &corpus},
        {"--checkpoint", TEXT, &checkpoint},
        {"--kernels", TEXT, &kernels},
    };
    if (!parse_options(words, options, N_OPTIONS(options)))
        return 2;
    if (corpus == NULL || checkpoint == NULL) {
        complain("eval: --checkpoint FILE and --corpus FOLDER are needed");
        return 2;
    }
    mlp_run *run = NULL;
    char why[MLP_WHY];
    if (mlp_checkpoint_load(&run, checkpoint, why) != MLP_OK) {
        complain("%s", why);
        return 1;
    }
    static const char *const SPLITS[] = {"train", "val", "test"};
    int ok = choose_kernels(run, kernels);
    for (size_t i = 0; ok && i < 3; i++) {
        split s = {0};
        double loss;
        ok = load_split(&s, corpus, SPLITS[i], &run->config,
                        &run->training)
             && evaluate(&loss, run, &s, 0);
        if (ok)
            printf("%-5s %.6f\n", SPLITS[i], loss);
        free(s.tokens);
    }
    mlp_run_free(run);
    return ok ? 0 : 1;
}

/* ---- sample ------------------------------------------------------ */

static int sample(char **words)
{
    const char *checkpoint = NULL, *prompt = "", *kernels = "auto";
    size_t n = 10;
    uint64_t seed = 42;
    double temperature = 1;
    const option options[] = {
        {"--checkpoint", TEXT, &checkpoint},
        {"--prompt", TEXT, &prompt},
        {"--kernels", TEXT, &kernels},
        {"--n", COUNT, &n},
        {"--seed", SEED, &seed},
        {"--temperature", POSITIVE, &temperature},
    };
    if (!parse_options(words, options, N_OPTIONS(options)))
        return 2;
    if (checkpoint == NULL) {
        complain("sample: --checkpoint FILE is needed");
        return 2;
    }
    if (strlen(prompt) >= MLP_MAX_NAME
        || strspn(prompt, "abcdefghijklmnopqrstuvwxyz")
               != strlen(prompt)) {
        complain("--prompt: '%s' is not up to %d letters of a-z", prompt,
                 MLP_MAX_NAME - 1);
        return 2;
    }
    mlp_run *run = NULL;
    mlp_sampler *sampler = NULL;
    char why[MLP_WHY], name[MLP_MAX_NAME + 1];
    if (mlp_checkpoint_load(&run, checkpoint, why) != MLP_OK) {
        complain("%s", why);
        return 1;
    }
    int ok = choose_kernels(run, kernels);
    int code = MLP_OK;
    if (ok)
        code = mlp_sampler_create(&sampler, run->model,
                                  run->training.padded, temperature, seed);
    for (size_t i = 0; ok && code == MLP_OK && i < n; i++) {
        code = mlp_sampler_next(sampler, prompt, name);
        ok = code == MLP_OK && puts(name) >= 0; /* main says why not */
    }
    if (code == MLP_ERROR_VALUE)
        complain("--temperature: %g: must be from 0.001 to 1000",
                 temperature);
    else if (code != MLP_OK)
        complain("sample: %s", mlp_strerror(code));
    mlp_sampler_free(sampler);
    mlp_run_free(run);
    return ok && code == MLP_OK ? 0 : 1;
}

int main(int argc, char **argv)
{
    int status = 2, help = 0;
#ifdef SIGXFSZ
    signal(SIGXFSZ, SIG_IGN); /* a file-size limit: an error, not death */
#endif
    for (int i = 1; i < argc; i++)
        help = help || strcmp(argv[i], "--help") == 0;
    if (argc < 2 || help) {
        fputs(USAGE, help ? stdout : stderr);
        status = help ? 0 : 2;
    } else if (strcmp(argv[1], "train") == 0) {
        status = train(argv + 2);
    } else if (strcmp(argv[1], "eval") == 0) {
        status = eval(argv + 2);
    } else if (strcmp(argv[1], "sample") == 0) {
        status = sample(argv + 2);
    } else {
        complain("unknown command %s; try mlp --help", argv[1]);
    }
    if (fflush(stdout) != 0 || ferror(stdout)) {
        complain("cannot write the output: %s", strerror(errno));
        status = 1;
    }
    return status;
}
