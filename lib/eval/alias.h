/*
 * alias.h - other names of metrics, normalisers and parsers
 *
 * Papers and harnesses write the same name in many ways.  Case, "-", "_", "."
 * and spaces do not tell two names apart here.
 */
#ifndef MM_EVAL_ALIAS_H
#define MM_EVAL_ALIAS_H

#include <stddef.h>

/* Is s[0..n) the same name as name? */
int mm_same_name(const char *s, size_t n, const char *name);

/*
 * A name that others have for a metric becomes ours; one that says a flavour
 * too ("CIDEr-D", "bleu-2") says it where *flavour is NULL.  Any other name
 * stays.
 */
void mm_alias_metric(const char **name, const char **flavour);

/* The same for filters; verb is "normalise" or "parse". */
void mm_alias_filter(const char *verb, const char **name);

#endif
