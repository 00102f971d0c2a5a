/*
 * web.h - what a page in a browser calls, see web.c. Texts are UTF-8
 * and end with a zero. The functions that the linker exports are those
 * here and the operations of mlp.h: see make.py.
 */
#ifndef WEB_H
#define WEB_H

#include <stddef.h>
#include <stdint.h>

/* Room for n chars, until the next call; NULL if there is none. */
char *web_room(size_t n);
/* What the last function told, or why it failed. */
const char *web_text(void);

/* The presets, and the rows of the table of hyperparameters: JSON. */
const char *web_table(void);
/* Takes the settings of the preset whose name is in the room. */
int web_preset(void);
/* Sets hyperparameter number i to the text in the room; what it is. */
int web_set(size_t i);
const char *web_get(size_t i);

/* Takes the letters in the room (n chars), or a to z if n is 0: an
 * alphabet for names to come. Call it first. */
int web_alphabet(size_t n);
/* Takes the names in the room (n chars, one a line) as split 0, train,
 * or 1, val. */
int web_names(size_t split, size_t n);
/* Takes the name of the corpus, in the room, for checkpoints. */
void web_corpus(void);

/* Starts a run with the settings and the corpus, folded if that is
 * asked for and can be. If it fails, the run that there was stays. */
int web_start(int fold);
/* Does n steps, or what is left of the schedule. */
int web_steps(size_t n);
/* How many steps are done, and the loss of the last one's batch. */
double web_step(void);
float web_loss(void);
/* How many batches tell the loss on a split: all that are full, but no
 * more than 20 of train. And the loss of one of them; NaN if that
 * fails. One at a time, so that a page can listen in between. */
size_t web_batches(size_t split);
double web_evaluate(size_t split, size_t batch);

/* The probabilities (V) of what follows the letters in the room; NULL
 * if that fails. */
const float *web_after(void);
/* Tells n names, a line each, that start with the letters in the
 * room. */
int web_sample(size_t n, uint32_t seed, double temperature);

/* The tensors of the run as JSON, and its parameters, all of them. */
const char *web_tensors(void);
const float *web_params(void);

/* Writes a checkpoint into web_file, and returns its length; 0 if that
 * fails. */
size_t web_save(void);
const char *web_file(void);
/* Takes the run of the checkpoint in the room (n chars), and its
 * settings. Its alphabet must be that of the names. */
int web_load(size_t n, int fold);
/* Says whether the run learned from the names that are here. */
int web_same_names(void);

#endif
