/*
 * character.h - UTF-8, and how a character is shown to the user.
 *
 * Internal. A byte that is not part of any UTF-8 character reads as
 * U+DC00 plus the byte, which no text has: Python's surrogateescape
 * does the same.
 */
#ifndef CHARACTER_H
#define CHARACTER_H

#include "mlp.h"

/* Only for the library itself. */
#pragma GCC visibility push(hidden)

enum { BOM = 0xfeff }; /* the byte order mark */

/* Reads the first character of text (length chars, at least one);
 * returns how many of them it takes. */
size_t utf8_read(uint32_t *character, const char *text, size_t length);

/* Writes a character as up to 4 chars; returns how many. */
size_t utf8_write(char out[4], uint32_t character);

/* Whether it stands for a byte that is no UTF-8. It cannot fail. */
int is_stray_byte(uint32_t character);

/* Whether it would not show: controls, blanks, and what Unicode calls
 * default ignorable, such as marks of direction. It cannot fail. */
int is_invisible(uint32_t character);

/* Writes the character between quotes if it shows, its number if it is
 * not ASCII, or the byte. */
void describe_character(char out[32], uint32_t character);

#pragma GCC visibility pop

#endif
