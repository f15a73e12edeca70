/*
 * compare_table.c - comparisons as tables
 */
#include <math.h>

#include "eval/compare.h"
#include "eval/csv_write.h"
#include "eval/markup.h"

/* ---- JSON and CSV ---- */

static void add_number(struct mm_jw *w, const char *key, double value)
{
    mm_jw_put_num(w, key, value);
}

int mm_comparison_partial(const struct mm_comparison *c)
{
    return c->a->partial || c->b->partial || c->only_a || c->only_b;
}

static void json_row(struct mm_jw *w, const struct mm_comparison *c)
{
    mm_jw_open(w, '{');
    mm_jw_put_str(w, "task", c->a->task);
    mm_jw_put_str(w, "a", c->name_a);
    mm_jw_put_str(w, "b", c->name_b);
    mm_jw_put_str(w, "metric", c->a->metric);
    mm_jw_put_str(w, "flavour", c->a->flavour);
    add_number(w, "mean_a", c->mean_a);
    add_number(w, "mean_b", c->mean_b);
    add_number(w, "difference", c->difference);
    add_number(w, "error", c->error);
    add_number(w, "low", c->low);
    add_number(w, "high", c->high);
    add_number(w, "p", c->p);
    if (c->binary) {
        mm_jw_put_size(w, "only_a_right", c->lost);
        mm_jw_put_size(w, "only_b_right", c->won);
    }
    add_number(w, "p_mcnemar", c->mcnemar);
    mm_jw_put_size(w, "n", c->n);
    mm_jw_put_size(w, "clusters", c->clusters);
    mm_jw_put_size(w, "only_in_a", c->only_a);
    mm_jw_put_size(w, "only_in_b", c->only_b);
    add_number(w, "items_to_resolve", c->needed);
    add_number(w, "resolved", c->resolved);
    if (c->a->expected)
        mm_jw_put_size(w, "expected", c->a->expected);
    mm_jw_put_bool(w, "partial", mm_comparison_partial(c));
    mm_jw_close(w, '}');
}

static void json_table(struct mm_buf *out, const struct mm_comparison *c,
                       size_t n)
{
    struct mm_jw w;

    mm_jw_begin(&w, out);
    mm_jw_open(&w, '[');
    for (size_t i = 0; i < n; i++)
        json_row(&w, &c[i]);
    mm_jw_close(&w, ']');
    mm_buf_addc(out, '\n');
}

static void csv_row(struct mm_buf *out, const struct mm_comparison *c)
{
    struct mm_csv_row r = { .out = out };

    mm_csv_text(&r, c->a->task);
    mm_csv_text(&r, c->name_a);
    mm_csv_text(&r, c->name_b);
    mm_csv_text(&r, c->a->metric);
    mm_csv_text(&r, c->a->flavour);
    mm_csv_number(&r, c->mean_a);
    mm_csv_number(&r, c->mean_b);
    mm_csv_number(&r, c->difference);
    mm_csv_number(&r, c->error);
    mm_csv_number(&r, c->low);
    mm_csv_number(&r, c->high);
    mm_csv_number(&r, c->p);
    mm_csv_number(&r, c->mcnemar);
    mm_csv_count(&r, c->n);
    mm_csv_count(&r, c->clusters);
    mm_csv_number(&r, c->needed);
    mm_csv_number(&r, c->resolved);
    mm_csv_count(&r, c->a->expected);
    mm_csv_text(&r, mm_comparison_partial(c) ? "yes" : "no");
    mm_csv_end(&r);
}

/* ---- text and Markdown ---- */

static void add_p(struct mm_buf *out, double p, const char *bar)
{
    if (isnan(p))
        mm_buf_addf(out, "%8s%s", "-", bar);
    else
        mm_buf_addf(out, p < 0.0001 ? "%8.1e%s" : "%8.4f%s", p, bar);
}

static void text_row(struct mm_buf *out, const struct mm_comparison *c,
                     const char *bar)
{
    const char *edge = *bar == '|' ? bar : "";
    struct mm_buf room[3] = { { 0 } };

    mm_buf_addf(out, "%s%-14s%s%-20s%s%-20s%s%7.2f%s%7.2f%s%+7.2f%s",
                edge, mm_markup_cell(&room[0], c->a->task, bar), bar,
                mm_markup_cell(&room[1], c->name_a, bar), bar,
                mm_markup_cell(&room[2], c->name_b, bar), bar, c->mean_a, bar,
                c->mean_b, bar, c->difference, bar);
    for (size_t i = 0; i < 3; i++)
        mm_buf_release(&room[i]);
    if (isnan(c->low))
        mm_buf_addf(out, "%5s%s%-17s%s", "", bar, "", bar);
    else
        mm_buf_addf(out, "%5.2f%s%+7.2f .. %+6.2f%s", c->error, bar, c->low,
                    c->high, bar);
    add_p(out, c->p, bar);
    add_p(out, c->mcnemar, bar);
    mm_buf_addf(out, "%zu", c->n);
    if (c->a->expected)
        mm_buf_addf(out, " of %zu", c->a->expected);
    if (mm_comparison_partial(c))
        mm_buf_adds(out, " (partial)");
    mm_buf_addf(out, "%s\n", edge);
}

static void add_note(struct mm_buf *out, const struct mm_comparison *c,
                     const char *bullet)
{
    mm_buf_addf(out, "%s%s, %s - %s by %s:%s: ", bullet, c->a->task,
                c->name_b, c->name_a, c->a->metric, c->a->flavour);
    if (c->clusters < c->n)
        mm_buf_addf(out, "%zu pictures; ", c->clusters);
    if (c->binary)
        mm_buf_addf(out, "%zu items are right in %s only, %zu in %s only; ",
                    c->lost, c->name_a, c->won, c->name_b);
    if (isnan(c->resolved))
        mm_buf_addf(out, "%zu item%s without a spread", c->n,
                    c->n == 1 ? "" : "s");
    else
        mm_buf_addf(out, "%zu items resolve a difference of %.2f", c->n,
                    c->resolved);
    if (isfinite(c->needed))
        mm_buf_addf(out, ", this one takes %.0f", c->needed);
    if (c->only_a || c->only_b)
        mm_buf_addf(out, "; left out: %zu that only %s has, %zu that only %s "
                         "has",
                    c->only_a, c->name_a, c->only_b, c->name_b);
    if (c->a->scale == 0 && !c->whole)
        mm_buf_adds(out, "; means of the items' scores, which are not the "
                         "metric of the whole");
    mm_buf_addc(out, '\n');
}

static void begin(struct mm_buf *out, enum mm_table_format format)
{
    if (format == MM_TABLE_CSV)
        mm_buf_adds(out, "task,a,b,metric,flavour,mean_a,mean_b,difference,"
                         "error,low,high,p,p_mcnemar,n,clusters,"
                         "items_to_resolve,resolved,expected,partial\n");
    else if (format == MM_TABLE_MARKDOWN)
        mm_buf_adds(out, "| task | a | b | a | b | b - a | s.e. | 95 % "
                         "interval | p | McNemar | items |\n"
                         "|---|---|---|---:|---:|---:|---:|---|---:|---:|"
                         "---|\n");
    else
        mm_buf_addf(out,
                    "%-14s  %-20s  %-20s  %7s  %7s  %7s  %5s  %-17s  %8s  "
                    "%8s  %s\n",
                    "task", "a", "b", "a", "b", "b - a", "s.e.",
                    "95 % interval", "p", "McNemar", "items");
}

void mm_compare_table(struct mm_buf *out, const struct mm_comparison *c,
                      size_t n, enum mm_table_format format)
{
    int markdown = format == MM_TABLE_MARKDOWN;

    if (format == MM_TABLE_JSON) {
        json_table(out, c, n);
        return;
    }
    begin(out, format);
    for (size_t i = 0; i < n; i++)
        if (format == MM_TABLE_CSV)
            csv_row(out, &c[i]);
        else
            text_row(out, &c[i], markdown ? "| " : "  ");
    if (format == MM_TABLE_CSV)
        return;
    mm_buf_addc(out, '\n');
    for (size_t i = 0; i < n; i++)
        add_note(out, &c[i], markdown ? "- " : "");
}
