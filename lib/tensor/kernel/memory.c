/*
 * memory.c - clearing
 */
#include <string.h>

#include "base/par.h"
#include "tensor/kernel/kernel.h"

static void zero_range(void *x, size_t begin, size_t end)
{
    memset((float *)x + begin, 0, (end - begin) * sizeof(float));
}

void MM_K(zero)(float *x, size_t n)
{
    mm_par_range(n, 1 << 16, zero_range, x);
}
