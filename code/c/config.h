/*
 * config.h - which hyperparameters are possible.
 *
 * Internal. The table itself is public, see mlp.h.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include "mlp.h"

/* Only for the library itself. */
#pragma GCC visibility push(hidden)

/* Checks each field against its row, and that neither the parameters
 * nor the activations of max_batch windows are more than
 * MLP_MAX_PARAMS. MLP_ERROR_SIZE, MLP_ERROR_VALUE. */
int config_check(const mlp_config *config, size_t max_batch);

/* The same of the rows of mlp_training, and warmup_check.
 * MLP_ERROR_SIZE, MLP_ERROR_VALUE. */
int training_check(const mlp_training *training);

/* Checks that the warm-up is not longer than the schedule.
 * MLP_ERROR_VALUE: then `why` has the numbers. */
int warmup_check(const mlp_training *training, char *why);

/* How many parameters a model has, and how many numbers it computes on
 * the way from a batch to its logits. */
double config_params(const mlp_config *config);
double config_activations(const mlp_config *config, size_t batch);

#pragma GCC visibility pop

#endif
