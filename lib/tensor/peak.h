/*
 * peak.h - what this machine can do, measured
 */
#ifndef MM_TENSOR_PEAK_H
#define MM_TENSOR_PEAK_H

/*
 * Float32 FLOP/s of multiply-adds in registers on all threads in use, the best
 * of a few tries; takes about a tenth of a second.
 */
double mm_peak_flops(void);

#endif
