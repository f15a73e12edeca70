/*
 * import_key.c - keys of imported samples
 */
#include <string.h>

#include "base/hash.h"
#include "base/utf8.h"
#include "data/import_reader.h"

/* Longer keys are cut and end with the hash of the whole. */
#define KEY_MAX 200

static int is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/*
 * Append text as a part of a key: letters, digits, '/', UTF-8, else '_'.
 * Components that say nothing ("./", "//") are left out.
 */
static void add_clean(struct mm_buf *key, const char *p, size_t n)
{
    for (size_t i = 0; i < n;) {
        uint32_t cp;
        size_t step = mm_utf8_decode(p + i, n - i, &cp);
        int begins = key->len == 0 || key->data[key->len - 1] == '/';

        if (begins && p[i] == '.' && i + 1 < n && p[i + 1] == '/')
            step = 2;
        else if (step > 1)
            mm_buf_add(key, p + i, step);
        else if (p[i] != '/')
            mm_buf_addc(key, is_plain(p[i]) ? p[i] : '_');
        else if (!begins)
            mm_buf_addc(key, '/');
        i += step ? step : 1;
    }
}

static void cut(struct mm_buf *key)
{
    uint64_t hash = mm_hash64(key->data, key->len);
    size_t n = KEY_MAX;

    if (key->len <= KEY_MAX)
        return;
    while ((key->data[n] & 0xc0) == 0x80) /* not within a character */
        n--;
    key->len = n;
    mm_buf_addf(key, "_%016llx", (unsigned long long)hash);
}

/*
 * A number after a key that was given out before.  The map counts how often a
 * key was wanted, so that the next number is tried first.
 */
static int make_unique(struct mm_map *keys, struct mm_buf *key,
                       struct mm_err *err)
{
    size_t n = key->len;
    int64_t *wanted = mm_map_at(keys, key->data, n, err);
    int64_t again;

    if (!wanted)
        return -1;
    again = ++*wanted;
    while (again > 1) {
        int64_t *other;

        key->len = n;
        mm_buf_addf(key, "-%lld", (long long)again);
        if (mm_buf_check(key, err) < 0)
            return -1;
        other = mm_map_at(keys, key->data, key->len, err);
        if (!other)
            return -1;
        if (++*other == 1) {
            *mm_map_get(keys, key->data, n) = again;
            break;
        }
        again++;
    }
    return 0;
}

int mm_import_key(struct mm_import *im, struct mm_import_item *it,
                  struct mm_err *err)
{
    const char *rel = mm_import_rel(it->file);
    struct mm_buf key = { 0 };
    int result;

    if (strcmp(rel, "-") == 0)
        mm_buf_adds(&key, "stdin");
    else
        add_clean(&key, rel, mm_import_stem(im->reader, rel));
    if (it->key.len) {
        mm_buf_addc(&key, '/');
        add_clean(&key, it->key.data, it->key.len);
    } else if (it->index >= 0) {
        mm_buf_addf(&key, "-%08lld", (long long)it->index);
    }
    if (key.len && key.data[key.len - 1] == '/')
        mm_buf_addc(&key, '_');
    cut(&key);
    result = mm_buf_check(&key, err);
    if (result == 0)
        result = make_unique(&im->keys, &key, err);
    if (result == 0)
        result = mm_sample_set_key(&it->sample, key.data, err);
    mm_buf_release(&key);
    return result;
}
