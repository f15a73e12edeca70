/*
 * rng.h - random numbers without state: Philox4x32-10
 *
 * A number is a pure function of (seed, stream, index), so that any part of a
 * run can be done again, in any order, on any thread (Salmon et al., "Parallel
 * Random Numbers: As Easy as 1, 2, 3", SC'11).
 */
#ifndef MM_BASE_RNG_H
#define MM_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

/*
 * The streams: one for each purpose, so that no two purposes share numbers.
 * Streams that are numbered further (epochs, tensors) add to the base.
 */
enum mm_rng_stream {
    MM_RNG_SHUFFLE_FRAMES = 0x100000000, /* + source << 16 + epoch */
    MM_RNG_SHUFFLE_WINDOW = 0x200000000, /* + source << 16 + epoch,
                                            + window << 40 */
    MM_RNG_INIT = 0x300000000,           /* + hash of the tensor's name */
    MM_RNG_SAMPLE = 0x400000000,         /* + sequence: generation */
    MM_RNG_SHOTS = 0x500000000,          /* + query: few-shot examples */
    MM_RNG_BOOTSTRAP = 0x600000000,      /* + replicate */
    MM_RNG_AIM = 0x900000000,            /* + view of a sequence: prefixes */
    MM_RNG_PROBE = 0xA00000000,          /* + epoch; before it, + parameter */
    MM_RNG_AUGMENT = 0xB00000000,        /* + view << 8 + draw: pictures */
    MM_RNG_AUGMENT_WORDS = 0xC00000000   /* + token of a sequence */
};

/* key = seed, counter = (stream, index) */
void mm_philox(uint64_t seed, uint64_t stream, uint64_t index,
               uint32_t out[4]);

/* Philox4x32-10 itself, for its published known answers */
void mm_philox_block(const uint32_t key[2], const uint32_t counter[4],
                     uint32_t out[4]);

uint64_t mm_rng_bits(uint64_t seed, uint64_t stream, uint64_t index);

/* [0, n), unbiased to 2^-64 n */
uint64_t mm_rng_below(uint64_t seed, uint64_t stream, uint64_t index,
                      uint64_t n);

/* [0, 1) with 53 bits */
double mm_rng_uniform(uint64_t seed, uint64_t stream, uint64_t index);

/* mean 0, deviation 1 (Box-Muller) */
double mm_rng_normal(uint64_t seed, uint64_t stream, uint64_t index);

/* Where index i of [0, n) goes: a permutation keyed by (seed, stream). */
uint64_t mm_rng_permute(uint64_t seed, uint64_t stream, uint64_t i,
                        uint64_t n);

#endif
