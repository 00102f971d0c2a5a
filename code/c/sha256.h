/*
 * sha256.h - a name for a text that no other text has.
 *
 * Internal.
 */
#ifndef SHA256_H
#define SHA256_H

#include "mlp.h"

/* Only for the library itself. */
#pragma GCC visibility push(hidden)

/* Writes the SHA-256 of text (length chars) as 64 hexadecimal digits
 * and a 0. */
void sha256_of(char hex[MLP_SHA256], const char *text, size_t length);

#pragma GCC visibility pop

#endif
