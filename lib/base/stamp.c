/*
 * stamp.c - who made an artefact
 */
#include "base/stamp.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/cpu.h"
#include "base/hash.h"
#include "base/json.h"

static struct mm_buf stamp; /* lives as long as the process */

const char *mm_version(void)
{
    return MM_VERSION;
}

const char *mm_revision(void)
{
    return MM_REVISION;
}

static void write_stamp(struct mm_jw *w, const struct mm_opts *o,
                        const struct mm_buf *options)
{
    char hash[17];

    snprintf(hash, sizeof hash, "%016llx",
             (unsigned long long)mm_hash64(options->data, options->len));
    mm_jw_open(w, '{');
    mm_jw_put_str(w, "program", o->program->name);
    if (o->verb && o->verb->name) {
        mm_jw_put_str(w, "verb", o->verb->name);
    }
    mm_jw_put_str(w, "version", mm_version());
    mm_jw_put_str(w, "revision", mm_revision());
    mm_jw_put_str(w, "cpu", mm_cpu_level_name(mm_cpu_level()));
    mm_jw_put_str(w, "config", hash);
    mm_jw_key(w, "options");
    mm_jw_raw(w, options->data, options->len);
    mm_jw_close(w, '}');
}

int mm_stamp_set(const struct mm_opts *o, struct mm_err *err)
{
    struct mm_buf options = { 0 };
    struct mm_jw w;
    int result;

    mm_jw_begin(&w, &options);
    mm_opts_json(&w, o);
    result = mm_buf_check(&options, err);
    if (result == 0) {
        mm_buf_clear(&stamp);
        mm_jw_begin(&w, &stamp);
        write_stamp(&w, o, &options);
        result = mm_buf_check(&stamp, err);
    }
    mm_buf_release(&options);
    return result;
}

const char *mm_stamp(void)
{
    return stamp.len ? stamp.data : "{}";
}
