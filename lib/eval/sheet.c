/*
 * sheet.c - a contact sheet on one HTML page
 */
#include "eval/sheet.h"

#include <string.h>

#include "eval/item.h"

static const char style[] =
    ":root{color-scheme:light dark;--line:#8884;--good:#2a7d3f;--bad:#b3402f}"
    "body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:70rem;"
    "padding:0 1rem}"
    "h1{font-size:1.3rem;margin:0 0 1rem}"
    "ul{list-style:none;margin:0;padding:0;display:grid;gap:1rem;"
    "grid-template-columns:repeat(auto-fill,minmax(15rem,1fr))}"
    "li{border:1px solid var(--line);border-radius:.5rem;padding:.75rem}"
    "img{width:100%;height:10rem;object-fit:contain;image-rendering:pixelated;"
    "background:#8882;border-radius:.25rem}"
    "p{margin:.5rem 0;font-weight:600}"
    "dl{margin:0;display:grid;grid-template-columns:auto 1fr;gap:.1rem .6rem}"
    "dt{opacity:.65}dd{margin:0;overflow-wrap:anywhere}"
    ".good{color:var(--good)}.bad{color:var(--bad)}"
    "@media(prefers-color-scheme:dark){:root{--good:#6fcf86;--bad:#f08a78}}";

static void add_text(struct mm_buf *out, const char *s)
{
    for (; *s; s++)
        switch (*s) {
        case '<':
            mm_buf_adds(out, "&lt;");
            break;
        case '>':
            mm_buf_adds(out, "&gt;");
            break;
        case '&':
            mm_buf_adds(out, "&amp;");
            break;
        case '"':
            mm_buf_adds(out, "&quot;");
            break;
        default:
            mm_buf_addc(out, *s);
        }
}

static void add_base64(struct mm_buf *out, const struct mm_buf *bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrs"
                                 "tuvwxyz0123456789+/";
    const unsigned char *p = (const unsigned char *)bytes->data;

    for (size_t i = 0; i < bytes->len; i += 3) {
        size_t n = bytes->len - i < 3 ? bytes->len - i : 3;
        unsigned v = (unsigned)p[i] << 16;

        if (n > 1)
            v |= (unsigned)p[i + 1] << 8;
        if (n > 2)
            v |= p[i + 2];
        for (size_t k = 0; k < 4; k++)
            mm_buf_addc(out, k <= n ? digits[v >> (18 - 6 * k) & 63] : '=');
    }
}

static void add_picture(struct mm_buf *out, const struct mm_buf *bytes)
{
    int png = bytes->len > 3 && memcmp(bytes->data + 1, "PNG", 3) == 0;

    mm_buf_addf(out, "<img alt=\"\" src=\"data:image/%s;base64,",
                png ? "png" : "jpeg");
    add_base64(out, bytes);
    mm_buf_adds(out, "\">\n");
}

static void add_row(struct mm_buf *out, const char *term, const char *text,
                    const char *class)
{
    mm_buf_adds(out, "<dt>");
    add_text(out, term);
    mm_buf_addf(out, "</dt><dd class=\"%s\">", class);
    add_text(out, *text ? text : "(nothing)");
    mm_buf_adds(out, "</dd>\n");
}

/* What one run said about an item, and whether it was right. */
static void add_prediction(struct mm_buf *out, const struct mm_predictions *p,
                           const struct mm_score *s, const char *id)
{
    const struct mm_prediction *it = mm_predictions_find(p, id);
    const char *class = "";

    if (!it)
        return;
    if (!mm_metric_is_caption(s->metric))
        class = s->items[it - p->items] > 0.5 ? "good" : "bad";
    add_row(out, s->label, it->text, class);
}

static void add_item(struct mm_buf *out, const struct mm_item *it,
                     const struct mm_predictions *runs,
                     const struct mm_score *scores, size_t n_runs)
{
    mm_buf_adds(out, "<li>\n");
    for (size_t i = 0; i < it->n_pictures; i++)
        add_picture(out, it->pictures[i]);
    if (*it->question) {
        mm_buf_adds(out, "<p>");
        add_text(out, it->question);
        mm_buf_adds(out, "</p>\n");
    }
    mm_buf_adds(out, "<dl>\n");
    for (size_t r = 0; r < n_runs; r++)
        add_prediction(out, &runs[r], &scores[r], it->id);
    if (it->n_answers)
        add_row(out, "truth", it->answers[0], "");
    mm_buf_adds(out, "</dl></li>\n");
}

static int add_items(struct mm_buf *out, const struct mm_predictions *runs,
                     const struct mm_score *scores, size_t n_runs,
                     struct mm_source *data, size_t limit, struct mm_err *err)
{
    struct mm_item it = { 0 };
    size_t n = mm_source_count(data), shown = 0, seen = 0;
    int result = 0;

    for (size_t i = 0; result == 0 && i < n && shown < limit; i++) {
        if ((result = mm_source_load(data, i, &it, err)) > 0) {
            result = 0; /* a bad item was not asked */
            continue;
        }
        if (result < 0 || !mm_predictions_find(runs, it.id))
            continue;
        /* item number seen of n is the next of limit evenly spread ones */
        if (seen++ * limit < shown * runs->n)
            continue;
        add_item(out, &it, runs, scores, n_runs);
        shown++;
    }
    mm_item_release(&it);
    return result;
}

int mm_sheet_write(struct mm_buf *out, const char *title,
                   const struct mm_predictions *runs,
                   const struct mm_score *scores, size_t n_runs,
                   struct mm_source *data, size_t limit, struct mm_err *err)
{
    mm_buf_adds(out, "<!doctype html>\n<meta charset=\"utf-8\">\n<title>");
    add_text(out, title);
    mm_buf_addf(out, "</title>\n<style>%s</style>\n<h1>", style);
    add_text(out, title);
    mm_buf_adds(out, "</h1>\n<ul>\n");
    if (add_items(out, runs, scores, n_runs, data, limit, err) < 0)
        return -1;
    mm_buf_adds(out, "</ul>\n");
    return mm_buf_check(out, err);
}
