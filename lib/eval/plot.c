/*
 * plot.c - curves of numbers over steps as an SVG
 */
#include "eval/plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/json.h"
#include "base/mem.h"
#include "eval/markup.h"

#define MAX_LINE ((size_t)1 << 20)
#define MOST_POINTS 400

/* ---- reading ---- */

static struct mm_curve *find_curve(struct mm_plot *p, const char *name,
                                   struct mm_err *err)
{
    struct mm_curve *c;

    for (size_t i = 0; i < p->n; i++)
        if (strcmp(p->curves[i].name, name) == 0)
            return &p->curves[i];
    if (mm_grow(&p->curves, &p->cap, p->n + 1, sizeof *p->curves, err) < 0)
        return NULL;
    c = &p->curves[p->n];
    *c = (struct mm_curve){ .name = mm_strdup(name, err) };
    if (!c->name)
        return NULL;
    p->n++;
    return c;
}

/* Steps that were done again after a resume replace what they were before. */
static int add_point(struct mm_plot *p, const char *name, double x, double y,
                     struct mm_err *err)
{
    struct mm_curve *c = find_curve(p, name, err);

    if (!c)
        return -1;
    while (c->n && c->points[c->n - 1].x >= x)
        c->n--;
    if (mm_grow(&c->points, &c->cap, c->n + 1, sizeof *c->points, err) < 0)
        return -1;
    c->points[c->n++] = (struct mm_point){ x, y };
    return 0;
}

static int add_sources(struct mm_plot *p, const char *name, double step,
                       const struct mm_json *sources, struct mm_err *err)
{
    struct mm_buf full = { 0 };
    int result = 0;

    for (const struct mm_json *v = sources ? sources->child : NULL;
         result == 0 && v; v = v->next) {
        const struct mm_json *loss = mm_json_get(v, "loss");

        if (!v->key || !loss || loss->type != MM_JSON_NUMBER)
            continue;
        mm_buf_clear(&full);
        mm_buf_addf(&full, "%s, held-out %s", name, v->key);
        result = mm_buf_check(&full, err);
        if (result == 0)
            result = add_point(p, full.data, step, loss->number, err);
    }
    mm_buf_release(&full);
    return result;
}

static int add_event(struct mm_plot *p, const char *name,
                     const struct mm_json *event, struct mm_err *err)
{
    const char *ev = mm_json_str(mm_json_get(event, "ev"), "");
    const struct mm_json *loss = mm_json_get(event, "loss");
    double step = mm_json_num(mm_json_get(event, "step"), 0);

    if (strcmp(ev, "step") == 0 && loss && loss->type == MM_JSON_NUMBER)
        return add_point(p, name, step, loss->number, err);
    if (strcmp(ev, "eval") == 0)
        return add_sources(p, name, step, mm_json_get(event, "source"), err);
    return 0;
}

int mm_plot_add_metrics(struct mm_plot *p, const char *path, const char *name,
                        struct mm_err *err)
{
    struct mm_in *in = mm_in_open(path, err);
    struct mm_buf line = { 0 };
    size_t number = 0;
    int more = in ? 1 : -1;

    while (more > 0 && (more = mm_in_line(in, &line, MAX_LINE, err)) > 0) {
        struct mm_json_doc doc;

        number++;
        if (mm_json_parse(&doc, line.data, line.len, err) < 0) {
            more = mm_fail_in(err, "'%s', line %zu", path, number);
            break;
        }
        if (add_event(p, name, doc.root, err) < 0)
            more = -1;
        mm_json_release(&doc);
    }
    mm_buf_release(&line);
    mm_in_close(in);
    return more;
}

void mm_plot_release(struct mm_plot *p)
{
    for (size_t i = 0; i < p->n; i++) {
        free(p->curves[i].name);
        free(p->curves[i].points);
    }
    free(p->curves);
    *p = (struct mm_plot){ 0 };
}

/* ---- drawing ---- */

enum { WIDTH = 900,
       HEIGHT = 420,
       LEFT = 60,
       RIGHT = 310,
       TOP = 40,
       BOTTOM = 45 };

struct frame {
    double x0, x1, y0, y1;
};

static double to_x(const struct frame *f, double x)
{
    return LEFT + (x - f->x0) / (f->x1 - f->x0) * (WIDTH - LEFT - RIGHT);
}

static double to_y(const struct frame *f, double y)
{
    return HEIGHT - BOTTOM -
           (y - f->y0) / (f->y1 - f->y0) * (HEIGHT - TOP - BOTTOM);
}

static struct frame find_frame(const struct mm_plot *p)
{
    struct frame f = { INFINITY, -INFINITY, 0, -INFINITY };

    for (size_t i = 0; i < p->n; i++)
        for (size_t k = 0; k < p->curves[i].n; k++) {
            const struct mm_point *at = &p->curves[i].points[k];

            f.x0 = fmin(f.x0, at->x);
            f.x1 = fmax(f.x1, at->x);
            f.y1 = fmax(f.y1, at->y);
        }
    if (!(f.x1 > f.x0))
        f = (struct frame){ 0, 1, 0, 1 };
    if (!(f.y1 > 0))
        f.y1 = 1;
    return f;
}

/* 1, 2 or 5 times a power of ten, at least a fifth of the range */
static double tick_size(double range)
{
    double unit = pow(10, floor(log10(range / 5)));

    for (int k = 0; k < 3; k++) {
        static const double steps[] = { 1, 2, 5 };

        if (unit * steps[k] >= range / 5)
            return unit * steps[k];
    }
    return 10 * unit;
}

static void draw_axes(struct mm_buf *out, const struct frame *f)
{
    double dx = tick_size(f->x1 - f->x0), dy = tick_size(f->y1 - f->y0);

    for (double y = 0; y <= f->y1; y += dy)
        mm_buf_addf(out,
                    "<path d=\"M%d %.1fH%d\" class=\"grid\"/>"
                    "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%g</text>\n",
                    LEFT, to_y(f, y), WIDTH - RIGHT, LEFT - 8, to_y(f, y) + 4,
                    y);
    for (double x = ceil(f->x0 / dx) * dx; x <= f->x1; x += dx)
        mm_buf_addf(out,
                    "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%g"
                    "</text>\n",
                    to_x(f, x), HEIGHT - BOTTOM + 18, x);
    mm_buf_addf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">step"
                     "</text>\n",
                (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8);
}

/* The mean of each of at most MOST_POINTS runs of neighbours. */
static void draw_curve(struct mm_buf *out, const struct frame *f,
                       const struct mm_curve *c, size_t number)
{
    size_t run = (c->n + MOST_POINTS - 1) / MOST_POINTS;

    mm_buf_adds(out, "<path d=\"");
    for (size_t i = 0; i < c->n; i += run) {
        double x = 0, y = 0;
        size_t k = 0;

        for (; k < run && i + k < c->n; k++) {
            x += c->points[i + k].x;
            y += c->points[i + k].y;
        }
        mm_buf_addf(out, "%c%.1f %.1f", i ? 'L' : 'M',
                    to_x(f, x / (double)k), to_y(f, y / (double)k));
    }
    mm_buf_addf(out, "\" class=\"c%zu\"/>\n", number % 8);
}

static void draw_name(struct mm_buf *out, const struct mm_curve *c,
                      size_t number)
{
    int y = TOP + 10 + (int)number * 20, x = WIDTH - RIGHT + 16;

    mm_buf_addf(out, "<path d=\"M%d %dh20\" class=\"c%zu\"/><text x=\"%d\" "
                     "y=\"%d\">",
                x, y - 4, number % 8, x + 28, y);
    mm_markup_text(out, c->name);
    if (c->n)
        mm_buf_addf(out, " (%.3g)", c->points[c->n - 1].y);
    mm_buf_adds(out, "</text>\n");
}

int mm_plot_write(struct mm_buf *out, const struct mm_plot *p,
                  const char *title, struct mm_err *err)
{
    static const char *const colours[] = { "#3366cc", "#d2691e", "#2e8b57",
                                           "#8a2be2", "#b8860b", "#c71585",
                                           "#008b8b", "#708090" };
    struct frame f = find_frame(p);

    mm_buf_addf(out,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" "
                "viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" "
                "font-size=\"12\" fill=\"#666\">\n"
                "<style>path{fill:none;stroke-width:1.6}"
                ".grid{stroke:#8884;stroke-width:1}",
                WIDTH, HEIGHT);
    for (int i = 0; i < 8; i++)
        mm_buf_addf(out, ".c%d{stroke:%s}", i, colours[i]);
    mm_buf_addf(out, "</style>\n<text x=\"%d\" y=\"22\" font-size=\"15\">",
                LEFT);
    mm_markup_text(out, title);
    mm_buf_adds(out, "</text>\n");
    draw_axes(out, &f);
    for (size_t i = 0; i < p->n; i++) {
        draw_curve(out, &f, &p->curves[i], i);
        draw_name(out, &p->curves[i], i);
    }
    mm_buf_adds(out, "</svg>\n");
    return mm_buf_check(out, err);
}
