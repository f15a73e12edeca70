/*
 * sample.c - one sample: a key and its members
 */
#include "data/sample.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void mm_sample_clear(struct mm_sample *s)
{
    free(s->key);
    s->key = NULL;
    for (size_t i = 0; i < s->n; i++) {
        free(s->members[i].name);
        s->members[i].name = NULL;
        mm_buf_clear(&s->members[i].data);
    }
    s->n = 0;
}

void mm_sample_release(struct mm_sample *s)
{
    mm_sample_clear(s);
    for (size_t i = 0; i < s->cap; i++)
        mm_buf_release(&s->members[i].data);
    free(s->members);
    memset(s, 0, sizeof(*s));
}

/* Is the path component p[0..n) one that leads nowhere or upwards? */
static int bad_component(const char *p, size_t n)
{
    return n == 0 || (n == 1 && p[0] == '.') ||
           (n == 2 && p[0] == '.' && p[1] == '.');
}

static int key_check(const char *key, struct mm_err *err)
{
    const char *p = key;

    if (strlen(key) > MM_SAMPLE_NAME_MAX)
        return mm_fail(err, MM_EDATA, "key '%.40s...' is longer than %d bytes",
                       key, MM_SAMPLE_NAME_MAX);
    for (;;) {
        size_t n = strcspn(p, "/");

        if (bad_component(p, n))
            return mm_fail(err, MM_EDATA,
                           "key '%.200s' is empty, absolute or has a part "
                           "'.' or '..'; give the sample another name",
                           key);
        if (p[n] == 0)
            break;
        p += n + 1;
    }
    if (strchr(p, '.'))
        return mm_fail(err, MM_EDATA, "key '%.200s' has a dot", key);
    return 0;
}

int mm_sample_set_key(struct mm_sample *s, const char *key,
                      struct mm_err *err)
{
    char *copy;

    if (key_check(key, err) != 0)
        return -1;
    copy = mm_strdup(key, err);
    if (!copy)
        return -1;
    free(s->key);
    s->key = copy;
    return 0;
}

static int name_check(const struct mm_sample *s, const char *name,
                      struct mm_err *err)
{
    if (name[0] == 0 || strchr(name, '/') || strlen(name) > MM_SAMPLE_NAME_MAX)
        return mm_fail(err, MM_EDATA,
                       "member name '%.200s' is empty, too long or has a '/'",
                       name);
    if (mm_sample_find(s, name))
        return mm_fail(err, MM_EDATA, "sample '%.200s' has member '%.200s' "
                                      "twice",
                       s->key ? s->key : "", name);
    if (s->n >= MM_SAMPLE_MEMBERS_MAX)
        return mm_fail(err, MM_EDATA, "sample '%.200s' has more than %d "
                                      "members",
                       s->key ? s->key : "", MM_SAMPLE_MEMBERS_MAX);
    return 0;
}

/* Room for one member more; new ones are zeroed. */
static int members_grow(struct mm_sample *s, struct mm_err *err)
{
    size_t before = s->cap;

    if (s->n < s->cap)
        return 0;
    if (mm_grow(&s->members, &s->cap, s->n + 1, sizeof(*s->members), err) != 0)
        return -1;
    memset(s->members + before, 0, (s->cap - before) * sizeof(*s->members));
    return 0;
}

struct mm_member *mm_sample_add(struct mm_sample *s, const char *name,
                                struct mm_err *err)
{
    struct mm_member *m;
    char *copy;

    if (name_check(s, name, err) != 0 || members_grow(s, err) != 0)
        return NULL;
    copy = mm_strdup(name, err);
    if (!copy)
        return NULL;
    m = &s->members[s->n++];
    m->name = copy;
    return m;
}

int mm_sample_add_bytes(struct mm_sample *s, const char *name, const void *p,
                        size_t n, struct mm_err *err)
{
    struct mm_member *m = mm_sample_add(s, name, err);

    if (!m)
        return -1;
    mm_buf_add(&m->data, p, n);
    return mm_buf_check(&m->data, err);
}

struct mm_member *mm_sample_find(const struct mm_sample *s, const char *name)
{
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->members[i].name, name) == 0)
            return &s->members[i];
    return NULL;
}

void mm_sample_remove(struct mm_sample *s, struct mm_member *m)
{
    size_t i = (size_t)(m - s->members);
    struct mm_buf kept = m->data;

    assert(i < s->n);
    free(m->name);
    memmove(m, m + 1, (s->n - i - 1) * sizeof(*m));
    s->n--;
    /* its memory goes to the spare members */
    mm_buf_clear(&kept);
    s->members[s->n].name = NULL;
    s->members[s->n].data = kept;
}

void mm_sample_swap(struct mm_sample *a, struct mm_sample *b)
{
    struct mm_sample t = *a;

    *a = *b;
    *b = t;
}

size_t mm_sample_bytes(const struct mm_sample *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->n; i++)
        n += s->members[i].data.len;
    return n;
}
