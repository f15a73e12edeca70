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

/* ---- attention.c: struct mm_attention_args is in kernel.h ---- */
MM_KERNEL(void, attention_spans, (int32_t *begin, int32_t *end,
                                  const int32_t *segment, size_t B, size_t T,
                                  size_t past, int causal))
MM_KERNEL(void, attention_forward, (struct mm_attention_args *a))
MM_KERNEL(void, attention_backward, (struct mm_attention_args *a))

/*
 * ---- norm.c ----
 * stat [N,2] is made by forward (unless NULL) for backward; centre 0: without
 * the mean; b, dx, dw and db may be NULL; sums: scratch [mm_sum_blocks(N),2,D].
 */
MM_KERNEL(void, norm_forward, (float *y, float *stat, const float *x,
                               const float *w, const float *b, size_t N,
                               size_t D, float eps, int centre))
MM_KERNEL(void, norm_backward, (float *dx, float *dw, float *db,
                                const float *dy, const float *x,
                                const float *w, const float *stat, float *sums,
                                size_t N, size_t D, int centre))

/* ---- rope.c: y = x rotated; back: y += x rotated the other way ---- */
MM_KERNEL(void, rope, (float *y, const float *x, const int32_t *position,
                       size_t N, size_t D, size_t C, float theta, int back))

/* ---- act.c: dx += dy f'(x); dgate and dup may be NULL ---- */
MM_KERNEL(void, gelu_forward, (float *y, const float *x, size_t n))
MM_KERNEL(void, gelu_backward, (float *dx, const float *dy, const float *x,
                                size_t n))
MM_KERNEL(void, quick_gelu_forward, (float *y, const float *x, size_t n))
MM_KERNEL(void, quick_gelu_backward, (float *dx, const float *dy,
                                      const float *x, size_t n))
MM_KERNEL(void, silu_forward, (float *y, const float *x, size_t n))
MM_KERNEL(void, silu_backward, (float *dx, const float *dy, const float *x,
                                size_t n))
MM_KERNEL(void, sigmoid_forward, (float *y, const float *x, size_t n))
MM_KERNEL(void, sigmoid_backward, (float *dx, const float *dy, const float *x,
                                   size_t n))
MM_KERNEL(void, swiglu_forward, (float *y, const float *gate, const float *up,
                                 size_t n))
MM_KERNEL(void, swiglu_backward, (float *dgate, float *dup, const float *dy,
                                  const float *gate, const float *up,
                                  size_t n))
MM_KERNEL(void, add, (float *y, const float *a, const float *b, size_t n))

/* clang-format on */
