/*
 * map.c - from byte strings to integers
 *
 * Open addressing with linear probing over a table that holds slot numbers;
 * the slots themselves stand in the order of their first put, which is also
 * the order of a walk.
 */
#include "base/map.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"

struct mm_map_slot {
    uint64_t hash;
    size_t key, key_len; /* where in m->keys */
    int64_t value;
    size_t home; /* this place of the table: 1 + the slot that hashes here */
};

/* The place in the table where key is, or would be. */
static size_t *find_place(const struct mm_map *m, const void *key, size_t n,
                          uint64_t hash)
{
    size_t mask = m->cap - 1;

    for (size_t i = hash & mask;; i = (i + 1) & mask) {
        size_t *place = &m->slots[i].home;
        const struct mm_map_slot *s;

        if (*place == 0)
            return place;
        s = &m->slots[*place - 1];
        if (s->hash == hash && s->key_len == n &&
            memcmp(m->keys + s->key, key, n) == 0)
            return place;
    }
}

static int grow_table(struct mm_map *m, struct mm_err *err)
{
    size_t cap = m->cap ? 2 * m->cap : 16;
    struct mm_map_slot *slots = mm_alloc(cap, sizeof *slots, err);

    if (!slots)
        return -1;
    if (m->n)
        memcpy(slots, m->slots, m->n * sizeof *slots);
    free(m->slots);
    m->slots = slots;
    m->cap = cap;
    for (size_t i = 0; i < cap; i++)
        slots[i].home = 0;
    for (size_t i = 0; i < m->n; i++)
        *find_place(m, m->keys + slots[i].key, slots[i].key_len,
                    slots[i].hash) = i + 1;
    return 0;
}

int64_t *mm_map_get(const struct mm_map *m, const void *key, size_t n)
{
    size_t *place;

    if (m->cap == 0)
        return NULL;
    place = find_place(m, key, n, mm_hash64(key, n));
    return *place ? &m->slots[*place - 1].value : NULL;
}

static int64_t *add_slot(struct mm_map *m, const void *key, size_t n,
                         struct mm_err *err)
{
    uint64_t hash = mm_hash64(key, n);
    struct mm_map_slot *s;

    if (2 * (m->n + 1) > m->cap && grow_table(m, err) < 0)
        return NULL;
    if (mm_grow(&m->keys, &m->keys_cap, m->keys_len + n + 1, 1, err) < 0)
        return NULL;
    *find_place(m, key, n, hash) = m->n + 1;
    s = &m->slots[m->n++];
    s->hash = hash;
    s->key = m->keys_len;
    s->key_len = n;
    s->value = 0;
    memcpy(m->keys + m->keys_len, key, n);
    m->keys[m->keys_len + n] = '\0';
    m->keys_len += n + 1;
    return &s->value;
}

int64_t *mm_map_at(struct mm_map *m, const void *key, size_t n,
                   struct mm_err *err)
{
    int64_t *value = mm_map_get(m, key, n);

    return value ? value : add_slot(m, key, n, err);
}

int mm_map_put(struct mm_map *m, const void *key, size_t n, int64_t value,
               struct mm_err *err)
{
    int64_t *at = mm_map_at(m, key, n, err);

    if (!at)
        return -1;
    *at = value;
    return 0;
}

int mm_map_next(const struct mm_map *m, size_t *pos,
                const char **key, size_t *n, int64_t *value)
{
    const struct mm_map_slot *s;

    if (*pos >= m->n)
        return 0;
    s = &m->slots[(*pos)++];
    *key = m->keys + s->key;
    *n = s->key_len;
    *value = s->value;
    return 1;
}

void mm_map_release(struct mm_map *m)
{
    free(m->slots);
    free(m->keys);
    *m = (struct mm_map){ 0 };
}
