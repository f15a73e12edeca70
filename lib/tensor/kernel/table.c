/*
 * table.c - the table of this level
 */
#include "tensor/kernel/kernel.h"

extern const struct mm_kernels MM_K(kernels);

const struct mm_kernels MM_K(kernels) = {
#define MM_KERNEL(type, name, args) .name = MM_PASTE(mm_##name, MM_ISA),
#include "tensor/kernel/list.h"
#undef MM_KERNEL
};
