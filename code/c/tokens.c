/*
 * tokens.c - from text to tokens.
 *
 * The corpus is one stream of tokens: the names in order, each followed
 * by token 0, its newline.
 */
#include "files.h"

#include <stdio.h>
#include <stdlib.h>

/* One token a character: a letter, or 0 for the end of a name. A last
 * line without its newline gets one. The rules, their order and their
 * words are those of Python's tokenize. */
static int tokenize(int *tokens, size_t *N, const char *text,
                    size_t length, const char *where, char *why)
{
    size_t line = 1, column = 1, n = 0;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (c == '\n' && column == 1) {
            snprintf(why, MLP_WHY, "%s:%zu: empty line", where, line);
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
                     where, line, column, wrong);
            return MLP_ERROR_CORPUS;
        }
    }
    if (column > 1) {
        tokens[n++] = 0;
        line++;
    }
    if (n == 0) {
        snprintf(why, MLP_WHY, "%s: empty", where);
        return MLP_ERROR_CORPUS;
    }
    if (line < 3) {
        snprintf(why, MLP_WHY,
                 "%s: one name only, a corpus needs two or more",
                 where);
        return MLP_ERROR_CORPUS;
    }
    *N = n;
    return MLP_OK;
}

int mlp_tokens_parse(int **tokens, size_t *N, const char *text,
                     size_t length, const char *where, char *why)
{
    size_t most = SIZE_MAX / sizeof(int) - 1; /* and a last newline */
    int *room = NULL;
    if (length <= most)
        room = malloc((length + 1) * sizeof(int));
    if (room == NULL) {
        snprintf(why, MLP_WHY, "%s: out of memory", where);
        return MLP_ERROR_MEMORY;
    }
    int code = tokenize(room, N, text, length, where, why);
    if (code == MLP_OK)
        *tokens = room;
    else
        free(room);
    return code;
}

int mlp_tokens_load(int **tokens, size_t *N, const char *path,
                    char *why)
{
    char *text;
    size_t length;
    int code = read_file(&text, &length, path, why);
    if (code != MLP_OK)
        return code;
    code = mlp_tokens_parse(tokens, N, text, length, path, why);
    free(text);
    return code;
}
