/*
 * main.c - the program `mlp`: train, eval, sample. It needs no Python.
 *
 * The only file that prints. Exit status: 0 done, 1 an error, 2 a
 * mistake on the command line (either way one line on stderr), 130
 * stopped by Ctrl-C or another signal, with the state saved.
 */
#define _POSIX_C_SOURCE 200809L /* clock_gettime, open */

#include "config.h"
#include "files.h"
#include "log.h"
#include "mlp.h"
#include "saving.h"
#include "signals.h"
#include "sizes.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char USAGE[] =
    "mlp: a neural n-gram language model of names (Bengio et al. "
    "2003)\n"
    "\n"
    "  mlp train  [--corpus NAME] [--preset NAME] [--out FILE]\n"
    "  mlp eval   [--checkpoint FILE] [--corpus NAME]\n"
    "  mlp sample [--checkpoint FILE] [--prompt LETTERS] [--n N]\n"
    "\n"
    "A corpus is what `mlp data`, the Python program, made of a list\n"
    "of words; or a folder with train.txt, val.txt and test.txt, one\n"
    "name a line, and alphabet.txt if the letters are not a to z.\n"
    "\n"
    "mlp -h is this help, mlp --version the version. A default stands\n"
    "in parentheses; those of the presets in a table at the end.\n";

enum { TRAIN_BATCHES = 20 }; /* of the train split, in an evaluation */
enum { NAMES = 5 };          /* sampled when a training is done */

/* What train writes and the others read, and what it learns from,
 * unless they are told. */
static const char OUT[] = "mlp.safetensors";
static const char CORPUS[] = "given-names";

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

/* ---- output ------------------------------------------------------ */

static int output_error; /* what errno said first */

/* Returns whether all was written; main says why not. To be called
 * soon, while errno says it. */
static int flush_output(void)
{
    if ((fflush(stdout) != 0 || ferror(stdout)) && output_error == 0)
        output_error = errno != 0 ? errno : EIO;
    return output_error == 0;
}

/* A stream that is closed would be the next file that is opened. A
 * device takes its place, the wrong way round: to use it is an
 * error. */
static void open_streams(void)
{
    static const int WRONG[] = {O_WRONLY, O_RDONLY, O_RDONLY};
    for (int stream = 0; stream < 3; stream++)
        if (fcntl(stream, F_GETFD) < 0
            && open("/dev/null", WRONG[stream]) != stream)
            _exit(1);
}

/* ---- options ----------------------------------------------------- */

/* What the words on the command line say. */
typedef struct {
    const char *corpus, *checkpoint, *out, *resume, *prompt, *log;
    int preset, kernels; /* numbers of names */
    uint64_t until;      /* a step; 0: the last one */
    uint64_t every;      /* steps between evaluations; 0: it decides */
    uint64_t save_every; /* and between saves; 0: it decides */
    size_t threads;      /* that compute */
    uint64_t n;     /* names to sample */
    uint64_t seed;  /* of the coins that sample tosses */
    double temperature;
    int fold, force;
    int steps;     /* whether there is a word about them */
    char own[32];  /* the first option of what a checkpoint has */
    int help;      /* whether somebody asks for it */
    mlp_config config;
    mlp_training training;
} settings;

/* The commands, as bits of those that an option is for; and one for
 * what a checkpoint has of its own. */
enum { TRAIN = 1, EVAL = 2, SAMPLE = 4, ALL = 7, OWN = 8 };

typedef struct {
    int commands;
    char name[32];           /* without its hyphens */
    const char *placeholder; /* of the value, in the help; "": none */
    const char *help;
    const mlp_hyperparameter *value; /* NULL: any text */
    size_t offset;                   /* into settings */
} option;

/* What the program's own numbers may be, as in Python's. */
static const mlp_hyperparameter COUNT = {
    .kind = MLP_KIND_WHOLE, .whole = {1, INT64_MAX}};
static const mlp_hyperparameter SEED = {
    .kind = MLP_KIND_WHOLE, .whole = {1, UINT64_MAX}};
static const mlp_hyperparameter THREADS = {
    .kind = MLP_KIND_SIZE, .whole = {1, MLP_MAX_THREADS}};
static const mlp_hyperparameter TEMPERATURE = {
    .kind = MLP_KIND_REAL, .real = {MLP_COLDEST, MLP_HOTTEST}};
static const mlp_hyperparameter SWITCH = {.kind = MLP_KIND_FLAG};

static const char *kernels_name(size_t i)
{
    return i == 0 ? "auto" : mlp_kernels_name(i - 1);
}

static const mlp_hyperparameter PRESET = {
    .kind = MLP_KIND_CHOICE, .choice = mlp_preset_name};
static const mlp_hyperparameter KERNELS = {
    .kind = MLP_KIND_CHOICE, .choice = kernels_name};

#define AT(field) offsetof(settings, field)

/* The help says the same in Python's. */
static const option OPTIONS[] = {
    {TRAIN | EVAL, "corpus", "NAME",
     "a corpus of mlp data, or a folder; without, given-names or the "
     "checkpoint's",
     NULL, AT(corpus)},
    {EVAL | SAMPLE, "checkpoint", "FILE", "a file that train wrote",
     NULL, AT(checkpoint)},
    {TRAIN | OWN, "preset", "NAME", "hyperparameters to start from",
     &PRESET, AT(preset)},
    {TRAIN, "resume", "FILE", "go on with a checkpoint instead", NULL,
     AT(resume)},
    {TRAIN, "until", "N", "stop after this step", &COUNT, AT(until)},
    {TRAIN, "eval-every", "N",
     "steps between evaluations; without, 200, or a 50th of all if "
     "that is more", &COUNT,
     AT(every)},
    {TRAIN, "out", "FILE", "the checkpoint; with --resume, that one",
     NULL, AT(out)},
    {TRAIN, "save-every", "N",
     "steps between saves; without, as often as costs little", &COUNT,
     AT(save_every)},
    {TRAIN, "log", "FILE", "a CSV file that gets the evaluations", NULL,
     AT(log)},
    {TRAIN, "force", "", "replace a checkpoint or log that is there",
     &SWITCH, AT(force)},
    {TRAIN, "fold", "", "a faster first layer, equal but for rounding",
     &SWITCH, AT(fold)},
    {SAMPLE, "prompt", "LETTERS", "how each name starts", NULL,
     AT(prompt)},
    {SAMPLE, "n", "N", "how many names", &COUNT, AT(n)},
    {SAMPLE, "seed", "N", "of the random numbers", &SEED, AT(seed)},
    {SAMPLE, "temperature", "X", "below 1 safer, above 1 wilder",
     &TEMPERATURE, AT(temperature)},
    {ALL, "kernels", "NAME", "how to compute", &KERNELS, AT(kernels)},
    {ALL, "threads", "N", "processor cores to use", &THREADS,
     AT(threads)},
};

enum { N_OPTIONS = sizeof OPTIONS / sizeof *OPTIONS };

/* A hyperparameter as an option of train; of no command if it is
 * none. */
static option option_of_row(const mlp_hyperparameter *row)
{
    static const char *const PLACEHOLDERS[] = {
        [MLP_KIND_SIZE] = "N",  [MLP_KIND_WHOLE] = "N",
        [MLP_KIND_REAL] = "X",  [MLP_KIND_FLAG] = "",
        [MLP_KIND_CHOICE] = "NAME",
    };
    option o = {
        .commands = row->help != NULL ? TRAIN | OWN : 0,
        .placeholder = PLACEHOLDERS[row->kind],
        .help = row->help,
        .value = row,
        .offset = row->offset + (row->of_training ? AT(training)
                                                  : AT(config)),
    };
    snprintf(o.name, sizeof o.name, "%s", row->name);
    for (char *c = o.name; *c != '\0'; c++)
        if (*c == '_')
            *c = '-';
    return o;
}

/* Gives option number i, first the program's, then the hyperparameters;
 * returns whether there is one. */
static int get_option(option *o, size_t i)
{
    const mlp_hyperparameter *row;
    if (i < N_OPTIONS) {
        *o = OPTIONS[i];
        return 1;
    }
    row = mlp_hyperparameter_row(i - N_OPTIONS);
    if (row != NULL)
        *o = option_of_row(row);
    return row != NULL;
}

static int takes_value(const option *o)
{
    return o->value == NULL || o->value->kind != MLP_KIND_FLAG;
}

/* Whether the first `length` chars of a word are -- and this name. */
static int names(const char *word, size_t length, const char *name)
{
    return name != NULL && length == strlen(name) + 2
           && strncmp(word, "--", 2) == 0
           && strncmp(word + 2, name, length - 2) == 0;
}

/* Finds the option of a word: --name, --name=text or, of a flag, the
 * one that clears it. *text is then what the word says of the value,
 * NULL if nothing. */
static int find_option(option *o, const char **text, const char *word,
                       int command)
{
    for (size_t i = 0; get_option(o, i); i++) {
        size_t length = strlen(word);
        *text = NULL;
        if (!(o->commands & command))
            continue;
        if (takes_value(o)) {
            const char *equals = strchr(word, '=');
            if (equals != NULL) {
                length = (size_t)(equals - word);
                *text = equals + 1;
            }
        } else {
            int off = names(word, length, o->value->off);
            *text = off ? "0" : "1";
            if (off)
                return 1;
        }
        if (names(word, length, o->name))
            return 1;
    }
    return 0;
}

static int set_option(settings *s, const option *o, const char *text)
{
    void *field = (char *)s + o->offset;
    char why[MLP_WHY] = "";
    int is_file = strcmp(o->placeholder, "FILE") == 0;
    if (text == NULL || (is_file && text[0] == '\0'))
        snprintf(why, sizeof why, "a value is missing");
    else if (o->value == NULL)
        *(const char **)field = text;
    else if (mlp_hyperparameter_parse(field, o->value, text, why)
                 == MLP_OK
             && o->value == &KERNELS && s->kernels > 0
             && mlp_kernels_check(text) != MLP_OK)
        snprintf(why, sizeof why, "'%s' is not for this processor",
                 text);
    if (why[0] == '\0')
        return 1;
    complain("--%s: %s", o->name, why);
    return 0;
}

/* What counts where nothing is said. */
static settings defaults(void)
{
    settings s = {
        .checkpoint = OUT,
        .out = OUT,
        .prompt = "",
        .threads = 1,
        .n = 10,
        .seed = 42,
        .temperature = 1,
    };
    mlp_preset(mlp_preset_name(0), &s.config, &s.training);
    return s;
}

static int is_help(const char *word)
{
    return strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0;
}

static int read_options(settings *s, char **words, int command)
{
    option o;
    const char *text;
    for (; *words != NULL; words++) {
        if (is_help(*words)) {
            s->help = 1;
            return 0;
        }
        if (!find_option(&o, &text, *words, command)) {
            complain("unknown option %s; try mlp --help", *words);
            return 0;
        }
        if (text == NULL)
            text = *++words;
        if (!set_option(s, &o, text))
            return 0;
        if (o.offset == AT(training.steps))
            s->steps = 1; /* there may be more, on --resume */
        else if ((o.commands & OWN) && s->own[0] == '\0')
            memcpy(s->own, o.name, sizeof s->own);
    }
    return 1;
}

/* Reads the words after the command; returns whether all were options
 * that it knows, with values that they can have, and nobody asks for
 * help. The preset counts before the others, whatever its place on the
 * line: so they are read once more. */
static int parse_options(settings *s, char **words, int command)
{
    if (!read_options(s, words, command))
        return 0;
    mlp_preset(mlp_preset_name((size_t)s->preset), &s->config,
               &s->training);
    read_options(s, words, command);
    if (s->resume != NULL && s->own[0] != '\0') {
        complain("--%s: a checkpoint has its own; it cannot change on "
                 "--resume", s->own);
        return 0;
    }
    return 1;
}

/* ---- help -------------------------------------------------------- */

static int is_hyperparameter(const option *o)
{
    return (o->commands & OWN) && o->offset != AT(preset);
}

/* Returns the option that clears a flag, NULL if there is none. */
static const char *off_of(const option *o)
{
    return o->value != NULL ? o->value->off : NULL;
}

/* Writes what counts where nothing is said; "" if that is nothing. */
static void format_default(char *text, size_t room, const option *o,
                           const settings *s)
{
    const void *field = (const char *)s + o->offset;
    text[0] = '\0';
    if (o->value != NULL)
        mlp_hyperparameter_format(text, room, o->value, field, 6);
    else if (*(const char *const *)field != NULL)
        snprintf(text, room, "%s", *(const char *const *)field);
    if (off_of(o) != NULL)
        snprintf(text, room, "%s",
                 *(const int *)field ? o->name : off_of(o));
    else if (!is_hyperparameter(o) && strcmp(text, "0") == 0)
        text[0] = '\0';
}

static void print_option(FILE *out, const option *o, const settings *s)
{
    const char *name;
    char text[64];
    int n = fprintf(out, "  --%s", o->name);
    if (off_of(o) != NULL)
        n += fprintf(out, ", --%s", off_of(o));
    else
        n += fprintf(out, " %s", o->placeholder);
    fprintf(out, "%*s%s", n < 24 ? 24 - n : 1, "", o->help);
    if (o->value != NULL && o->value->kind == MLP_KIND_CHOICE)
        for (size_t i = 0; (name = o->value->choice(i)) != NULL; i++)
            fprintf(out, "%s %s", i == 0 ? ":" : ",", name);
    format_default(text, sizeof text, o, s);
    if (text[0] != '\0' && !is_hyperparameter(o))
        fprintf(out, " (%s)", text);
    fputc('\n', out);
}

/* Writes a table: a row for each hyperparameter, a column for each
 * preset. */
static void print_presets(FILE *out)
{
    settings s = defaults();
    const char *preset;
    option o;
    char text[64];
    fprintf(out, "\n%-17s", "presets:");
    for (size_t p = 0; (preset = mlp_preset_name(p)) != NULL; p++)
        fprintf(out, " %9s", preset);
    fputc('\n', out);
    for (size_t i = 0; get_option(&o, i); i++) {
        if (!is_hyperparameter(&o))
            continue;
        fprintf(out, "  --%-13s", o.name);
        for (size_t p = 0; (preset = mlp_preset_name(p)) != NULL; p++) {
            mlp_preset(preset, &s.config, &s.training);
            format_default(text, sizeof text, &o, &s);
            fprintf(out, " %9s", text);
        }
        fputc('\n', out);
    }
}

static void print_help(FILE *out)
{
    static const struct {
        const char *title;
        int commands;
    } SECTIONS[] = {
        {"train and eval", TRAIN | EVAL},
        {"eval and sample", EVAL | SAMPLE},
        {"train", TRAIN},
        {"sample", SAMPLE},
        {"all", ALL},
    };
    settings s = defaults();
    option o;
    fputs(USAGE, out);
    for (size_t k = 0; k < sizeof SECTIONS / sizeof *SECTIONS; k++) {
        fprintf(out, "\n%s:\n", SECTIONS[k].title);
        for (size_t i = 0; get_option(&o, i); i++)
            if ((o.commands & ALL) == SECTIONS[k].commands)
                print_option(out, &o, &s);
    }
    print_presets(out);
}

/* ---- corpus ------------------------------------------------------ */

/* Finds the corpus that the command line names, or else the one that
 * the checkpoint `file` learned from. */
static mlp_corpus *find_corpus(const char *name, const mlp_run *run,
                               const char *file)
{
    mlp_corpus *corpus = NULL;
    char why[MLP_WHY];
    if (name == NULL && run->corpus[0] == '\0') {
        complain("%s: does not say which corpus it learned from: add "
                 "--corpus", file);
        return NULL;
    }
    if (name == NULL)
        fprintf(stderr, "mlp: the corpus of %s: %s\n", file,
                run->corpus);
    if (mlp_corpus_load(&corpus, name != NULL ? name : run->corpus, why)
        != MLP_OK) {
        complain("%s", why);
    } else if (run != NULL
               && !mlp_alphabet_equal(run->alphabet,
                                      corpus->alphabet)) {
        complain("%s: has another alphabet than %s", corpus->folder,
                 file);
        mlp_corpus_free(corpus);
        corpus = NULL;
    }
    return corpus;
}

typedef struct {
    uint16_t *tokens;
    mlp_windows windows;
} split;

static int load_split(split *s, const mlp_corpus *corpus,
                      size_t which, char sha256[MLP_SHA256],
                      const mlp_run *run)
{
    char why[MLP_WHY];
    size_t N = 0, T = run->config.context;
    if (mlp_corpus_tokens(&s->tokens, &N, sha256, corpus, which, why)
        != MLP_OK) {
        complain("%s", why);
        return 0;
    }
    if (mlp_windows_init(&s->windows, s->tokens, N, T,
                         run->training.padded) != MLP_OK) {
        complain("%s/%s.txt: %zu characters are too few for context "
                 "%zu", corpus->folder, mlp_split_name(which), N, T);
        return 0;
    }
    return 1;
}

static void complain_diverged(const mlp_run *run)
{
    complain("step %" PRIu64 ": the loss is no longer a number; try a "
             "lower learning rate", run->step);
}

/* Compares the train.txt that was read with the one that the checkpoint
 * `file` learned from: without --corpus it must be that. */
static int check_sha256(const settings *s, const mlp_run *run,
                        const mlp_corpus *corpus, const char *sha256,
                        const char *file)
{
    if (run->sha256[0] == '\0' || strcmp(run->sha256, sha256) == 0)
        return 1;
    if (s->corpus == NULL) {
        complain("%s/train.txt: has changed since %s learned from it: "
                 "--corpus %s takes it all the same", corpus->folder,
                 file, run->corpus);
        return 0;
    }
    fprintf(stderr, "mlp: %s learned from other names than those of "
            "%s\n", file, s->corpus);
    return 1;
}

static int evaluate(double *loss, mlp_run *run, const split *s,
                    size_t batches, int (*stopped)(void))
{
    int code = mlp_model_evaluate(run->model, &s->windows,
                                  run->training.batch, batches, stopped,
                                  loss);
    if (code == MLP_ERROR_NUMBER)
        complain_diverged(run);
    else if (code != MLP_OK && code != MLP_ERROR_STOPPED)
        complain("evaluation: %s", mlp_strerror(code));
    return code;
}

/* ---- model ------------------------------------------------------- */

/* Lets a run compute as the command line says. If the system refuses,
 * frees it and returns NULL. */
static mlp_run *equip(mlp_run *run, const settings *s)
{
    mlp_model_kernels(run->model, kernels_name((size_t)s->kernels));
    int fold = mlp_model_fold(run->model, s->fold);
    int threads = mlp_model_threads(run->model, s->threads);
    if (fold == MLP_OK && threads == MLP_OK)
        return run;
    if (fold == MLP_ERROR_SIZE)
        complain("fold: its tables would have more than %d numbers",
                 MLP_MAX_PARAMS);
    else if (fold == MLP_ERROR_VALUE)
        complain("fold: its tables hold no embedding to drop from; it "
                 "takes input dropout 0");
    else if (fold != MLP_OK)
        complain("fold: %s", mlp_strerror(fold));
    else
        complain("--threads %zu: %s", s->threads,
                 mlp_strerror(threads));
    mlp_run_free(run);
    return NULL;
}

/* Loads what `path` names; NULL if that fails. */
static mlp_run *load(const char *path, const settings *s)
{
    mlp_run *run = NULL;
    struct stat there;
    char why[MLP_WHY];
    if (strcmp(path, OUT) == 0 && stat(path, &there) != 0
        && errno == ENOENT)
        complain("%s: not there: mlp train writes it, or --checkpoint "
                 "names another", path);
    else if (mlp_checkpoint_load(&run, path, why) != MLP_OK)
        complain("%s", why);
    else
        run = equip(run, s);
    return run;
}

/* ---- train ------------------------------------------------------- */

/* A run in training, and what sees to it that nothing is lost. */
typedef struct {
    mlp_run *run;
    split train, val;
    const char *out;
    saver saver;
    training_log log;
    char warned[MLP_WHY]; /* the last reason why it was not saved */
} job;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* A failure is a warning: the next time may be better. But it is not
 * the first time, when there is not much to lose yet. */
static int save(job *j)
{
    char why[MLP_WHY];
    double start = now();
    int code = mlp_checkpoint_save(j->run, j->out, why);
    saver_tried(&j->saver, j->run->step, code, start, now());
    if (code == MLP_OK)
        return MLP_OK;
    if (strcmp(why, j->warned) != 0)
        complain("%s", why);
    memcpy(j->warned, why, strlen(why) + 1);
    return j->saver.saved && code != MLP_ERROR_NUMBER ? MLP_OK : code;
}

/* The state is safe before anybody reads of it. */
static int report(job *j, double seconds, uint64_t steps)
{
    double train_loss = 0, val_loss = 0, ms = -1;
    char why[MLP_WHY];
    uint64_t step = j->run->step;
    int code = evaluate(&train_loss, j->run, &j->train, TRAIN_BATCHES,
                        stop_wished);
    if (code == MLP_OK)
        code = evaluate(&val_loss, j->run, &j->val, 0, stop_wished);
    if (code == MLP_OK && saver_evaluated(&j->saver, step, now()))
        code = save(j);
    if (code != MLP_OK)
        return code;
    if (steps > 0)
        ms = 1e3 * seconds / (double)steps;
    if (j->log.path != NULL)
        code = log_write(&j->log, step, train_loss, val_loss, ms, why);
    if (code != MLP_OK) {
        complain("%s", why);
        return code;
    }
    printf("step %6" PRIu64 " | train %.6f | val %.6f", step,
           train_loss, val_loss);
    if (ms >= 0)
        printf(" | %.3f ms/step", ms);
    putchar('\n');
    return flush_output() ? MLP_OK : MLP_ERROR_FILE;
}

static int train_steps(job *j, uint64_t until, uint64_t every)
{
    mlp_run *run = j->run;
    uint64_t timed = 0;
    double seconds = 0;
    int code = report(j, 0, 0);
    while (code == MLP_OK && run->step < until) {
        float loss = 0;
        if (stop_wished())
            return MLP_ERROR_STOPPED;
        double start = now();
        code = mlp_run_step(run, &j->train.windows, &loss);
        seconds += now() - start;
        timed++;
        if (code != MLP_OK) {
            complain("step %" PRIu64 ": %s", run->step,
                     mlp_strerror(code));
        } else if (!isfinite(loss)) {
            complain_diverged(run);
            code = MLP_ERROR_NUMBER;
        } else if (saver_stepped(&j->saver, run->step, now())) {
            code = save(j);
        }
        if (code == MLP_OK
            && (run->step % every == 0 || run->step == until)) {
            code = report(j, seconds, timed);
            seconds = 0;
            timed = 0;
        }
    }
    return code;
}

/* Whatever ends a training, it is saved; unless its numbers are none,
 * or not even the first try to save it was a success. */
static int train_and_save(job *j, uint64_t until, uint64_t every)
{
    char why[MLP_WHY];
    signals_as_wish();
    int code = train_steps(j, until, every);
    int tried = j->warned[0] != '\0' && !j->saver.saved;
    int safe = j->saver.saved && j->saver.step == j->run->step;
    if (code != MLP_ERROR_NUMBER && !tried && !safe
        && mlp_checkpoint_save(j->run, j->out, why) != MLP_OK) {
        complain("%s", why);
        code = MLP_ERROR_FILE;
    }
    signals_as_before();
    return code == MLP_OK && stop_wished() ? MLP_ERROR_STOPPED : code;
}

/* ---- what to do next --------------------------------------------- */

/* Prints a word as a shell reads it. */
static void print_word(const char *word)
{
    static const char PLAIN[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789@%_-+=:,./";
    if (word[0] != '\0' && strspn(word, PLAIN) == strlen(word)) {
        fputs(word, stdout);
        return;
    }
    putchar('\'');
    for (; *word != '\0'; word++)
        if (*word == '\'')
            fputs("'\"'\"'", stdout);
        else
            putchar(*word);
    putchar('\'');
}

static void print_train(const char *what, const char *path,
                        const settings *s)
{
    printf("%s: mlp train --resume ", what);
    print_word(path);
    if (s->fold)
        fputs(" --fold", stdout);
    if (s->kernels > 0)
        printf(" --kernels %s", kernels_name((size_t)s->kernels));
    if (s->threads > 1)
        printf(" --threads %zu", s->threads);
}

static void print_next(const mlp_run *run, const char *path,
                       const settings *s)
{
    if (run->step < run->training.steps) {
        print_train("go on", path, s);
        putchar('\n');
        return;
    }
    fputs("try: mlp sample --checkpoint ", stdout);
    print_word(path);
    putchar('\n');
    print_train("train longer", path, s);
    printf(" --steps %" PRIu64 "\n", 2 * run->training.steps);
}

static int print_names(mlp_run *run)
{
    mlp_sampler *sampler = NULL;
    char name[MLP_NAME];
    settings s = defaults();
    int code = mlp_sampler_create(&sampler, run->model, run->alphabet,
                                  run->training.padded, s.temperature,
                                  s.seed);
    for (int i = 0; code == MLP_OK && i < NAMES; i++) {
        code = mlp_sampler_next(sampler, name);
        if (code == MLP_OK)
            printf("%s%s", i == 0 ? "names: " : ", ", name);
    }
    if (code == MLP_OK)
        putchar('\n');
    else
        complain("sample: %s", mlp_strerror(code));
    mlp_sampler_free(sampler);
    return code;
}

static int conclude(const job *j, int code, const settings *s)
{
    int stopped = code == MLP_ERROR_STOPPED;
    if (code != MLP_OK && !stopped)
        return 1;
    printf("%s at step %" PRIu64 "; saved to %s\n",
           stopped ? "stopped" : "done", j->run->step, j->out);
    if (!stopped)
        code = print_names(j->run);
    print_next(j->run, j->out, s);
    return stopped ? STOPPED : code == MLP_OK ? 0 : 1;
}

/* ---- the command ------------------------------------------------- */

static int same_file(const char *a, const char *b)
{
    struct stat first, second;
    return stat(a, &first) == 0 && stat(b, &second) == 0
           && first.st_dev == second.st_dev
           && first.st_ino == second.st_ino;
}

/* A path that cannot be written should fail now, not after the work. */
static int check_out(const char *out, const settings *s)
{
    struct stat there;
    char why[MLP_WHY];
    if (check_writable(out, why) != MLP_OK) {
        complain("%s", why);
        return 0;
    }
    if (stat(out, &there) != 0 || s->force
        || (s->resume != NULL && same_file(out, s->resume)))
        return 1;
    complain("%s: exists already; --resume goes on with it, --force "
             "replaces it", out);
    return 0;
}

/* Goes over to a longer schedule, and says what that does. */
static int lengthen(mlp_run *run, uint64_t steps)
{
    mlp_training *t = &run->training;
    uint64_t had = t->steps;
    if (steps < had) {
        complain("steps %" PRIu64 ": the checkpoint has %" PRIu64
                 "; there can only be more", steps, had);
        return 0;
    }
    t->steps = steps;
    if (steps > had)
        printf("the schedule has %" PRIu64 " steps now, not %" PRIu64
               ": at step %" PRIu64 " the learning rate goes from %.2e "
               "to %.2e\n", steps, had, run->step,
               cosine_schedule(t->learning_rate, run->step, had,
                               t->warmup),
               cosine_schedule(t->learning_rate, run->step, steps,
                               t->warmup));
    return 1;
}

/* A train split has a batch to take a step on. */
static int check_batch(const split *train, const mlp_corpus *corpus,
                       const mlp_run *run)
{
    size_t B = run->training.batch, count = train->windows.count;
    if (count >= B)
        return 1;
    complain("%s/train.txt: %zu window%s, fewer than a batch of %zu: "
             "--batch %zu is the most", corpus->folder, count,
             count == 1 ? "" : "s", B, count);
    return 0;
}

/* Where the training ends: after the last step, unless sooner. */
static uint64_t end_of(const mlp_run *run, const settings *s)
{
    uint64_t steps = run->training.steps;
    return s->until != 0 && s->until < steps ? s->until : steps;
}

static uint64_t every_of(const mlp_run *run, const settings *s)
{
    uint64_t part = run->training.steps / 50;
    if (s->every != 0)
        return s->every;
    return part > 200 ? part : 200;
}

static int train_run(mlp_run *run, const mlp_corpus *corpus,
                     const char *out, const settings *s)
{
    job j = {.run = run, .out = out};
    char why[MLP_WHY], sha256[MLP_SHA256];
    int status = 1, code = MLP_OK;
    if (load_split(&j.train, corpus, MLP_TRAIN, sha256, run)
        && load_split(&j.val, corpus, MLP_VAL, NULL, run)
        && check_sha256(s, run, corpus, sha256, s->resume)
        && check_batch(&j.train, corpus, run)) {
        memcpy(run->corpus, corpus->name, MLP_PATH);
        memcpy(run->sha256, sha256, MLP_SHA256);
        if (s->log != NULL)
            code = log_open(&j.log, s->log, s->resume != NULL,
                            run->step, s->force, why);
        if (code != MLP_OK) {
            complain("%s", why);
        } else {
            j.saver.every = s->save_every;
            j.saver.ended = now();
            code = train_and_save(&j, end_of(run, s),
                                  every_of(run, s));
            status = conclude(&j, code, s);
        }
        if (s->log != NULL)
            log_close(&j.log);
    }
    free(j.train.tokens);
    free(j.val.tokens);
    return status;
}

static mlp_run *start(const settings *s, const mlp_alphabet *alphabet)
{
    mlp_run *run = NULL;
    mlp_config config = s->config;
    char why[MLP_WHY];
    config.vocab = alphabet->V;
    if (warmup_check(&s->training, why) != MLP_OK
        || check_sizes(&config, s->training.batch, why) != MLP_OK) {
        complain("%s", why);
        return NULL;
    }
    int code = mlp_run_create(&run, alphabet, &config, &s->training);
    if (code != MLP_OK)
        complain("train: %s", mlp_strerror(code));
    else
        run = equip(run, s);
    return run;
}

static int nothing_to_do(const mlp_run *run, const char *out,
                         const settings *s)
{
    if (run->step < end_of(run, s) || !same_file(out, s->resume))
        return 0;
    printf("nothing to do: %s is at step %" PRIu64 " of %" PRIu64 "\n",
           out, run->step, run->training.steps);
    print_next(run, out, s);
    return 1;
}

static mlp_run *resume(const settings *s)
{
    mlp_run *run = load(s->resume, s);
    if (run == NULL || !s->steps
        || lengthen(run, s->training.steps))
        return run;
    mlp_run_free(run);
    return NULL;
}

static int train(const settings *s)
{
    const char *out = s->out, *name = s->corpus;
    mlp_corpus *corpus = NULL;
    mlp_run *run = NULL;
    int status = 1;
    if (out == OUT && s->resume != NULL)
        out = s->resume;
    if (name == NULL && s->resume == NULL)
        name = CORPUS;
    signal(SIGPIPE, SIG_IGN); /* a reader that has gone: an error */
    if (!check_out(out, s))
        return 1;
    if (s->resume != NULL) {
        run = resume(s);
        if (run == NULL || nothing_to_do(run, out, s)) {
            status = run == NULL;
            mlp_run_free(run);
            return status;
        }
    }
    corpus = find_corpus(name, run, s->resume);
    if (corpus != NULL && run == NULL)
        run = start(s, corpus->alphabet);
    if (corpus != NULL && run != NULL)
        status = train_run(run, corpus, out, s);
    mlp_corpus_free(corpus);
    mlp_run_free(run);
    return status;
}

/* ---- eval -------------------------------------------------------- */

enum { N_SPLITS = MLP_TEST + 1 };

/* Reads all splits before it computes. */
static int eval_run(mlp_run *run, const mlp_corpus *corpus,
                    const settings *s)
{
    split splits[N_SPLITS] = {{0}};
    char sha256[MLP_SHA256];
    int ok = 1;
    for (size_t i = 0; ok && i < N_SPLITS; i++)
        ok = load_split(&splits[i], corpus, i,
                        i == MLP_TRAIN ? sha256 : NULL, run);
    ok = ok && check_sha256(s, run, corpus, sha256, s->checkpoint);
    for (size_t i = 0; ok && i < N_SPLITS; i++) {
        double loss;
        ok = evaluate(&loss, run, &splits[i], 0, NULL) == MLP_OK;
        if (ok)
            printf("%-5s %.6f\n", mlp_split_name(i), loss);
    }
    for (size_t i = 0; i < N_SPLITS; i++)
        free(splits[i].tokens);
    return ok ? 0 : 1;
}

static int eval(const settings *s)
{
    mlp_run *run = load(s->checkpoint, s);
    mlp_corpus *corpus = NULL;
    if (run != NULL)
        corpus = find_corpus(s->corpus, run, s->checkpoint);
    int status = corpus != NULL ? eval_run(run, corpus, s) : 1;
    mlp_corpus_free(corpus);
    mlp_run_free(run);
    return status;
}

/* ---- sample ------------------------------------------------------ */

static int sample_names(mlp_run *run, const settings *s)
{
    mlp_sampler *sampler = NULL;
    char name[MLP_NAME], why[MLP_WHY];
    int prompt[MLP_MAX_NAME], printed = 1;
    size_t letters = 0;
    if (mlp_prompt_parse(prompt, &letters, run->alphabet, s->prompt,
                         why) != MLP_OK) {
        complain("--prompt: %s", why);
        return 0;
    }
    int code = mlp_sampler_create(&sampler, run->model, run->alphabet,
                                  run->training.padded, s->temperature,
                                  s->seed);
    if (code == MLP_OK)
        code = mlp_sampler_prompt(sampler, prompt, letters);
    for (uint64_t i = 0; code == MLP_OK && printed && i < s->n; i++) {
        code = mlp_sampler_next(sampler, name);
        printed = code != MLP_OK || puts(name) >= 0; /* main says why */
    }
    if (code != MLP_OK)
        complain("sample: %s", mlp_strerror(code));
    mlp_sampler_free(sampler);
    return code == MLP_OK && printed;
}

static int sample(const settings *s)
{
    mlp_run *run = load(s->checkpoint, s);
    int ok = run != NULL && sample_names(run, s);
    mlp_run_free(run);
    return ok ? 0 : 1;
}

static const struct {
    const char *name;
    int command;
    int (*run)(const settings *s);
} COMMANDS[] = {
    {"train", TRAIN, train},
    {"eval", EVAL, eval},
    {"sample", SAMPLE, sample},
};

static int run_command(const char *name, char **words)
{
    settings s = defaults();
    for (size_t i = 0; i < sizeof COMMANDS / sizeof *COMMANDS; i++) {
        if (strcmp(name, COMMANDS[i].name) != 0)
            continue;
        if (parse_options(&s, words, COMMANDS[i].command))
            return COMMANDS[i].run(&s);
        if (s.help)
            print_help(stdout);
        return s.help ? 0 : 2;
    }
    complain("unknown %s %s; try mlp --help",
             name[0] == '-' ? "option" : "command", name);
    return 2;
}

int main(int argc, char **argv)
{
    int status = 0;
    open_streams();
#ifdef SIGXFSZ
    signal(SIGXFSZ, SIG_IGN); /* a file too large: an error, no death */
#endif
    if (argc < 2) {
        print_help(stderr);
        status = 2;
    } else if (strcmp(argv[1], "--version") == 0) {
        puts("mlp " MLP_VERSION);
    } else if (is_help(argv[1])) {
        print_help(stdout);
    } else {
        status = run_command(argv[1], argv + 2);
    }
    if (!flush_output()) {
        complain("cannot write the output: %s", strerror(output_error));
        status = 1;
    }
    return status;
}
