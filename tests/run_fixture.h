/*
 * run_fixture.h - whole training runs of a tiny model, and what they leave
 */
#ifndef MM_TESTS_RUN_FIXTURE_H
#define MM_TESTS_RUN_FIXTURE_H

#include "base/hash.h"
#include "model/rundir.h"
#include "train_fixture.h"

static inline struct mm_model *create(void *ctx, const struct mm_config *c,
                                      struct mm_err *err)
{
    struct mm_model *m = mm_model_create(c, 1, 1, err);

    (void)ctx;
    if (m)
        mm_model_init(m, 1);
    return m;
}

/* Train on a.tar.zst into dir/run up to `steps` of 10. */
static inline int run(const char *name, void (*change)(struct mm_recipe *r),
                      struct mm_err *err)
{
    char shard[128], out[128];
    const char *data = shard;
    struct mm_job job = { .objective = &mm_objective_mm,
                          .recipe = tiny_recipe(),
                          .data = &data,
                          .n_data = 1,
                          .config = tiny,
                          .config_follows = 1,
                          .origin = "",
                          .create = create };

    snprintf(shard, sizeof shard, "%s/a.tar.zst", dir);
    snprintf(out, sizeof out, "%s/%s", dir, name);
    job.recipe.output = out;
    job.recipe.save_every = 2;
    if (change)
        change(&job.recipe);
    return mm_train(&job, err);
}

static inline int64_t newest(const char *name)
{
    struct mm_err err;
    int64_t step;

    return mm_run_newest(in_dir(name), &step, NULL, &err) < 0 ? -1 : step;
}

/* Hash of weights and optimizer state of a step */
static inline void hash_step(const char *name, int64_t step, uint64_t hash[2])
{
    static const char *const files[] = { "model", "optimizer" };
    struct mm_err err;

    for (int i = 0; i < 2; i++) {
        struct mm_buf path = { 0 }, bytes = { 0 };

        mm_run_step_path(&path, in_dir(name), step);
        mm_buf_addf(&path, "/%s.safetensors", files[i]);
        assert_int_equal(mm_read_file(path.data, &bytes, 1 << 24, &err), 0);
        hash[i] = mm_hash64(bytes.data, bytes.len);
        mm_buf_release(&path);
        mm_buf_release(&bytes);
    }
}

static inline void assert_same_step(const char *a, const char *b, int64_t step)
{
    uint64_t x[2], y[2];

    hash_step(a, step, x);
    hash_step(b, step, y);
    assert_int_equal(x[0], y[0]);
    assert_int_equal(x[1], y[1]);
}

static inline void path_of(struct mm_buf *path, const char *name, int64_t step,
                           const char *file)
{
    mm_buf_clear(path);
    mm_run_step_path(path, in_dir(name), step);
    mm_buf_addf(path, "/%s", file);
}

static inline void keep_all(struct mm_recipe *r)
{
    r->keep = 100;
}

#endif
