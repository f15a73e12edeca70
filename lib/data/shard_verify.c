/*
 * shard_verify.c - is a shard whole?
 */
#include "data/shard_verify.h"

#include <string.h>

#include "data/shard.h"
#include "data/shard_header.h"

/* In order; the reader checks the rest. */
static int sum_in_order(struct mm_shard *r, struct mm_shard_sum *sum,
                        struct mm_err *err)
{
    struct mm_sample s = { 0 };
    int got;

    while ((got = mm_shard_next(r, &s, err)) > 0)
        mm_shard_sum_add(sum, &s);
    mm_sample_release(&s);
    return got;
}

static int sum_by_number(struct mm_shard *r, struct mm_shard_sum *sum,
                         struct mm_err *err)
{
    struct mm_sample s = { 0 };
    int result = mm_shard_index(r, err);

    for (size_t i = 0; result == 0 && i < mm_shard_count(r); i++) {
        result = mm_shard_get(r, i, &s, err);
        if (result == 0)
            mm_shard_sum_add(sum, &s);
    }
    mm_sample_release(&s);
    return result;
}

static int verify(struct mm_shard *r, const char *path, struct mm_err *err)
{
    struct mm_shard_sum a = { 0 }, b = { 0 };
    int result = -1;

    if (mm_shard_sum_init(&a, err) != 0 || mm_shard_sum_init(&b, err) != 0 ||
        sum_in_order(r, &a, err) != 0)
        goto out;
    result = 0;
    if (strcmp(path, "-") == 0 || !mm_shard_has_index(r))
        goto out;
    result = sum_by_number(r, &b, err);
    if (result == 0 && (a.samples != b.samples ||
                        mm_hash_value(&a.hash) != mm_hash_value(&b.hash)))
        result = mm_fail(err, MM_EDATA, "'%s': corrupted: its index leads to "
                                        "other samples",
                         path);
out:
    mm_shard_sum_release(&a);
    mm_shard_sum_release(&b);
    return result;
}

int mm_shard_verify(const char *path, struct mm_err *err)
{
    struct mm_shard *r = mm_shard_open(path, err);
    int result = r ? verify(r, path, err) : -1;

    mm_shard_close(r);
    return result;
}
