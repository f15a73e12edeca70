/*
 * metrics.c - what happens in a run, as JSON lines
 */
#include "train/metrics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "base/mem.h"

int mm_metrics_init(struct mm_metrics *m, const char *run_dir,
                    struct mm_err *err)
{
    struct mm_buf path = { 0 };

    *m = (struct mm_metrics){ 0 };
    mm_buf_addf(&path, "%s/metrics.jsonl", run_dir);
    if (mm_buf_check(&path, err) < 0)
        return -1;
    m->path = path.data;
    return 0;
}

void mm_metrics_release(struct mm_metrics *m)
{
    free(m->path);
    mm_buf_release(&m->line);
    mm_buf_release(&m->held);
    *m = (struct mm_metrics){ 0 };
}

int64_t mm_peak_memory(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return (int64_t)u.ru_maxrss * 1024;
}

void mm_metrics_begin(struct mm_metrics *m, const char *event, int64_t step)
{
    mm_buf_clear(&m->line);
    mm_jw_begin(&m->w, &m->line);
    mm_jw_open(&m->w, '{');
    mm_jw_put_num(&m->w, "t",
                  floor(mm_clock_seconds(CLOCK_REALTIME) * 1e3) / 1e3);
    mm_metrics_str(m, "ev", event);
    mm_metrics_int(m, "step", step);
}

void mm_metrics_int(struct mm_metrics *m, const char *key, int64_t v)
{
    mm_jw_put_int(&m->w, key, v);
}

void mm_metrics_num(struct mm_metrics *m, const char *key, double v)
{
    char text[32];

    snprintf(text, sizeof text, "%.7g", v);
    mm_jw_put_num(&m->w, key, isfinite(v) ? strtod(text, NULL) : v);
}

void mm_metrics_str(struct mm_metrics *m, const char *key, const char *v)
{
    mm_jw_put_str(&m->w, key, v);
}

void mm_metrics_hold(struct mm_metrics *m)
{
    struct mm_err err;

    mm_jw_close(&m->w, '}');
    if (mm_buf_check(&m->line, &err) == 0) {
        mm_event(&m->line);
        mm_buf_addc(&m->line, '\n');
    }
    mm_buf_add(&m->held, m->line.data, m->line.len);
}

void mm_metrics_end(struct mm_metrics *m)
{
    struct mm_err err;

    mm_metrics_hold(m);
    if (mm_buf_check(&m->held, &err) < 0 ||
        mm_append_file(m->path, m->held.data, m->held.len, &err) < 0) {
        if (!m->failed++)
            mm_log(MM_LOG_WARN, "%s; the run goes on", err.msg);
    }
    mm_buf_clear(&m->held);
}
