/*
 * ini.h - configuration files: [section], key = value, # and ; comments
 */
#ifndef MM_BASE_INI_H
#define MM_BASE_INI_H

#include <stddef.h>

#include "base/err.h"

/*
 * Calls fn for each key in order; section is "" before the first.  Values are
 * trimmed, otherwise as written; a value continues in the next line when that
 * begins with white space.  fn returns -1 with err filled in to stop.  name is
 * for messages: "name:line: ...", MM_ECONFIG; a section that begins a second
 * time is a fault.
 */
int mm_ini_parse(const char *text, size_t len, const char *name,
                 int (*fn)(void *ctx, const char *section, const char *key,
                           const char *value, size_t line,
                           struct mm_err *err),
                 void *ctx, struct mm_err *err);

#endif
