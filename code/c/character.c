/*
 * character.c - UTF-8, and how a character is shown to the user.
 */
#include "character.h"

#include <stdio.h>

enum { STRAY = 0xdc00 }; /* plus the byte */

/* Returns how many bytes the character takes that `first` starts; 0 if
 * it starts none. */
static size_t utf8_length(unsigned char first)
{
    return first < 0x80   ? 1
           : first < 0xc0 ? 0
           : first < 0xe0 ? 2
           : first < 0xf0 ? 3
           : first < 0xf8 ? 4
                          : 0;
}

size_t utf8_read(uint32_t *character, const char *text, size_t length)
{
    static const uint32_t LEAST[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char first = (unsigned char)text[0];
    size_t n = utf8_length(first), i = 1;
    uint32_t c = n == 1 ? first : first & (0x7fu >> n);
    for (; i < n && i < length; i++) {
        unsigned char next = (unsigned char)text[i];
        if (next >> 6 != 2)
            break;
        c = c << 6 | (next & 0x3fu);
    }
    int surrogate = c >> 11 == 0xd800 >> 11;
    if (n == 0 || i < n || c < LEAST[n] || c > 0x10ffff || surrogate) {
        *character = STRAY + first;
        return 1;
    }
    *character = c;
    return n;
}

size_t utf8_write(char out[4], uint32_t character)
{
    size_t n = character < 0x80      ? 1
               : character < 0x800   ? 2
               : character < 0x10000 ? 3
                                     : 4;
    uint32_t c = character;
    for (size_t i = n; i > 1; i--) {
        out[i - 1] = (char)(0x80 | (c & 0x3f));
        c >>= 6;
    }
    out[0] = (char)(n == 1 ? c : (0xf00u >> n & 0xff) | c);
    return n;
}

int is_stray_byte(uint32_t character)
{
    return character >= STRAY + 0x80 && character <= STRAY + 0xff;
}

int is_invisible(uint32_t character)
{
    static const uint32_t RANGES[][2] = {
        {0, ' '},           {0x7f, 0xa0},       {0xad, 0xad},
        {0x34f, 0x34f},     {0x61c, 0x61c},     {0x115f, 0x1160},
        {0x1680, 0x1680},   {0x17b4, 0x17b5},   {0x180b, 0x180f},
        {0x2000, 0x200f},   {0x2028, 0x202f},   {0x205f, 0x206f},
        {0x3000, 0x3000},   {0x3164, 0x3164},   {0xfe00, 0xfe0f},
        {BOM, BOM},         {0xffa0, 0xffa0},   {0xfff0, 0xfff8},
        {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
    };
    for (size_t i = 0; i < sizeof RANGES / sizeof *RANGES; i++)
        if (character >= RANGES[i][0] && character <= RANGES[i][1])
            return 1;
    return 0;
}

void describe_character(char out[32], uint32_t character)
{
    char utf8[4];
    unsigned c = (unsigned)character;
    if (is_stray_byte(character)) {
        snprintf(out, 32, "0x%02x", c - STRAY);
    } else if (is_invisible(character)) {
        snprintf(out, 32, "U+%04X", c);
    } else if (character < 0x80) {
        snprintf(out, 32, "'%c'", (char)c);
    } else {
        size_t n = utf8_write(utf8, character);
        snprintf(out, 32, "'%.*s' U+%04X", (int)n, utf8, c);
    }
}
