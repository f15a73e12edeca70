/*
 * err.c - how a function says that it failed
 */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void __attribute__((format(printf, 2, 0)))
set_message(struct mm_err *err, const char *fmt, va_list ap)
{
    vsnprintf(err->msg, sizeof err->msg, fmt, ap);
}

int mm_fail(struct mm_err *err, enum mm_code code, const char *fmt, ...)
{
    va_list ap;

    err->code = code;
    va_start(ap, fmt);
    set_message(err, fmt, ap);
    va_end(ap);
    return -1;
}

static enum mm_code code_of_errno(int e)
{
    switch (e) {
    case ENOENT:
    case ENOTDIR:
        return MM_ENOINPUT;
    case EACCES:
    case EPERM:
    case EROFS:
        return MM_EPERM;
    case ENOMEM:
    case EMFILE:
    case ENFILE:
    case EAGAIN:
        return MM_ESYS;
    default:
        return MM_EIO;
    }
}

int mm_fail_errno(struct mm_err *err, const char *fmt, ...)
{
    int e = errno;
    size_t n;
    va_list ap;

    err->code = code_of_errno(e);
    va_start(ap, fmt);
    set_message(err, fmt, ap);
    va_end(ap);
    n = strlen(err->msg);
    snprintf(err->msg + n, sizeof err->msg - n, ": %s", strerror(e));
    return -1;
}

int mm_fail_in(struct mm_err *err, const char *fmt, ...)
{
    char below[sizeof err->msg];
    size_t n;
    va_list ap;

    memcpy(below, err->msg, sizeof below);
    va_start(ap, fmt);
    set_message(err, fmt, ap);
    va_end(ap);
    n = strlen(err->msg);
    snprintf(err->msg + n, sizeof err->msg - n, ": %s", below);
    return -1;
}
