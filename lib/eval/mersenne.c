/*
 * mersenne.c - random numbers as Python's random module draws them
 */
#include "eval/mersenne.h"

#include <assert.h>

#define N MM_MERSENNE_WORDS
#define M 397

static void fill(struct mm_mersenne *m, uint32_t seed)
{
    m->word[0] = seed;
    for (uint32_t i = 1; i < N; i++) {
        uint32_t before = m->word[i - 1];

        m->word[i] = 1812433253u * (before ^ before >> 30) + i;
    }
    m->next = N;
}

void mm_mersenne_seed(struct mm_mersenne *m, uint32_t seed)
{
    uint32_t *w = m->word, i = 1;

    fill(m, 19650218u);
    for (int k = 0; k < N; k++) {
        w[i] = (w[i] ^ (w[i - 1] ^ w[i - 1] >> 30) * 1664525u) + seed;
        if (++i == N) {
            w[0] = w[N - 1];
            i = 1;
        }
    }
    for (int k = 1; k < N; k++) {
        w[i] = (w[i] ^ (w[i - 1] ^ w[i - 1] >> 30) * 1566083941u) - i;
        if (++i == N) {
            w[0] = w[N - 1];
            i = 1;
        }
    }
    w[0] = 0x80000000u;
}

static void twist(struct mm_mersenne *m)
{
    for (int i = 0; i < N; i++) {
        uint32_t y = (m->word[i] & 0x80000000u) |
                     (m->word[(i + 1) % N] & 0x7fffffffu);

        m->word[i] = m->word[(i + M) % N] ^ y >> 1 ^ (y & 1 ? 0x9908b0dfu : 0);
    }
    m->next = 0;
}

static uint32_t bits(struct mm_mersenne *m)
{
    uint32_t y;

    if (m->next == N)
        twist(m);
    y = m->word[m->next++];
    y ^= y >> 11;
    y ^= y << 7 & 0x9d2c5680u;
    y ^= y << 15 & 0xefc60000u;
    return y ^ y >> 18;
}

double mm_mersenne_uniform(struct mm_mersenne *m)
{
    uint32_t a = bits(m) >> 5, b = bits(m) >> 6;

    return (a * 67108864.0 + b) / 9007199254740992.0;
}

uint32_t mm_mersenne_below(struct mm_mersenne *m, uint32_t n)
{
    uint32_t drawn;
    int unused = 0;

    assert(n > 0);
    while (unused < 31 && !(n << unused & 0x80000000u))
        unused++;
    do
        drawn = bits(m) >> unused;
    while (drawn >= n);
    return drawn;
}
