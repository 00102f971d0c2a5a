/*
 * peak.h - what one core can do at best. The bench reads this header,
 * too.
 */
#ifndef PEAK_H
#define PEAK_H

#include <stddef.h>

/* Does n rounds of fused multiply-adds, on registers only. */
float peak_fma(size_t n);

/* Returns the operations of one round: two a lane. */
size_t peak_fma_flops(void);

/* Reads x (n), 4 n bytes, several times. */
float peak_read(const float *x, size_t n, size_t times);

/* out (n) = x (n) + 3 y (n), 12 n bytes, several times: the triad of
 * McCalpin's STREAM. */
void peak_triad(float *restrict out, const float *restrict x,
                const float *restrict y, size_t n, size_t times);

#endif
