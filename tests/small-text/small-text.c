/*
 * small-text.c - pictures with one small word each, and questions about them
 *
 *   small-text DIR SIDE SIZE CELLS FIRST COUNT FONT ...
 *
 * Writes DIR/NUMBER.0.png, SIDE x SIDE pixels of grey, and DIR/NUMBER.json, a
 * conversation: "What does it say?" and the word.  The word is one of a closed
 * list, all of five letters, in one of the fonts, of SIZE pixels or a twentieth
 * more or less, black on white, about the middle of one of CELLS x CELLS cells:
 * up to an eighth of SIZE away from it.  A number is always the same picture
 * with the same fonts.  Needs FreeType and libpng; for recipes/small-text and
 * nothing else.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ft2build.h>
#include FT_FREETYPE_H
#include <png.h>

#define MAX_SIDE 4096
#define MAX_FONTS 16

static const char *const words[] = { "bread", "cloud", "horse", "light",
                                     "money", "river", "stone", "grape" };
#define WORDS (sizeof words / sizeof *words)

static unsigned char page[MAX_SIDE][MAX_SIDE];
static unsigned side, size, cells;

static void die(const char *what)
{
    fprintf(stderr, "small-text: %s\n", what);
    exit(1);
}

/* ---- chance: splitmix64 of the picture's number ---- */

static uint64_t state;

static unsigned below(unsigned n)
{
    uint64_t z = state += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    return (unsigned)(z % n);
}

/* ---- drawing ---- */

struct pen {
    int x, y; /* of the base line, in 64ths of a pixel */
    unsigned char paper, ink;
};

static void blend(const struct pen *p, const FT_Bitmap *glyph, int left,
                  int top)
{
    for (int y = 0; y < (int)glyph->rows; y++)
        for (int x = 0; x < (int)glyph->width; x++) {
            int at = left + x, row = top + y;
            int a = glyph->buffer[y * glyph->pitch + x];

            if (at >= 0 && at < (int)side && row >= 0 && row < (int)side)
                page[row][at] = (unsigned char)(p->paper +
                                                (p->ink - p->paper) * a / 255);
        }
}

/* The word from p on, or only how far it goes: in 64ths */
static int draw(FT_Face face, const char *word, struct pen p, int visible)
{
    int begin = p.x;

    for (; *word != '\0'; word++) {
        FT_Vector shift = { p.x & 63, 0 };

        FT_Set_Transform(face, NULL, &shift);
        if (FT_Load_Char(face, (FT_ULong)*word, FT_LOAD_RENDER) != 0)
            die("a glyph is missing");
        if (visible)
            blend(&p, &face->glyph->bitmap,
                  (p.x >> 6) + face->glyph->bitmap_left,
                  (p.y >> 6) - face->glyph->bitmap_top);
        p.x += (int)face->glyph->linearHoriAdvance >> 10;
    }
    return p.x - begin;
}

/* Returns which word it is. */
static size_t make_page(FT_Face face)
{
    size_t word = below(WORDS);
    struct pen p = { 0, 0, 255, 0 };
    unsigned height = 64 * size * 19 / 20 + below(64 * size / 10 + 1);
    int width, cell = (int)(64 * side / cells), shift = (int)(64 * size / 8);

    if (FT_Set_Char_Size(face, 0, (FT_F26Dot6)height, 72, 72) != 0)
        die("a font has no such size");
    for (unsigned y = 0; y < side; y++)
        memset(page[y], p.paper, side);
    width = draw(face, words[word], p, 0);
    if (width + 2 * shift > cell)
        die("the words are too large");
    p.x = cell * (int)below(cells) + (cell - width) / 2 - shift +
          (int)below(2 * (unsigned)shift);
    p.y = cell * (int)below(cells) + (cell + (int)height / 2) / 2 - shift +
          (int)below(2 * (unsigned)shift);
    draw(face, words[word], p, 1);
    return word;
}

/* ---- files ---- */

static FILE *create(const char *dir, unsigned number, const char *suffix)
{
    char path[4096];
    FILE *f;

    snprintf(path, sizeof path, "%s/%06u.%s", dir, number, suffix);
    f = fopen(path, "wb");
    if (f == NULL)
        die("cannot write there");
    return f;
}

static void write_page(const char *dir, unsigned number)
{
    FILE *f = create(dir, number, "0.png");
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL,
                                              NULL, NULL);
    png_infop info = png_create_info_struct(png);

    png_init_io(png, f);
    png_set_compression_level(png, 1);
    png_set_IHDR(png, info, side, side, 8, PNG_COLOR_TYPE_GRAY,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_set_filter(png, 0, PNG_FILTER_NONE);
    png_write_info(png, info);
    for (unsigned y = 0; y < side; y++)
        png_write_row(png, page[y]);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    if (fclose(f) != 0)
        die("cannot write all");
}

static void write_question(const char *dir, unsigned number, const char *word)
{
    FILE *f = create(dir, number, "json");

    fprintf(f,
            "{\"texts\":[null,\"What does it say?\",\"%s\"],"
            "\"images\":[\"0.png\",null,null],"
            "\"roles\":[\"user\",\"user\",\"assistant\"],"
            "\"answers\":[\"%s\"]}\n",
            word, word);
    if (fclose(f) != 0)
        die("cannot write all");
}

static unsigned number_of(const char *text)
{
    return (unsigned)strtoul(text, NULL, 10);
}

int main(int argc, char **argv)
{
    FT_Library library;
    FT_Face faces[MAX_FONTS];
    unsigned first, count, fonts = (unsigned)argc - 7;

    if (argc < 8 || argc - 7 > MAX_FONTS)
        die("usage: small-text DIR SIDE SIZE CELLS FIRST COUNT FONT ...");
    side = number_of(argv[2]);
    size = number_of(argv[3]);
    cells = number_of(argv[4]);
    first = number_of(argv[5]);
    count = number_of(argv[6]);
    if (side > MAX_SIDE || FT_Init_FreeType(&library) != 0)
        die(side > MAX_SIDE ? "too large" : "FreeType does not start");
    for (unsigned i = 0; i < fonts; i++)
        if (FT_New_Face(library, argv[7 + i], 0, &faces[i]) != 0)
            die("a font cannot be read");
    for (unsigned n = first; n < first + count; n++) {
        size_t word;

        state = n * 0xd1342543de82ef95u;
        word = make_page(faces[below(fonts)]);
        write_page(argv[1], n);
        write_question(argv[1], n, words[word]);
    }
    FT_Done_FreeType(library);
    return 0;
}
