/*
 * log.c - what the library has to say, handed to whoever prints it
 */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

static struct mm_log_sink current;

void mm_log_set_sink(const struct mm_log_sink *sink)
{
    current = sink ? *sink : (struct mm_log_sink){ 0 };
}

void mm_log(enum mm_log_level level, const char *fmt, ...)
{
    char text[1024];
    va_list ap;

    if (!current.message)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    current.message(current.ctx, level, text);
}

void mm_progress(const char *fmt, ...)
{
    char text[256];
    va_list ap;

    if (!current.progress)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    current.progress(current.ctx, text);
}

void mm_event(const struct mm_buf *json)
{
    if (current.event && json->len)
        current.event(current.ctx, json->data, json->len);
}
