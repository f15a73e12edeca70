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

/*
 * ---- gemm.c ----
 * C = A op(B) + beta C + bias[n]; bias may be NULL.  Row r of C depends on row
 * r of A, on B and on K only (see gemm.h).
 */
MM_KERNEL(void, gemm, (enum mm_gemm_form form, size_t M, size_t N, size_t K,
                       const float *A, size_t lda, const float *B, size_t ldb,
                       const float *bias, float beta, float *C, size_t ldc))

/* Products of groups of rows; struct mm_gemm_groups is in kernel.h */
MM_KERNEL(void, gemm_groups, (const struct mm_gemm_groups *a))

/* ---- route.c: struct mm_route_args is in kernel.h ---- */
MM_KERNEL(void, route_forward, (const struct mm_route_args *a))
MM_KERNEL(void, route_backward, (const struct mm_route_args *a))

/*
 * ---- expert.c ----
 * spread: y[s] = x[token[s]] for s < used, 0 for the other rows of S.
 * gather: dx[n] += dy[slot[n,0]] + dy[slot[n,1]], where they are not -1.
 * combine: y[n] = sum_j weight[n,j] x[slot[n,j]]; back: dx[slot[n,j]] +=
 * weight[n,j] dy[n], dweight[n,j] += dy[n] x[slot[n,j]]; both may be NULL.
 */
MM_KERNEL(void, expert_spread, (float *y, const float *x, const int32_t *token,
                                size_t used, size_t S, size_t D))
MM_KERNEL(void, expert_gather, (float *dx, const float *dy,
                                const int32_t *slot, size_t N, size_t D))
MM_KERNEL(void, expert_combine, (float *y, const float *x, const float *weight,
                                 const int32_t *slot, size_t N, size_t D))
MM_KERNEL(void, expert_combine_back, (float *dx, float *dweight,
                                      const float *dy, const float *x,
                                      const float *weight,
                                      const int32_t *slot, size_t N, size_t D))

/* ---- optim.c; see optim.h ---- */
MM_KERNEL(void, adamw, (const struct mm_adamw_args *a, float *p, float *m,
                        float *v, const float *g, size_t n))
MM_KERNEL(void, adafactor_matrix, (const struct mm_adafactor_args *a, float *p,
                                   float *m, float *row, float *col,
                                   const float *g, size_t R, size_t C))
MM_KERNEL(void, adafactor_vector, (const struct mm_adafactor_args *a, float *p,
                                   float *m, float *v, const float *g,
                                   size_t n))
MM_KERNEL(double, sum_squares, (const float *x, size_t n))
MM_KERNEL(void, clamp, (float *x, size_t n, float low, float high))

/* ---- linear.c: db[o] += sum_n dy[n,o] ---- */
MM_KERNEL(void, column_sums, (float *db, const float *dy, size_t N, size_t O))

/* ---- embed.c; see embed.h ---- */
MM_KERNEL(void, embed_forward, (float *y, const float *table,
                                const int32_t *ids, size_t N, size_t V,
                                size_t D))
MM_KERNEL(void, embed_backward, (float *dtable, const float *dy,
                                 const int32_t *ids, size_t N, size_t D))

/*
 * ---- xent.c; see xent.h ----
 * select: the rows with targets, in their order; returns how many.
 * gather: y[i,:] = x[row[i],:].
 * rows: of n rows of logits z [n,V], those of row[]: nll[row[i]] = lse - z[t]
 * and lse[row[i]]; z becomes d loss / d z if grad.
 * total: sum over n rows in order of nll[row[i]] + z_loss lse[row[i]]^2.
 * add_rows: dx[row[i],:] += scale dy[i,:]; add_scaled: y += scale x.
 */
MM_KERNEL(size_t, xent_select, (int32_t *row, const int32_t *target, size_t N,
                                size_t V))
MM_KERNEL(void, xent_gather, (float *y, const float *x, const int32_t *row,
                              size_t n, size_t D))
MM_KERNEL(void, xent_rows, (float *z, float *nll, float *lse,
                            const int32_t *target, const int32_t *row,
                            size_t n, size_t V, float z_loss, int grad))
MM_KERNEL(void, xent_total, (float *loss, const float *nll, const float *lse,
                             const int32_t *row, size_t n, float z_loss))
MM_KERNEL(void, xent_add_rows, (float *dx, const float *dy,
                                const int32_t *row, const float *scale,
                                size_t n, size_t D))
MM_KERNEL(void, add_scaled, (float *y, const float *x, const float *scale,
                             size_t n))

/* ---- peak.c: n times a dozen vector multiply-adds; FLOPs done ---- */
MM_KERNEL(double, peak_chains, (size_t n, float seed))

/* ---- attention.c: struct mm_attention_args is in kernel.h ---- */
MM_KERNEL(void, attention_spans, (int32_t *begin, int32_t *end,
                                  const int32_t *segment, size_t B, size_t T,
                                  size_t past, int causal))
MM_KERNEL(void, attention_prefix_spans, (int32_t *begin, int32_t *end,
                                         const int32_t *prefix, size_t B,
                                         size_t T))
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

/*
 * ---- rows.c ----
 * B blocks of n contiguous numbers, block b of x beginning at b * ldx.
 */
MM_KERNEL(void, rows_copy, (float *y, size_t ldy, const float *x, size_t ldx,
                            size_t B, size_t n))
/* y += x;  y = x + z, where z [n] is shared by all blocks;  y [n] += sum x */
MM_KERNEL(void, rows_add, (float *y, size_t ldy, const float *x, size_t ldx,
                           size_t B, size_t n))
MM_KERNEL(void, rows_add_shared, (float *y, size_t ldy, const float *x,
                                  size_t ldx, const float *z, size_t B,
                                  size_t n))
MM_KERNEL(void, rows_sum, (float *y, const float *x, size_t ldx, size_t B,
                           size_t n))
/* y[i] = x[index[i]];  y[i] += x[index[i]];  M rows of D */
MM_KERNEL(void, gather_rows, (float *y, const float *x, const int32_t *index,
                              size_t M, size_t D))
MM_KERNEL(void, gather_add, (float *y, const float *x, const int32_t *index,
                             size_t M, size_t D))
/* y[index[i]] = x[i], none twice;  y[index[i]] += x[i], in the order of i */
MM_KERNEL(void, scatter_rows, (float *y, const float *x, const int32_t *index,
                               size_t M, size_t D))
MM_KERNEL(void, scatter_add, (float *y, const float *x, const int32_t *index,
                              size_t M, size_t D))
/* y += x for N rows but those of index (none twice); mark [N] is scratch */
MM_KERNEL(void, rows_add_except, (float *y, const float *x,
                                  const int32_t *index, size_t M,
                                  uint8_t *mark, size_t N, size_t D))

/* ---- pool.c: as pool.h; dx and ds may be NULL ---- */
MM_KERNEL(void, mean_rows_forward, (float *y, const float *x, size_t B,
                                    size_t n, size_t D))
MM_KERNEL(void, mean_rows_backward, (float *dx, const float *dy, size_t B,
                                     size_t n, size_t D))
MM_KERNEL(void, scale_rows_forward, (float *y, const float *x, const float *s,
                                     size_t B, size_t n, size_t D))
MM_KERNEL(void, scale_rows_backward, (float *dx, float *ds, const float *dy,
                                      const float *x, const float *s, size_t B,
                                      size_t n, size_t D))
MM_KERNEL(void, adaptive_pool_forward, (float *y, const float *x, size_t B,
                                        size_t rows, size_t cols,
                                        size_t out_rows, size_t out_cols,
                                        size_t D))
MM_KERNEL(void, adaptive_pool_backward, (float *dx, const float *dy, size_t B,
                                         size_t rows, size_t cols,
                                         size_t out_rows, size_t out_cols,
                                         size_t D))

/* ---- conv.c: as conv.h; turned: scratch; dx and dw may be NULL ---- */
MM_KERNEL(void, dwconv_forward, (float *y, const float *x, const float *w,
                                 float *turned, size_t B, size_t rows,
                                 size_t cols, size_t D))
MM_KERNEL(void, dwconv_backward, (float *dx, float *dw, const float *dy,
                                  const float *x, const float *w,
                                  float *turned, size_t B, size_t rows,
                                  size_t cols, size_t D))

/* ---- interp.c: w [m,n] takes n samples to m ---- */
MM_KERNEL(void, interp_weights, (float *w, size_t n, size_t m))

/* ---- patch.c: rows [count,3,P,P] of the patches from begin ---- */
MM_KERNEL(void, patch_rows, (float *rows, const uint8_t *pixels, size_t begin,
                             size_t count, size_t height, size_t width,
                             size_t P, const float mean[3],
                             const float std[3]))

/*
 * ---- patch_loss.c: as patch_loss.h, for the patches from begin ----
 * t [count,J] are their targets, made of patch_rows by unit; loss and base
 * [count]; y and dy of the whole, [R,J]
 */
MM_KERNEL(void, patch_unit, (float *t, size_t count, size_t J, float eps))
MM_KERNEL(void, patch_loss_forward, (float *loss, float *base, const float *y,
                                     const float *t, const int32_t *prefix,
                                     const int32_t *first, size_t begin,
                                     size_t count, size_t K, size_t J))
MM_KERNEL(void, patch_loss_backward, (float *dy, const float *y,
                                      const float *t, const int32_t *prefix,
                                      const int32_t *first, size_t begin,
                                      size_t count, size_t K, size_t J,
                                      const float *dloss))

/*
 * ---- unit.c: as unit.h; length [N] is made by forward for backward ----
 * dot and sum: one number, added in float64 in the order of i
 */
MM_KERNEL(void, unit_forward, (float *y, float *length, const float *x,
                               size_t N, size_t D))
MM_KERNEL(void, unit_backward, (float *dx, const float *dy, const float *y,
                                const float *length, size_t N, size_t D))
MM_KERNEL(void, dot, (float *y, const float *a, const float *b, size_t n))
MM_KERNEL(void, sum, (float *y, const float *x, size_t n))

/*
 * ---- contrast.c: as contrast.h; struct mm_contrast_args is in kernel.h ----
 * scan: z is scaled, its rows are summed, its columns join the sums of the
 * blocks before.  softmax, sigmoid: losses of the rows; if grad, z becomes
 * e^scale d loss / d z.
 */
MM_KERNEL(void, contrast_scan, (struct mm_contrast_args *a))
MM_KERNEL(void, contrast_softmax, (struct mm_contrast_args *a))
MM_KERNEL(void, contrast_sigmoid, (struct mm_contrast_args *a))

/* clang-format on */
