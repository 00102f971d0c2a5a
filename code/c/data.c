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
            describe_character(wrong, text + i, length - i);
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
        size_t target = (step % windows->count * B + b) % windows->count;
        if (!windows->padded)
            target += T;
        context_before(inputs + b * T, windows, target);
        targets[b] = windows->tokens[target];
    }
}
