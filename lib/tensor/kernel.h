/*
 * kernel.h - the numeric kernels of a device, one table
 *
 * A kernel is a whole operation on arrays in the device's memory; it uses all
 * threads itself.  The list is kernel/list.h; the code of the CPU stands in
 * kernel/X.c, which is compiled once for each level of instruction sets.
 */
#ifndef MM_TENSOR_KERNEL_H
#define MM_TENSOR_KERNEL_H

#include <stddef.h>
#include <stdint.h>

/* C[M,N] = A op(B) + beta C; see gemm.h */
enum mm_gemm_form { MM_NT,
                    MM_NN,
                    MM_TN };

struct mm_kernels {
#define MM_KERNEL(type, name, args) type(*name) args;
#include "tensor/kernel/list.h"
#undef MM_KERNEL
};

/* The kernels of this CPU, at the level of mm_cpu_level(). */
const struct mm_kernels *mm_kernels_cpu(void);

#endif
