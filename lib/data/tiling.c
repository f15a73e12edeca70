/*
 * tiling.c - into which views a picture is taken apart
 */
#include "data/tiling.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const overviews[] = { "first", "last", "none" };

const char *mm_overview_name(enum mm_overview o)
{
    return overviews[o];
}

int mm_overview_find(const char *name)
{
    for (int i = 0; i < 3; i++)
        if (strcmp(name, overviews[i]) == 0)
            return i;
    return -1;
}

/* ---- as text ---- */

/* "A<between>B", both from 1 on; 0: it is something else */
static int two_numbers(const char *text, char between, size_t *a, size_t *b)
{
    char *end;

    if (*text < '1' || *text > '9')
        return 0;
    *a = strtoul(text, &end, 10);
    if (*end != between || end[1] < '1' || end[1] > '9')
        return 0;
    *b = strtoul(end + 1, &end, 10);
    return *end == '\0';
}

int mm_tiling_parse(struct mm_tiling *t, const char *text, struct mm_err *err)
{
    size_t a = 0, b = 0;

    t->cols = t->rows = t->min = t->max = 0;
    if (strcmp(text, "none") == 0)
        return 0;
    if (two_numbers(text, 'x', &a, &b)) {
        t->cols = a;
        t->rows = b;
        if (a <= MM_TILES_MAX && b <= MM_TILES_MAX && a * b <= MM_TILES_MAX)
            return 0;
        return mm_fail(err, MM_EUSAGE, "a grid of %s is over %d tiles", text,
                       MM_TILES_MAX);
    }
    if (two_numbers(text, '-', &a, &b) && a <= b) {
        t->min = a;
        t->max = b;
        if (b <= MM_TILES_MAX)
            return 0;
        return mm_fail(err, MM_EUSAGE, "a grid of %s is over %d tiles", text,
                       MM_TILES_MAX);
    }
    return mm_fail(err, MM_EUSAGE,
                   "'%.40s' is no grid: none, COLSxROWS as 2x2, or MIN-MAX "
                   "tiles as 1-9",
                   text);
}

void mm_tiling_print(const struct mm_tiling *t, char text[MM_TILING_TEXT])
{
    if (t->max > 0)
        snprintf(text, MM_TILING_TEXT, "%zu-%zu", t->min, t->max);
    else if (t->cols > 0)
        snprintf(text, MM_TILING_TEXT, "%zux%zu", t->cols, t->rows);
    else
        snprintf(text, MM_TILING_TEXT, "none");
}

int mm_tiling_is_on(const struct mm_tiling *t)
{
    return mm_tiling_most(t) > 1;
}

/* ---- the grid ---- */

/* How a picture stands in a grid, all in one unit that needs no fractions */
struct stand {
    double scale; /* over 1: enlarged */
    double empty; /* pixels of the grid that it leaves */
};

static struct stand stand_in(struct mm_grid g, size_t side, size_t width,
                             size_t height)
{
    double w = (double)(g.cols * side), h = (double)(g.rows * side);
    double x = w / (double)width, y = h / (double)height;
    double scale = x < y ? x : y;

    return (struct stand){
        scale, w * h - scale * scale * (double)width * (double)height
    };
}

static int is_better(struct stand a, struct stand b)
{
    const double little = 1e-9; /* rounding makes no difference */

    if (a.scale >= 1 && b.scale >= 1)
        return a.empty < b.empty - little * (a.empty + b.empty + 1);
    return a.scale > b.scale * (1 + little);
}

static struct mm_grid choose_grid(const struct mm_tiling *t, size_t side,
                                  size_t width, size_t height)
{
    struct mm_grid best = { t->min, 1 };
    struct stand least = stand_in(best, side, width, height);

    for (size_t n = t->min; n <= t->max; n++)
        for (size_t rows = 1; rows <= n; rows++) {
            struct mm_grid g = { n / rows, rows };
            struct stand s = stand_in(g, side, width, height);

            if (n % rows != 0 || !is_better(s, least))
                continue;
            best = g;
            least = s;
        }
    return best;
}

struct mm_grid mm_tiling_grid(const struct mm_tiling *t, size_t side,
                              size_t width, size_t height)
{
    if (t->max > 0)
        return choose_grid(t, side, width, height);
    if (t->cols > 0)
        return (struct mm_grid){ t->cols, t->rows };
    return (struct mm_grid){ 1, 1 };
}

/* ---- views ---- */

size_t mm_tiling_views(const struct mm_tiling *t, struct mm_grid g)
{
    size_t tiles = g.cols * g.rows;

    return tiles == 1 ? 1 : tiles + (t->overview != MM_OVERVIEW_NONE);
}

size_t mm_tiling_most(const struct mm_tiling *t)
{
    struct mm_grid most = { t->max, 1 };

    if (t->max == 0)
        most = mm_tiling_grid(t, 1, 1, 1);
    return mm_tiling_views(t, most);
}

size_t mm_tiling_overview(const struct mm_tiling *t, size_t n)
{
    if (n == 1)
        return 0;
    if (t->overview == MM_OVERVIEW_NONE)
        return n;
    return t->overview == MM_OVERVIEW_FIRST ? 0 : n - 1;
}
