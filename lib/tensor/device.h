/*
 * device.h - where a graph's numbers live and who computes on them
 *
 * The seam for a second kind of device: a graph takes its memory, its copies
 * and its kernels from here and ops from the graph.
 */
#ifndef MM_TENSOR_DEVICE_H
#define MM_TENSOR_DEVICE_H

#include <stddef.h>

#include "base/err.h"
#include "base/mem.h"
#include "tensor/kernel.h"

struct mm_device {
    const char *name;
    const struct mm_kernels *kernels;
    int (*arena_init)(struct mm_arena *a, size_t cap, struct mm_err *err);
    void (*arena_release)(struct mm_arena *a);
    void (*get)(void *host, const void *device, size_t bytes);
    void (*put)(void *device, const void *host, size_t bytes);
    void (*move)(void *dst, const void *src, size_t bytes); /* may overlap */
};

/* This machine's processor; its memory is ordinary memory. */
const struct mm_device *mm_device_cpu(void);

#endif
