/*
 * import_html.c - HTML pages as interleaved documents
 *
 * The rules of MM1's appendix A.1 (and of OBELICS, arXiv 2306.16527) for what
 * pictures are kept; with dup_limit a first pass over the pages counts how
 * often each picture is used.
 */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/io.h"
#include "base/mem.h"
#include "data/html.h"
#include "data/html_page.h"
#include "data/import_reader.h"
#include "data/picture.h"

/* How far around a picture its alternative text is looked for. */
#define NEAR ((size_t)512)

struct html {
    struct mm_map uses; /* from a picture's hash to how many pages have it */
    int counting;       /* the first pass */
};

/* One page in the making. */
struct making {
    const struct mm_import *im;
    struct mm_import_item *it;
    struct mm_page page;
    struct mm_map seen; /* paths and hashes of its pictures */
    struct mm_buf root, base, path, picture, run;
    int *kept; /* per part: the number of its picture, or -1 */
};

/* ---- one picture ---- */

static int is_banned(const char *list, const char *p, size_t n)
{
    while (list && *list) {
        size_t len = strcspn(list, ",");

        for (size_t i = 0; len && i + len <= n; i++) {
            size_t k = 0;

            while (k < len && (p[i + k] | 32) == (list[k] | 32))
                k++;
            if (k == len)
                return 1;
        }
        list += len + (list[len] == ',');
    }
    return 0;
}

/* Was the key on this page before?  1, 0, -1. */
static int seen_before(struct making *m, const void *key, size_t n,
                       struct mm_err *err)
{
    int64_t *at = mm_map_at(&m->seen, key, n, err);

    return at ? (*at)++ > 0 : -1;
}

static enum mm_import_drop judge_size(const struct mm_import_options *o,
                                      const struct mm_picture *pic)
{
    size_t low = pic->width < pic->height ? pic->width : pic->height;
    size_t high = pic->width < pic->height ? pic->height : pic->width;

    if (low < (size_t)o->min_side)
        return MM_DROP_SMALL;
    if (high > (size_t)o->max_side)
        return MM_DROP_LARGE;
    if ((double)high > o->max_aspect * (double)low)
        return MM_DROP_ASPECT;
    return MM_DROP_NONE;
}

/* The picture's bytes are in m->picture: what do its contents say? */
static int judge_bytes(struct making *m, enum mm_import_drop *why,
                       struct mm_err *err)
{
    struct html *state = m->im->state;
    struct mm_import_item *it = m->it;
    struct mm_picture pic;
    int64_t *uses;
    uint64_t hash;
    int again;

    *why = MM_DROP_UNREADABLE;
    if (mm_picture_probe(&pic, m->picture.data, m->picture.len, err) < 0)
        return 0;
    *why = judge_size(m->im->o, &pic);
    if (*why != MM_DROP_NONE)
        return 0;
    hash = mm_hash64(m->picture.data, m->picture.len);
    again = seen_before(m, &hash, sizeof hash, err);
    if (again < 0)
        return -1;
    if (again)
        *why = MM_DROP_REPEATED;
    uses = mm_map_get(&state->uses, &hash, sizeof hash);
    if (!again && !state->counting && uses && *uses > m->im->o->dup_limit)
        *why = MM_DROP_DUPLICATE;
    if (*why != MM_DROP_NONE || !state->counting)
        return 0;
    if (mm_grow(&it->hashes, &it->hashes_cap, it->n_hashes + 1,
                sizeof *it->hashes, err) < 0)
        return -1;
    it->hashes[it->n_hashes++] = hash;
    return 0;
}

/* Judge by the address, then read and judge by the contents. */
static int judge(struct making *m, const char *src, size_t n,
                 enum mm_import_drop *why, struct mm_err *err)
{
    int again;

    *why = MM_DROP_BANNED;
    if (is_banned(m->im->o->ban, src, n))
        return 0;
    *why = mm_import_path(&m->path, m->root.data, m->base.data, src, n, 1);
    if (*why != MM_DROP_NONE)
        return 0;
    again = seen_before(m, m->path.data, m->path.len, err);
    if (again < 0 || mm_buf_check(&m->path, err) < 0)
        return -1;
    *why = MM_DROP_REPEATED;
    if (again)
        return 0;
    mm_buf_clear(&m->picture);
    if (mm_import_load(&m->picture, m->im, m->root.data, m->path.data,
                       err) == 0)
        return judge_bytes(m, why, err);
    *why = err->code == MM_EPERM ? MM_DROP_OUTSIDE : MM_DROP_MISSING;
    return err->code == MM_EPERM || err->code == MM_ENOINPUT ||
                   err->code == MM_EDATA
               ? 0
               : -1;
}

/* All pictures of the page; stops early where there are too many. */
static int judge_all(struct making *m, struct mm_err *err)
{
    for (size_t i = 0; i < m->page.n; i++) {
        const struct mm_page_part *p = &m->page.parts[i];
        enum mm_import_drop why;

        m->kept[i] = -1;
        if (!p->is_picture)
            continue;
        if (judge(m, m->page.bytes.data + p->begin, p->len, &why, err) < 0)
            return -1;
        if (why != MM_DROP_NONE) {
            m->it->dropped[why]++;
            continue;
        }
        if (m->it->pictures == (size_t)m->im->o->max_images) {
            m->it->dropped[MM_DROP_MANY_PICTURES]++;
            return 0;
        }
        m->kept[i] = (int)m->it->pictures;
        if (mm_import_picture_bytes(m->it, &m->picture, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- alternative texts ---- */

/* Does p[0..n) hold the words? */
static int holds(const char *p, size_t n, const struct mm_buf *words)
{
    for (size_t i = 0; i + words->len <= n; i++)
        if (memcmp(p + i, words->data, words->len) == 0)
            return 1;
    return 0;
}

/* Does the text around picture i say the words? */
static int said_near(const struct making *m, size_t i,
                     const struct mm_buf *words)
{
    const struct mm_page_part *parts = m->page.parts;
    const char *bytes = m->page.bytes.data;
    size_t left = NEAR, n;

    for (size_t k = i; k-- > 0 && left > 0; left -= n) {
        n = parts[k].len < left ? parts[k].len : left;
        if (!parts[k].is_picture &&
            holds(bytes + parts[k].begin + parts[k].len - n, n, words))
            return 1;
    }
    left = NEAR;
    for (size_t k = i + 1; k < m->page.n && left > 0; k++, left -= n) {
        n = parts[k].len < left ? parts[k].len : left;
        if (!parts[k].is_picture && holds(bytes + parts[k].begin, n, words))
            return 1;
    }
    return 0;
}

/* Two words or more that stand nowhere near: they become text. */
static void add_alt(struct making *m, size_t i)
{
    const struct mm_page_part *p = &m->page.parts[i];
    struct mm_buf alt = { 0 };

    if (!m->im->o->alt || p->alt_len == 0)
        return;
    mm_import_squeeze(&alt, m->page.bytes.data + p->alt, p->alt_len);
    if (alt.len && alt.len <= NEAR && memchr(alt.data, ' ', alt.len) &&
        !said_near(m, i, &alt))
        mm_buf_add(&m->run, alt.data, alt.len);
    m->run.failed |= alt.failed;
    mm_buf_release(&alt);
}

/* ---- the document ---- */

static void end_run(struct making *m, struct mm_import_doc *doc)
{
    if (m->run.len)
        mm_import_doc_text(doc, m->run.data, m->run.len, NULL);
    mm_buf_clear(&m->run);
}

/* Texts that only a dropped picture parted are one again. */
static void build(struct making *m, struct mm_import_doc *doc)
{
    static const char *const breaks[] = { "", " ", "\n", "\n\n" };
    enum mm_page_break due = MM_PAGE_JOINED;
    int behind_alt = 0;

    for (size_t i = 0; i < m->page.n; i++) {
        const struct mm_page_part *p = &m->page.parts[i];

        if (p->before > due)
            due = p->before;
        if (p->is_picture && m->kept[i] < 0)
            continue;
        if (p->is_picture) {
            end_run(m, doc);
            mm_import_doc_image(doc, (size_t)m->kept[i], NULL);
            add_alt(m, i);
            behind_alt = m->run.len > 0;
        } else {
            if (m->run.len)
                mm_buf_adds(&m->run,
                            breaks[behind_alt ? MM_PAGE_PARAGRAPH : due]);
            mm_buf_add(&m->run, m->page.bytes.data + p->begin, p->len);
            behind_alt = 0;
        }
        due = MM_PAGE_JOINED;
    }
    end_run(m, doc);
}

static int finish(struct making *m, struct mm_err *err)
{
    const char *rel = mm_import_rel(m->it->file);
    struct mm_import_doc doc = { 0 };
    struct mm_buf members = { 0 };
    int result;

    build(m, &doc);
    mm_import_member(&members, "source", rel, strlen(rel));
    if (m->page.title.len)
        mm_import_member(&members, "title", m->page.title.data,
                         m->page.title.len);
    result = mm_buf_check(&m->run, err) < 0 ? -1 : mm_buf_check(&members, err);
    if (result == 0 && doc.n == m->it->pictures)
        m->it->dropped[MM_DROP_NO_TEXT]++;
    else if (result == 0)
        result = mm_import_doc_end(&doc, m->it, members.data, err);
    mm_import_doc_release(&doc);
    mm_buf_release(&members);
    return result;
}

/* Where the page lies below the root: "a/b" of "root/a/b/page.html". */
static void find_base(struct making *m)
{
    const struct mm_import_file *f = m->it->file;
    const char *rel = mm_import_rel(f), *root = m->im->o->root, *slash;
    size_t n = root ? strlen(root) : 0;

    if (n && strncmp(f->path, root, n) == 0 && f->path[n] == '/')
        rel = f->path + n + 1;
    slash = strrchr(rel, '/');
    mm_import_root(&m->root, m->im, f);
    mm_buf_adds(&m->base, "");
    if (slash)
        mm_buf_add(&m->base, rel, (size_t)(slash - rel));
}

static int make(struct making *m, struct mm_err *err)
{
    const struct mm_import_options *o = m->im->o;
    const struct mm_buf *raw = &m->it->raw;
    struct mm_buf text = { 0 };
    int result = mm_html_to_utf8(&text, raw->len ? raw->data : "", raw->len,
                                 err);

    if (result == 0)
        result = mm_page_parse(&m->page, text.len ? text.data : "", text.len,
                               o->skip_class, err);
    mm_buf_release(&text);
    find_base(m);
    m->kept = result == 0 ? mm_alloc(m->page.n, sizeof *m->kept, err) : NULL;
    if (!m->kept || mm_buf_check(&m->root, err) < 0 ||
        mm_buf_check(&m->base, err) < 0 || judge_all(m, err) < 0)
        return -1;
    if (m->it->dropped[MM_DROP_MANY_PICTURES])
        return 0;
    if (m->it->pictures < (size_t)o->min_images) {
        m->it->dropped[MM_DROP_NO_PICTURE]++;
        return 0;
    }
    return finish(m, err);
}

static int work(const struct mm_import *im, struct mm_import_item *it,
                struct mm_err *err)
{
    struct making m = { .im = im, .it = it };
    int result = make(&m, err);

    mm_page_release(&m.page);
    mm_map_release(&m.seen);
    mm_buf_release(&m.root);
    mm_buf_release(&m.base);
    mm_buf_release(&m.path);
    mm_buf_release(&m.picture);
    mm_buf_release(&m.run);
    free(m.kept);
    return result;
}

/* ---- the first pass ---- */

static int count_uses(struct mm_import *im, struct mm_import_item *it,
                      struct mm_err *err)
{
    struct html *state = im->state;

    for (size_t i = 0; i < it->n_hashes; i++) {
        int64_t *uses = mm_map_at(&state->uses, &it->hashes[i],
                                  sizeof it->hashes[i], err);

        if (!uses)
            return -1;
        ++*uses;
    }
    return 0;
}

/* Standard input cannot be read twice; one page repeats nothing. */
static int begin(struct mm_import *im, struct mm_err *err)
{
    struct html *state = im->state = mm_alloc(1, sizeof *state, err);
    int result;

    if (!state)
        return -1;
    if (im->o->dup_limit == 0 || im->files.n < 2)
        return 0;
    for (size_t i = 0; i < im->files.n; i++)
        if (strcmp(im->files.v[i].path, "-") == 0)
            return mm_fail(err, MM_EUSAGE, "--dup-limit reads pages twice, "
                                           "which standard input cannot; set "
                                           "it to 0");
    state->counting = 1;
    result = mm_import_pass(im, count_uses, err);
    state->counting = 0;
    return result;
}

static void end(struct mm_import *im)
{
    struct html *state = im->state;

    if (state)
        mm_map_release(&state->uses);
    free(state);
}

const struct mm_import_reader mm_import_html = {
    .name = "html",
    .extensions = "|html|htm|xhtml|",
    .gz = 1,
    .begin = begin,
    .work = work,
    .end = end,
};
