/*
 * tokenizer_added.c - find added tokens in a text
 */
#include "data/tokenizer_added.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { SPECIAL = 1,
       PLAIN = 2 };

static int add_length(struct mm_added *a, uint32_t len, struct mm_err *err)
{
    size_t i = 0;

    while (i < a->n_lengths && a->lengths[i] > len)
        i++;
    if (i < a->n_lengths && a->lengths[i] == len)
        return 0;
    if (mm_grow(&a->lengths, &a->cap, a->n_lengths + 1, sizeof *a->lengths,
                err) < 0)
        return -1;
    memmove(a->lengths + i + 1, a->lengths + i,
            (a->n_lengths - i) * sizeof *a->lengths);
    a->lengths[i] = len;
    a->n_lengths++;
    return 0;
}

int mm_added_put(struct mm_added *a, const char *p, size_t n, int32_t id,
                 int is_special, struct mm_err *err)
{
    unsigned kind = is_special ? SPECIAL : PLAIN;

    a->first[(unsigned char)*p] |= (uint8_t)kind;
    a->kinds |= kind;
    if (add_length(a, (uint32_t)n, err) < 0)
        return -1;
    return mm_map_put(&a->ids, p, n, is_special ? ~id : id, err);
}

void mm_added_release(struct mm_added *a)
{
    mm_map_release(&a->ids);
    free(a->lengths);
    memset(a, 0, sizeof *a);
}

/* The longest token that p[0..n) begins with: its length, or 0. */
static size_t match(const struct mm_added *a, const char *p, size_t n,
                    int special, int32_t *id)
{
    for (size_t i = 0; i < a->n_lengths; i++) {
        size_t len = a->lengths[i];
        const int64_t *v;

        if (len > n || (v = mm_map_get(&a->ids, p, len)) == NULL ||
            (*v < 0 && !special))
            continue;
        *id = (int32_t)(*v < 0 ? ~*v : *v);
        return len;
    }
    return 0;
}

size_t mm_added_find(const struct mm_added *a, const char *text, size_t n,
                     size_t from, int special, int32_t *id, size_t *len)
{
    unsigned kinds = special ? SPECIAL | PLAIN : PLAIN;

    if (!(a->kinds & kinds))
        return n;
    for (size_t i = from; i < n; i++) {
        if (!(a->first[(unsigned char)text[i]] & kinds))
            continue;
        *len = match(a, text + i, n - i, special, id);
        if (*len > 0)
            return i;
    }
    return n;
}
