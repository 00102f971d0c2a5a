/*
 * config.c - the hyperparameters: their limits, presets and texts.
 *
 * Everything follows from two tables. To add a hyperparameter, add a
 * field to mlp_config or mlp_training, its row here, and the code that
 * uses it: the program's option and help, checks and checkpoints need
 * no line of theirs, and presets only where it is not 0. Python's twins
 * are the dataclasses and the presets in config.py; a test compares
 * them.
 */
#include "config.h"

#include <float.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* ---- names ------------------------------------------------------- */

static const char *const ACTIVATIONS[] = {
    [MLP_TANH] = "tanh",
    [MLP_GELU] = "gelu",
};

static const char *const SPLITS[] = {
    [MLP_TRAIN] = "train",
    [MLP_VAL] = "val",
    [MLP_TEST] = "test",
};

const char *mlp_activation_name(size_t i)
{
    return i < LENGTH(ACTIVATIONS) ? ACTIVATIONS[i] : NULL;
}

const char *mlp_split_name(size_t i)
{
    return i < LENGTH(SPLITS) ? SPLITS[i] : NULL;
}

/* ---- the table --------------------------------------------------- */

#define CONFIG(field) .name = #field, \
    .of_training = 0, .offset = offsetof(mlp_config, field)
#define TRAINING(field) .name = #field, \
    .of_training = 1, .offset = offsetof(mlp_training, field)
#define SIZE(most) .kind = MLP_KIND_SIZE, .whole = {1, most}
#define WHOLE(least, most) \
    .kind = MLP_KIND_WHOLE, .whole = {least, most}
#define REAL(least, most) .kind = MLP_KIND_REAL, .real = {least, most}
#define LARGEST ((double)FLT_MAX) /* as floats compute with it */
#define POSITIVE REAL(DBL_TRUE_MIN, LARGEST)
#define BELOW_1 (1 - DBL_EPSILON / 2) /* by as little as can be */
#define SHARE REAL(0, BELOW_1)
#define FLAG(word) .kind = MLP_KIND_FLAG, .off = word
#define CHOICE(names) .kind = MLP_KIND_CHOICE, .choice = names

/* In the order of the fields. */
static const mlp_hyperparameter TABLE[] = {
    {CONFIG(vocab), SIZE(MLP_MAX_SIZE), .help = NULL},
    {CONFIG(context), SIZE(MLP_MAX_SIZE),
     .help = "characters that predict the next"},
    {CONFIG(embedding), SIZE(MLP_MAX_SIZE),
     .help = "numbers for one character"},
    {CONFIG(hidden), SIZE(MLP_MAX_SIZE),
     .help = "units of each hidden layer"},
    {CONFIG(layers), SIZE(MLP_MAX_LAYERS), .help = "hidden layers"},
    {CONFIG(activation), CHOICE(mlp_activation_name),
     .help = "of the hidden layers"},
    {CONFIG(dropout), SHARE, .older = "0",
     .help = "share of the activations, in training"},
    {CONFIG(input_dropout), SHARE, .older = "0",
     .help = "share of the embedding, in training"},
    {CONFIG(temperature), REAL(MLP_COLDEST, MLP_HOTTEST), .older = "1",
     .help = "divides the logits, but in training"},
    {TRAINING(batch), SIZE(MLP_MAX_SIZE), .help = "windows a step"},
    {TRAINING(steps), WHOLE(1, INT64_MAX),
     .help = "of the whole schedule"},
    {TRAINING(learning_rate), POSITIVE, .help = "the highest"},
    {TRAINING(warmup), WHOLE(0, INT64_MAX), .older = "0",
     .help = "steps in which the rate rises"},
    {TRAINING(weight_decay), REAL(0, LARGEST),
     .help = "how much AdamW shrinks the parameters"},
    {TRAINING(seed), WHOLE(1, UINT64_MAX),
     .help = "of all random numbers"},
    {TRAINING(padded), FLAG("sliding"),
     .help = "each name starts anew"},
    {TRAINING(shuffled), FLAG("ordered"), .older = "0",
     .help = "each epoch has an order of its own"},
};

const mlp_hyperparameter *mlp_hyperparameter_row(size_t i)
{
    return i < LENGTH(TABLE) ? &TABLE[i] : NULL;
}

void *mlp_hyperparameter_field(const mlp_hyperparameter *row,
                               mlp_config *config,
                               mlp_training *training)
{
    char *base = row->of_training ? (char *)training : (char *)config;
    return base + row->offset;
}

/* ---- presets ----------------------------------------------------- */

static const struct {
    const char *name;
    mlp_config config;
    mlp_training training;
} PRESETS[] = {
    /* a first run: a second, and then names */
    {"quick",
     {.vocab = MLP_VOCAB, .context = 6, .embedding = 16, .hidden = 192,
      .layers = 1, .activation = MLP_GELU, .temperature = 1},
     {.batch = 64, .steps = 8000, .learning_rate = 5e-3,
      .weight_decay = 1e-4, .seed = 1337, .padded = 1}},
    /* the original module's */
    {"original",
     {.vocab = MLP_VOCAB, .context = 3, .embedding = 48, .hidden = 512,
      .layers = 1, .activation = MLP_TANH, .temperature = 1},
     {.batch = 128, .steps = 50000, .learning_rate = 7e-4,
      .weight_decay = 1e-4, .seed = 1337}},
    /* the best that looks at as little as the original */
    {"context3",
     {.vocab = MLP_VOCAB, .context = 3, .embedding = 48, .hidden = 512,
      .layers = 2, .activation = MLP_GELU, .dropout = 0.15,
      .temperature = 1},
     {.batch = 512, .steps = 12500, .learning_rate = 1e-3,
      .warmup = 250, .weight_decay = 0.1, .seed = 1337, .padded = 1,
      .shuffled = 1}},
    /* for comparison: three layers, and nothing that keeps them from
     * learning names by heart */
    {"deep",
     {.vocab = MLP_VOCAB, .context = 8, .embedding = 24, .hidden = 256,
      .layers = 3, .activation = MLP_GELU, .temperature = 1},
     {.batch = 256, .steps = 5000, .learning_rate = 4e-3,
      .weight_decay = 0.05, .seed = 1337, .padded = 1}},
    /* at most 100,000 parameters */
    {"small",
     {.vocab = MLP_VOCAB, .context = 12, .embedding = 8, .hidden = 192,
      .layers = 3, .activation = MLP_GELU, .dropout = 0.1,
      .temperature = 1.1},
     {.batch = 256, .steps = 100000, .learning_rate = 2e-3,
      .warmup = 2000, .weight_decay = 0.05, .seed = 1337, .padded = 1,
      .shuffled = 1}},
    /* as low as it goes, in minutes */
    {"best",
     {.vocab = MLP_VOCAB, .context = 12, .embedding = 48, .hidden = 768,
      .layers = 3, .activation = MLP_GELU, .dropout = 0.4,
      .input_dropout = 0.15, .temperature = 1.2},
     {.batch = 256, .steps = 36000, .learning_rate = 1e-3,
      .warmup = 720, .weight_decay = 0.03, .seed = 1337, .padded = 1,
      .shuffled = 1}},
};

const char *mlp_preset_name(size_t i)
{
    return i < LENGTH(PRESETS) ? PRESETS[i].name : NULL;
}

int mlp_preset(const char *name, mlp_config *config,
               mlp_training *training)
{
    for (size_t i = 0; i < LENGTH(PRESETS); i++)
        if (strcmp(name, PRESETS[i].name) == 0) {
            *config = PRESETS[i].config;
            *training = PRESETS[i].training;
            return MLP_OK;
        }
    return MLP_ERROR_NAME;
}

/* ---- ranges ------------------------------------------------------ */

static int whole_fits(const mlp_hyperparameter *row, uint64_t value)
{
    return value >= row->whole.minimum && value <= row->whole.maximum;
}

/* Not if it is no number, either. */
static int real_fits(const mlp_hyperparameter *row, double value)
{
    return value >= row->real.minimum && value <= row->real.maximum;
}

static int check_field(const mlp_hyperparameter *row, const void *field)
{
    int fits = 0, number = 0;
    switch (row->kind) {
    case MLP_KIND_SIZE:
        fits = whole_fits(row, *(const size_t *)field);
        return fits ? MLP_OK : MLP_ERROR_SIZE;
    case MLP_KIND_WHOLE:
        fits = whole_fits(row, *(const uint64_t *)field);
        break;
    case MLP_KIND_REAL:
        fits = real_fits(row, *(const double *)field);
        break;
    case MLP_KIND_FLAG:
        number = *(const int *)field;
        fits = number == 0 || number == 1;
        break;
    case MLP_KIND_CHOICE:
        number = *(const int *)field;
        fits = number >= 0 && row->choice((size_t)number) != NULL;
        break;
    }
    return fits ? MLP_OK : MLP_ERROR_VALUE;
}

static int check_rows(const void *fields, int of_training)
{
    int code = MLP_OK;
    for (size_t i = 0; code == MLP_OK && i < LENGTH(TABLE); i++)
        if (TABLE[i].of_training == of_training)
            code = check_field(&TABLE[i],
                               (const char *)fields + TABLE[i].offset);
    return code;
}

int training_check(const mlp_training *training)
{
    char why[MLP_WHY];
    int code = check_rows(training, 1);
    return code == MLP_OK ? warmup_check(training, why) : code;
}

int warmup_check(const mlp_training *training, char *why)
{
    if (training->warmup <= training->steps)
        return MLP_OK;
    snprintf(why, MLP_WHY,
             "warmup %" PRIu64 ": more than the %" PRIu64 " steps of "
             "the schedule", training->warmup, training->steps);
    return MLP_ERROR_VALUE;
}

int config_check(const mlp_config *config, size_t max_batch)
{
    int code = check_rows(config, 0);
    if (code != MLP_OK)
        return code;
    if (max_batch == 0 || max_batch > MLP_MAX_SIZE)
        return MLP_ERROR_SIZE;
    double limit = MLP_MAX_PARAMS;
    return config_params(config) > limit
                   || config_activations(config, max_batch) > limit
               ? MLP_ERROR_SIZE
               : MLP_OK;
}

/* In double: the product of three sizes may not fit a size_t. */
double config_params(const mlp_config *config)
{
    double V = (double)config->vocab, E = (double)config->embedding;
    double I = (double)config->context * E, H = (double)config->hidden;
    double L = (double)config->layers;
    return V * E + H * (I + 1) + (L - 1) * H * (H + 1) + V * (H + 1);
}

double config_activations(const mlp_config *config, size_t batch)
{
    double I = (double)config->context * (double)config->embedding;
    double L = (double)config->layers, H = (double)config->hidden;
    double dropped = (config->input_dropout > 0 ? I : 0)
                     + (config->dropout > 0 ? L * H : 0);
    return (double)batch
           * (I + 2 * L * H + dropped + (double)config->vocab);
}

/* ---- to text and back -------------------------------------------- */

void mlp_hyperparameter_format(char *text, size_t room,
                               const mlp_hyperparameter *row,
                               const void *field, int digits)
{
    switch (row->kind) {
    case MLP_KIND_SIZE:
        snprintf(text, room, "%zu", *(const size_t *)field);
        break;
    case MLP_KIND_WHOLE:
        snprintf(text, room, "%" PRIu64, *(const uint64_t *)field);
        break;
    case MLP_KIND_REAL:
        snprintf(text, room, "%.*g", digits, *(const double *)field);
        break;
    case MLP_KIND_FLAG:
        snprintf(text, room, "%d", *(const int *)field);
        break;
    case MLP_KIND_CHOICE: {
        size_t number = (size_t)(*(const int *)field);
        snprintf(text, room, "%s", row->choice(number));
        break;
    }
    }
}

static int parse_whole(uint64_t *out, const char *text)
{
    uint64_t value = 0;
    if (*text == '\0')
        return 0;
    for (; *text >= '0' && *text <= '9'; text++) {
        uint64_t digit = (uint64_t)(*text - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return 0;
        value = 10 * value + digit;
    }
    *out = value;
    return *text == '\0';
}

static const char *skip_digits(const char *text)
{
    while (*text >= '0' && *text <= '9')
        text++;
    return text;
}

/* Whether text is 12, 1.2 or .12, perhaps with an exponent: strtod also
 * reads signs, blanks, inf, nan and hexadecimal numbers. */
static int is_real(const char *text)
{
    const char *end = skip_digits(text);
    if (*end == '.') {
        text = end + 1;
        end = skip_digits(text);
    }
    if (end == text)
        return 0;
    if (*end == 'e' || *end == 'E') {
        text = end + 1;
        text += *text == '+' || *text == '-';
        end = skip_digits(text);
    }
    return end != text && *end == '\0';
}

static int parse_real(double *out, const char *text)
{
    if (!is_real(text))
        return 0;
    *out = strtod(text, NULL);
    return 1;
}

static int parse_choice(int *out, const mlp_hyperparameter *row,
                        const char *text)
{
    const char *name;
    for (size_t i = 0; (name = row->choice(i)) != NULL; i++)
        if (strcmp(text, name) == 0) {
            *out = (int)i;
            return 1;
        }
    return 0;
}

/* Stores the value if it is one; returns whether it was. */
static int store(void *field, const mlp_hyperparameter *row,
                 const char *text)
{
    uint64_t whole = 0;
    double real = 0;
    switch (row->kind) {
    case MLP_KIND_SIZE:
        if (!parse_whole(&whole, text) || !whole_fits(row, whole))
            return 0;
        *(size_t *)field = (size_t)whole;
        return 1;
    case MLP_KIND_WHOLE:
        if (!parse_whole(&whole, text) || !whole_fits(row, whole))
            return 0;
        *(uint64_t *)field = whole;
        return 1;
    case MLP_KIND_REAL:
        if (!parse_real(&real, text) || !real_fits(row, real))
            return 0;
        *(double *)field = real;
        return 1;
    case MLP_KIND_FLAG:
        if (strcmp(text, "0") != 0 && strcmp(text, "1") != 0)
            return 0;
        *(int *)field = text[0] - '0';
        return 1;
    case MLP_KIND_CHOICE:
        return parse_choice(field, row, text);
    }
    return 0;
}

static void say_range(char *why, size_t room,
                      const mlp_hyperparameter *row)
{
    double least = row->real.minimum, most = row->real.maximum;
    switch (row->kind) {
    case MLP_KIND_SIZE:
    case MLP_KIND_WHOLE:
        snprintf(why, room,
                 "a whole number from %" PRIu64 " to %" PRIu64,
                 row->whole.minimum, row->whole.maximum);
        break;
    case MLP_KIND_REAL:
        if (least == DBL_TRUE_MIN)
            snprintf(why, room, "a positive number up to %g", most);
        else if (most == BELOW_1)
            snprintf(why, room, "a number from %g to less than 1",
                     least);
        else
            snprintf(why, room, "a number from %g to %g", least, most);
        break;
    case MLP_KIND_FLAG:
        snprintf(why, room, "0 or 1");
        break;
    case MLP_KIND_CHOICE:
        snprintf(why, room, "one of");
        for (size_t i = 0; row->choice(i) != NULL; i++) {
            size_t used = strlen(why);
            snprintf(why + used, room - used, "%s%s",
                     i == 0 ? " " : ", ", row->choice(i));
        }
        break;
    }
}

int mlp_hyperparameter_parse(void *field, const mlp_hyperparameter *row,
                             const char *text, char *why)
{
    char range[256];
    if (store(field, row, text))
        return MLP_OK;
    say_range(range, sizeof range, row);
    snprintf(why, MLP_WHY, "'%.4000s' is not %s", text, range);
    return MLP_ERROR_VALUE;
}
