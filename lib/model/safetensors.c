/*
 * safetensors.c - named arrays in a file, read and written
 */
#include "model/safetensors.h"

#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/stamp.h"
#include "model/safetensors_type.h"

#define MAX_HEADER 100000000 /* the reference implementation's */
#define CHUNK ((size_t)1 << 20)

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "arrays are written as they stand in memory");

/* ---- reading ---- */

static int read_header(struct mm_safetensors *s, struct mm_err *err)
{
    uint64_t size, n = 0;
    char *text;
    int r = -1;

    if (!mm_in_is_file(s->in))
        return mm_fail(err, MM_EDATA, "not a file that can be read at random");
    size = mm_in_size(s->in);
    if (size < sizeof n)
        return mm_fail(err, MM_EDATA, "too short for a safetensors file");
    if (mm_in_pread(s->in, &n, sizeof n, 0, err) < 0)
        return -1;
    if (n > MAX_HEADER || n > size - sizeof n)
        return mm_fail(err, MM_EDATA, "not a safetensors file, or cut short: "
                                      "a header of %llu bytes in %llu",
                       (unsigned long long)n, (unsigned long long)size);
    s->data = sizeof n + n;
    text = mm_alloc((size_t)n, 1, err);
    if (!text)
        return -1;
    if (mm_in_pread(s->in, text, (size_t)n, sizeof n, err) == 0)
        r = mm_st_parse(&s->header, text, (size_t)n, size - s->data, err);
    free(text);
    return r;
}

int mm_safetensors_open(struct mm_safetensors *s, const char *path,
                        struct mm_err *err)
{
    *s = (struct mm_safetensors){ 0 };
    s->in = mm_in_open(path, err);
    if (!s->in)
        return -1;
    if (read_header(s, err) < 0) {
        mm_safetensors_close(s);
        return mm_fail_in(err, "'%s'", path);
    }
    return 0;
}

void mm_safetensors_close(struct mm_safetensors *s)
{
    mm_st_release(&s->header);
    mm_in_close(s->in);
    s->in = NULL;
}

int mm_safetensors_read(struct mm_safetensors *s, const struct mm_st_entry *e,
                        float *to, struct mm_err *err)
{
    mm_st_convert *convert = mm_st_type_convert(e->type);
    size_t unit = mm_st_type_bits(e->type) / 8;
    uint64_t left = e->end - e->begin, at = s->data + e->begin;
    char *chunk;
    int r = 0;

    if (!convert)
        return mm_fail(err, MM_EDATA, "tensor '%s': numbers of type %s cannot "
                                      "be read, only F32, BF16 and F16",
                       e->name, mm_st_type_name(e->type));
    chunk = mm_alloc(CHUNK, 1, err);
    if (!chunk)
        return -1;
    while (left > 0 && r == 0) {
        size_t n = left < CHUNK ? (size_t)left : CHUNK;

        r = mm_in_pread(s->in, chunk, n, at, err);
        if (r == 0)
            convert(to, chunk, n / unit);
        to += n / unit;
        at += n;
        left -= n;
    }
    free(chunk);
    return r;
}

/* ---- writing ---- */

static void header_tensor(struct mm_jw *w, const struct mm_tensor *t,
                          size_t *offset)
{
    static const char *const names[] = {
        [MM_F32] = "F32", [MM_BF16] = "BF16", [MM_I32] = "I32", [MM_U8] = "U8"
    };

    mm_jw_key(w, t->name);
    mm_jw_open(w, '{');
    mm_jw_put_str(w, "dtype", names[t->dtype]);
    mm_jw_key(w, "shape");
    mm_jw_open(w, '[');
    for (int i = 0; i < t->n_dim; i++)
        mm_jw_int(w, (int64_t)t->dim[i]);
    mm_jw_close(w, ']');
    mm_jw_key(w, "data_offsets");
    mm_jw_open(w, '[');
    mm_jw_int(w, (int64_t)*offset);
    *offset += mm_tensor_count(t) * mm_dtype_bytes(t->dtype);
    mm_jw_int(w, (int64_t)*offset);
    mm_jw_close(w, ']');
    mm_jw_close(w, '}');
}

/* Its length word and text, padded so that the arrays begin at a multiple of
 * 64 bytes. */
static int make_header(struct mm_buf *b, const struct mm_tensor *const *t,
                       size_t n, struct mm_err *err)
{
    uint64_t len = 0;
    size_t offset = 0;
    struct mm_jw w;

    mm_buf_add(b, &len, sizeof len);
    mm_jw_begin(&w, b);
    mm_jw_open(&w, '{');
    mm_jw_key(&w, "__metadata__");
    mm_jw_open(&w, '{');
    mm_jw_put_str(&w, "format", "pt");
    mm_jw_put_str(&w, "stamp", mm_stamp());
    mm_jw_close(&w, '}');
    for (size_t i = 0; i < n; i++)
        header_tensor(&w, t[i], &offset);
    mm_jw_close(&w, '}');
    while (b->len % 64 != 0 && !b->failed)
        mm_buf_addc(b, ' ');
    if (mm_buf_check(b, err) < 0)
        return -1;
    len = b->len - sizeof len;
    memcpy(b->data, &len, sizeof len);
    return 0;
}

int mm_safetensors_put(struct mm_out *out,
                       const struct mm_tensor *const *tensors, size_t n,
                       struct mm_err *err)
{
    struct mm_buf header = { 0 };
    int r = make_header(&header, tensors, n, err);

    if (r == 0)
        r = mm_out_write(out, header.data, header.len, err);
    for (size_t i = 0; i < n && r == 0; i++)
        r = mm_out_write(out, tensors[i]->data,
                         mm_tensor_count(tensors[i]) *
                             mm_dtype_bytes(tensors[i]->dtype),
                         err);
    mm_buf_release(&header);
    return r;
}
