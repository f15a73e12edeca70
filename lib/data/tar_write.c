/*
 * tar_write.c - headers of tar archives
 *
 * Fields as in POSIX.1-2008, pax, "ustar Interchange Format".  Owner and time
 * are zero, so that equal samples give equal archives.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "data/tar.h"

#define NAME_MAX_USTAR 100

struct ustar {
    char name[NAME_MAX_USTAR], mode[8], uid[8], gid[8], size[12], mtime[12];
    char chksum[8], type, linkname[100], magic[6], version[2];
    char uname[32], gname[32], devmajor[8], devminor[8], prefix[155], rest[12];
};

static void header(struct mm_buf *out, const char *name, size_t name_len,
                   char type, uint64_t size)
{
    struct ustar h;
    unsigned sum = 0;
    const unsigned char *p = (const unsigned char *)&h;

    assert(sizeof(h) == MM_TAR_BLOCK && name_len <= sizeof(h.name));
    assert(size < (uint64_t)1 << 33); /* 11 octal digits */
    memset(&h, 0, sizeof(h));
    memcpy(h.name, name, name_len);
    memcpy(h.mode, "0000644", 8);
    memcpy(h.uid, "0000000", 8);
    memcpy(h.gid, "0000000", 8);
    snprintf(h.size, sizeof(h.size), "%011llo", (unsigned long long)size);
    memcpy(h.mtime, "00000000000", 12);
    memset(h.chksum, ' ', sizeof(h.chksum));
    h.type = type;
    memcpy(h.magic, "ustar", 6);
    memcpy(h.version, "00", 2);
    for (size_t i = 0; i < sizeof(h); i++)
        sum += p[i];
    snprintf(h.chksum, 7, "%06o", sum & 0777777);
    mm_buf_add(out, &h, sizeof(h));
}

void mm_tar_pad(struct mm_buf *out, uint64_t size)
{
    static const char zeros[MM_TAR_BLOCK];
    size_t over = size % MM_TAR_BLOCK;

    if (over)
        mm_buf_add(out, zeros, MM_TAR_BLOCK - over);
}

/* The bytes of a record "LENGTH keyword=value\n"; LENGTH counts itself. */
static size_t record_bytes(const char *keyword, size_t value_len)
{
    size_t rest = 1 + strlen(keyword) + 1 + value_len + 1;
    size_t n = rest + 1;
    char digits[24];

    while ((size_t)snprintf(digits, sizeof(digits), "%zu", n) + rest != n)
        n = rest + (size_t)snprintf(digits, sizeof(digits), "%zu", n);
    return n;
}

/* An extended header ('x' for the next entry, 'g' for all) of one record. */
static void extended(struct mm_buf *out, char type, const char *keyword,
                     const char *value)
{
    static const char name[] = "pax_header", global[] = "pax_global_header";
    size_t len = strlen(value), n = record_bytes(keyword, len);

    if (type == 'g')
        header(out, global, sizeof(global) - 1, type, n);
    else
        header(out, name, sizeof(name) - 1, type, n);
    mm_buf_addf(out, "%zu %s=", n, keyword);
    mm_buf_add(out, value, len);
    mm_buf_addc(out, '\n');
    mm_tar_pad(out, n);
}

void mm_tar_header(struct mm_buf *out, const char *name, uint64_t size)
{
    size_t len = strlen(name);

    if (len > NAME_MAX_USTAR) {
        extended(out, 'x', "path", name);
        len = NAME_MAX_USTAR;
    }
    header(out, name, len, '0', size);
}

void mm_tar_global(struct mm_buf *out, const char *keyword, const char *value)
{
    extended(out, 'g', keyword, value);
}

void mm_tar_end(struct mm_buf *out)
{
    static const char zeros[2 * MM_TAR_BLOCK];

    mm_buf_add(out, zeros, sizeof(zeros));
}

static uint64_t round_up(uint64_t n)
{
    return (n + MM_TAR_BLOCK - 1) / MM_TAR_BLOCK * MM_TAR_BLOCK;
}

uint64_t mm_tar_bytes(size_t name_len, uint64_t size)
{
    uint64_t n = MM_TAR_BLOCK + round_up(size);

    if (name_len > NAME_MAX_USTAR)
        n += MM_TAR_BLOCK + round_up(record_bytes("path", name_len));
    return n;
}
