/*
 * score_table.c - scores as tables
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "eval/csv_write.h"
#include "eval/markup.h"
#include "eval/score.h"
#include "eval/seeds.h"

/* ---- JSON ---- */

static void add_number(struct mm_jw *w, const char *key, double value)
{
    mm_jw_put_num(w, key, value);
}

/* All of the run's header but its key: what the score was made with. */
static void add_settings(struct mm_jw *w, const struct mm_json *header)
{
    static const char *const left_out[] = { "run", "label", "n", "of" };

    mm_jw_key(w, "settings");
    mm_jw_open(w, '{');
    for (const struct mm_json *v = header ? header->child : NULL; v;
         v = v->next) {
        size_t k = 0;

        while (k < 4 && strcmp(left_out[k], v->key) != 0)
            k++;
        if (k < 4)
            continue;
        mm_jw_key(w, v->key);
        mm_jw_value(w, v);
    }
    mm_jw_close(w, '}');
}

static void add_faults(struct mm_jw *w, const struct mm_score *s)
{
    struct mm_buf text = { 0 };

    mm_records_faults(&s->predictions->records, &text);
    if (text.len)
        mm_jw_put_str(w, "faults", text.data);
    mm_buf_release(&text);
    if (s->predictions->unparsed) {
        mm_jw_put_size(w, "unparsed", s->predictions->unparsed);
    }
}

static void add_parts(struct mm_jw *w, const struct mm_score *s)
{
    mm_jw_put_str(w, "by", s->by);
    mm_jw_key(w, "parts");
    mm_jw_open(w, '{');
    for (size_t i = 0; i < s->n_parts; i++) {
        const struct mm_score_part *p = &s->parts[i];

        mm_jw_key(w, p->name);
        mm_jw_open(w, '{');
        add_number(w, "value", p->value);
        add_number(w, "error", p->error);
        add_number(w, "low", p->low);
        add_number(w, "high", p->high);
        mm_jw_put_size(w, "n", p->n);
        mm_jw_put_size(w, "expected", p->expected);
        mm_jw_put_bool(w, "partial", p->partial);
        mm_jw_close(w, '}');
    }
    mm_jw_close(w, '}');
}

static void add_seed_members(struct mm_jw *w, const struct mm_seeds *g)
{
    if (g->n < 2)
        return;
    mm_jw_key(w, "seeds");
    mm_jw_open(w, '{');
    mm_jw_put_size(w, "n", g->n);
    add_number(w, "mean", g->mean);
    add_number(w, "sd", g->sd);
    mm_jw_put_size(w, "items", g->items);
    mm_jw_put_bool(w, "partial", g->partial);
    mm_jw_close(w, '}');
}

static void json_row(struct mm_jw *w, const struct mm_score *s,
                     const struct mm_seeds *seeds)
{
    mm_jw_open(w, '{');
    mm_jw_put_str(w, "label", s->label);
    mm_jw_put_str(w, "task", s->task);
    mm_jw_put_int(w, "shots", s->shots);
    mm_jw_put_str(w, "metric", s->metric);
    mm_jw_put_str(w, "flavour", s->flavour);
    add_number(w, "value", s->value);
    add_number(w, "error", s->error);
    add_number(w, "low", s->low);
    add_number(w, "high", s->high);
    mm_jw_put_size(w, "n", s->n);
    mm_jw_put_size(w, "expected", s->expected);
    mm_jw_put_bool(w, "partial", s->partial);
    mm_jw_put_size(w, "clusters", s->clusters);
    add_faults(w, s);
    if (!isnan(s->as_wrong))
        add_number(w, "missing_as_wrong", s->as_wrong);
    add_seed_members(w, seeds);
    if (s->by)
        add_parts(w, s);
    mm_jw_key(w, "corpus");
    mm_jw_raw(w, s->result.corpus.data, s->result.corpus.len);
    add_settings(w, s->predictions->records.header.root);
    mm_jw_close(w, '}');
}

static void json_table(struct mm_buf *out, const struct mm_score *scores,
                       size_t n)
{
    struct mm_jw w;

    mm_jw_begin(&w, out);
    mm_jw_open(&w, '[');
    for (size_t i = 0; i < n; i++) {
        struct mm_seeds seeds = mm_seeds_of(scores, n, i);

        json_row(&w, &scores[i], &seeds);
    }
    mm_jw_close(&w, ']');
    mm_buf_addc(out, '\n');
}

/* ---- CSV ---- */

/* The whole, or one of its parts. */
static void csv_row(struct mm_buf *out, const struct mm_score *s,
                    const struct mm_score_part *part)
{
    struct mm_csv_row r = { .out = out };
    struct mm_buf faults = { 0 };

    mm_csv_text(&r, s->task);
    mm_csv_text(&r, s->label);
    mm_csv_number(&r, (double)s->shots);
    mm_csv_text(&r, s->metric);
    mm_csv_text(&r, s->flavour);
    mm_csv_text(&r, part ? s->by : "");
    mm_csv_text(&r, part ? part->name : "");
    mm_csv_number(&r, part ? part->value : s->value);
    mm_csv_number(&r, part ? part->error : s->error);
    mm_csv_number(&r, part ? part->low : s->low);
    mm_csv_number(&r, part ? part->high : s->high);
    mm_csv_count(&r, part ? part->n : s->n);
    mm_csv_count(&r, part ? part->expected : s->expected);
    mm_csv_text(&r, (part ? part->partial : s->partial) ? "yes" : "no");
    mm_records_faults(&s->predictions->records, &faults);
    mm_csv_text(&r, faults.len ? faults.data : "");
    mm_csv_number(&r, part ? NAN : s->as_wrong);
    mm_csv_end(&r);
    mm_buf_release(&faults);
}

/* The mean over seeds, with their deviation for an error, in those columns. */
static void csv_seeds(struct mm_buf *out, const struct mm_score *s,
                      const struct mm_seeds *g)
{
    struct mm_csv_row r = { .out = out };

    mm_csv_text(&r, s->task);
    mm_csv_text(&r, s->label);
    mm_csv_number(&r, (double)s->shots);
    mm_csv_text(&r, s->metric);
    mm_csv_text(&r, s->flavour);
    mm_csv_text(&r, "seeds");
    mm_csv_count(&r, g->n);
    mm_csv_number(&r, g->mean);
    mm_csv_number(&r, g->sd);
    mm_csv_text(&r, "");
    mm_csv_text(&r, "");
    mm_csv_count(&r, g->items);
    mm_csv_count(&r, g->expected);
    mm_csv_text(&r, g->partial ? "yes" : "no");
    mm_csv_text(&r, "");
    mm_csv_text(&r, "");
    mm_csv_end(&r);
}

static void csv_table(struct mm_buf *out, const struct mm_score *scores,
                      size_t n)
{
    mm_buf_adds(out, "task,run,shots,metric,flavour,by,part,score,error,low,"
                     "high,n,expected,partial,faults,missing_as_wrong\n");
    for (size_t i = 0; i < n; i++) {
        csv_row(out, &scores[i], NULL);
        for (size_t k = 0; k < scores[i].n_parts; k++)
            csv_row(out, &scores[i], &scores[i].parts[k]);
    }
    for (size_t i = 0; i < n; i++) {
        struct mm_seeds g = mm_seeds_of(scores, n, i);

        if (g.n > 1 && g.first == i)
            csv_seeds(out, &scores[i], &g);
    }
}

/* ---- text and Markdown ---- */

static void add_error(struct mm_buf *out, double error, double low,
                      double high, const char *bar)
{
    if (isnan(low))
        mm_buf_addf(out, "%5s%s%-16s%s", "", bar, "", bar);
    else
        mm_buf_addf(out, "%5.2f%s%6.2f .. %6.2f%s", error, bar, low, high,
                    bar);
}

/* No score is shown without the number of items that it rests on. */
static void text_row(struct mm_buf *out, const struct mm_score *s,
                     const char *bar)
{
    const char *edge = *bar == '|' ? bar : "";
    struct mm_buf metric = { 0 }, task = { 0 }, label = { 0 };

    mm_buf_addf(&metric, "%s:%s", s->metric, s->flavour);
    mm_buf_addf(out, "%s%-14s%s%-24s%s%5lld%s%-18s%s%7.2f%s", edge,
                mm_markup_cell(&task, s->task, bar), bar,
                mm_markup_cell(&label, s->label, bar), bar,
                (long long)s->shots, bar, metric.data ? metric.data : "", bar,
                s->value, bar);
    mm_buf_release(&task);
    mm_buf_release(&label);
    add_error(out, s->error, s->low, s->high, bar);
    mm_buf_addf(out, "%zu", s->n);
    if (s->expected)
        mm_buf_addf(out, " of %zu", s->expected);
    if (s->partial)
        mm_buf_adds(out, " (partial)");
    mm_buf_addf(out, "%s\n", edge);
    mm_buf_release(&metric);
}

/* Below a row those of its parts, with their number of items. */
static void part_rows(struct mm_buf *out, const struct mm_score *s,
                      const char *bar)
{
    const char *edge = *bar == '|' ? bar : "";

    for (size_t i = 0; i < s->n_parts; i++) {
        const struct mm_score_part *p = &s->parts[i];
        struct mm_buf name = { 0 }, room = { 0 };

        mm_buf_addf(&name, "%s = %s", s->by, p->name);
        mm_buf_addf(out, "%s%-14s%s%-24s%s%5s%s%-18s%s", edge, "", bar,
                    mm_markup_cell(&room, name.data ? name.data : "", bar),
                    bar, "", bar, "", bar);
        if (isnan(p->value))
            mm_buf_addf(out, "%7s%s", "", bar);
        else
            mm_buf_addf(out, "%7.2f%s", p->value, bar);
        add_error(out, p->error, p->low, p->high, bar);
        mm_buf_addf(out, "%zu of %zu%s%s\n", p->n, p->expected,
                    p->partial ? " (partial)" : "", edge);
        mm_buf_release(&name);
        mm_buf_release(&room);
    }
}

static void add_member(struct mm_buf *out, const struct mm_json *header,
                       const char *key)
{
    const struct mm_json *v = mm_json_get(header, key);
    struct mm_jw w;

    if (!v || v->type == MM_JSON_NULL)
        return;
    mm_buf_addf(out, ", %s ", key);
    mm_jw_begin(&w, out);
    mm_jw_value(&w, v);
}

/* Published scores with as many shots, or that speak of none. */
static void add_published(struct mm_buf *out, const struct mm_score *s)
{
    const struct mm_json *header = s->predictions->records.header.root;
    const struct mm_json *task = mm_json_get(header, "task");
    const struct mm_json *all = mm_json_get(task, "reference");
    const char *begin = "; published: ";
    char shots[32];

    snprintf(shots, sizeof shots, ", %lld shots", (long long)s->shots);
    for (const struct mm_json *v = all ? all->child : NULL; v; v = v->next) {
        if (strstr(v->key, " shots") && !strstr(v->key, shots))
            continue;
        mm_buf_addf(out, "%s%s %s", begin, v->key, mm_json_str(v, ""));
        begin = ", ";
    }
}

/* How the task was asked and scored: the same for all its runs. */
static void add_task_note(struct mm_buf *out, const struct mm_score *s)
{
    static const char *const of_task[] = { "split", "prompt", "separator",
                                           "chat", "ask", "stop", "cut",
                                           "max_tokens", "parser", "open" };
    const struct mm_json *header = s->predictions->records.header.root;

    mm_buf_addf(out, "%s: %s:%s", s->task, s->metric, s->flavour);
    for (size_t i = 0; i < sizeof of_task / sizeof *of_task; i++)
        add_member(out, mm_json_get(header, "task"), of_task[i]);
}

/* What a run was made with, and what its score rests on. */
static void add_run_note(struct mm_buf *out, const struct mm_score *s)
{
    static const char *const of_run[] = { "seed", "examples", "pool", "blind",
                                          "baseline" };
    const struct mm_predictions *p = s->predictions;
    struct mm_buf faults = { 0 };
    int64_t flawed;

    mm_buf_addf(out, "%s, %lld shots", s->label, (long long)s->shots);
    for (size_t i = 0; i < sizeof of_run / sizeof *of_run; i++)
        add_member(out, p->records.header.root, of_run[i]);
    mm_records_faults(&p->records, &faults);
    if (s->partial)
        mm_buf_addf(out, "; partial: %zu of %zu scored%s%s", s->n,
                    s->expected,
                    faults.len ? ", " : "", faults.len ? faults.data : "");
    if (s->n == s->expected && s->result.scored < s->total)
        mm_buf_addf(out, "; %zu of %zu items, which count together",
                    s->result.scored, s->total);
    flawed = mm_json_int(mm_json_get(p->records.header.root, "flawed"), 0);
    if (flawed > 0)
        mm_buf_addf(out, "; %lld records of the data are cut or have a key "
                         "twice, a lone surrogate, broken UTF-8 or NaN",
                    (long long)flawed);
    if (!isnan(s->as_wrong))
        mm_buf_addf(out, "; %.2f if a missing prediction were wrong",
                    s->as_wrong);
    if (s->clusters < s->n)
        mm_buf_addf(out, "; errors over %zu pictures", s->clusters);
    if (p->unparsed)
        mm_buf_addf(out, "; %zu answers could not be read", p->unparsed);
    add_published(out, s);
    mm_buf_release(&faults);
}

static int same_task(const struct mm_score *a, const struct mm_score *b)
{
    struct mm_buf x = { 0 }, y = { 0 };
    int same;

    add_task_note(&x, a);
    add_task_note(&y, b);
    same = x.len == y.len && memcmp(x.data, y.data, x.len) == 0;
    mm_buf_release(&x);
    mm_buf_release(&y);
    return same;
}

/*
 * What the scores were made with, task by task, with the first of its scores:
 * nothing that matters is silent.
 */
static void add_notes(struct mm_buf *out, const struct mm_score *scores,
                      size_t n, size_t first, int markdown)
{
    for (size_t i = 0; i < first; i++)
        if (same_task(&scores[i], &scores[first]))
            return;
    mm_buf_adds(out, markdown ? "- " : "");
    add_task_note(out, &scores[first]);
    mm_buf_addc(out, '\n');
    for (size_t i = first; i < n; i++) {
        if (!same_task(&scores[i], &scores[first]))
            continue;
        mm_buf_adds(out, markdown ? "  - " : "    ");
        add_run_note(out, &scores[i]);
        mm_buf_addc(out, '\n');
    }
}

/* A line for runs that differ in their seed. */
static void add_seeds(struct mm_buf *out, const struct mm_score *scores,
                      size_t n, const char *bullet)
{
    for (size_t i = 0; i < n; i++) {
        struct mm_seeds g = mm_seeds_of(scores, n, i);

        if (g.n < 2 || g.first != i)
            continue;
        mm_buf_addf(out, "%s%s, %s, %lld shots: %zu seeds, mean %.2f, "
                         "sd %.2f, each on %s%zu",
                    bullet, scores[i].label, scores[i].task,
                    (long long)scores[i].shots, g.n, g.mean, g.sd,
                    g.partial ? "at least " : "", g.items);
        if (g.expected)
            mm_buf_addf(out, " of %zu", g.expected);
        mm_buf_adds(out, g.partial ? " items (partial)\n" : " items\n");
    }
}

void mm_score_table(struct mm_buf *out, const struct mm_score *scores,
                    size_t n, enum mm_table_format format)
{
    int markdown = format == MM_TABLE_MARKDOWN;

    if (format == MM_TABLE_JSON || format == MM_TABLE_CSV) {
        (format == MM_TABLE_JSON ? json_table : csv_table)(out, scores, n);
        return;
    }
    if (markdown)
        mm_buf_adds(out, "| task | run | shots | metric | score | s.e. | 95 "
                         "% interval | items |\n"
                         "|---|---|---:|---|---:|---:|---|---|\n");
    else
        mm_buf_addf(out, "%-14s  %-24s  %5s  %-18s  %7s  %5s  %-16s  %s\n",
                    "task", "run", "shots", "metric", "score", "s.e.",
                    "95 % interval", "items");
    for (size_t i = 0; i < n; i++) {
        text_row(out, &scores[i], markdown ? "| " : "  ");
        part_rows(out, &scores[i], markdown ? "| " : "  ");
    }
    mm_buf_addc(out, '\n');
    add_seeds(out, scores, n, markdown ? "- " : "");
    for (size_t i = 0; i < n; i++)
        add_notes(out, scores, n, i, markdown);
}
