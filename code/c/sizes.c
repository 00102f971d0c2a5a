/*
 * sizes.c - whether a model fits into this machine.
 *
 * memory.py asks the same questions, in the same words.
 */
#define _DARWIN_C_SOURCE /* _SC_PHYS_PAGES */
#define _DEFAULT_SOURCE

#include "sizes.h"

#include "config.h"

#include <math.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

/* Returns the bytes of memory that this process can have at most: what
 * the machine has, or what `ulimit -v` leaves. */
static double memory(void)
{
    double most = HUGE_VAL; /* unless the system says it */
    struct rlimit limit;
#ifdef _SC_PHYS_PAGES
    long pages = sysconf(_SC_PHYS_PAGES);
    if (pages > 0)
        most = (double)pages * (double)sysconf(_SC_PAGESIZE);
#endif
    if (getrlimit(RLIMIT_AS, &limit) == 0
        && limit.rlim_cur != RLIM_INFINITY)
        most = fmin(most, (double)limit.rlim_cur);
    return most;
}

int check_sizes(const mlp_config *config, size_t batch, char *why)
{
    double params = config_params(config);
    double activations = config_activations(config, batch);
    /* Parameters, gradients and AdamW's two moments are floats. */
    double needs = 4 * (4 * params + activations), has = memory();
    double limit = MLP_MAX_PARAMS;
    if (params > limit) {
        snprintf(why, MLP_WHY, "%.0f parameters: the limit is %.0f",
                 params, limit);
        return MLP_ERROR_SIZE;
    }
    if (activations > limit) {
        snprintf(why, MLP_WHY,
                 "%.0f activations of a batch: the limit is %.0f",
                 activations, limit);
        return MLP_ERROR_SIZE;
    }
    if (needs > has) {
        snprintf(why, MLP_WHY,
                 "%.0f parameters need %.3g GB of memory; there are "
                 "%.3g GB", params, needs / 1e9, has / 1e9);
        return MLP_ERROR_MEMORY;
    }
    return MLP_OK;
}
