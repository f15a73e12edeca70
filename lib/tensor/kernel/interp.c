/*
 * interp.c - weights of antialiased bicubic interpolation
 */
#include <math.h>
#include <string.h>

#include "tensor/kernel/kernel.h"

/* Keys' cubic with a = -1/2, 0 from 2 on */
static double cubic(double x)
{
    x = fabs(x);
    if (x < 1)
        return (1.5 * x - 2.5) * x * x + 1;
    if (x < 2)
        return ((-0.5 * x + 2.5) * x - 4) * x + 2;
    return 0;
}

/*
 * w[m,n]: output i is at (i + 1/2) n/m - 1/2 of the input; when shrinking, the
 * cubic is as much wider.  Each row adds up to 1.
 */
void MM_K(interp_weights)(float *w, size_t n, size_t m)
{
    double scale = (double)n / (double)m, wide = scale > 1 ? scale : 1;

    memset(w, 0, m * n * sizeof *w);
    for (size_t i = 0; i < m; i++) {
        double centre = ((double)i + 0.5) * scale, sum = 0;
        double low = floor(centre - 2 * wide + 0.5);
        double high = floor(centre + 2 * wide + 0.5);
        size_t begin = low > 0 ? (size_t)low : 0;
        size_t end = high < (double)n ? (size_t)high : n;

        for (size_t j = begin; j < end; j++)
            sum += cubic(((double)j + 0.5 - centre) / wide);
        for (size_t j = begin; j < end; j++)
            w[i * n + j] =
                (float)(cubic(((double)j + 0.5 - centre) / wide) / sum);
    }
}
