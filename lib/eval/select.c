/*
 * select.c - which items of a source are asked
 */
#include "eval/select.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"

#define MAX_IDS ((size_t)1 << 30)
#define NAMED 5

int mm_select_shard(const char *text, size_t *shard, size_t *n_shards)
{
    char *end;

    if (*text < '0' || *text > '9')
        return -1;
    *shard = strtoul(text, &end, 10);
    if (*end != '/' || end[1] < '0' || end[1] > '9')
        return -1;
    *n_shards = strtoul(end + 1, &end, 10);
    return *end || *shard < 1 || *shard > *n_shards || *n_shards > 100000 ? -1
                                                                          : 0;
}

/* The ids of the file; each value is 0 until an item has it. */
static int read_ids(struct mm_map *ids, const char *path, struct mm_err *err)
{
    struct mm_buf text = { 0 };
    const char *s, *end;
    int result = mm_read_file(path, &text, MAX_IDS, err);

    s = text.data;
    end = s ? s + text.len : s;
    while (result == 0 && s < end) {
        const char *nl = memchr(s, '\n', (size_t)(end - s));
        size_t n = (size_t)((nl ? nl : end) - s);

        while (n && (s[n - 1] == '\r' || s[n - 1] == ' '))
            n--;
        if (n)
            result = mm_map_put(ids, s, n, 0, err);
        s = nl ? nl + 1 : end;
    }
    mm_buf_release(&text);
    return result;
}

static void name_unknown(struct mm_selection *s, const struct mm_map *ids,
                         const char *path)
{
    const char *key;
    size_t pos = 0, n;
    int64_t found;

    while (mm_map_next(ids, &pos, &key, &n, &found)) {
        if (found)
            continue;
        if (++s->unknown <= NAMED)
            mm_log(MM_LOG_WARN, "'%s': no item has the id '%.*s'", path,
                   (int)n, key);
    }
    if (s->unknown > NAMED)
        mm_log(MM_LOG_WARN, "'%s': %zu ids are no item's", path, s->unknown);
}

static int by_ids(struct mm_selection *s, struct mm_source *source,
                  const char *path, struct mm_err *err)
{
    struct mm_map ids = { 0 };
    struct mm_item it = { 0 };
    int result = read_ids(&ids, path, err);

    for (size_t i = 0; result == 0 && i < mm_source_count(source); i++) {
        int64_t *at;

        if (mm_source_load_text(source, i, &it, err) < 0) {
            result = -1;
            break;
        }
        at = mm_map_get(&ids, it.id, strlen(it.id));
        if (at) {
            *at = 1;
            s->v[s->n++] = i;
        }
    }
    if (result == 0)
        name_unknown(s, &ids, path);
    mm_item_release(&it);
    mm_map_release(&ids);
    return result;
}

/* Of what is there a range, and of that every n-th. */
static void thin(struct mm_selection *s, const struct mm_select_how *how)
{
    size_t begin = how->offset < s->n ? how->offset : s->n, kept = 0;
    size_t step = how->n_shards ? how->n_shards : 1;
    size_t end = s->n;

    if (how->limit && how->limit < end - begin)
        end = begin + how->limit;
    for (size_t i = begin + (how->n_shards ? how->shard - 1 : 0); i < end;
         i += step)
        s->v[kept++] = s->v[i];
    s->n = kept;
}

int mm_select(struct mm_selection *s, struct mm_source *source,
              const struct mm_select_how *how, struct mm_err *err)
{
    size_t n = mm_source_count(source);

    *s = (struct mm_selection){ 0 };
    if (n == 0)
        return mm_fail(err, MM_EDATA, "'%s' has no items: there is nothing "
                                      "to ask",
                       mm_source_name(source));
    s->v = mm_alloc(n, sizeof *s->v, err);
    if (!s->v)
        return -1;
    if (how->ids) {
        if (by_ids(s, source, how->ids, err) < 0) {
            mm_selection_release(s);
            return -1;
        }
    } else {
        for (; s->n < n; s->n++)
            s->v[s->n] = s->n;
    }
    thin(s, how);
    if (s->n == 0)
        mm_log(MM_LOG_WARN, "no item of %zu is left to be asked: --ids, "
                            "--offset and --shard leave all out",
               n);
    return 0;
}

void mm_selection_release(struct mm_selection *s)
{
    free(s->v);
    *s = (struct mm_selection){ 0 };
}
