/*
 * signals.h - Ctrl-C and its like, as a wish that a training looks at
 * between two batches. Part of the program, not of the library.
 */
#ifndef SIGNALS_H
#define SIGNALS_H

enum { STOPPED = 130 }; /* exit status */

/* From now on the first Ctrl-C, SIGTERM or SIGHUP is a wish, unless it
 * was ignored: then it stays so. A second one kills, and after Ctrl-C a
 * batch that takes too long ends the process too. */
void signals_as_wish(void);

/* Lets them end the process again, as they do by default. */
void signals_as_before(void);

/* Whether somebody wishes the training to end; it cannot fail. */
int stop_wished(void);

#endif
