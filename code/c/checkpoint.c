/*
 * checkpoint.c - a run as a safetensors file, readable from all three
 * implementations.
 *
 * The format, which checkpoint.py reads by the same rules:
 *
 * - 8 bytes: the length of the header, little-endian, up to 1 MiB.
 * - The header: a JSON object, from its brace on, with nothing behind
 *   it but blanks. No key stands twice in an object. Strings are UTF-8
 *   without escapes; numbers are digits, without a sign or zeros in
 *   front, below 2^64.
 * - Its "__metadata__" is an object of strings: "format", "mlp-1"; each
 *   hyperparameter, of at most 63 characters, as the command line takes
 *   it; "step". Where the letters are not a to z, "alphabet": all of
 *   them, in the order of Unicode. Where they are known, "corpus", see
 *   mlp_run, and "corpus_sha256", in hexadecimal. Nothing else.
 * - Each other key is a tensor: its "dtype", "F32"; its "shape"; its
 *   "data_offsets", the first byte and the end. The model's tensors,
 *   and AdamW's two moments of each, and no others.
 * - The numbers, little-endian, in any order, without gaps. They are
 *   finite, and second moments not negative.
 */
#include "character.h"
#include "config.h"
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
enum { SECOND_MOMENTS = 2, N_GROUPS = 3 };
enum { KEY = 64, MAX_HEADER = 1 << 20 };

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

static void append_chars(text *t, const char *added, size_t n)
{
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
    memcpy(t->at + t->length, added, n);
    t->length += n;
}

static void append(text *t, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void append(text *t, const char *format, ...)
{
    char added[256];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(added, sizeof added, format, args);
    va_end(args);
    append_chars(t, added, (size_t)n);
}

static void append_corpus(text *t, const mlp_run *run)
{
    append(t, ",\"corpus\":\"");
    append_chars(t, run->corpus, strlen(run->corpus));
    append(t, "\",\"corpus_sha256\":\"%s\"", run->sha256);
}

static void append_alphabet(text *t, const mlp_alphabet *alphabet)
{
    append(t, ",\"alphabet\":\"");
    for (size_t v = 1; v < alphabet->V; v++) {
        char letter[4];
        size_t n = mlp_alphabet_write(letter, alphabet, (int)v);
        append_chars(t, letter, n);
    }
    append(t, "\"");
}

/* Whether the letters are a to z, which a checkpoint need not say. */
static int is_latin(const mlp_alphabet *alphabet)
{
    /* Characters rise, so that there is one way from a to z. */
    size_t V = alphabet->V;
    return V == MLP_VOCAB && alphabet->characters[1] == 'a'
           && alphabet->characters[V - 1] == 'z';
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
    if (!is_latin(run->alphabet))
        append_alphabet(t, run->alphabet);
    if (run->sha256[0] != '\0')
        append_corpus(t, run);
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

/* A string of the header, without its quotes. */
typedef struct {
    const char *at;
    size_t length;
} string;

static int is(string s, const char *word)
{
    return s.length == strlen(word)
           && memcmp(s.at, word, s.length) == 0;
}

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

/* Reads "…" of UTF-8 without escapes or controls. */
static string read_string(cursor *c)
{
    need(c, '"');
    string s = {c->at, 0};
    while (!c->bad && c->at < c->end && *c->at != '"') {
        uint32_t character;
        c->at += utf8_read(&character, c->at,
                           (size_t)(c->end - c->at));
        c->bad = character == '\\' || character < ' '
                 || is_stray_byte(character);
    }
    s.length = (size_t)(c->at - s.at);
    if (c->at == c->end)
        c->bad = 1;
    else
        c->at++; /* the quote */
    return s;
}

static int at_digit(const cursor *c)
{
    return c->at < c->end && *c->at >= '0' && *c->at <= '9';
}

static uint64_t read_number(cursor *c)
{
    uint64_t number = 0;
    skip_spaces(c);
    const char *first = c->at;
    while (!c->bad && at_digit(c)) {
        uint64_t digit = (uint64_t)(*c->at++ - '0');
        if (number > (UINT64_MAX - digit) / 10)
            c->bad = 1;
        number = 10 * number + digit;
    }
    if (c->at == first || (*first == '0' && c->at - first > 1))
        c->bad = 1;
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
    string key, dtype;
    size_t dims;
    uint64_t shape[2], offsets[2];
    int used; /* it is a tensor of the model */
} entry;

enum { MAX_ENTRIES = N_GROUPS * (2 * (MLP_MAX_LAYERS + 1) + 1) };

typedef struct {
    mlp_config config;
    mlp_training training;
    uint64_t step;
    string alphabet, corpus, sha256; /* of length 0: not there */
    size_t n;
    entry entries[MAX_ENTRIES];
} header;

static const mlp_hyperparameter STEP = {
    .name = "step", .kind = MLP_KIND_WHOLE, .whole = {0, INT64_MAX}};

/* The strings of the metadata that are no hyperparameters. */
enum { IS_FORMAT, IS_STEP, IS_ALPHABET, IS_CORPUS, IS_SHA256, N_OTHER };

enum { MOST = 64 }; /* strings of the metadata that there can be */

static const char *const OTHER[N_OTHER] = {
    [IS_FORMAT] = "format",     [IS_STEP] = "step",
    [IS_ALPHABET] = "alphabet", [IS_CORPUS] = "corpus",
    [IS_SHA256] = "corpus_sha256",
};

/* Returns the number of a key: those of OTHER, then the rows of the
 * table; MOST if it is none. */
static size_t number_of(string key)
{
    const mlp_hyperparameter *row;
    for (size_t i = 0; i < N_OTHER; i++)
        if (is(key, OTHER[i]))
            return i;
    for (size_t i = 0; (row = mlp_hyperparameter_row(i)) != NULL; i++)
        if (is(key, row->name))
            return N_OTHER + i;
    return MOST;
}

/* Reads a number or a name out of the metadata. MLP_ERROR_VALUE: then
 * `wrong` says what it may be. */
static int read_value(void *field, const mlp_hyperparameter *row,
                      string s, char *wrong)
{
    char value[KEY], range[MLP_WHY];
    if (s.length >= KEY) {
        snprintf(wrong, MLP_WHY, "%s: more than %d characters",
                 row->name, KEY - 1);
        return MLP_ERROR_VALUE;
    }
    snprintf(value, sizeof value, "%.*s", (int)s.length, s.at);
    int code = mlp_hyperparameter_parse(field, row, value, range);
    if (code != MLP_OK)
        snprintf(wrong, MLP_WHY, "%s %.256s", row->name, range);
    return code;
}

static int is_sha256(string s)
{
    size_t digits = 0;
    while (digits < s.length
           && strchr("0123456789abcdef", s.at[digits]) != NULL)
        digits++;
    return digits == s.length && digits == MLP_SHA256 - 1;
}

/* Stores one string of the metadata. MLP_ERROR_FORMAT, MLP_ERROR_VALUE
 * with `wrong`. */
static int read_field(header *h, size_t number, string value,
                      char *wrong)
{
    int fits = 1;
    switch (number) {
    case IS_FORMAT:
        fits = is(value, FORMAT);
        break;
    case IS_STEP:
        return read_value(&h->step, &STEP, value, wrong);
    case IS_ALPHABET:
        h->alphabet = value;
        break;
    case IS_CORPUS:
        h->corpus = value;
        fits = value.length < MLP_PATH;
        break;
    case IS_SHA256:
        h->sha256 = value;
        fits = is_sha256(value);
        break;
    default: {
        const mlp_hyperparameter *row
            = mlp_hyperparameter_row(number - N_OTHER);
        return read_value(
            mlp_hyperparameter_field(row, &h->config, &h->training),
            row, value, wrong);
    }
    }
    return fits ? MLP_OK : MLP_ERROR_FORMAT;
}

/* Whether all is there that must be, and a corpus with its SHA-256. A
 * hyperparameter that older files lack has the value of those. */
static int complete(header *h, const char seen[MOST])
{
    char wrong[MLP_WHY];
    const mlp_hyperparameter *row;
    for (size_t i = 0; (row = mlp_hyperparameter_row(i)) != NULL; i++)
        if (!seen[N_OTHER + i]
            && (row->older == NULL
                || read_field(h, N_OTHER + i,
                              (string){row->older, strlen(row->older)},
                              wrong) != MLP_OK))
            return 0;
    return seen[IS_FORMAT] && seen[IS_STEP]
           && seen[IS_CORPUS] == seen[IS_SHA256];
}

/* Reads what write has put there, each once, and nothing else; or
 * MLP_ERROR_FORMAT. `wrong` names a value that is not in its range. */
static int read_metadata(cursor *c, header *h, char *wrong)
{
    char seen[MOST] = {0};
    need(c, '{');
    do {
        string key = read_string(c);
        need(c, ':');
        string value = read_string(c);
        if (c->bad)
            return MLP_ERROR_FORMAT;
        size_t number = number_of(key);
        if (number == MOST || seen[number])
            return MLP_ERROR_FORMAT;
        seen[number] = 1;
        if (read_field(h, number, value, wrong) != MLP_OK)
            return MLP_ERROR_FORMAT;
    } while (take(c, ','));
    need(c, '}');
    return complete(h, seen) ? MLP_OK : MLP_ERROR_FORMAT;
}

static void read_entry(cursor *c, entry *e)
{
    int dtypes = 0, shapes = 0, offsets = 0;
    need(c, '{');
    do {
        string field = read_string(c);
        need(c, ':');
        if (is(field, "dtype") && !dtypes++)
            e->dtype = read_string(c);
        else if (is(field, "shape") && !shapes++)
            e->dims = read_pair(c, e->shape);
        else if (!is(field, "data_offsets") || offsets++
                 || read_pair(c, e->offsets) != 2)
            c->bad = 1;
    } while (take(c, ','));
    need(c, '}');
    if (!dtypes || !shapes || !offsets)
        c->bad = 1;
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
        string key = read_string(&c);
        need(&c, ':');
        if (c.bad)
            break;
        if (is(key, "__metadata__") && !ours) {
            ours = read_metadata(&c, h, wrong) == MLP_OK;
            c.bad = c.bad || !ours;
        } else if (h->n == MAX_ENTRIES) {
            c.bad = 1;
        } else {
            entry *e = &h->entries[h->n++];
            e->key = key;
            read_entry(&c, e);
        }
    } while (take(&c, ','));
    need(&c, '}');
    skip_spaces(&c);
    if (ours && !c.bad && c.at == c.end)
        return MLP_OK;
    if (wrong[0] != '\0')
        snprintf(why, MLP_WHY, "%s: metadata: %.400s", where, wrong);
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
        if (is(h->entries[i].key, key))
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
    if (!is(e->dtype, "F32") || e->dims != dims
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
        const entry *e = &h->entries[i];
        char key[KEY];
        snprintf(key, sizeof key, "%.*s",
                 (int)(e->key.length < KEY ? e->key.length : KEY - 1),
                 e->key.at);
        if (!e->used)
            return refuse(where, why, key,
                          "does not belong to this model");
        for (size_t j = 0; j < i; j++)
            if (overlap(e, &h->entries[j]))
                return refuse(where, why, key, "overlaps another");
    }
    if (filled == length)
        return MLP_OK;
    snprintf(why, MLP_WHY, "%s: %zu byte%s of numbers where %zu belong",
             where, length, length == 1 ? "" : "s", filled);
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
            for (size_t n = 0; n < elements(&tensor); n++) {
                if (!isfinite(out[n]))
                    return refuse(where, why, key,
                                  "holds a number that is not finite");
                if (g == SECOND_MOMENTS && out[n] < 0)
                    return refuse(where, why, key,
                                  "holds a negative number");
            }
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

/* The alphabet that the header has, or a to z. */
static int read_alphabet(mlp_alphabet **alphabet, const header *h,
                         const char *where, char *why)
{
    const char *letters = h->alphabet.at; /* NULL: none there */
    int code = mlp_alphabet_create(alphabet, letters,
                                   h->alphabet.length);
    if (code == MLP_ERROR_MEMORY)
        return refuse_run(code, where, why);
    if (code != MLP_OK) {
        snprintf(why, MLP_WHY, "%s: metadata: alphabet: not letters in "
                 "the order of Unicode", where);
        return MLP_ERROR_FORMAT;
    }
    if ((*alphabet)->V == h->config.vocab)
        return MLP_OK;
    snprintf(why, MLP_WHY, "%s: metadata: vocab %zu: must be %zu",
             where, h->config.vocab, (*alphabet)->V);
    return MLP_ERROR_FORMAT;
}

/* Compares header and data before the run takes its memory: a model
 * that nobody computes with has reserved its own, but not used it. */
static int check_header(header *h, size_t length, const char *where,
                        char *why)
{
    mlp_model *model = NULL;
    char wrong[MLP_WHY];
    if (h->step > h->training.steps) {
        snprintf(why, MLP_WHY,
                 "%s: metadata: step %" PRIu64 ": must be from 0 to %"
                 PRIu64, where, h->step, h->training.steps);
        return MLP_ERROR_FORMAT;
    }
    if (warmup_check(&h->training, wrong) != MLP_OK) {
        snprintf(why, MLP_WHY, "%s: metadata: %.400s", where, wrong);
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

/* Creates the run and fills it. */
static int create_run(mlp_run **run, header *h,
                      const mlp_alphabet *alphabet, const char *data,
                      const char *where, char *why)
{
    int code = mlp_run_create(run, alphabet, &h->config, &h->training);
    if (code != MLP_OK)
        return refuse_run(code, where, why);
    mlp_run *r = *run;
    r->step = h->step;
    if (h->sha256.length > 0) {
        memcpy(r->corpus, h->corpus.at, h->corpus.length);
        memcpy(r->sha256, h->sha256.at, h->sha256.length);
    }
    code = copy_tensors(r, h, data, where, why);
    if (code != MLP_OK) {
        mlp_run_free(r);
        *run = NULL;
    }
    return code;
}

static int read_run(mlp_run **run, header *h, const char *file,
                    size_t length, const char *where, char *why)
{
    uint64_t json = 0;
    if (length >= sizeof json)
        memcpy(&json, file, sizeof json);
    if (length <= sizeof json || json > length - sizeof json
        || json > MAX_HEADER || file[sizeof json] != '{') {
        snprintf(why, MLP_WHY,
                 "%s: not a safetensors file, or cut short", where);
        return MLP_ERROR_FORMAT;
    }
    size_t start = sizeof json + (size_t)json;
    mlp_alphabet *alphabet = NULL;
    int code = read_header(h, file + sizeof json, (size_t)json, where,
                           why);
    if (code == MLP_OK)
        code = read_alphabet(&alphabet, h, where, why);
    if (code == MLP_OK)
        code = check_header(h, length - start, where, why);
    if (code == MLP_OK)
        code = create_run(run, h, alphabet, file + start, where, why);
    mlp_alphabet_free(alphabet);
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
