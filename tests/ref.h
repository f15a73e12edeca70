/*
 * ref.h - plain references in double: slow, short and right
 *
 * Row-major, the letters of tensor.h.
 */
#ifndef MM_TESTS_REF_H
#define MM_TESTS_REF_H

#include <math.h>
#include <stddef.h>

/* y[N,O] = x[N,D] w[O,D]^T + b[O]; b may be NULL */
static inline void ref_linear(double *y, const double *x, const double *w,
                              const double *b, size_t N, size_t D, size_t O)
{
    for (size_t n = 0; n < N; n++)
        for (size_t o = 0; o < O; o++) {
            double s = b ? b[o] : 0;

            for (size_t d = 0; d < D; d++)
                s += x[n * D + d] * w[o * D + d];
            y[n * O + o] = s;
        }
}

/* log sum_v e^z[v] */
static inline double ref_logsumexp(const double *z, size_t V)
{
    double most = z[0], s = 0;

    for (size_t v = 1; v < V; v++)
        most = z[v] > most ? z[v] : most;
    for (size_t v = 0; v < V; v++)
        s += exp(z[v] - most);
    return most + log(s);
}

#endif
