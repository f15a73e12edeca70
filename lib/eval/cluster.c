/*
 * cluster.c - which items of predictions belong together
 */
#include "eval/cluster.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"

/* The picture of an item as text, a number as its bytes; 0: none. */
static size_t picture_of(const char **key, const struct mm_record *r)
{
    static const char *const names[] = { "picture", "image_id", "image" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct mm_json *v = mm_record_get(r, names[i], NULL);

        if (v && v->type == MM_JSON_STRING && v->len) {
            *key = v->str;
            return v->len;
        }
        if (v && v->is_int) {
            *key = (const char *)&v->integer;
            return sizeof v->integer;
        }
    }
    return 0;
}

int mm_clusters_find(struct mm_clusters *c, const struct mm_predictions *p,
                     const size_t *index, size_t n, struct mm_err *err)
{
    struct mm_map pictures = { 0 };
    int result = 0;

    *c = (struct mm_clusters){ .of = mm_alloc(n, sizeof *c->of, err) };
    if (!c->of)
        return -1;
    for (size_t k = 0; result == 0 && k < n; k++) {
        size_t before = pictures.n, len;
        const char *key;
        int64_t *at;

        len = picture_of(&key, &p->records.v[index[k]]);
        if (len == 0) {
            c->of[k] = c->n++;
            continue;
        }
        at = mm_map_at(&pictures, key, len, err);
        if (at && pictures.n > before)
            *at = (int64_t)c->n++;
        if (at)
            c->of[k] = (size_t)*at;
        else
            result = -1;
    }
    mm_map_release(&pictures);
    if (result < 0)
        mm_clusters_release(c);
    return result;
}

void mm_clusters_release(struct mm_clusters *c)
{
    free(c->of);
    *c = (struct mm_clusters){ 0 };
}
