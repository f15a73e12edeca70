/*
 * log.h - what the library has to say, handed to whoever prints it
 *
 * The library itself never writes to a stream: without a sink it is silent.
 * A program sets one sink (src/tool.c) that puts its name in front, keeps
 * progress to one line on a terminal, and appends events to --log.
 */
#ifndef MM_BASE_LOG_H
#define MM_BASE_LOG_H

#include "base/buf.h"

enum mm_log_level { MM_LOG_ERROR,
                    MM_LOG_WARN,
                    MM_LOG_INFO,
                    MM_LOG_DEBUG };

struct mm_log_sink {
    void (*message)(void *ctx, enum mm_log_level level, const char *text);
    /* progress comes as often as it likes; json is one object */
    void (*progress)(void *ctx, const char *text);
    void (*event)(void *ctx, const char *json, size_t n);
    void *ctx;
};

void mm_log_set_sink(const struct mm_log_sink *sink); /* copied; NULL: none */

void mm_log(enum mm_log_level level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Where the work stands: "1200 documents"; the sink limits the rate. */
void mm_progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* One JSON object for the machine-readable log. */
void mm_event(const struct mm_buf *json);

#endif
