/*
 * alphabet.c - the letters of a corpus, and which token each of them
 * is.
 *
 * A letter is one code point that shows, but neither " nor \: so an
 * alphabet can stand as it is in the header of a checkpoint.
 */
#include "character.h"
#include "files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char LATIN[] = "abcdefghijklmnopqrstuvwxyz";

/* Returns an alphabet without letters and with room for so many; NULL
 * if memory is out. */
static mlp_alphabet *create(size_t letters)
{
    size_t size = sizeof(uint32_t);
    mlp_alphabet *alphabet = NULL;
    if (letters < (SIZE_MAX - sizeof *alphabet) / size)
        alphabet = malloc(sizeof *alphabet + (letters + 1) * size);
    if (alphabet != NULL) {
        alphabet->V = 1;
        alphabet->characters[0] = '\n';
    }
    return alphabet;
}

/* Adds a letter; returns whether it is one, and later in Unicode than
 * those before. */
static int add(mlp_alphabet *alphabet, uint32_t letter)
{
    if (is_stray_byte(letter) || is_invisible(letter) || letter == '"'
        || letter == '\\'
        || letter <= alphabet->characters[alphabet->V - 1])
        return 0;
    alphabet->characters[alphabet->V++] = letter;
    return 1;
}

int mlp_alphabet_create(mlp_alphabet **alphabet, const char *letters,
                        size_t length)
{
    if (letters == NULL) {
        letters = LATIN;
        length = strlen(LATIN);
    }
    mlp_alphabet *a = create(length);
    int code = a == NULL ? MLP_ERROR_MEMORY : MLP_OK;
    for (size_t i = 0; code == MLP_OK && i < length;) {
        uint32_t letter;
        i += utf8_read(&letter, letters + i, length - i);
        if (!add(a, letter))
            code = MLP_ERROR_VALUE;
    }
    if (code == MLP_OK && (a->V == 1 || a->V > MLP_MAX_SIZE))
        code = MLP_ERROR_SIZE;
    if (code == MLP_OK)
        *alphabet = a;
    else
        free(a);
    return code;
}

int mlp_alphabet_copy(mlp_alphabet **copy, const mlp_alphabet *alphabet)
{
    mlp_alphabet *a = create(alphabet->V);
    if (a == NULL)
        return MLP_ERROR_MEMORY;
    a->V = alphabet->V;
    memcpy(a->characters, alphabet->characters,
           a->V * sizeof *a->characters);
    *copy = a;
    return MLP_OK;
}

void mlp_alphabet_free(mlp_alphabet *alphabet)
{
    free(alphabet);
}

/* Reads one letter a line. */
static int read_letters(mlp_alphabet *a, const char *text,
                        size_t length, const char *where, char *why)
{
    size_t line = 1;
    for (size_t i = 0; i < length; i++, line++) {
        uint32_t letter;
        i += utf8_read(&letter, text + i, length - i);
        if (!add(a, letter) || (i < length && text[i] != '\n')) {
            snprintf(why, MLP_WHY,
                     "%s:%zu: not one letter, and later in Unicode "
                     "than those before", where, line);
            return MLP_ERROR_CORPUS;
        }
    }
    if (a->V > 1 && a->V <= MLP_MAX_SIZE)
        return MLP_OK;
    snprintf(why, MLP_WHY, "%s: %zu letters: must be from 1 to %d",
             where, a->V - 1, MLP_MAX_SIZE - 1);
    return MLP_ERROR_CORPUS;
}

int mlp_alphabet_parse(mlp_alphabet **alphabet, const char *text,
                       size_t length, const char *where, char *why)
{
    mlp_alphabet *a = create(length);
    if (a == NULL) {
        snprintf(why, MLP_WHY, "%s: out of memory", where);
        return MLP_ERROR_MEMORY;
    }
    int code = read_letters(a, text, length, where, why);
    if (code == MLP_OK)
        *alphabet = a;
    else
        mlp_alphabet_free(a);
    return code;
}

int mlp_alphabet_token(const mlp_alphabet *alphabet, uint32_t character)
{
    size_t first = 0, end = alphabet->V;
    while (first < end) {
        size_t middle = first + (end - first) / 2;
        if (alphabet->characters[middle] == character)
            return (int)middle;
        if (alphabet->characters[middle] < character)
            first = middle + 1;
        else
            end = middle;
    }
    return MLP_ERROR_TOKEN;
}

size_t mlp_alphabet_write(char out[4], const mlp_alphabet *alphabet,
                          int token)
{
    return utf8_write(out, alphabet->characters[token]);
}

int mlp_alphabet_equal(const mlp_alphabet *a, const mlp_alphabet *b)
{
    return a->V == b->V
           && memcmp(a->characters, b->characters,
                     a->V * sizeof *a->characters) == 0;
}
