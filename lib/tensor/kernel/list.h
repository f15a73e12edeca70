/*
 * list.h - every kernel: result, name, arguments
 *
 * Included several times (no guard): the table of function pointers, the
 * declarations of each level and each level's table are made from it.  What a
 * kernel does stands at its op's header or, where it has none, here.
 */
/* clang-format off */

/* ---- memory ---- */
MM_KERNEL(void, zero, (float *x, size_t n))

/* clang-format on */
