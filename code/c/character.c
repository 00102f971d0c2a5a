/*
 * character.c - how an error message shows a character that is not a
 * letter: as Python would, so that both programs say the same.
 */
#include "files.h"

#include <stdint.h>
#include <stdio.h>

/* Reads the UTF-8 character that starts `text`. Returns its length in
 * bytes, 0 if there is none. */
static size_t read_utf8(uint32_t *character, const char *text,
                        size_t length)
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
static int is_invisible(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0xa0) || c == 0xad
           || (c >= 0x2000 && c <= 0x200f)
           || (c >= 0x2028 && c <= 0x202f)
           || (c >= 0x205f && c <= 0x206f) || c == 0x3000
           || c == 0xfeff;
}

void describe_character(char out[32], const char *text, size_t length)
{
    uint32_t c = 0;
    size_t n = read_utf8(&c, text, length);
    if (n == 0)
        snprintf(out, 32, "byte 0x%02x", (unsigned char)text[0]);
    else if (c == '\t' || c == '\r')
        snprintf(out, 32, "'\\%c'", c == '\t' ? 't' : 'r');
    else if (c == '\'')
        snprintf(out, 32, "\"'\"");
    else if (c == '\\')
        snprintf(out, 32, "'\\\\'");
    else if (is_invisible(c))
        snprintf(out, 32, c < 0x100 ? "'\\x%02x'" : "'\\u%04x'",
                 (unsigned)c);
    else
        snprintf(out, 32, "'%.*s'", (int)n, text);
}
