/*
 * cluster.h - which items of predictions belong together
 */
#ifndef MM_EVAL_CLUSTER_H
#define MM_EVAL_CLUSTER_H

#include <stddef.h>

#include "base/err.h"
#include "eval/prediction.h"

/*
 * of[i] < n is the cluster of item i.  Items share one when they have the same
 * picture: the member "picture", else "image_id", else "image", as text or
 * number.  An item without any is alone.  of NULL: each is alone.
 */
struct mm_clusters {
    size_t *of;
    size_t n;
};

/* of the items of p that index lists: of[k] is the cluster of index[k] */
int mm_clusters_find(struct mm_clusters *c, const struct mm_predictions *p,
                     const size_t *index, size_t n, struct mm_err *err);
void mm_clusters_release(struct mm_clusters *c);

#endif
