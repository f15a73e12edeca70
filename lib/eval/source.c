/*
 * source.c - the items of a benchmark
 */
#include "eval/source.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/shard.h"

struct mm_source {
    struct mm_shard *shard;
};

static struct mm_shard *open_shard(const char *path, struct mm_err *err)
{
    struct mm_shard *s = mm_shard_open(path, err);
    const char *kind = s ? mm_shard_header(s)->kind : "";

    if (s && strcmp(kind, MM_KIND_DOCUMENTS) != 0)
        mm_fail(err, MM_EDATA, "'%s' holds %s, not documents", path, kind);
    else if (s && mm_shard_index(s, err) == 0)
        return s;
    mm_shard_close(s);
    return NULL;
}

struct mm_source *mm_source_open(const char *path, struct mm_err *err)
{
    struct mm_source *s = mm_alloc(1, sizeof *s, err);

    if (s && (s->shard = open_shard(path, err)))
        return s;
    mm_source_close(s);
    return NULL;
}

void mm_source_close(struct mm_source *s)
{
    if (!s)
        return;
    mm_shard_close(s->shard);
    free(s);
}

size_t mm_source_count(const struct mm_source *s)
{
    return mm_shard_count(s->shard);
}

const char *mm_source_name(const struct mm_source *s)
{
    return mm_shard_name(s->shard);
}

static int is_bad(const struct mm_err *err)
{
    return err->code == MM_EDATA || err->code == MM_ENOINPUT ||
           err->code == MM_EPERM;
}

int mm_source_load(struct mm_source *s, size_t i, struct mm_item *it,
                   struct mm_err *err)
{
    mm_item_forget(it);
    if (mm_shard_get(s->shard, i, &it->sample, err) < 0)
        return -1;
    it->id = it->sample.key;
    if (mm_item_read(it, err) == 0)
        return 0;
    return is_bad(err) ? 1 : -1;
}

int mm_source_load_solved(struct mm_source *s, size_t i, struct mm_item *it,
                          struct mm_err *err)
{
    int result = mm_source_load(s, i, it, err);

    if (result == 0 && it->n_answers == 0)
        result = mm_fail(err, MM_EDATA, "sample '%s': there is no answer",
                         it->id);
    return result ? mm_fail_in(err, "'%s'", mm_source_name(s)) : 0;
}
