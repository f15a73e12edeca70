/*
 * tar.c - reading tar archives
 *
 * Headers as in POSIX.1-2008, pax, "ustar Interchange Format" and "pax Header
 * Block"; of GNU tar the types L (long name) and K (long link), and sizes in
 * base 256.  An extended header holds for the next entry; two of one kind in a
 * row are refused, so that a chain of them cannot go on forever.
 */
#include "data/tar.h"

#include <assert.h>
#include <string.h>

#define NAME_MAX_BYTES 8192 /* of a long name, before other checks */
#define PAX_MAX ((uint64_t)1 << 20)
#define SIZE_MAX_BYTES ((uint64_t)1 << 62)

/* Offsets and lengths of the fields used here. */
enum { NAME = 0,
       NAME_LEN = 100,
       SIZE = 124,
       SIZE_LEN = 12,
       CHKSUM = 148,
       CHKSUM_LEN = 8,
       TYPE = 156,
       MAGIC = 257,
       PREFIX = 345,
       PREFIX_LEN = 155 };

void mm_tar_init(struct mm_tar *t, struct mm_tar_source source)
{
    memset(t, 0, sizeof(*t));
    t->source = source;
}

void mm_tar_release(struct mm_tar *t)
{
    mm_buf_release(&t->name);
    mm_buf_release(&t->pax);
}

void mm_tar_restart(struct mm_tar *t, uint64_t offset)
{
    t->offset = offset;
    t->left = 0;
    t->held = t->ended = 0;
}

void mm_tar_hold(struct mm_tar *t)
{
    t->held = 1;
}

static int bad(struct mm_err *err, uint64_t at, const char *what)
{
    return mm_fail(err, MM_EDATA, "corrupted: %s at byte %llu of the tar",
                   what, (unsigned long long)at);
}

static int cut(const struct mm_tar *t, struct mm_err *err)
{
    return mm_fail(err, MM_EDATA, "cut short: ends inside an entry at byte "
                                  "%llu of the tar; make it again",
                   (unsigned long long)t->offset);
}

/* ---- fields of a header block ---- */

/* Octal digits between spaces and zeros; -1 for anything else. */
static int octal(const uint8_t *p, size_t n, uint64_t *out)
{
    uint64_t v = 0;
    size_t i = 0;

    while (i < n && p[i] == ' ')
        i++;
    for (; i < n && p[i] >= '0' && p[i] <= '7'; i++) {
        if (v >> 60)
            return -1;
        v = v * 8 + (uint64_t)(p[i] - '0');
    }
    for (; i < n; i++)
        if (p[i] != ' ' && p[i] != 0)
            return -1;
    *out = v;
    return 0;
}

/* Octal, or base 256 with the top bit set; negative numbers are refused. */
static int number(const uint8_t *p, size_t n, uint64_t *out)
{
    uint64_t v = p[0] & 0x3f;

    if (!(p[0] & 0x80))
        return octal(p, n, out);
    if (p[0] & 0x40)
        return -1;
    for (size_t i = 1; i < n; i++) {
        if (v >> 54)
            return -1;
        v = v << 8 | p[i];
    }
    *out = v;
    return 0;
}

/* The sum over the block, its own field taken as spaces; both readings of a
 * char were in use. */
static int sum_matches(const uint8_t *b)
{
    uint64_t want;
    int64_t plus = 0, minus = 0;

    if (octal(b + CHKSUM, CHKSUM_LEN, &want) != 0)
        return 0;
    for (size_t i = 0; i < MM_TAR_BLOCK; i++) {
        int in_field = i >= CHKSUM && i < CHKSUM + CHKSUM_LEN;
        uint8_t c = in_field ? ' ' : b[i];

        plus += c;
        minus += (int8_t)c;
    }
    return (int64_t)want == plus || (int64_t)want == minus;
}

static size_t field_len(const uint8_t *p, size_t max)
{
    const uint8_t *z = memchr(p, 0, max);

    return z ? (size_t)(z - p) : max;
}

static void take_name(struct mm_buf *name, const uint8_t *b)
{
    size_t prefix = field_len(b + PREFIX, PREFIX_LEN);

    mm_buf_clear(name);
    /* GNU's own format ("ustar  ") keeps times where POSIX has the prefix */
    if (memcmp(b + MAGIC, "ustar", 6) == 0 && prefix) {
        mm_buf_add(name, b + PREFIX, prefix);
        mm_buf_addc(name, '/');
    }
    mm_buf_add(name, b + NAME, field_len(b + NAME, NAME_LEN));
}

/* ---- taking bytes ---- */

static int take_full(struct mm_tar *t, void *p, size_t n, struct mm_err *err)
{
    ssize_t got = t->source.read(t->source.ctx, p, n, err);

    if (got < 0)
        return -1;
    t->offset += (uint64_t)got;
    return (size_t)got == n ? 0 : cut(t, err);
}

static int skip(struct mm_tar *t, uint64_t n, struct mm_err *err)
{
    char scratch[8192];

    while (n > 0) {
        size_t want = n < sizeof(scratch) ? (size_t)n : sizeof(scratch);

        if (take_full(t, scratch, want, err) != 0)
            return -1;
        n -= want;
    }
    return 0;
}

static uint64_t padding(uint64_t size)
{
    return (MM_TAR_BLOCK - size % MM_TAR_BLOCK) % MM_TAR_BLOCK;
}

int mm_tar_data(struct mm_tar *t, struct mm_buf *out, uint64_t max,
                struct mm_err *err)
{
    size_t step = 1 << 16;

    assert(t->left == t->size);
    if (t->size > max)
        return mm_fail(err, MM_EDATA, "'%.200s' claims %llu bytes, over the "
                                      "limit of %llu",
                       t->name.data, (unsigned long long)t->size,
                       (unsigned long long)max);
    while (t->left > 0) {
        size_t want = t->left < step ? (size_t)t->left : step;
        void *p = mm_buf_extend(out, want);

        if (!p)
            return mm_buf_check(out, err);
        if (take_full(t, p, want, err) != 0)
            return -1;
        t->left -= want;
        step = step < (1 << 24) ? step * 2 : step;
    }
    mm_buf_extend(out, 0);
    if (skip(t, padding(t->size), err) != 0)
        return -1;
    return 0;
}

/* ---- extended headers ---- */

const char *mm_tar_record(const char *p, size_t n, const char *keyword,
                          size_t *value_len, int *wrong)
{
    size_t key_len = strlen(keyword), at = 0;
    const char *found = NULL;

    *wrong = 0;
    while (at < n) {
        size_t len = 0, i = at;
        const char *equals;

        for (; i < n && p[i] >= '0' && p[i] <= '9' && len <= n; i++)
            len = len * 10 + (size_t)(p[i] - '0');
        if (i == at || i == n || p[i] != ' ' || len > n - at ||
            len < i - at + 3 || p[at + len - 1] != '\n') {
            *wrong = 1;
            return NULL;
        }
        i++;
        equals = memchr(p + i, '=', at + len - 1 - i);
        if (!equals) {
            *wrong = 1;
            return NULL;
        }
        if ((size_t)(equals - p) - i == key_len &&
            memcmp(p + i, keyword, key_len) == 0) {
            found = equals + 1;
            *value_len = at + len - 1 - (size_t)(equals + 1 - p);
        }
        at += len;
    }
    return found;
}

/* What the extended headers before an entry said of it. */
struct extras {
    int have_name, have_size, seen_x, seen_l, seen_k;
    struct mm_buf name;
    uint64_t size;
};

static int decimal(const char *p, size_t n, uint64_t *out)
{
    uint64_t v = 0;

    if (n == 0 || n > 18)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9')
            return -1;
        v = v * 10 + (uint64_t)(p[i] - '0');
    }
    *out = v;
    return 0;
}

static int take_pax(struct mm_tar *t, struct extras *x, struct mm_err *err)
{
    const char *v;
    size_t n = 0;
    int wrong;

    if (x->seen_x++)
        return bad(err, t->begin, "two extended headers in a row");
    mm_buf_clear(&t->pax);
    if (mm_tar_data(t, &t->pax, PAX_MAX, err) != 0)
        return -1;
    v = mm_tar_record(t->pax.data, t->pax.len, "path", &n, &wrong);
    if (wrong)
        return bad(err, t->begin, "a wrong extended header");
    if (v) {
        mm_buf_clear(&x->name);
        mm_buf_add(&x->name, v, n);
        x->have_name = 1;
    }
    v = mm_tar_record(t->pax.data, t->pax.len, "size", &n, &wrong);
    if (v && decimal(v, n, &x->size) != 0)
        return bad(err, t->begin, "a wrong size in an extended header");
    x->have_size |= v != NULL;
    if (mm_tar_record(t->pax.data, t->pax.len, "GNU.sparse.major", &n, &wrong))
        return bad(err, t->begin, "a sparse file (unpack it first)");
    return 0;
}

static int take_long_name(struct mm_tar *t, struct extras *x,
                          struct mm_err *err)
{
    if (t->type == 'L' ? x->seen_l++ : x->seen_k++)
        return bad(err, t->begin, "two long names in a row");
    mm_buf_clear(&t->pax);
    if (mm_tar_data(t, &t->pax, NAME_MAX_BYTES, err) != 0)
        return -1;
    if (t->type == 'L' && !x->have_name) {
        size_t n = field_len((const uint8_t *)t->pax.data, t->pax.len);

        mm_buf_clear(&x->name);
        mm_buf_add(&x->name, t->pax.data, n);
        x->have_name = 1;
    }
    return 0;
}

/* ---- entries ---- */

static int all_zero(const uint8_t *b)
{
    static const uint8_t zeros[MM_TAR_BLOCK];

    return memcmp(b, zeros, MM_TAR_BLOCK) == 0;
}

/* The next header block, whatever it is for. */
static enum mm_tar_result read_block(struct mm_tar *t, struct mm_err *err)
{
    uint8_t b[MM_TAR_BLOCK];
    uint64_t at = t->offset;
    ssize_t n = t->source.read(t->source.ctx, b, sizeof(b), err);

    if (n < 0)
        return MM_TAR_ERROR;
    t->offset += (uint64_t)n;
    if (n == 0)
        return MM_TAR_CUT;
    if (n < MM_TAR_BLOCK)
        return (enum mm_tar_result)cut(t, err);
    if (all_zero(b))
        return MM_TAR_END;
    if (!sum_matches(b))
        return (enum mm_tar_result)bad(err, at, "no tar header");
    if (number(b + SIZE, SIZE_LEN, &t->size) != 0 || t->size > SIZE_MAX_BYTES)
        return (enum mm_tar_result)bad(err, at, "a wrong size");
    t->type = b[TYPE] ? (char)b[TYPE] : '0';
    t->left = t->size;
    take_name(&t->name, b);
    return MM_TAR_ENTRY;
}

/* Links, devices, directories and fifos have no data, whatever is claimed. */
static int has_data(char type)
{
    return !(type >= '1' && type <= '6');
}

static void apply(struct mm_tar *t, const struct extras *x)
{
    if (x->have_name) {
        mm_buf_clear(&t->name);
        mm_buf_add(&t->name, x->name.data, x->name.len);
    }
    if (x->have_size)
        t->size = x->size;
    if (!has_data(t->type))
        t->size = 0;
    t->left = t->size;
}

static enum mm_tar_result read_entry(struct mm_tar *t, struct extras *x,
                                     struct mm_err *err)
{
    uint64_t begin = t->offset;

    for (;;) {
        enum mm_tar_result r = read_block(t, err);
        int extra;

        if (r == MM_TAR_ERROR)
            return r;
        extra = x->seen_x || x->seen_l || x->seen_k;
        if (r != MM_TAR_ENTRY)
            return extra ? (enum mm_tar_result)cut(t, err) : r;
        if (t->type == 'x')
            r = (enum mm_tar_result)take_pax(t, x, err);
        else if (t->type == 'L' || t->type == 'K')
            r = (enum mm_tar_result)take_long_name(t, x, err);
        else
            break;
        if (r == MM_TAR_ERROR)
            return r;
    }
    apply(t, x);
    t->begin = begin;
    if (t->type == 'S')
        return (enum mm_tar_result)bad(err, begin,
                                       "a sparse file (unpack it first)");
    if (memchr(t->name.data, 0, t->name.len))
        return (enum mm_tar_result)bad(err, begin, "a name with a zero byte");
    if (mm_buf_check(&t->name, err) != 0)
        return MM_TAR_ERROR;
    return MM_TAR_ENTRY;
}

enum mm_tar_result mm_tar_next(struct mm_tar *t, struct mm_err *err)
{
    struct extras x = { 0 };
    enum mm_tar_result r;

    if (t->held) {
        t->held = 0;
        return MM_TAR_ENTRY;
    }
    if (t->ended)
        return MM_TAR_END;
    if (skip(t, t->left + (t->left ? padding(t->size) : 0), err) != 0)
        return MM_TAR_ERROR;
    t->left = 0;
    r = read_entry(t, &x, err);
    mm_buf_release(&x.name);
    t->ended = r == MM_TAR_END;
    return r;
}
