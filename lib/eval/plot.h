/*
 * plot.h - curves of numbers over steps as an SVG
 */
#ifndef MM_EVAL_PLOT_H
#define MM_EVAL_PLOT_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

struct mm_point {
    double x, y;
};

struct mm_curve {
    char *name;
    struct mm_point *points;
    size_t n, cap;
};

struct mm_plot {
    struct mm_curve *curves;
    size_t n, cap;
};

/*
 * Add the losses of a metrics file (see mm1-pretrain(1)): the training loss
 * under the name given, and each held-out source as "name, source".
 */
int mm_plot_add_metrics(struct mm_plot *p, const char *path, const char *name,
                        struct mm_err *err);
void mm_plot_release(struct mm_plot *p);

/* Self-contained; long curves are averaged into at most 400 points. */
int mm_plot_write(struct mm_buf *out, const struct mm_plot *p,
                  const char *title, struct mm_err *err);

#endif
