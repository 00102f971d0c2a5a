/*
 * tokens.c - from text to tokens.
 *
 * The corpus is one stream of tokens: the names in order, each followed
 * by token 0, its newline.
 */
#include "character.h"
#include "files.h"
#include "sha256.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a list of names may have that is not in its alphabet, in the
 * order in which it is named. Python's tokenize has the same words. */
typedef enum {
    STRAY_BYTE, MARK, RETURN, EMPTY_LINE, BLANK, CAPITAL, OTHER, N_KINDS
} kind;

static const struct {
    const char *one, *more;
    int shown; /* its first character is said */
} KINDS[N_KINDS] = {
    {"byte that is not UTF-8", "bytes that are not UTF-8", 1},
    {"byte order mark", "byte order marks", 0},
    {"carriage return", "carriage returns", 0},
    {"empty line", "empty lines", 0},
    {"blank or tab", "blanks or tabs", 0},
    {"capital", "capitals", 1},
    {"character outside the alphabet",
     "characters outside the alphabet", 1},
};

/* How often a kind was there, and the first: what and where. */
typedef struct {
    size_t count, line, column;
    uint32_t character;
} fault;

static kind kind_of(uint32_t c)
{
    return is_stray_byte(c)         ? STRAY_BYTE
           : c == BOM               ? MARK
           : c == '\r'              ? RETURN
           : c == '\n'              ? EMPTY_LINE
           : c == ' ' || c == '\t'  ? BLANK
           : c >= 'A' && c <= 'Z'   ? CAPITAL
                                    : OTHER;
}

/* Appends to the line in `why`. */
static void say_fault(char *why, kind k, const fault *f)
{
    size_t used = strlen(why);
    char character[32] = "";
    if (KINDS[k].shown)
        describe_character(character, f->character);
    snprintf(why + used, MLP_WHY - used, "%zu %s (%s%s%sat %zu:%zu)",
             f->count, f->count == 1 ? KINDS[k].one : KINDS[k].more,
             f->count == 1 ? "" : "first ", character,
             KINDS[k].shown ? " " : "", f->line, f->column);
}

static void say_faults(char *why, const fault faults[N_KINDS],
                       const char *where)
{
    const char *between = ": ";
    snprintf(why, MLP_WHY, "%s", where);
    for (kind k = 0; k < N_KINDS; k++)
        if (faults[k].count > 0) {
            strncat(why, between, MLP_WHY - strlen(why) - 1);
            say_fault(why, k, &faults[k]);
            between = ", ";
        }
    strncat(why, ": mlp data FILE makes a corpus of it",
            MLP_WHY - strlen(why) - 1);
}

/* One token a character: a letter, or 0 for the end of a name. A last
 * line without its newline gets one. */
static int tokenize(uint16_t *tokens, size_t *N,
                    const mlp_alphabet *alphabet, const char *text,
                    size_t length, const char *where, char *why)
{
    fault faults[N_KINDS] = {0};
    size_t line = 1, column = 1, n = 0, wrong = 0;
    for (size_t i = 0; i < length; column++) {
        uint32_t c;
        i += utf8_read(&c, text + i, length - i);
        int token = mlp_alphabet_token(alphabet, c);
        int empty = token == 0 && column == 1;
        if (token < 0 || empty) {
            fault *f = &faults[kind_of(c)];
            if (f->count++ == 0)
                *f = (fault){1, line, column, c};
            wrong++;
        }
        tokens[n++] = (uint16_t)token; /* if it is one */
        if (token == 0) {
            line++;
            column = 0;
        }
    }
    if (wrong > 0) {
        say_faults(why, faults, where);
        return MLP_ERROR_CORPUS;
    }
    if (n == 0) {
        snprintf(why, MLP_WHY, "%s: empty", where);
        return MLP_ERROR_CORPUS;
    }
    if (column > 1)
        tokens[n++] = 0;
    *N = n;
    return MLP_OK;
}

int mlp_tokens_parse(uint16_t **tokens, size_t *N,
                     const mlp_alphabet *alphabet, const char *text,
                     size_t length, const char *where, char *why)
{
    size_t most = SIZE_MAX / sizeof(uint16_t) - 1;
    uint16_t *room = NULL;
    if (length <= most) /* and a last newline */
        room = malloc((length + 1) * sizeof(uint16_t));
    if (room == NULL) {
        snprintf(why, MLP_WHY, "%s: out of memory", where);
        return MLP_ERROR_MEMORY;
    }
    int code = tokenize(room, N, alphabet, text, length, where, why);
    if (code == MLP_OK)
        *tokens = room;
    else
        free(room);
    return code;
}

int mlp_tokens_load(uint16_t **tokens, size_t *N,
                    char sha256[MLP_SHA256],
                    const mlp_alphabet *alphabet, const char *path,
                    char *why)
{
    char *text;
    size_t length;
    int code = read_file(&text, &length, path, why);
    if (code != MLP_OK)
        return code;
    code = mlp_tokens_parse(tokens, N, alphabet, text, length, path,
                            why);
    if (code == MLP_OK && sha256 != NULL)
        sha256_of(sha256, text, length);
    free(text);
    return code;
}
