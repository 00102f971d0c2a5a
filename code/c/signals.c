/*
 * signals.c - Ctrl-C and its like, as a wish.
 *
 * Everywhere but in a training they end the process at once, as they do
 * by default: no file is ever half written. signals.py does the same.
 */
#define _XOPEN_SOURCE 700 /* sigaction, setitimer */

#include "signals.h"
#include "mlp.h"

#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

static const int SIGNALS[] = {SIGINT, SIGTERM, SIGHUP};
enum { N_SIGNALS = sizeof SIGNALS / sizeof *SIGNALS };

/* For a step and a save, after Ctrl-C. */
static const struct itimerval PATIENCE = {.it_value = {1, 500000}};

static volatile sig_atomic_t wished;
static struct sigaction before[N_SIGNALS];

static void wish(int number)
{
    wished = 1;
    if (number == SIGINT)
        setitimer(ITIMER_REAL, &PATIENCE, NULL);
}

static void give_up(int number)
{
    static const char LAST_WORDS[] =
        "mlp: stopped within a step; what was saved before is still "
        "there\n";
    (void)number;
    if (write(STDERR_FILENO, LAST_WORDS, sizeof LAST_WORDS - 1) < 0)
        _exit(STOPPED); /* the terminal may be gone */
    _exit(STOPPED);
}

void signals_as_wish(void)
{
    struct sigaction first = {.sa_handler = wish};
    struct sigaction alarm = {.sa_handler = give_up};
    sigemptyset(&first.sa_mask);
    sigemptyset(&alarm.sa_mask);
    first.sa_flags = (int)SA_RESETHAND | SA_RESTART;
    sigaction(SIGALRM, &alarm, NULL);
    for (size_t i = 0; i < N_SIGNALS; i++) {
        sigaction(SIGNALS[i], NULL, &before[i]);
        if (before[i].sa_handler != SIG_IGN)
            sigaction(SIGNALS[i], &first, NULL);
    }
}

void signals_as_before(void)
{
    static const struct itimerval never = {.it_value = {0, 0}};
    for (size_t i = 0; i < N_SIGNALS; i++)
        sigaction(SIGNALS[i], &before[i], NULL);
    setitimer(ITIMER_REAL, &never, NULL);
}

int stop_wished(void)
{
    return wished != 0;
}
