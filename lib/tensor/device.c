/*
 * device.c - the processor as a device
 */
#include "tensor/device.h"

#include <string.h>

static void copy(void *dst, const void *src, size_t bytes)
{
    memmove(dst, src, bytes);
}

const struct mm_device *mm_device_cpu(void)
{
    static struct mm_device cpu = {
        "cpu", NULL, mm_arena_init, mm_arena_release, copy, copy, copy
    };

    cpu.kernels = mm_kernels_cpu();
    return &cpu;
}
