/*
 * saving.h - when a run in training is saved: often enough that little
 * is lost, rarely enough to cost little. Part of the program, not of
 * the library.
 */
#ifndef SAVING_H
#define SAVING_H

#include "mlp.h"

/* All zeros but `every` and `ended` to begin with. Times are in
 * seconds, from any moment on. */
typedef struct {
    uint64_t every; /* steps between saves; 0: whenever it costs
                     * little */
    int saved;      /* at all, */
    uint64_t step;  /* and at which step the last time */
    double ended;   /* when the last try ended, and */
    double cost;    /* how long it took */
} saver;

/* Whether it is time to save after an evaluation: at the first one, and
 * then as often as costs at most 2 %. It cannot fail. */
int saver_evaluated(const saver *s, uint64_t step, double now);

/* Whether it is time to save after a step: after `every`, or after a
 * minute. It cannot fail. */
int saver_stepped(const saver *s, uint64_t step, double now);

/* Takes down how a try went, from `start` to `now`. */
void saver_tried(saver *s, uint64_t step, int code, double start,
                 double now);

#endif
