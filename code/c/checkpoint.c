/*
 * checkpoint.c - a run as a safetensors file, readable from all three
 * implementations.
 *
 * The format: 8 bytes, the length of the header, little-endian; the
 * header, a JSON object that gives each tensor its dtype, shape and
 * place, and under "__metadata__" some strings; then the numbers. Only
 * float32 on a little-endian machine is written or read here.
 */
#include "files.h"
#include "mlp.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const ACTIVATIONS[] = {"tanh", "gelu"};

/* The tensors of a run are the model's, three times over. */
static const char *const GROUPS[] = {"", "adamw.m.", "adamw.v."};
enum { N_GROUPS = 3, KEY = 64 };

static float *group_memory(const mlp_run *run, size_t group)
{
    float *memory[] = {mlp_model_params(run->model), run->m, run->v};
    return memory[group];
}

/* ---- save -------------------------------------------------------- */

/* Text that grows. After a failed malloc, at is NULL and stays so. */
typedef struct {
    char *at;
    size_t length, room;
} text;

static void append(text *t, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void append(text *t, const char *format, ...)
{
    char added[256];
    va_list args;
    va_start(args, format);
    size_t n = (size_t)vsnprintf(added, sizeof added, format, args);
    va_end(args);
    if (t->at == NULL)
        return;
    if (t->length + n + 1 > t->room) {
        char *bigger = realloc(t->at, 2 * t->room + n + 1);
        if (bigger == NULL) {
            free(t->at);
            t->at = NULL;
            return;
        }
        t->at = bigger;
        t->room = 2 * t->room + n + 1;
    }
    memcpy(t->at + t->length, added, n + 1);
    t->length += n;
}

static void append_metadata(text *t, const mlp_run *run)
{
    const mlp_config *c = &run->config;
    const mlp_training *s = &run->training;
    append(t, "{\"__metadata__\":{\"format\":\"mlp-1\"");
    append(t, ",\"vocab\":\"%zu\"", c->vocab);
    append(t, ",\"context\":\"%zu\"", c->context);
    append(t, ",\"embedding\":\"%zu\"", c->embedding);
    append(t, ",\"hidden\":\"%zu\"", c->hidden);
    append(t, ",\"layers\":\"%zu\"", c->layers);
    append(t, ",\"activation\":\"%s\"", ACTIVATIONS[c->activation]);
    append(t, ",\"batch\":\"%zu\"", s->batch);
    append(t, ",\"steps\":\"%zu\"", s->steps);
    append(t, ",\"learning_rate\":\"%.17g\"", s->learning_rate);
    append(t, ",\"weight_decay\":\"%.17g\"", s->weight_decay);
    append(t, ",\"seed\":\"%" PRIu64 "\"", s->seed);
    append(t, ",\"padded\":\"%d\"", s->padded);
    append(t, ",\"step\":\"%zu\"}", run->step);
}

static size_t elements(const mlp_tensor *t)
{
    return t->rows * (t->columns == 0 ? 1 : t->columns);
}

static void append_tensor(text *t, const char *group, mlp_tensor tensor,
                          size_t first)
{
    size_t begin = (first + tensor.offset) * sizeof(float);
    size_t end = begin + elements(&tensor) * sizeof(float);
    append(t, ",\"%s%s\":{\"dtype\":\"F32\",\"shape\":[%zu", group,
           tensor.name, tensor.rows);
    if (tensor.columns != 0)
        append(t, ",%zu", tensor.columns);
    append(t, "],\"data_offsets\":[%zu,%zu]}", begin, end);
}

int mlp_checkpoint_save(const mlp_run *run, const char *path, char *why)
{
    size_t size = mlp_model_size(run->model);
    text header = {.at = malloc(4096), .room = 4096};
    append_metadata(&header, run);
    for (size_t g = 0; g < N_GROUPS; g++)
        for (size_t i = 0; i < mlp_model_tensors(run->model); i++)
            append_tensor(&header, GROUPS[g],
                          mlp_model_tensor(run->model, i), g * size);
    append(&header, "}");
    while (header.at != NULL && header.length % 8 != 0)
        append(&header, " "); /* so that the numbers start aligned */
    if (header.at == NULL) {
        snprintf(why, MLP_WHY, "%s: out of memory", path);
        return MLP_ERROR_MEMORY;
    }
    uint64_t length = header.length;
    piece pieces[2 + N_GROUPS] = {{&length, sizeof length},
                                  {header.at, header.length}};
    for (size_t g = 0; g < N_GROUPS; g++)
        pieces[2 + g] = (piece){group_memory(run, g),
                                size * sizeof(float)};
    int code = write_file(path, pieces, 2 + N_GROUPS, why);
    free(header.at);
    return code;
}

/* ---- load: the header -------------------------------------------- */

/* A cursor over the JSON of the header. Only what safetensors writes is
 * understood: objects, arrays of whole numbers, and plain strings. */
typedef struct {
    const char *at, *end;
    int bad;
} cursor;

static void skip_spaces(cursor *c)
{
    while (c->at < c->end && strchr(" \t\r\n", *c->at) != NULL
           && *c->at != '\0')
        c->at++;
}

/* Steps over `expected` if it is next. */
static int take(cursor *c, char expected)
{
    skip_spaces(c);
    if (c->bad || c->at == c->end || *c->at != expected)
        return 0;
    c->at++;
    return 1;
}

static void need(cursor *c, char expected)
{
    if (!take(c, expected))
        c->bad = 1;
}

/* Reads "…" without escapes or controls, shorter than KEY. */
static void read_string(cursor *c, char string[KEY])
{
    size_t n = 0;
    need(c, '"');
    while (!c->bad && c->at < c->end && *c->at != '"') {
        if (n == KEY - 1 || *c->at == '\\' || (unsigned char)*c->at < ' ')
            c->bad = 1;
        else
            string[n++] = *c->at++;
    }
    need(c, '"');
    string[n] = '\0';
}

static size_t read_number(cursor *c)
{
    size_t number = 0;
    skip_spaces(c);
    if (c->at == c->end || *c->at < '0' || *c->at > '9')
        c->bad = 1;
    while (!c->bad && c->at < c->end && *c->at >= '0' && *c->at <= '9') {
        size_t digit = (size_t)(*c->at++ - '0');
        if (number > (SIZE_MAX - digit) / 10)
            c->bad = 1;
        number = 10 * number + digit;
    }
    return number;
}

/* Reads [a,b,…] of at most two numbers; returns how many there were. */
static size_t read_pair(cursor *c, size_t pair[2])
{
    size_t n = 0;
    need(c, '[');
    if (take(c, ']'))
        return 0;
    do {
        size_t number = read_number(c);
        if (n < 2)
            pair[n] = number;
        n++;
    } while (take(c, ','));
    need(c, ']');
    return n;
}

typedef struct {
    char key[KEY];
    char dtype[KEY];
    size_t dims, shape[2], offsets[2];
    int used; /* it is a tensor of the model */
} entry;

enum { MAX_ENTRIES = N_GROUPS * (2 * (MLP_MAX_LAYERS + 1) + 1) };

typedef struct {
    mlp_config config;
    mlp_training training;
    size_t step;
    size_t n;
    entry entries[MAX_ENTRIES];
} header;

static int parse_size(size_t *out, const char *s)
{
    cursor c = {s, s + strlen(s), 0};
    *out = read_number(&c);
    return !c.bad && c.at == c.end;
}

static int parse_real(double *out, const char *s)
{
    char *end;
    *out = strtod(s, &end);
    return end != s && *end == '\0';
}

static int parse_activation(int *out, const char *s)
{
    for (int i = 0; i < 2; i++)
        if (strcmp(s, ACTIVATIONS[i]) == 0) {
            *out = i;
            return 1;
        }
    return 0;
}

/* Stores one string of the metadata; returns whether key and value are
 * ones that save writes. */
static int set_field(header *h, const char *key, const char *value)
{
    mlp_config *config = &h->config;
    mlp_training *training = &h->training;
    size_t seed = 0, padded = 0;
    struct {
        const char *key;
        size_t *out;
    } sizes[] = {
        {"vocab", &config->vocab},
        {"context", &config->context},
        {"embedding", &config->embedding},
        {"hidden", &config->hidden},
        {"layers", &config->layers},
        {"batch", &training->batch},
        {"steps", &training->steps},
        {"step", &h->step},
        {"seed", &seed},
        {"padded", &padded},
    };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (strcmp(key, sizes[i].key) == 0) {
            if (!parse_size(sizes[i].out, value) || padded > 1)
                return 0;
            if (sizes[i].out == &seed)
                training->seed = seed;
            if (sizes[i].out == &padded)
                training->padded = (int)padded;
            return 1;
        }
    if (strcmp(key, "learning_rate") == 0)
        return parse_real(&training->learning_rate, value);
    if (strcmp(key, "weight_decay") == 0)
        return parse_real(&training->weight_decay, value);
    if (strcmp(key, "activation") == 0)
        return parse_activation(&config->activation, value);
    return strcmp(key, "format") == 0 && strcmp(value, "mlp-1") == 0;
}

/* Returns whether all that save writes is there once, and nothing else. */
static int read_metadata(cursor *c, header *h)
{
    enum { FIELDS = 14 };
    char keys[FIELDS + 1][KEY], value[KEY];
    int n = 0, ours = 1;
    need(c, '{');
    do {
        read_string(c, keys[n]);
        need(c, ':');
        read_string(c, value);
        ours = ours && !c->bad && n < FIELDS
               && set_field(h, keys[n], value);
        for (int i = 0; ours && i < n; i++)
            ours = strcmp(keys[i], keys[n]) != 0;
        n += ours;
    } while (take(c, ','));
    need(c, '}');
    return ours && !c->bad && n == FIELDS;
}

static void read_entry(cursor *c, entry *e)
{
    char field[KEY];
    need(c, '{');
    do {
        read_string(c, field);
        need(c, ':');
        if (strcmp(field, "dtype") == 0)
            read_string(c, e->dtype);
        else if (strcmp(field, "shape") == 0)
            e->dims = read_pair(c, e->shape);
        else if (strcmp(field, "data_offsets") != 0
                 || read_pair(c, e->offsets) != 2)
            c->bad = 1;
    } while (take(c, ','));
    need(c, '}');
}

/* Reads the JSON. Its keys may come in any order. */
static int read_header(header *h, const char *json, size_t length,
                       const char *path, char *why)
{
    cursor c = {json, json + length, 0};
    int ours = 0;
    need(&c, '{');
    do {
        char key[KEY] = "";
        read_string(&c, key);
        need(&c, ':');
        if (c.bad)
            break;
        if (strcmp(key, "__metadata__") == 0) {
            ours = read_metadata(&c, h);
        } else if (h->n == MAX_ENTRIES) {
            c.bad = 1;
        } else {
            entry *e = &h->entries[h->n++];
            memcpy(e->key, key, KEY);
            read_entry(&c, e);
        }
    } while (take(&c, ','));
    need(&c, '}');
    skip_spaces(&c);
    if (ours && !c.bad && c.at == c.end)
        return MLP_OK;
    snprintf(why, MLP_WHY,
             "%s: a safetensors file, but not a checkpoint of this "
             "program", path);
    return MLP_ERROR_FORMAT;
}

/* ---- load: the numbers ------------------------------------------- */

static entry *find_entry(header *h, const char *key)
{
    for (size_t i = 0; i < h->n; i++)
        if (strcmp(h->entries[i].key, key) == 0)
            return &h->entries[i];
    return NULL;
}

static int refuse(const char *path, char *why, const char *key,
                  const char *what)
{
    snprintf(why, MLP_WHY, "%s: tensor %s %s", path, key, what);
    return MLP_ERROR_FORMAT;
}

static int check_tensor(const mlp_tensor *tensor, const char *key,
                        header *h, size_t length, const char *path,
                        char *why)
{
    entry *e = find_entry(h, key);
    size_t bytes = elements(tensor) * sizeof(float);
    size_t dims = tensor->columns == 0 ? 1 : 2;
    if (e == NULL)
        return refuse(path, why, key, "is missing");
    if (strcmp(e->dtype, "F32") != 0 || e->dims != dims
        || e->shape[0] != tensor->rows
        || (dims == 2 && e->shape[1] != tensor->columns)
        || e->offsets[1] < e->offsets[0]
        || e->offsets[1] - e->offsets[0] != bytes)
        return refuse(path, why, key,
                      "is not float32 of the shape that the metadata says");
    if (e->offsets[1] > length)
        return refuse(path, why, key, "is cut short");
    e->used = 1;
    return MLP_OK;
}

static int overlap(const entry *a, const entry *b)
{
    return a->offsets[0] < b->offsets[1] && b->offsets[0] < a->offsets[1];
}

/* Checks that the header has the tensors of `model`, no others, and that
 * they fill the `length` bytes of data without gaps. */
static int check_tensors(const mlp_model *model, header *h, size_t length,
                         const char *path, char *why)
{
    size_t filled = 0;
    for (size_t g = 0; g < N_GROUPS; g++)
        for (size_t i = 0; i < mlp_model_tensors(model); i++) {
            mlp_tensor tensor = mlp_model_tensor(model, i);
            char key[KEY];
            snprintf(key, sizeof key, "%s%s", GROUPS[g], tensor.name);
            int code = check_tensor(&tensor, key, h, length, path, why);
            if (code != MLP_OK)
                return code;
            filled += elements(&tensor) * sizeof(float);
        }
    for (size_t i = 0; i < h->n; i++) {
        if (!h->entries[i].used)
            return refuse(path, why, h->entries[i].key,
                          "does not belong to this model");
        for (size_t j = 0; j < i; j++)
            if (overlap(&h->entries[i], &h->entries[j]))
                return refuse(path, why, h->entries[i].key,
                              "overlaps another");
    }
    if (filled == length)
        return MLP_OK;
    snprintf(why, MLP_WHY, "%s: %zu bytes of numbers where %zu belong",
             path, length, filled);
    return MLP_ERROR_FORMAT;
}

static int copy_tensors(mlp_run *run, header *h, const char *data,
                        const char *path, char *why)
{
    for (size_t g = 0; g < N_GROUPS; g++)
        for (size_t i = 0; i < mlp_model_tensors(run->model); i++) {
            mlp_tensor tensor = mlp_model_tensor(run->model, i);
            float *out = group_memory(run, g) + tensor.offset;
            char key[KEY];
            snprintf(key, sizeof key, "%s%s", GROUPS[g], tensor.name);
            memcpy(out, data + find_entry(h, key)->offsets[0],
                   elements(&tensor) * sizeof(float));
            for (size_t n = 0; n < elements(&tensor); n++)
                if (!isfinite(out[n]))
                    return refuse(path, why, key,
                                  "holds a number that is not finite");
        }
    return MLP_OK;
}

/* Compares header and data before the run takes its memory: a model that
 * nobody computes with has reserved its own, but not used it. */
static int check_header(header *h, size_t length, const char *path,
                        char *why)
{
    mlp_model *model = NULL;
    int code = MLP_OK;
    if (h->config.vocab != MLP_VOCAB || h->step > h->training.steps)
        code = MLP_ERROR_VALUE;
    if (code == MLP_OK)
        code = mlp_model_create(&model, &h->config, 1);
    if (code != MLP_OK)
        snprintf(why, MLP_WHY, "%s: %s in the metadata", path,
                 mlp_strerror(code));
    else
        code = check_tensors(model, h, length, path, why);
    mlp_model_free(model);
    return code;
}

static int load(mlp_run **run, header *h, const char *file,
                size_t length, const char *path, char *why)
{
    uint64_t json = 0;
    if (length >= sizeof json)
        memcpy(&json, file, sizeof json);
    if (length <= sizeof json || json > length - sizeof json
        || file[sizeof json] != '{') {
        snprintf(why, MLP_WHY,
                 "%s: not a safetensors file, or cut short", path);
        return MLP_ERROR_FORMAT;
    }
    size_t start = sizeof json + (size_t)json;
    int code = read_header(h, file + sizeof json, (size_t)json, path, why);
    if (code != MLP_OK)
        return code;
    code = check_header(h, length - start, path, why);
    if (code != MLP_OK)
        return code;
    code = mlp_run_create(run, &h->config, &h->training);
    if (code != MLP_OK) {
        snprintf(why, MLP_WHY, "%s: %s in the metadata", path,
                 mlp_strerror(code));
        return code;
    }
    (*run)->step = h->step;
    code = copy_tensors(*run, h, file + start, path, why);
    if (code != MLP_OK) {
        mlp_run_free(*run);
        *run = NULL;
    }
    return code;
}

int mlp_checkpoint_load(mlp_run **run, const char *path, char *why)
{
    char *file = NULL;
    size_t length = 0;
    int code = read_file(&file, &length, path, why);
    if (code != MLP_OK)
        return code;
    header *h = calloc(1, sizeof *h);
    if (h == NULL) {
        snprintf(why, MLP_WHY, "%s: out of memory", path);
        code = MLP_ERROR_MEMORY;
    } else {
        code = load(run, h, file, length, path, why);
    }
    free(h);
    free(file);
    return code;
}
