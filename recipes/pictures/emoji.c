/*
 * emoji.c - the pictures of a colour bitmap font, with the names of Unicode
 *
 *   emoji FONT NAMES DIR
 *
 * FONT is NotoColorEmoji.ttf, whose glyphs are PNG files inside (OpenType
 * tables cmap format 12, CBLC index formats 1 and 3, CBDT image format 17);
 * NAMES is Unicode's emoji-test.txt.  Single code points become DIR/HEX.png,
 * and standard output a line "HEX.png TAB name TAB subgroup" for each.
 * Sequences (flags, skin tones) are composed by the font and left out.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reading outside gives zeros; a font that was cut has no glyphs there. */
struct font {
    const unsigned char *data;
    size_t size;
};

static uint32_t u16(const struct font *f, size_t at)
{
    if (at > f->size || f->size - at < 2)
        return 0;
    return (uint32_t)f->data[at] << 8 | f->data[at + 1];
}

static uint32_t u32(const struct font *f, size_t at)
{
    return u16(f, at) << 16 | u16(f, at + 2);
}

/* Where a table begins; 0: there is none. */
static size_t find_table(const struct font *f, const char *tag)
{
    for (uint32_t i = 0; i < u16(f, 4); i++) {
        size_t at = 12 + 16 * (size_t)i;

        if (at + 16 <= f->size && memcmp(f->data + at, tag, 4) == 0)
            return u32(f, at + 8);
    }
    return 0;
}

/* The glyph of a code point by cmap format 12; 0: none. */
static uint32_t find_glyph(const struct font *f, size_t cmap, uint32_t code)
{
    for (uint32_t i = 0; i < u16(f, cmap + 2); i++) {
        size_t sub = cmap + u32(f, cmap + 4 + 8 * (size_t)i + 4);

        if (u16(f, sub) != 12)
            continue;
        for (uint32_t k = 0; k < u32(f, sub + 12); k++) {
            size_t group = sub + 16 + 12 * (size_t)k;

            if (group + 12 > f->size)
                break;
            if (code >= u32(f, group) && code <= u32(f, group + 4))
                return u32(f, group + 8) + code - u32(f, group);
        }
    }
    return 0;
}

/* Offset in CBDT of a glyph of a subtable; 0: its formats are others. */
static size_t find_bitmap(const struct font *f, size_t header, uint32_t index)
{
    size_t base = u32(f, header + 4), table = header + 8;

    if (u16(f, header + 2) != 17)
        return 0;
    if (u16(f, header) == 1)
        return base + u32(f, table + 4 * (size_t)index);
    if (u16(f, header) == 3)
        return base + u16(f, table + 2 * (size_t)index);
    return 0;
}

/* The PNG of a glyph: its bytes in the font, and *n; NULL: none. */
static const unsigned char *find_png(const struct font *f, uint32_t glyph,
                                     size_t *n)
{
    size_t cblc = find_table(f, "CBLC"), cbdt = find_table(f, "CBDT");
    size_t array = cblc + u32(f, cblc + 8);
    uint32_t count = u32(f, cblc + 16);

    for (uint32_t i = 0; cblc && cbdt && i < count; i++) {
        size_t row = array + 8 * (size_t)i, at;

        if (row + 8 > f->size)
            break;
        if (glyph < u16(f, row) || glyph > u16(f, row + 2))
            continue;
        at = find_bitmap(f, array + u32(f, row + 4), glyph - u16(f, row));
        *n = u32(f, cbdt + at + 5);
        if (at == 0 || cbdt + at + 9 > f->size ||
            *n > f->size - (cbdt + at + 9))
            return NULL;
        return f->data + cbdt + at + 9;
    }
    return NULL;
}

static unsigned char *read_file(const char *path, size_t *n)
{
    FILE *in = fopen(path, "rb");
    unsigned char *data = NULL;
    long size = -1;

    if (in && fseek(in, 0, SEEK_END) == 0)
        size = ftell(in);
    if (size > 0 && fseek(in, 0, SEEK_SET) == 0)
        data = malloc((size_t)size);
    if (data)
        *n = fread(data, 1, (size_t)size, in);
    if (in)
        fclose(in);
    if (!data)
        fprintf(stderr, "emoji: cannot read '%s'\n", path);
    return data;
}

static int write_png(const char *dir, const char *code,
                     const unsigned char *png, size_t n)
{
    char path[4096];
    FILE *out;
    int ok;

    snprintf(path, sizeof path, "%s/%s.png", dir, code);
    out = fopen(path, "wb");
    ok = out && fwrite(png, 1, n, out) == n;
    if (!out || fclose(out) != 0 || !ok) {
        fprintf(stderr, "emoji: cannot write '%s'\n", path);
        return -1;
    }
    return 0;
}

/*
 * "1F600 ; fully-qualified # X E1.0 grinning face": where the name begins.
 * FE0F after a code point only says that a picture is meant.
 */
static const char *parse_name(char *line, char code[8])
{
    char *name = strchr(line, '#');

    char rest[8] = "";

    if (!strstr(line, "; fully-qualified") || !name ||
        sscanf(line, "%7[0-9A-F] %7[0-9A-F]", code, rest) < 1 ||
        (*rest && strcmp(rest, "FE0F") != 0) ||
        strncmp(line + strlen(code), " FE0F 20E3", 10) == 0)
        return NULL;
    for (int skip = 0; name && skip < 3; skip++) {
        name = strchr(name, ' ');
        name += name ? strspn(name, " ") : 0;
    }
    if (name)
        name[strcspn(name, "\r\n")] = 0;
    return name;
}

static int convert(const struct font *f, FILE *names, const char *dir)
{
    char line[1024], group[128] = "", code[8];
    size_t cmap = find_table(f, "cmap");

    while (fgets(line, sizeof line, names)) {
        const unsigned char *png;
        const char *name;
        size_t n = 0;

        if (sscanf(line, "# subgroup: %127[^\r\n]", group) == 1)
            continue;
        name = parse_name(line, code);
        if (!name)
            continue;
        png = find_png(f, find_glyph(f, cmap, strtoul(code, NULL, 16)), &n);
        if (!png)
            continue;
        if (write_png(dir, code, png, n) < 0)
            return -1;
        printf("%s.png\t%s\t%s\n", code, name, group);
    }
    return fflush(stdout) == 0 ? 0 : -1;
}

int main(int argc, char **argv)
{
    struct font f = { NULL, 0 };
    FILE *names;
    int result;

    if (argc != 4) {
        fprintf(stderr, "usage: emoji FONT NAMES DIR\n");
        return 2;
    }
    f.data = read_file(argv[1], &f.size);
    names = fopen(argv[2], "r");
    if (!f.data || !names) {
        if (!names)
            fprintf(stderr, "emoji: cannot read '%s'\n", argv[2]);
        return 66;
    }
    result = convert(&f, names, argv[3]);
    fclose(names);
    free((void *)f.data);
    return result < 0 ? 74 : 0;
}
