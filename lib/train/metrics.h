/*
 * metrics.h - what happens in a run, as JSON lines
 *
 * Each event is one line of RUN/metrics.jsonl and goes to --log too; see
 * mm1-checkpoint(5).  A line that cannot be written does not end the run.
 */
#ifndef MM_TRAIN_METRICS_H
#define MM_TRAIN_METRICS_H

#include <stdint.h>

#include "base/err.h"
#include "base/json.h"

struct mm_metrics {
    char *path;
    int failed; /* has been said */
    struct mm_buf line;
    struct mm_buf held; /* written with the next event */
    struct mm_jw w;
};

int mm_metrics_init(struct mm_metrics *m, const char *run_dir,
                    struct mm_err *err);
void mm_metrics_release(struct mm_metrics *m);

/* Begin an event: time, name and step are written; add members to &m->w. */
void mm_metrics_begin(struct mm_metrics *m, const char *event, int64_t step);
void mm_metrics_int(struct mm_metrics *m, const char *key, int64_t v);
/* seven digits */
void mm_metrics_num(struct mm_metrics *m, const char *key, double v);
void mm_metrics_str(struct mm_metrics *m, const char *key, const char *v);
void mm_metrics_end(struct mm_metrics *m);

/*
 * The same, but that the line waits for the next event: a run that is refused
 * before its first step leaves no file.
 */
void mm_metrics_hold(struct mm_metrics *m);

/* The most memory that this process has had resident, in bytes. */
int64_t mm_peak_memory(void);

#endif
