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

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char FORMAT[] = "mlp-1";

/* The tensors of a run are the model's, three times over. */
static const char *const GROUPS[] = {"", "adamw.m.", "adamw.v."};
enum { N_GROUPS = 3, KEY = 64 };

static float *group_memory(const mlp_run *run, size_t group)
{
    float *memory[] = {mlp_model_params(run->model), run->m, run->v};
    return memory[group];
}

/* ---- write ------------------------------------------------------- */

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
    mlp_config config = run->config;
    mlp_training training = run->training;
    const mlp_hyperparameter *row;
    append(t, "{\"__metadata__\":{\"format\":\"%s\"", FORMAT);
    for (size_t i = 0; (row = mlp_hyperparameter_row(i)) != NULL; i++) {
        char value[KEY];
        mlp_hyperparameter_format(
            value, sizeof value, row,
            mlp_hyperparameter_field(row, &config, &training), 17);
        append(t, ",\"%s\":\"%s\"", row->name, value);
    }
    append(t, ",\"step\":\"%" PRIu64 "\"}", run->step);
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

/* A file in pieces: the header's length, the header, and the numbers,
 * which stay where they are. */
typedef struct {
    uint64_t length;
    text header;
    piece pieces[2 + N_GROUPS];
} layout;

/* Free l->header.at with free(). MLP_ERROR_MEMORY. */
static int lay_out(layout *l, const mlp_run *run)
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
    l->header = header;
    l->length = header.length;
    l->pieces[0] = (piece){&l->length, sizeof l->length};
    l->pieces[1] = (piece){header.at, header.length};
    for (size_t g = 0; g < N_GROUPS; g++)
        l->pieces[2 + g] = (piece){group_memory(run, g),
                                   size * sizeof(float)};
    return header.at == NULL ? MLP_ERROR_MEMORY : MLP_OK;
}

static int all_finite(const float *numbers, size_t N)
{
    for (size_t n = 0; n < N; n++)
        if (!isfinite(numbers[n]))
            return 0;
    return 1;
}

/* What is no number could be written, but not read. */
static int check_numbers(const mlp_run *run, char *why)
{
    for (size_t g = 0; g < N_GROUPS; g++)
        for (size_t i = 0; i < mlp_model_tensors(run->model); i++) {
            mlp_tensor t = mlp_model_tensor(run->model, i);
            if (all_finite(group_memory(run, g) + t.offset,
                           elements(&t)))
                continue;
            snprintf(why, MLP_WHY,
                     "step %" PRIu64 ": tensor %s%s is no longer a "
                     "number; try a lower learning rate", run->step,
                     GROUPS[g], t.name);
            return MLP_ERROR_NUMBER;
        }
    return MLP_OK;
}

int mlp_checkpoint_write(char **file, size_t *length,
                         const mlp_run *run)
{
    layout l;
    char why[MLP_WHY];
    size_t used = 0;
    int code = check_numbers(run, why);
    if (code == MLP_OK)
        code = lay_out(&l, run);
    if (code != MLP_OK)
        return code;
    *length = 0;
    for (size_t i = 0; i < 2 + N_GROUPS; i++)
        *length += l.pieces[i].bytes;
    *file = malloc(*length);
    if (*file == NULL)
        code = MLP_ERROR_MEMORY;
    for (size_t i = 0; code == MLP_OK && i < 2 + N_GROUPS; i++) {
        memcpy(*file + used, l.pieces[i].at, l.pieces[i].bytes);
        used += l.pieces[i].bytes;
    }
    free(l.header.at);
    return code;
}

int mlp_checkpoint_save(const mlp_run *run, const char *path, char *why)
{
    layout l;
    int code = check_numbers(run, why);
    if (code != MLP_OK)
        return code;
    code = lay_out(&l, run);
    if (code != MLP_OK)
        snprintf(why, MLP_WHY, "%s: out of memory", path);
    else
        code = write_file(path, l.pieces, 2 + N_GROUPS, why);
    free(l.header.at);
    return code;
}

/* ---- read: the header -------------------------------------------- */

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
        if (n == KEY - 1 || *c->at == '\\'
            || (unsigned char)*c->at < ' ')
            c->bad = 1;
        else
            string[n++] = *c->at++;
    }
    need(c, '"');
    string[n] = '\0';
}

static int at_digit(const cursor *c)
{
    return c->at < c->end && *c->at >= '0' && *c->at <= '9';
}

static uint64_t read_number(cursor *c)
{
    uint64_t number = 0;
    skip_spaces(c);
    if (!at_digit(c))
        c->bad = 1;
    while (!c->bad && at_digit(c)) {
        uint64_t digit = (uint64_t)(*c->at++ - '0');
        if (number > (UINT64_MAX - digit) / 10)
            c->bad = 1;
        number = 10 * number + digit;
    }
    return number;
}

/* Reads [a,b,…] of at most two numbers; returns how many there were. */
static size_t read_pair(cursor *c, uint64_t pair[2])
{
    size_t n = 0;
    need(c, '[');
    if (take(c, ']'))
        return 0;
    do {
        uint64_t number = read_number(c);
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
    size_t dims;
    uint64_t shape[2], offsets[2];
    int used; /* it is a tensor of the model */
} entry;

enum { MAX_ENTRIES = N_GROUPS * (2 * (MLP_MAX_LAYERS + 1) + 1) };

typedef struct {
    mlp_config config;
    mlp_training training;
    uint64_t step;
    size_t n;
    entry entries[MAX_ENTRIES];
} header;

static const mlp_hyperparameter STEP = {
    .name = "step", .kind = MLP_KIND_WHOLE, .whole = {0, INT64_MAX}};

/* Stores one string of the metadata. MLP_ERROR_FORMAT if there is none
 * of this name; MLP_ERROR_VALUE if it cannot have this value: `wrong`
 * says so. */
static int read_field(header *h, const char *key, const char *value,
                      char *wrong)
{
    const mlp_hyperparameter *row;
    if (strcmp(key, "format") == 0)
        return strcmp(value, FORMAT) == 0 ? MLP_OK : MLP_ERROR_FORMAT;
    if (strcmp(key, STEP.name) == 0)
        return mlp_hyperparameter_parse(&h->step, &STEP, value, wrong);
    for (size_t i = 0; (row = mlp_hyperparameter_row(i)) != NULL; i++)
        if (strcmp(key, row->name) == 0)
            return mlp_hyperparameter_parse(
                mlp_hyperparameter_field(row, &h->config, &h->training),
                row, value, wrong);
    return MLP_ERROR_FORMAT;
}

/* How many strings write has put there. */
static size_t count_fields(void)
{
    size_t rows = 0;
    while (mlp_hyperparameter_row(rows) != NULL)
        rows++;
    return rows + 2; /* format and step */
}

/* Reads all that write has put there, each once, and nothing else; or
 * MLP_ERROR_FORMAT. `wrong` names a value that is not in its range. */
static int read_metadata(cursor *c, header *h, char *wrong)
{
    enum { MOST = 64 };
    char keys[MOST][KEY], value[KEY], range[MLP_WHY];
    size_t n = 0, fields = count_fields();
    int code = MLP_OK;
    need(c, '{');
    do {
        read_string(c, keys[n]);
        need(c, ':');
        read_string(c, value);
        if (c->bad)
            return MLP_ERROR_FORMAT;
        code = read_field(h, keys[n], value, range);
        if (code == MLP_ERROR_VALUE)
            snprintf(wrong, MLP_WHY, "%s %.256s", keys[n], range);
        for (size_t i = 0; i < n; i++)
            if (strcmp(keys[i], keys[n]) == 0)
                code = MLP_ERROR_FORMAT;
        n++;
    } while (code == MLP_OK && n < MOST && take(c, ','));
    need(c, '}');
    return code == MLP_OK && n == fields ? MLP_OK : MLP_ERROR_FORMAT;
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
                       const char *where, char *why)
{
    cursor c = {json, json + length, 0};
    char wrong[MLP_WHY] = "";
    int ours = 0;
    need(&c, '{');
    do {
        char key[KEY] = "";
        read_string(&c, key);
        need(&c, ':');
        if (c.bad)
            break;
        if (strcmp(key, "__metadata__") == 0) {
            ours = read_metadata(&c, h, wrong) == MLP_OK;
            c.bad = !ours;
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
    if (wrong[0] != '\0')
        snprintf(why, MLP_WHY, "%s: metadata: %.300s", where, wrong);
    else
        snprintf(why, MLP_WHY,
                 "%s: a safetensors file, but not a checkpoint of this "
                 "program", where);
    return MLP_ERROR_FORMAT;
}

/* ---- read: the numbers ------------------------------------------- */

static entry *find_entry(header *h, const char *key)
{
    for (size_t i = 0; i < h->n; i++)
        if (strcmp(h->entries[i].key, key) == 0)
            return &h->entries[i];
    return NULL;
}

static int refuse(const char *where, char *why, const char *key,
                  const char *what)
{
    snprintf(why, MLP_WHY, "%s: tensor %s %s", where, key, what);
    return MLP_ERROR_FORMAT;
}

static int check_tensor(const mlp_tensor *tensor, const char *key,
                        header *h, size_t length, const char *where,
                        char *why)
{
    entry *e = find_entry(h, key);
    size_t bytes = elements(tensor) * sizeof(float);
    size_t dims = tensor->columns == 0 ? 1 : 2;
    if (e == NULL)
        return refuse(where, why, key, "is missing");
    if (strcmp(e->dtype, "F32") != 0 || e->dims != dims
        || e->shape[0] != tensor->rows
        || (dims == 2 && e->shape[1] != tensor->columns)
        || e->offsets[1] < e->offsets[0]
        || e->offsets[1] - e->offsets[0] != bytes)
        return refuse(where, why, key, "is not float32 of the shape "
                                       "that the metadata says");
    if (e->offsets[1] > length)
        return refuse(where, why, key, "is cut short");
    e->used = 1;
    return MLP_OK;
}

static int overlap(const entry *a, const entry *b)
{
    return a->offsets[0] < b->offsets[1]
           && b->offsets[0] < a->offsets[1];
}

/* Checks that the header has the tensors of `model`, no others, and
 * that they fill the `length` bytes of data without gaps. */
static int check_tensors(const mlp_model *model, header *h,
                         size_t length, const char *where, char *why)
{
    size_t filled = 0;
    for (size_t g = 0; g < N_GROUPS; g++)
        for (size_t i = 0; i < mlp_model_tensors(model); i++) {
            mlp_tensor tensor = mlp_model_tensor(model, i);
            char key[KEY];
            snprintf(key, sizeof key, "%s%s", GROUPS[g], tensor.name);
            int code = check_tensor(&tensor, key, h, length, where,
                                    why);
            if (code != MLP_OK)
                return code;
            filled += elements(&tensor) * sizeof(float);
        }
    for (size_t i = 0; i < h->n; i++) {
        if (!h->entries[i].used)
            return refuse(where, why, h->entries[i].key,
                          "does not belong to this model");
        for (size_t j = 0; j < i; j++)
            if (overlap(&h->entries[i], &h->entries[j]))
                return refuse(where, why, h->entries[i].key,
                              "overlaps another");
    }
    if (filled == length)
        return MLP_OK;
    snprintf(why, MLP_WHY, "%s: %zu bytes of numbers where %zu belong",
             where, length, filled);
    return MLP_ERROR_FORMAT;
}

static int copy_tensors(mlp_run *run, header *h, const char *data,
                        const char *where, char *why)
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
                    return refuse(where, why, key,
                                  "holds a number that is not finite");
        }
    return MLP_OK;
}

/* There is no run of these sizes, or no memory for it. */
static int refuse_run(int code, const char *where, char *why)
{
    if (code == MLP_ERROR_MEMORY) {
        snprintf(why, MLP_WHY, "%s: out of memory", where);
        return code;
    }
    snprintf(why, MLP_WHY, "%s: metadata: %s", where,
             mlp_strerror(code));
    return MLP_ERROR_FORMAT;
}

/* Compares header and data before the run takes its memory: a model
 * that nobody computes with has reserved its own, but not used it. */
static int check_header(header *h, size_t length, const char *where,
                        char *why)
{
    mlp_model *model = NULL;
    if (h->config.vocab != MLP_VOCAB) {
        snprintf(why, MLP_WHY, "%s: metadata: vocab %zu: must be %d",
                 where, h->config.vocab, MLP_VOCAB);
        return MLP_ERROR_FORMAT;
    }
    if (h->step > h->training.steps) {
        snprintf(why, MLP_WHY,
                 "%s: metadata: step %" PRIu64 ": must be from 0 to %"
                 PRIu64, where, h->step, h->training.steps);
        return MLP_ERROR_FORMAT;
    }
    int code = mlp_model_create(&model, &h->config, 1);
    if (code != MLP_OK)
        code = refuse_run(code, where, why);
    else
        code = check_tensors(model, h, length, where, why);
    mlp_model_free(model);
    return code;
}

static int read_run(mlp_run **run, header *h, const char *file,
                    size_t length, const char *where, char *why)
{
    uint64_t json = 0;
    if (length >= sizeof json)
        memcpy(&json, file, sizeof json);
    if (length <= sizeof json || json > length - sizeof json
        || file[sizeof json] != '{') {
        snprintf(why, MLP_WHY,
                 "%s: not a safetensors file, or cut short", where);
        return MLP_ERROR_FORMAT;
    }
    size_t start = sizeof json + (size_t)json;
    int code = read_header(h, file + sizeof json, (size_t)json, where,
                           why);
    if (code != MLP_OK)
        return code;
    code = check_header(h, length - start, where, why);
    if (code != MLP_OK)
        return code;
    code = mlp_run_create(run, &h->config, &h->training);
    if (code != MLP_OK)
        return refuse_run(code, where, why);
    (*run)->step = h->step;
    code = copy_tensors(*run, h, file + start, where, why);
    if (code != MLP_OK) {
        mlp_run_free(*run);
        *run = NULL;
    }
    return code;
}

int mlp_checkpoint_read(mlp_run **run, const char *file, size_t length,
                        const char *where, char *why)
{
    header *h = calloc(1, sizeof *h);
    if (h == NULL) {
        snprintf(why, MLP_WHY, "%s: out of memory", where);
        return MLP_ERROR_MEMORY;
    }
    int code = read_run(run, h, file, length, where, why);
    free(h);
    return code;
}

int mlp_checkpoint_load(mlp_run **run, const char *path, char *why)
{
    char *file = NULL;
    size_t length = 0;
    int code = read_file(&file, &length, path, why);
    if (code != MLP_OK)
        return code;
    code = mlp_checkpoint_read(run, file, length, path, why);
    free(file);
    return code;
}
