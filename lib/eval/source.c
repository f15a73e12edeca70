/*
 * source.c - the items of a benchmark
 */
#include "eval/source.h"

#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/mem.h"
#include "data/shard.h"
#include "eval/layout.h"
#include "eval/source_file.h"

struct mm_source {
    struct mm_shard *shard; /* NULL: */
    struct mm_source_file file;
};

/* ---- opening ---- */

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

static struct mm_source *open_file(const struct mm_task *t, int shots,
                                   const char *dir, const char *root,
                                   const char *file, struct mm_err *err)
{
    struct mm_source *s = mm_alloc(1, sizeof *s, err);
    struct mm_schema l;

    if (s && mm_layout_make(&l, t, shots, err) == 0 &&
        mm_source_file_open(&s->file, &l, dir, root, file, err) == 0)
        return s;
    mm_fail_in(err, "task '%s'", t->name);
    free(s);
    return NULL;
}

/* zstd's magic or that of its skippable frames, or a tar's */
static int is_shard(const char *path)
{
    unsigned char p[512] = { 0 };
    struct mm_err ignored;
    struct mm_in *in = mm_in_open(path, &ignored);
    ssize_t n = in ? mm_in_read_full(in, p, sizeof p, &ignored) : 0;

    mm_in_close(in);
    if (n < 4)
        return 0;
    return (p[0] == 0x28 && p[1] == 0xb5 && p[2] == 0x2f && p[3] == 0xfd) ||
           ((p[0] & 0xf0) == 0x50 && p[1] == 0x2a && p[2] == 0x4d &&
            p[3] == 0x18) ||
           (n > 262 && memcmp(p + 257, "ustar", 5) == 0);
}

/* A file in the task's layout; its folder is the root if none is given. */
static struct mm_source *open_given(const struct mm_task *t, int shots,
                                    const char *data, const char *root,
                                    struct mm_err *err)
{
    const char *slash = strrchr(data, '/');
    struct mm_source *s;
    char *folder;

    folder = slash ? mm_strndup(data, (size_t)(slash - data) + 1, err)
                   : mm_strdup(".", err);
    if (!folder)
        return NULL;
    s = open_file(t, shots, folder, root ? root : folder,
                  slash ? slash + 1 : data, err);
    free(folder);
    return s;
}

struct mm_source *mm_source_open_task(const struct mm_task *t, int shots,
                                      const char *data, const char *root,
                                      struct mm_err *err)
{
    struct stat st;

    if (!data)
        return open_file(t, shots, root, root, NULL, err);
    if (mm_stat(data, &st) == 0 && S_ISDIR(st.st_mode) &&
        t->data[MM_DATA_FILE])
        return open_file(t, shots, data, root ? root : data, NULL, err);
    if (!t->data[MM_DATA_FORMAT] || is_shard(data))
        return mm_source_open(data, err);
    return open_given(t, shots, data, root, err);
}

void mm_source_close(struct mm_source *s)
{
    if (!s)
        return;
    mm_shard_close(s->shard);
    mm_source_file_close(&s->file);
    free(s);
}

/* ---- items ---- */

size_t mm_source_count(const struct mm_source *s)
{
    return s->shard ? mm_shard_count(s->shard) : s->file.n;
}

size_t mm_source_faults(const struct mm_source *s)
{
    return s->shard ? 0 : s->file.bad + s->file.twice;
}

size_t mm_source_flawed(const struct mm_source *s)
{
    return s->shard ? 0 : s->file.flawed;
}

const char *mm_source_name(const struct mm_source *s)
{
    return s->shard ? mm_shard_name(s->shard) : s->file.name;
}

static int is_bad(const struct mm_err *err)
{
    return err->code == MM_EDATA || err->code == MM_ENOINPUT ||
           err->code == MM_EPERM;
}

static int load_sample(struct mm_source *s, size_t i, struct mm_item *it,
                       struct mm_err *err)
{
    mm_item_forget(it);
    if (mm_shard_get(s->shard, i, &it->sample, err) < 0)
        return -1;
    it->id = it->sample.key;
    if (mm_item_read(it, it->id, err) == 0)
        return 0;
    return is_bad(err) ? 1 : -1;
}

int mm_source_load(struct mm_source *s, size_t i, struct mm_item *it,
                   struct mm_err *err)
{
    return s->shard ? load_sample(s, i, it, err)
                    : mm_source_file_load(&s->file, i, 1, it, err);
}

int mm_source_load_text(struct mm_source *s, size_t i, struct mm_item *it,
                        struct mm_err *err)
{
    return s->shard ? load_sample(s, i, it, err)
                    : mm_source_file_load(&s->file, i, 0, it, err);
}
