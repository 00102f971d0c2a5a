/*
 * data.c - from a file of names to batches of windows.
 *
 * The corpus is one stream of tokens: the names in order, each followed
 * by token 0, its newline. A window is T tokens and the one that follows.
 */
#include "files.h"
#include "mlp.h"

#include <stdio.h>
#include <stdlib.h>

/* Reads the UTF-8 character that starts `text`. Returns its length in
 * bytes, 0 if there is none. */
static size_t utf8(uint32_t *character, const char *text, size_t length)
{
    static const uint32_t LEAST[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char first = (unsigned char)text[0];
    size_t n = first < 0x80   ? 1
               : first < 0xc0 ? 0
               : first < 0xe0 ? 2
               : first < 0xf0 ? 3
               : first < 0xf8 ? 4
                              : 0;
    if (n == 0 || n > length)
        return 0;
    *character = n == 1 ? first : first & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        unsigned char next = (unsigned char)text[i];
        if (next >> 6 != 2)
            return 0;
        *character = *character << 6 | (next & 0x3fu);
    }
    int surrogate = *character >> 11 == 0xd800 >> 11;
    if (*character < LEAST[n] || *character > 0x10ffff || surrogate)
        return 0;
    return n;
}

/* Whether a character would not show: controls, spaces of odd widths,
 * marks of direction, the byte order mark. */
static int invisible(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0xa0) || c == 0xad
           || (c >= 0x2000 && c <= 0x200f) || (c >= 0x2028 && c <= 0x202f)
           || (c >= 0x205f && c <= 0x206f) || c == 0x3000 || c == 0xfeff;
}

/* Writes the character that starts `text` as Python would, or the byte
 * if it is no UTF-8. */
static void describe(char out[32], const char *text, size_t length)
{
    uint32_t c = 0;
    size_t n = utf8(&c, text, length);
    if (n == 0)
        snprintf(out, 32, "byte 0x%02x", (unsigned char)text[0]);
    else if (c == '\t' || c == '\r')
        snprintf(out, 32, "'\\%c'", c == '\t' ? 't' : 'r');
    else if (c == '\'')
        snprintf(out, 32, "\"'\"");
    else if (c == '\\')
        snprintf(out, 32, "'\\\\'");
    else if (invisible(c))
        snprintf(out, 32, c < 0x100 ? "'\\x%02x'" : "'\\u%04x'",
                 (unsigned)c);
    else
        snprintf(out, 32, "'%.*s'", (int)n, text);
}

/* One token a character: a letter, or 0 for the end of a name. A last
 * line without its newline gets one. The rules, their order and their
 * words are those of tokenize in corpus.py. */
static int tokenize(int *tokens, size_t *N, const char *text,
                    size_t length, const char *path, char *why)
{
    size_t line = 1, column = 1, n = 0;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (c == '\n' && column == 1) {
            snprintf(why, MLP_WHY, "%s:%zu: empty line", path, line);
            return MLP_ERROR_CORPUS;
        }
        if (c == '\n') {
            tokens[n++] = 0;
            line++;
            column = 1;
        } else if (c >= 'a' && c <= 'z') {
            tokens[n++] = c - 'a' + 1;
            column++;
        } else {
            char wrong[32];
            describe(wrong, text + i, length - i);
            snprintf(why, MLP_WHY,
                     "%s:%zu:%zu: %s is not a newline or one of a to z",
                     path, line, column, wrong);
            return MLP_ERROR_CORPUS;
        }
    }
    if (column > 1) {
        tokens[n++] = 0;
        line++;
    }
    if (n == 0) {
        snprintf(why, MLP_WHY, "%s: empty", path);
        return MLP_ERROR_CORPUS;
    }
    if (line < 3) {
        snprintf(why, MLP_WHY,
                 "%s: one name only, a corpus needs two or more", path);
        return MLP_ERROR_CORPUS;
    }
    *N = n;
    return MLP_OK;
}

int mlp_tokens_load(int **tokens, size_t *N, const char *path, char *why)
{
    char *text;
    size_t length;
    int code = read_file(&text, &length, path, why);
    if (code != MLP_OK)
        return code;
    *tokens = malloc((length + 1) * sizeof(int));
    if (*tokens == NULL) {
        snprintf(why, MLP_WHY, "%s: out of memory", path);
        code = MLP_ERROR_MEMORY;
    } else {
        code = tokenize(*tokens, N, text, length, path, why);
        if (code != MLP_OK) {
            free(*tokens);
            *tokens = NULL;
        }
    }
    free(text);
    return code;
}

int mlp_windows_init(mlp_windows *windows, const int *tokens, size_t N,
                     size_t T, int padded)
{
    if (N == 0 || (!padded && N <= T))
        return MLP_ERROR_SHORT;
    *windows = (mlp_windows){
        .tokens = tokens,
        .N = N,
        .T = T,
        .count = padded ? N : N - T,
        .padded = padded,
    };
    return MLP_OK;
}

/* inputs (T) = the tokens before number `target` of the stream */
static void context_before(int *inputs, const mlp_windows *windows,
                           size_t target)
{
    const int *tokens = windows->tokens;
    size_t T = windows->T, t = T;
    while (t > 0 && target > 0) {
        if (windows->padded && tokens[target - 1] == 0)
            break;
        inputs[--t] = tokens[--target];
    }
    while (t > 0)
        inputs[--t] = 0;
}

void mlp_windows_batch(int *inputs, int *targets,
                       const mlp_windows *windows, size_t step, size_t B)
{
    size_t T = windows->T;
    for (size_t b = 0; b < B; b++) {
        size_t target = (step * B + b) % windows->count;
        if (!windows->padded)
            target += T;
        context_before(inputs + b * T, windows, target);
        targets[b] = windows->tokens[target];
    }
}
