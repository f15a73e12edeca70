/*
 * rng.c - random numbers without state: Philox4x32-10
 */
#include "base/rng.h"

#include <assert.h>
#include <math.h>

void mm_philox_block(const uint32_t key[2], const uint32_t counter[4],
                     uint32_t out[4])
{
    uint32_t k0 = key[0], k1 = key[1];
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];

    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)0xD2511F53 * c0;
        uint64_t p1 = (uint64_t)0xCD9E8D57 * c2;

        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)p1;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)p0;
        k0 += 0x9E3779B9; /* golden ratio */
        k1 += 0xBB67AE85; /* sqrt(3) - 1 */
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

void mm_philox(uint64_t seed, uint64_t stream, uint64_t index,
               uint32_t out[4])
{
    const uint32_t key[2] = { (uint32_t)seed, (uint32_t)(seed >> 32) };
    const uint32_t counter[4] = {
        (uint32_t)index, (uint32_t)(index >> 32),
        (uint32_t)stream, (uint32_t)(stream >> 32)
    };

    mm_philox_block(key, counter, out);
}

uint64_t mm_rng_bits(uint64_t seed, uint64_t stream, uint64_t index)
{
    uint32_t r[4];

    mm_philox(seed, stream, index, r);
    return (uint64_t)r[1] << 32 | r[0];
}

uint64_t mm_rng_below(uint64_t seed, uint64_t stream, uint64_t index,
                      uint64_t n)
{
    __extension__ typedef unsigned __int128 wide;

    assert(n > 0);
    return (uint64_t)((wide)mm_rng_bits(seed, stream, index) * n >> 64);
}

double mm_rng_uniform(uint64_t seed, uint64_t stream, uint64_t index)
{
    return (double)(mm_rng_bits(seed, stream, index) >> 11) * 0x1p-53;
}

double mm_rng_normal(uint64_t seed, uint64_t stream, uint64_t index)
{
    static const double two_pi = 6.283185307179586476925;
    uint32_t r[4];
    double u, v;

    mm_philox(seed, stream, index, r);
    u = ((double)r[0] + 1) * 0x1p-32; /* (0, 1]: log is finite */
    v = ((double)r[1] + (double)r[2] * 0x1p-32) * 0x1p-32;
    return sqrt(-2 * log(u)) * cos(two_pi * v);
}

/*
 * A Feistel network over the least even number of bits that covers n, walked
 * until it lands below n: at most four times on average.
 */
uint64_t mm_rng_permute(uint64_t seed, uint64_t stream, uint64_t i,
                        uint64_t n)
{
    unsigned half = 1;
    uint64_t mask;

    assert(i < n);
    while (half < 32 && (uint64_t)1 << 2 * half < n)
        half++;
    mask = ((uint64_t)1 << half) - 1;
    do {
        uint64_t left = i >> half, right = i & mask;

        for (uint64_t round = 0; round < 6; round++) {
            uint64_t f = mm_rng_bits(seed, stream, round << 32 | right);
            uint64_t next = left ^ (f & mask);

            left = right;
            right = next;
        }
        i = left << half | right;
    } while (i >= n);
    return i;
}
