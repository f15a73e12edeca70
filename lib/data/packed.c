/*
 * packed.c - packed sequences, as the trainers read them
 */
#include "data/packed.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/image_fit.h"
#include "data/npy.h"
#include "data/packed_seq.h"
#include "data/shard_set.h"

struct mm_packed {
    struct mm_shard_set set;
    struct mm_packed_info info;
    struct mm_preprocess pre;
    int has_pre;
    struct mm_sample sample;
    struct mm_fitter fitter; /* scratch */
    struct mm_image fitted;
};

static int start(struct mm_packed *p, const char *const *paths, size_t n,
                 struct mm_err *err)
{
    const struct mm_shard_header *h;

    if (mm_shard_set_open(&p->set, paths, n, err) != 0)
        return -1;
    h = &p->set.header;
    if (strcmp(h->kind, MM_KIND_PACKED) != 0)
        return mm_fail(err, MM_EDATA, "'%s' holds %s, not packed sequences; "
                                      "run mm1-mix first",
                       paths[0], h->kind);
    if (mm_packed_info_parse(&p->info, h, err) != 0)
        return mm_fail_in(err, "'%s'", paths[0]);
    if (mm_shard_set_count(&p->set) == 0)
        return mm_fail(err, MM_EDATA, "'%s' holds no sequences", paths[0]);
    if (p->set.members >= 0)
        p->info.pictures =
            p->set.members -
            MM_PACKED_MEMBERS * (int64_t)mm_shard_set_count(&p->set);
    return 0;
}

struct mm_packed *mm_packed_open(const char *const *paths, size_t n,
                                 const struct mm_preprocess *pre,
                                 struct mm_err *err)
{
    struct mm_packed *p = mm_alloc(1, sizeof(*p), err);

    if (!p)
        return NULL;
    p->has_pre = pre != NULL;
    if (pre)
        p->pre = *pre;
    if (start(p, paths, n, err) != 0) {
        mm_packed_close(p);
        return NULL;
    }
    return p;
}

void mm_packed_close(struct mm_packed *p)
{
    if (!p)
        return;
    mm_shard_set_release(&p->set);
    mm_sample_release(&p->sample);
    mm_fitter_release(&p->fitter);
    mm_image_release(&p->fitted);
    free(p);
}

size_t mm_packed_count(const struct mm_packed *p)
{
    return mm_shard_set_count(&p->set);
}

const struct mm_packed_info *mm_packed_info(const struct mm_packed *p)
{
    return &p->info;
}

const struct mm_shard_header *mm_packed_header(const struct mm_packed *p)
{
    return &p->set.header;
}

const char *mm_packed_path(const struct mm_packed *p, size_t i, size_t *number)
{
    size_t file = mm_shard_set_file(&p->set, i);

    *number = i - p->set.first[file];
    return p->set.paths[file];
}

/* ---- pixels ---- */

static int keep_pixels(struct mm_packed_image *im, const void *rgb, size_t n,
                       struct mm_err *err)
{
    if (mm_grow(&im->pixels, &im->cap, n, 1, err) != 0)
        return -1;
    memcpy(im->pixels, rgb, n);
    return 0;
}

static int decode(struct mm_packed *p, struct mm_packed_image *im,
                  const struct mm_member *m, struct mm_err *err)
{
    if (!p->has_pre)
        return mm_fail(err, MM_EDATA, "the picture is encoded; run "
                                      "mm1-encode-image before mm1-mix");
    if (mm_fitter_decode(&p->fitter, &p->fitted, m->data.data, m->data.len,
                         &p->pre, err) != 0)
        return -1;
    im->height = p->fitted.height;
    im->width = p->fitted.width;
    return keep_pixels(im, p->fitted.rgb, im->height * im->width * 3, err);
}

static int load_pixels(struct mm_packed *p, struct mm_packed_image *im,
                       const struct mm_member *m, struct mm_err *err)
{
    struct mm_npy a;

    if (im->height == 0)
        return decode(p, im, m, err);
    if (mm_npy_parse(&a, m->data.data, m->data.len, err) != 0)
        return -1;
    return keep_pixels(im, a.data, a.count, err);
}

static int get(struct mm_packed *p, size_t i, struct mm_packed_seq *s,
               struct mm_err *err)
{
    if (mm_packed_seq_parse(s, &p->sample, &p->info, err) != 0)
        return mm_fail_in(err, "sequence %zu", i);
    for (size_t k = 0; k < s->n_images; k++) {
        const struct mm_member *m = mm_packed_picture(&p->sample, k);

        if (load_pixels(p, &s->images[k], m, err) != 0)
            return mm_fail_in(err, "sequence %zu: picture %zu", i, k);
    }
    return 0;
}

int mm_packed_get(struct mm_packed *p, size_t i, struct mm_packed_seq *s,
                  struct mm_err *err)
{
    if (mm_shard_set_get(&p->set, i, &p->sample, err) != 0)
        return -1;
    return get(p, i, s, err);
}
