/*
 * source_join.c - what other files say of a record
 */
#include "eval/source_join.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/json_list.h"
#include "eval/source_read.h"

/* ---- joins ---- */

/* A record by its key; a text or number becomes the member "joined". */
static int add_joined(struct mm_join *j, const char *key, size_t n,
                      const struct mm_json *v, struct mm_err *err)
{
    size_t at = j->texts.len;
    int object = v->type == MM_JSON_OBJECT;
    struct mm_jw w;

    if (!object)
        mm_buf_adds(&j->texts, "{\"joined\":");
    mm_jw_begin(&w, &j->texts);
    mm_jw_value(&w, v);
    mm_buf_add(&j->texts, "}", object ? 0 : 1);
    mm_buf_addc(&j->texts, '\0');
    if (mm_buf_check(&j->texts, err) < 0)
        return -1;
    return mm_map_put(&j->by_key, key, n, (int64_t)at, err);
}

/* The last one of all. */
static int read_join(struct mm_joins *all, const char *path, const char *list,
                     const char *theirs, struct mm_err *err)
{
    struct mm_reader *in = mm_reader_open(path, list, err);
    struct mm_join *j = &all->v[all->n - 1];
    struct mm_buf key = { 0 };
    struct mm_raw r = { 0 };
    int more = in ? 0 : -1;

    while (in && (more = mm_reader_next(in, &r, err)) > 0) {
        mm_raw_text(&r, theirs, strlen(theirs), &key);
        if (key.len && add_joined(j, key.data, key.len, r.root[0], err) < 0) {
            more = -1;
            break;
        }
    }
    all->flawed += in ? mm_reader_flawed(in) : 0;
    mm_reader_close(in);
    mm_buf_release(&key);
    return more;
}

/* "FILE LIST A=B" */
static int add_join(struct mm_joins *all, const char *s, size_t n,
                    const char *root, struct mm_err *err)
{
    struct mm_join *j = &all->v[all->n];
    struct mm_words w;
    struct mm_buf path = { 0 };
    char *theirs;
    int result = -1;

    if (mm_words_cut(&w, s, n, err) < 0)
        return -1;
    theirs = w.n == 3 ? strchr(w.v[2], '=') : NULL;
    if (w.n != 3 || all->n == MM_RAW_ROOTS - 1) {
        mm_fail(err, MM_ECONFIG, "a join is FILE LIST MEMBER=MEMBER, and "
                                 "there are at most %d",
                MM_RAW_ROOTS - 1);
    } else {
        if (theirs)
            *theirs++ = '\0';
        all->n++;
        j->mine = mm_strdup(w.v[2], err);
        mm_buf_addf(&path, "%s/%s", root, w.v[0]);
        if (j->mine && mm_buf_check(&path, err) == 0)
            result = read_join(all, path.data, w.v[1],
                               theirs ? theirs : w.v[2], err);
    }
    mm_buf_release(&path);
    mm_words_release(&w);
    return result;
}

/* ---- groups ---- */

static int add_grouped(struct mm_joins *j, const char *key, size_t n,
                       const char *text, size_t len, struct mm_err *err)
{
    int64_t *at = mm_map_at(&j->groups, key, n, err);
    struct mm_join_node *node;

    if (!at ||
        mm_grow(&j->nodes, &j->nodes_cap, j->n_nodes + 1, sizeof *j->nodes,
                err) < 0 ||
        mm_grow(&j->heads, &j->heads_cap, 2 * j->groups.n, sizeof *j->heads,
                err) < 0)
        return -1;
    node = &j->nodes[j->n_nodes];
    *node = (struct mm_join_node){ j->strings.len, SIZE_MAX };
    mm_buf_add(&j->strings, text, len);
    mm_buf_addc(&j->strings, '\0');
    if (*at == 0) {
        *at = (int64_t)j->groups.n;
        j->heads[2 * (*at - 1)] = j->n_nodes;
    } else {
        j->nodes[j->heads[2 * (*at - 1) + 1]].next = j->n_nodes;
    }
    j->heads[2 * (*at - 1) + 1] = j->n_nodes++;
    return mm_buf_check(&j->strings, err);
}

static int read_group(struct mm_joins *j, const char *path,
                      const struct mm_words *w, struct mm_err *err)
{
    struct mm_reader *in = mm_reader_open(path, w->v[1], err);
    struct mm_buf key = { 0 }, text = { 0 };
    struct mm_raw r = { 0 };
    int more = in ? 0 : -1;

    while (in && (more = mm_reader_next(in, &r, err)) > 0) {
        mm_raw_text(&r, w->v[2], strlen(w->v[2]), &key);
        mm_raw_text(&r, w->v[3], strlen(w->v[3]), &text);
        if (key.len &&
            add_grouped(j, key.data, key.len, text.data, text.len, err) < 0) {
            more = -1;
            break;
        }
    }
    j->flawed += in ? mm_reader_flawed(in) : 0;
    mm_reader_close(in);
    mm_buf_release(&key);
    mm_buf_release(&text);
    return more;
}

/* "FILE LIST A MEMBER" */
static int add_group(struct mm_joins *j, const char *s, const char *root,
                     const char *file, struct mm_err *err)
{
    struct mm_buf path = { 0 };
    struct mm_words w;
    int result = -1;

    if (mm_words_cut(&w, s, strlen(s), err) < 0)
        return -1;
    if (w.n != 4)
        mm_fail(err, MM_ECONFIG, "a group is FILE LIST MEMBER MEMBER");
    else if (strcmp(w.v[0], "=") == 0)
        mm_buf_adds(&path, file);
    else
        mm_buf_addf(&path, "%s/%s", root, w.v[0]);
    if (w.n == 4 && mm_buf_check(&path, err) == 0)
        result = read_group(j, path.data, &w, err);
    mm_buf_release(&path);
    mm_words_release(&w);
    return result;
}

/* ---- all of them ---- */

int mm_joins_read(struct mm_joins *j, const struct mm_schema *l,
                  const char *root, const char *file, struct mm_err *err)
{
    const char *s = l->key[MM_DATA_JOIN];
    int result = 0;

    *j = (struct mm_joins){ 0 };
    while (result == 0 && *s) {
        size_t n = strcspn(s, ";");

        result = add_join(j, s, n, root, err);
        s += n + (s[n] == ';');
    }
    if (result == 0 && *l->key[MM_DATA_GROUP])
        result = add_group(j, l->key[MM_DATA_GROUP], root, file, err);
    if (result < 0)
        mm_joins_release(j);
    return result;
}

void mm_joins_release(struct mm_joins *j)
{
    for (size_t i = 0; i < j->n; i++) {
        free(j->v[i].mine);
        mm_map_release(&j->v[i].by_key);
        mm_buf_release(&j->v[i].texts);
    }
    mm_map_release(&j->groups);
    mm_buf_release(&j->strings);
    free(j->nodes);
    free(j->heads);
    free(j->list);
    *j = (struct mm_joins){ 0 };
}

static int find_group(struct mm_joins *j, struct mm_raw *r, const char *id,
                      struct mm_err *err)
{
    const int64_t *at = mm_map_get(&j->groups, id, strlen(id));
    size_t n = 0;

    if (!at)
        return 0;
    for (size_t i = j->heads[2 * (*at - 1)]; i != SIZE_MAX;
         i = j->nodes[i].next) {
        if (mm_grow(&j->list, &j->list_cap, n + 1, sizeof *j->list, err) < 0)
            return -1;
        j->list[n++] = j->strings.data + j->nodes[i].text;
    }
    r->group = j->list;
    r->n_group = n;
    return 0;
}

int mm_joins_find(struct mm_joins *j, struct mm_raw *r, const char *id,
                  struct mm_json_doc *docs, struct mm_err *err)
{
    static const struct mm_json nothing = { .type = MM_JSON_NULL };
    struct mm_buf key = { 0 };
    int result = 0;

    for (size_t i = 0; result == 0 && i < j->n; i++) {
        const struct mm_join *one = &j->v[i];
        const int64_t *at;

        docs[i] = (struct mm_json_doc){ 0 };
        mm_raw_text(r, one->mine, strlen(one->mine), &key);
        at = key.data ? mm_map_get(&one->by_key, key.data, key.len) : NULL;
        r->root[r->n++] = &nothing;
        if (!at)
            continue;
        result = mm_json_parse(&docs[i], one->texts.data + *at,
                               strlen(one->texts.data + *at), err);
        if (result == 0)
            r->root[r->n - 1] = docs[i].root;
    }
    mm_buf_release(&key);
    return result < 0 ? -1 : find_group(j, r, id, err);
}
