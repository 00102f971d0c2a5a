/*
 * saving.c - when a run in training is saved. saving.py does the same.
 */
#include "saving.h"

/* A save waits for so many times as long as the last one took: it costs
 * 2 % at most. */
static const double SHARE = 50;

/* Seconds until it waits no longer. */
static const double LONGEST = 60;

int saver_evaluated(const saver *s, uint64_t step, double now)
{
    if (!s->saved)
        return 1;
    return s->step != step && s->every == 0
           && now - s->ended >= SHARE * s->cost;
}

int saver_stepped(const saver *s, uint64_t step, double now)
{
    if (s->every != 0)
        return step % s->every == 0;
    return now - s->ended >= LONGEST;
}

void saver_tried(saver *s, uint64_t step, int code, double start,
                 double now)
{
    if (code == MLP_OK) {
        s->saved = 1;
        s->step = step;
    }
    s->cost = now - start;
    s->ended = now;
}
