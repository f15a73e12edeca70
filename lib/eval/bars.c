/*
 * bars.c - scores as bars with their intervals
 */
#include "eval/bars.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "eval/markup.h"

enum { WIDTH = 900,
       LEFT = 230,
       RIGHT = 250,
       TOP = 46,
       ROW = 26,
       GAP = 34,
       THICK = 16 };

static const char *const colours[] = { "#3366cc", "#d2691e", "#2e8b57",
                                       "#8a2be2", "#b8860b", "#c71585",
                                       "#008b8b", "#708090" };

/* Is this the first score of its task? */
static int is_first(const struct mm_score *s, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (strcmp(s[k].task, s[i].task) == 0)
            return 0;
    return 1;
}

/* What the whole length of a task's bars stands for. */
static double longest(const struct mm_score *s, size_t n, const char *task)
{
    double most = 100;

    for (size_t i = 0; i < n; i++)
        if (strcmp(s[i].task, task) == 0) {
            most = fmax(most, s[i].value);
            if (!isnan(s[i].high))
                most = fmax(most, s[i].high);
        }
    return most;
}

/* The same label has the same colour in all tasks. */
static size_t colour_of(const struct mm_score *s, size_t i)
{
    size_t number = 0;

    for (size_t k = 0; k < i; k++) {
        size_t before = 0;

        if (strcmp(s[k].label, s[i].label) == 0)
            return colour_of(s, k);
        while (before < k && strcmp(s[before].label, s[k].label) != 0)
            before++;
        number += before == k;
    }
    return number;
}

static double to_x(double v, double most)
{
    return LEFT + fmax(0, v) / most * (WIDTH - LEFT - RIGHT);
}

static void draw_bar(struct mm_buf *out, const struct mm_score *s, size_t i,
                     double most, int y)
{
    const struct mm_score *it = &s[i];
    double end = isnan(it->value) ? LEFT : to_x(it->value, most);
    int middle = y + THICK / 2;

    mm_buf_addf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">",
                LEFT - 10, middle + 4);
    mm_markup_text(out, it->label);
    if (it->shots > 0)
        mm_buf_addf(out, ", %" PRId64 "-shot", it->shots);
    mm_buf_addf(out, "</text><rect x=\"%d\" y=\"%d\" width=\"%.1f\" "
                     "height=\"%d\" fill=\"%s\"/>",
                LEFT, y, fmax(1, end - LEFT), THICK,
                colours[colour_of(s, i) % 8]);
    if (!isnan(it->low)) {
        double a = to_x(it->low, most), b = to_x(it->high, most);

        mm_buf_addf(out, "<path d=\"M%.1f %dH%.1fM%.1f %dv8M%.1f %dv8\"/>",
                    a, middle, b, a, middle - 4, b, middle - 4);
        end = fmax(end, b);
    }
    mm_buf_addf(out, "<text x=\"%.1f\" y=\"%d\">%.2f", end + 8, middle + 4,
                it->value);
    if (!isnan(it->error))
        mm_buf_addf(out, " \302\261 %.2f", it->error);
    mm_buf_addf(out, " <tspan class=\"n\">%zu", it->n);
    if (it->expected)
        mm_buf_addf(out, " of %zu", it->expected);
    mm_buf_addf(out, "%s</tspan></text>\n", it->partial ? ", partial" : "");
}

static int draw_task(struct mm_buf *out, const struct mm_score *s, size_t n,
                     size_t first, int y)
{
    double most = longest(s, n, s[first].task);

    mm_buf_addf(out, "<text x=\"%d\" y=\"%d\" class=\"task\">", LEFT,
                y + 14);
    mm_markup_text(out, s[first].task);
    mm_buf_addf(out, ", %s:%s</text>\n", s[first].metric, s[first].flavour);
    y += 24;
    for (size_t i = first; i < n; i++)
        if (strcmp(s[i].task, s[first].task) == 0) {
            draw_bar(out, s, i, most, y);
            y += ROW;
        }
    return y + GAP - ROW;
}

static int height_of(const struct mm_score *s, size_t n)
{
    int y = TOP;

    for (size_t i = 0; i < n; i++)
        y += ROW + (is_first(s, i) ? 24 + GAP - ROW : 0);
    return y + 10;
}

int mm_bars_write(struct mm_buf *out, const char *title,
                  const struct mm_score *scores, size_t n, struct mm_err *err)
{
    int y = TOP;

    mm_buf_addf(out,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" "
                "viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" "
                "font-size=\"12\" fill=\"#666\">\n"
                "<style>path{fill:none;stroke:#333;stroke-width:1.6}"
                "rect{opacity:.8}"
                ".task{font-weight:bold;font-size:13px}.n{fill:#999}"
                "</style>\n<text x=\"%d\" y=\"24\" font-size=\"15\">",
                WIDTH, height_of(scores, n), LEFT);
    mm_markup_text(out, title);
    mm_buf_adds(out, "</text>\n");
    for (size_t i = 0; i < n; i++)
        if (is_first(scores, i))
            y = draw_task(out, scores, n, i, y);
    mm_buf_adds(out, "</svg>\n");
    return mm_buf_check(out, err);
}
