/*
 * shuffle.c - the order of an epoch: a permutation, of which nothing is
 * stored, so that a run can go on from anywhere.
 *
 * The places are the cells of a table, numbered row by row. Each round
 * turns every row by a random amount of its own, then every column. A
 * cell lands where no other does, however far the turns go. That is a
 * Feistel network over any two sizes (Black & Rogaway 2002, "Ciphers
 * with Arbitrary Finite Domains"). The table may have cells beyond N.
 * Who lands on one of them goes on from there, as often as it takes,
 * and comes back below N: their cycle-walking.
 */
#include "mlp.h"

/* With fewer, some neighbours would stay neighbours. */
enum { ROUNDS = 3 };

/* Returns how far a turn, from 1 on, takes a row or a column. Turn 0 is
 * left out: its numbers are those that dropout has for its layers. */
static uint64_t amount(uint64_t key, uint64_t turn, uint64_t line)
{
    return rng_stream(key, turn << 32 | line) >> 32;
}

/* Returns where a cell lands. */
static uint64_t turned(uint64_t cell, uint64_t rows, uint64_t columns,
                       uint64_t key)
{
    uint64_t row = cell / columns, column = cell % columns;
    for (uint64_t turn = 1; turn < 2 * ROUNDS; turn += 2) {
        column = (column + amount(key, turn, row)) % columns;
        row = (row + amount(key, turn + 1, column)) % rows;
    }
    return row * columns + column;
}

uint64_t shuffled_window(uint64_t place, uint64_t N, uint64_t seed,
                         uint64_t epoch)
{
    uint64_t key = rng_stream(seed, epoch), columns = 1;
    while (columns * columns < N)
        columns *= 2;
    uint64_t rows = (N + columns - 1) / columns, cell = place;
    do {
        cell = turned(cell, rows, columns, key);
    } while (cell >= N);
    return cell;
}
