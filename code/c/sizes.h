/*
 * sizes.h - whether a model fits into this machine.
 *
 * Internal.
 */
#ifndef SIZES_H
#define SIZES_H

#include "mlp.h"

/* Only for the program itself. */
#pragma GCC visibility push(hidden)

/* Checks, before a weight is drawn, that a model in training is within
 * the limits of mlp.h, and that the machine has memory for it.
 * MLP_ERROR_SIZE, MLP_ERROR_MEMORY: then `why` has the numbers. */
int check_sizes(const mlp_config *config, size_t batch, char *why);

#pragma GCC visibility pop

#endif
