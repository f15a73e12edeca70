/*
 * test_pack.c - packing: nothing lost, nothing cut that must stay whole
 */
#include "../pack_fixture.h"

#include "data/packed_seq.h"

static const struct mm_pack_config base = {
    .seq_len = 32,
    .image_tokens = 4,
    .max_images = 4,
    .open_max = 8,
    .bos = 1,
    .eos = 2,
    .pad = 0,
    .image = 3,
    .vocab_size = VOCAB
};

/* ---- putting sequences back together ---- */

#define N_DOCS 400

struct collected {
    int32_t tokens[N_DOCS][600]; /* pieces joined, runs as one id */
    size_t n[N_DOCS], sequences;
};

static struct collected all;

static void collect_segment(const struct mm_packed_seq *q, size_t g,
                            const struct mm_sample *s,
                            const struct mm_packed_info *info)
{
    const struct mm_packed_segment *seg = &q->segments[g];
    size_t id = strtoul(seg->key + 3, NULL, 10), k = seg->first_image;
    size_t at = seg->from; /* in the document */

    assert_int_equal(q->tokens[seg->begin], 1);
    assert_int_equal(q->loss[seg->begin], 0);
    for (size_t i = seg->from > 0; i < seg->length; i++, at++) {
        int32_t t = q->tokens[seg->begin + i];

        assert_int_equal(all.tokens[id][at], 0);
        all.tokens[id][at] = t;
        all.n[id]++;
        if (t != 3)
            continue;
        /* the picture is that of the document at this token */
        assert_int_equal(mm_packed_picture(s, k)->data.data[128],
                         (char)(id * 16 + at));
        i += q->images[k++].views * info->image_tokens - 1;
    }
}

static void collect(struct mm_packer *p, const struct mm_pack_config *c,
                    struct mm_sample *s)
{
    const struct mm_packed_info info = {
        .seq_len = c->seq_len,
        .image_tokens = c->image_tokens,
        .max_images = c->max_images,
        .vocab_size = VOCAB,
        .bos = 1,
        .eos = 2,
        .image = 3
    };
    struct mm_packed_seq q = { 0 };
    struct mm_err err;
    int got;

    while ((got = mm_packer_take(p, s, &err)) == 1) {
        all.sequences++;
        if (mm_packed_seq_parse(&q, s, &info, &err) != 0)
            fail_msg("%s", err.msg);
        if (c->kind == MM_PACK_NONE)
            assert_int_equal(q.n_segments, 1);
        for (size_t g = 0; g < q.n_segments; g++)
            collect_segment(&q, g, s, &info);
    }
    assert_int_equal(got, 0);
    mm_packed_seq_release(&q);
}

/* Tokens as they should come back: as they were, but for an EOS alone. */
static void check_whole(size_t id, const struct mm_sample *doc)
{
    const struct mm_member *m = mm_sample_find(doc, "tokens.npy");
    struct mm_err err;
    int32_t *t;
    size_t n;

    assert_int_equal(mm_npy_ints(&t, &n, m->data.data, m->data.len, &err), 0);
    if (all.n[id] + 1 == n)
        n--;
    assert_int_equal(all.n[id], n);
    assert_memory_equal(all.tokens[id], t, n * sizeof *t);
    free(t);
}

static void round_trip(const struct mm_pack_config *c, size_t max_parts)
{
    struct mm_err err;
    struct mm_packer *p = mm_packer_create(c, "src", &err);
    struct mm_sample s = { 0 }, out = { 0 };
    char shape[600];

    memset(&all, 0, sizeof all);
    for (size_t id = 0; id < N_DOCS; id++) {
        random_shape(shape, id, max_parts);
        make_doc(&s, id, shape, NULL);
        assert_int_equal(mm_packer_put(p, &s, &err), 0);
        collect(p, c, &out);
    }
    assert_int_equal(mm_packer_flush(p, &err), 0);
    collect(p, c, &out);
    assert_int_equal(mm_packer_counts(p)->documents, N_DOCS);
    assert_int_equal(mm_packer_counts(p)->sequences, all.sequences);
    for (size_t id = 0; id < N_DOCS; id++) {
        random_shape(shape, id, max_parts);
        make_doc(&s, id, shape, NULL);
        check_whole(id, &s);
    }
    mm_packer_free(p);
    mm_sample_release(&s);
    mm_sample_release(&out);
}

static void test_nothing_lost(void **state)
{
    struct mm_pack_config c = base;

    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        c.kind = (enum mm_pack_kind)kind;
        round_trip(&c, 20);
        round_trip(&c, 500);
    }
    c = base;
    c.max_images = 3; /* a picture of three views fills it */
    round_trip(&c, 100);
    c.seq_len = 13; /* and the sequence */
    round_trip(&c, 100);
}

/* First fit wastes less than next fit, and both less than no packing. */
static void test_fill(void **state)
{
    struct mm_pack_config c = base;
    size_t n[3];

    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        c.kind = (enum mm_pack_kind)kind;
        round_trip(&c, 20);
        n[kind] = all.sequences;
    }
    assert_true(n[MM_PACK_FIRST_FIT] < n[MM_PACK_NEXT_FIT]);
    assert_true(n[MM_PACK_NEXT_FIT] < n[MM_PACK_NONE]);
}

/* ---- one document ---- */

/* Segments of what comes out of one document: "bwwIe|biwe" by sequence. */
static const char *pieces(const struct mm_pack_config *c, const char *shape,
                          const char *roles, struct mm_pack_counts *counts)
{
    static char text[256];
    struct mm_err err;
    struct mm_pack_config in_order = *c;
    struct mm_packer *p;
    struct mm_sample s = { 0 };
    int32_t *t;
    size_t n, at = 0;

    in_order.kind = MM_PACK_NEXT_FIT;
    p = mm_packer_create(&in_order, "src", &err);
    make_doc(&s, 7, shape, roles);
    assert_int_equal(mm_packer_put(p, &s, &err), 0);
    assert_int_equal(mm_packer_flush(p, &err), 0);
    text[0] = 0;
    while (mm_packer_take(p, &s, &err) == 1) {
        const struct mm_member *m = mm_sample_find(&s, "tokens.npy");

        assert_int_equal(mm_npy_ints(&t, &n, m->data.data, m->data.len, &err),
                         0);
        if (at)
            text[at++] = '|';
        for (size_t i = 0; i < n && t[i]; i++)
            text[at++] = t[i] == 1   ? 'b'
                         : t[i] == 2 ? 'e'
                         : t[i] == 3 ? 'i'
                                     : 'w';
        text[at] = 0;
        free(t);
    }
    *counts = *mm_packer_counts(p);
    mm_packer_free(p);
    mm_sample_release(&s);
    return text;
}

static void test_cuts(void **state)
{
    struct mm_pack_config c = base;
    struct mm_pack_counts n;

    (void)state;
    c.seq_len = 8;
    assert_string_equal(pieces(&c, "wwwwww", NULL, &n), "bwwwwwwe");
    assert_int_equal(n.cut, 0);
    assert_string_equal(pieces(&c, "wwwwwwwww", NULL, &n), "bwwwwwww|bwwe");
    assert_int_equal(n.cut, 1);
    /* an EOS alone is no segment */
    assert_string_equal(pieces(&c, "wwwwwww", NULL, &n), "bwwwwwww");
    /* a picture is not cut, and stays with its text */
    assert_string_equal(pieces(&c, "wwwwiw", NULL, &n), "bwwww|biiiiwe");
    assert_string_equal(pieces(&c, "wwwiww", NULL, &n), "bwww|biiiiwwe");
    assert_string_equal(pieces(&c, "iwiw", NULL, &n), "biiiiw|biiiiwe");
    /* but nothing can be held back for ever */
    assert_string_equal(pieces(&c, "ii", NULL, &n), "biiii|biiiie");
    c.seq_len = 100;
    assert_string_equal(pieces(&c, "iiiiiw", NULL, &n),
                        "biiiiiiiiiiiiiiii|biiiiwe");
}

static void test_drops(void **state)
{
    static const char roles[] =
        ",\"roles\":[\"user\",\"user\",\"user\",\"assistant\"]";
    struct mm_pack_config c = base;
    struct mm_pack_counts n;

    (void)state;
    c.seq_len = 5;
    assert_string_equal(pieces(&c, "wwww", roles, &n), "");
    assert_int_equal(n.dropped_long, 1);
    c.seq_len = 6;
    assert_string_equal(pieces(&c, "wwww", roles, &n), "bwwwwe");
    c.too_long = MM_PACK_DROP;
    assert_string_equal(pieces(&c, "wwwwwww", NULL, &n), "");
    assert_int_equal(n.dropped_long, 1);
    c.too_long = MM_PACK_CUT;
    c.seq_len = 12;
    assert_string_equal(pieces(&c, "wIw", NULL, &n), "");
    assert_int_equal(n.dropped_image, 1);
    c.seq_len = 100;
    c.max_images = 2;
    assert_string_equal(pieces(&c, "wIw", NULL, &n), "");
    assert_int_equal(n.dropped_image, 1);
    c.max_images = 0;
    assert_string_equal(pieces(&c, "www", NULL, &n), "bwwwe");
}

/* ---- what does not fit together ---- */

static void refuse(struct mm_sample *s, const char *why)
{
    struct mm_err err;
    struct mm_packer *p = mm_packer_create(&base, "src", &err);

    assert_int_equal(mm_packer_put(p, s, &err), -1);
    assert_int_equal(err.code, MM_EDATA);
    if (!strstr(err.msg, why))
        fail_msg("'%s' lacks '%s'", err.msg, why);
    mm_packer_free(p);
}

static void replace(struct mm_sample *s, const char *name,
                    enum mm_npy_type type, size_t n, const void *data)
{
    mm_sample_remove(s, mm_sample_find(s, name));
    add_array(s, name, type, 1, &n, data);
}

static void test_bad(void **state)
{
    static const int32_t no_bos[] = { 9, 9, 2 }, extra[] = { 1, 3, 3, 2 },
                         none[] = { 1, 9, 9, 2 }, big[] = { 1, 3, 1000, 2 },
                         negative[] = { 1, 3, -1, 2 };
    struct mm_sample s = { 0 };

    (void)state;
    make_doc(&s, 1, "iw", NULL);
    mm_sample_remove(&s, mm_sample_find(&s, "tokens.npy"));
    refuse(&s, "mm1-tokenize encode");
    make_doc(&s, 1, "iw", NULL);
    mm_sample_remove(&s, mm_sample_find(&s, "json"));
    refuse(&s, "json");
    make_doc(&s, 1, "iw", NULL);
    mm_sample_remove(&s, mm_sample_find(&s, "0.u8.npy"));
    refuse(&s, "no member '0.u8.npy'");
    make_doc(&s, 1, "iw", NULL);
    replace(&s, "tokens.npy", MM_NPY_I4, 4, extra);
    refuse(&s, "2 image tokens and 1 pictures");
    replace(&s, "tokens.npy", MM_NPY_I4, 4, none);
    refuse(&s, "0 image tokens and 1 pictures");
    replace(&s, "tokens.npy", MM_NPY_I4, 4, big);
    refuse(&s, "not in the vocabulary");
    replace(&s, "tokens.npy", MM_NPY_I4, 4, negative);
    refuse(&s, "not in the vocabulary");
    replace(&s, "tokens.npy", MM_NPY_I4, 3, no_bos);
    refuse(&s, "loss.npy");
    replace(&s, "loss.npy", MM_NPY_U1, 3, "\0\1\1");
    refuse(&s, "BOS");
    make_doc(&s, 1, "iw", NULL);
    replace(&s, "0.u8.npy", MM_NPY_U1, 12, "123456789012");
    refuse(&s, "views,height");
    mm_sample_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_lost), cmocka_unit_test(test_fill),
        cmocka_unit_test(test_cuts), cmocka_unit_test(test_drops),
        cmocka_unit_test(test_bad)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
