/*
 * test_checkpoint.c - whole runs: resumed, damaged, with faults, out of space
 */
#include "../run_fixture.h"

#include <errno.h>
#include <signal.h>
#include <sys/mount.h>

#include "base/log.h"
#include "model/manifest.h"
#include "train/checkpoint.h"

static void flip(const char *name, int64_t step, const char *file, size_t at)
{
    struct mm_buf path = { 0 }, bytes = { 0 };
    struct mm_err err;

    path_of(&path, name, step, file);
    assert_int_equal(mm_read_file(path.data, &bytes, 1 << 24, &err), 0);
    bytes.data[at % bytes.len] ^= 4;
    assert_int_equal(mm_write_file(path.data, bytes.data, bytes.len, &err), 0);
    mm_buf_release(&path);
    mm_buf_release(&bytes);
}

static void test_layout(void **state)
{
    static const char *const files[] = { "config.json", "model.safetensors",
                                         "optimizer.safetensors", "mm1.json",
                                         "preprocessor_config.json",
                                         MM_MANIFEST };
    struct mm_buf path = { 0 };
    struct mm_json_doc doc;
    struct mm_model *m;
    struct mm_err err;
    struct stat st;

    (void)state;
    write_packed(in_dir("a.tar.zst"), 6);
    assert_int_equal(run("run", NULL, &err), 0);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        path_of(&path, "run", 10, files[i]);
        assert_int_equal(mm_stat(path.data, &st), 0);
    }
    mm_buf_clear(&path);
    assert_int_equal(mm_model_dir(in_dir("run"), &path, &err), 0);
    m = mm_model_load(path.data, 0, &err);
    assert_non_null(m);
    mm_model_free(m);
    assert_int_equal(mm_manifest_verify(path.data, &doc, &err), 0);
    assert_int_equal(mm_json_int(mm_json_get(doc.root, "step"), 0), 10);
    assert_int_equal(mm_json_int(mm_json_get(mm_json_get(doc.root, "sampler"),
                                             "position"),
                                 0),
                     40);
    assert_int_equal(mm_json_int(mm_json_get(mm_json_get(doc.root, "rng"),
                                             "seed"),
                                 0),
                     1);
    mm_json_release(&doc);
    mm_buf_release(&path);
}

/* Two stay, the newest ones; more where more are wanted. */
static void test_prune(void **state)
{
    struct mm_err err;
    int64_t *steps;
    size_t n;

    (void)state;
    write_packed(in_dir("a.tar.zst"), 6);
    assert_int_equal(run("run", NULL, &err), 0);
    assert_int_equal(mm_run_steps(in_dir("run"), &steps, &n, &err), 0);
    assert_int_equal(n, 2);
    assert_int_equal(steps[0], 8);
    assert_int_equal(steps[1], 10);
    free(steps);
    assert_int_equal(run("all", keep_all, &err), 0);
    assert_int_equal(mm_run_steps(in_dir("all"), &steps, &n, &err), 0);
    assert_int_equal(n, 5);
    free(steps);
    /* one that does not verify is not counted among those to keep */
    flip("all", 8, "model.safetensors", 999);
    assert_int_equal(mm_checkpoint_prune(in_dir("all"), 10, 2, &err), 0);
    assert_int_equal(mm_run_steps(in_dir("all"), &steps, &n, &err), 0);
    assert_int_equal(steps[0], 6);
    free(steps);
    flip("all", 10, "model.safetensors", 999);
    assert_int_equal(mm_checkpoint_prune(in_dir("all"), 10, 2, &err), -1);
    assert_int_equal(newest("all"), 6);
}

/*
 * From any step, the run that goes on is the run that never stopped: the later
 * steps of a copy are removed, and it is trained again.
 */
static void test_resume(void **state)
{
    struct mm_err err;

    (void)state;
    write_packed(in_dir("a.tar.zst"), 7);
    assert_int_equal(run("straight", keep_all, &err), 0);
    assert_int_equal(run("again", keep_all, &err), 0);
    for (int64_t back = 8; back >= 0; back -= 2) {
        struct mm_buf path = { 0 };

        for (int64_t s = back + 2; s <= 10; s += 2) {
            path_of(&path, "again", s, "");
            assert_int_equal(mm_remove_tree(path.data, &err), 0);
        }
        assert_int_equal(newest("again"), back ? back : -1);
        assert_int_equal(run("again", keep_all, &err), 0);
        for (int64_t s = 2; s <= 10; s += 2)
            assert_same_step("straight", "again", s);
        mm_buf_release(&path);
    }
}

static char warning[1024];

static void on_message(void *ctx, enum mm_log_level level, const char *text)
{
    (void)ctx;
    if (level == MM_LOG_WARN)
        snprintf(warning, sizeof warning, "%s", text);
}

/* A flipped bit in the newest step: the one before counts, with a warning. */
static void test_damage(void **state)
{
    static const char *const files[] = { "model.safetensors",
                                         "optimizer.safetensors", MM_MANIFEST,
                                         "config.json" };
    const struct mm_log_sink sink = { .message = on_message };
    struct mm_err err;

    (void)state;
    write_packed(in_dir("a.tar.zst"), 7);
    assert_int_equal(run("straight", NULL, &err), 0);
    assert_int_equal(run("run", NULL, &err), 0);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        flip("run", 10, files[i], 100 + 977 * i);
        assert_int_equal(newest("run"), 8);
        warning[0] = '\0';
        mm_log_set_sink(&sink);
        assert_int_equal(run("run", NULL, &err), 0);
        mm_log_set_sink(NULL);
        assert_same_step("straight", "run", 10);
    }
    flip("run", 10, "model.safetensors", 5);
    flip("run", 8, "model.safetensors", 5);
    assert_int_equal(run("run", NULL, &err), -1);
    assert_int_equal(err.code, MM_EDATA);
}

/* ---- settings that must not change ---- */

static void other_rate(struct mm_recipe *r)
{
    r->lr = 1e-3;
}

static void other_saving(struct mm_recipe *r)
{
    r->save_every = 3;
    r->keep = 5;
}

static void never(struct mm_recipe *r)
{
    r->resume = MM_RESUME_NEVER;
}

static void must(struct mm_recipe *r)
{
    r->resume = MM_RESUME_MUST;
}

static void test_settings(void **state)
{
    struct mm_err err;

    (void)state;
    write_packed(in_dir("a.tar.zst"), 7);
    assert_int_equal(run("run", must, &err), -1);
    assert_int_equal(err.code, MM_ENOINPUT);
    assert_int_equal(run("run", never, &err), 0);
    assert_int_equal(run("run", never, &err), -1);
    assert_int_equal(err.code, MM_ECONFIG);
    assert_int_equal(run("run", must, &err), 0);
    assert_int_equal(run("run", other_saving, &err), 0);
    assert_int_equal(run("run", other_rate, &err), -1);
    assert_int_equal(err.code, MM_ECONFIG);
    assert_non_null(strstr(err.msg, "'lr' is 0.001 here and was 0.003"));
    /* other data is another run */
    write_packed(in_dir("a.tar.zst"), 8);
    assert_int_equal(run("run", NULL, &err), -1);
    assert_int_equal(err.code, MM_ECONFIG);
    assert_non_null(strstr(err.msg, "'data' is"));
}

static void explode(struct mm_recipe *r)
{
    r->lr = 1e30;
    r->warmup = 0;
    r->save_every = 1;
}

/* Numbers that leave the finite end the run; what was saved stays. */
static void test_diverge(void **state)
{
    struct mm_err err;
    uint64_t before[2], after[2];

    (void)state;
    write_packed(in_dir("a.tar.zst"), 7);
    assert_int_equal(run("run", explode, &err), -1);
    assert_int_equal(err.code, MM_EDIVERGE);
    assert_string_equal(err.msg, "step 2 (the last checkpoint is step 1): the "
                                 "loss of sequences 4 to 0 is not finite");
    assert_int_equal(newest("run"), 1);
    hash_step("run", 1, before);
    assert_int_equal(run("run", explode, &err), -1);
    assert_int_equal(err.code, MM_EDIVERGE);
    hash_step("run", 1, after);
    assert_int_equal(before[0], after[0]);
    assert_int_equal(before[1], after[1]);
}

/* ---- faults: the n-th call of the file system fails ---- */

static struct mm_io_table real_io;
static long calls, fail_at;

static int fault(void)
{
    if (++calls != fail_at)
        return 0;
    errno = EIO;
    return 1;
}

static int faulty_open(const char *path, int flags, mode_t mode)
{
    return fault() ? -1 : real_io.open(path, flags, mode);
}

static int faulty_close(int fd)
{
    int failed = fault(), result = real_io.close(fd);

    return failed ? -1 : result;
}

static ssize_t faulty_read(int fd, void *p, size_t n)
{
    return fault() ? -1 : real_io.read(fd, p, n);
}

static ssize_t faulty_write(int fd, const void *p, size_t n)
{
    return fault() ? -1 : real_io.write(fd, p, n);
}

static ssize_t faulty_pread(int fd, void *p, size_t n, off_t at)
{
    return fault() ? -1 : real_io.pread(fd, p, n, at);
}

static int faulty_fsync(int fd)
{
    return fault() ? -1 : real_io.fsync(fd);
}

static int faulty_rename(const char *from, const char *to)
{
    return fault() ? -1 : real_io.rename(from, to);
}

static int faulty_unlink(const char *path)
{
    return fault() ? -1 : real_io.unlink(path);
}

static int faulty_mkdir(const char *path, mode_t mode)
{
    return fault() ? -1 : real_io.mkdir(path, mode);
}

static void set_faults(long at)
{
    real_io = mm_io;
    calls = 0;
    fail_at = at;
    mm_io.open = faulty_open;
    mm_io.close = faulty_close;
    mm_io.read = faulty_read;
    mm_io.write = faulty_write;
    mm_io.pread = faulty_pread;
    mm_io.fsync = faulty_fsync;
    mm_io.rename = faulty_rename;
    mm_io.unlink = faulty_unlink;
    mm_io.mkdir = faulty_mkdir;
}

static void eight(struct mm_recipe *r)
{
    r->save_every = 4;
}

/*
 * A run from step 4 (made anew from a copy) to the end, its n-th call failing:
 * afterwards there is a step that verifies, and success means the last one.
 */
static void run_with_fault(long n)
{
    struct mm_buf path = { 0 };
    struct mm_err err;
    int result;

    path_of(&path, "run", 8, "");
    assert_int_equal(mm_remove_tree(path.data, &err), 0);
    path_of(&path, "run", 10, "");
    assert_int_equal(mm_remove_tree(path.data, &err), 0);
    mm_buf_release(&path);
    if (newest("run") < 4)
        assert_int_equal(run("run", eight, &err), 0);
    set_faults(n);
    result = run("run", eight, &err);
    mm_io = real_io;
    if (result == 0) {
        assert_int_equal(newest("run"), 10);
        assert_same_step("straight", "run", 10);
    } else {
        assert_true(newest("run") >= 4);
        assert_true(err.code != MM_OK && err.msg[0]);
    }
}

static void keep_four(struct mm_recipe *r)
{
    r->save_every = 4;
    r->keep = 100;
}

static void test_faults(void **state)
{
    const char *every = getenv("MM1_TEST_EVERY");
    long n = 1, by = every ? 1 : 7;
    struct mm_err err;

    (void)state;
    write_packed(in_dir("a.tar.zst"), 7);
    assert_int_equal(run("straight", keep_four, &err), 0);
    assert_int_equal(run("run", keep_four, &err), 0);
    do {
        run_with_fault(n);
        n += by;
    } while (calls >= fail_at);
    assert_true(n > 100);
}

/* ---- no space ---- */

static void to_small_disk(struct mm_recipe *r)
{
    static char out[128];

    snprintf(out, sizeof out, "%s/disk/run", dir);
    r->output = out;
}

/* On a disk that holds one checkpoint and not two, then more. */
static void test_disk_full(void **state)
{
    struct mm_err err;
    char disk[128];

    (void)state;
    snprintf(disk, sizeof disk, "%s/disk", dir);
    assert_int_equal(mm_mkdirs(disk, &err), 0);
    if (mount("tmpfs", disk, "tmpfs", 0, "size=1500k") < 0)
        skip();
    write_packed(in_dir("a.tar.zst"), 7);
    assert_int_equal(run("", to_small_disk, &err), -1);
    assert_int_equal(err.code, MM_EIO);
    assert_non_null(strstr(err.msg, "no space for a checkpoint"));
    assert_true(newest("disk/run") >= 2);
    assert_int_equal(mount("tmpfs", disk, "tmpfs", MS_REMOUNT, "size=8m"), 0);
    assert_int_equal(run("", to_small_disk, &err), 0);
    assert_int_equal(newest("disk/run"), 10);
    assert_int_equal(umount(disk), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_layout, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_prune, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_resume, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_damage, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_settings, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_diverge, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_faults, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_disk_full, make_dir, remove_dir),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
