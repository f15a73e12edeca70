/*
 * sheet.c - pictures, questions, answers and truth on one HTML page
 */
#include "eval/sheet.h"

#include <math.h>
#include <string.h>

#include "base/log.h"
#include "data/base64.h"
#include "eval/item.h"
#include "eval/markup.h"
#include "eval/why.h"

#define PAGE 24

static const char style[] =
    ":root{color-scheme:light dark;--line:#8884;--good:#2a7d3f;--bad:#b3402f}"
    "body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:70rem;"
    "padding:0 1rem}"
    "h1{font-size:1.3rem;margin:0 0 1rem}"
    "table{border-collapse:collapse;margin:0 0 1rem}"
    "td,th{padding:.15rem .9rem .15rem 0;text-align:left;font-weight:400}"
    "th{opacity:.65}"
    "form{position:sticky;top:0;padding:.6rem 0;margin:0 0 1rem;display:flex;"
    "flex-wrap:wrap;gap:.6rem;align-items:center;background:Canvas;"
    "border-bottom:1px solid var(--line)}"
    "form[hidden]{display:none}"
    "output{min-width:9rem;text-align:center}"
    "ul{list-style:none;margin:0;padding:0;display:grid;gap:1rem;"
    "grid-template-columns:repeat(auto-fill,minmax(16rem,1fr))}"
    "li{border:1px solid var(--line);border-radius:.5rem;padding:.75rem}"
    "li[hidden]{display:none}"
    "img{width:100%;height:10rem;object-fit:contain;image-rendering:pixelated;"
    "background:#8882;border-radius:.25rem}"
    "p{margin:.5rem 0;font-weight:600}"
    "dl{margin:0;display:grid;grid-template-columns:auto 1fr;gap:.1rem .6rem}"
    "dt{opacity:.65}dd{margin:0;overflow-wrap:anywhere}"
    "small{grid-column:1/3;opacity:.65;overflow-wrap:anywhere}"
    ".good{color:var(--good)}.bad{color:var(--bad)}"
    "@media(prefers-color-scheme:dark){:root{--good:#6fcf86;--bad:#f08a78}}";

/*
 * An item's data-r has a letter a run: r right, w wrong, - not asked.  The page
 * opens with what is behind a # in its address: w, r or differ.  Without
 * scripts all items are shown.
 */
static const char script[] =
    "const f=document.forms[0],all=[...document.querySelectorAll('li')],"
    "size=+f.dataset.page;let page=0;"
    "function fits(li){const r=li.dataset.r,k=+f.run.value,"
    "of=k<0?r:r[k],w=f.show.value;"
    "if(w=='differ'?!(r.includes('r')&&r.includes('w'))"
    ":w!='all'&&!of.includes(w))return false;"
    "return li.textContent.toLowerCase().includes(f.find.value.toLowerCase())}"
    "function show(){const v=all.filter(fits),"
    "pages=Math.max(1,Math.ceil(v.length/size));"
    "page=Math.min(Math.max(page,0),pages-1);const from=page*size;"
    "all.forEach(li=>li.hidden=true);"
    "v.slice(from,from+size).forEach(li=>li.hidden=false);"
    "f.where.value=v.length?`${from+1}-${Math.min(from+size,v.length)} of "
    "${v.length}`:'none';f.back.disabled=page==0;"
    "f.next.disabled=page==pages-1}"
    "function turn(n){page+=n;show();scrollTo(0,0)}"
    "f.back.onclick=()=>turn(-1);f.next.onclick=()=>turn(1);"
    "f.oninput=()=>{page=0;show()};f.onsubmit=()=>false;"
    "addEventListener('keydown',e=>{if(e.target!=f.find)"
    "e.key=='ArrowRight'?turn(1):e.key=='ArrowLeft'&&turn(-1)});"
    "const at=location.hash.slice(1);"
    "if([...f.show.options].some(o=>o.value==at))"
    "f.show.value=at;"
    "f.hidden=false;show()";

static void add_picture(struct mm_buf *out, const struct mm_buf *bytes)
{
    int png = bytes->len > 3 && memcmp(bytes->data + 1, "PNG", 3) == 0;

    mm_buf_addf(out, "<img alt=\"\" src=\"data:image/%s;base64,",
                png ? "png" : "jpeg");
    mm_base64_encode(out, bytes->data, bytes->len);
    mm_buf_adds(out, "\">\n");
}

static void add_row(struct mm_buf *out, const char *term, const char *text,
                    const char *class)
{
    mm_buf_adds(out, "<dt>");
    mm_markup_text(out, term);
    mm_buf_addf(out, "</dt><dd class=\"%s\">", class);
    mm_markup_text(out, *text ? text : "(nothing)");
    mm_buf_adds(out, "</dd>\n");
}

/* What one run said about an item, whether it was right, and why. */
static int add_prediction(struct mm_buf *out, const struct mm_score *s,
                          const char *id, struct mm_err *err)
{
    const struct mm_prediction *it = mm_predictions_find(s->predictions, id);
    struct mm_buf why = { 0 };
    size_t i;
    int result;

    if (!it)
        return 0;
    i = (size_t)(it - s->predictions->items);
    add_row(out, s->label, it->text, mm_score_is_good(s, i) ? "good" : "bad");
    result = mm_score_why(&why, s, i, err);
    if (result == 0) {
        mm_buf_adds(out, "<small>");
        mm_markup_text(out, why.data);
        mm_buf_adds(out, "</small>\n");
    }
    mm_buf_release(&why);
    return result;
}

static int add_truth(struct mm_buf *out, const struct mm_score *s,
                     const char *id, struct mm_err *err)
{
    const struct mm_prediction *it = mm_predictions_find(s->predictions, id);
    struct mm_buf truth = { 0 };
    int result = mm_score_truth(&truth, s,
                                (size_t)(it - s->predictions->items), err);

    if (result == 0 && truth.len)
        add_row(out, "truth", truth.data, "");
    mm_buf_release(&truth);
    return result;
}

/* A letter a run, for the script. */
static void add_marks(struct mm_buf *out, const struct mm_score *scores,
                      size_t n_runs, const char *id)
{
    for (size_t r = 0; r < n_runs; r++) {
        const struct mm_predictions *p = scores[r].predictions;
        const struct mm_prediction *it = mm_predictions_find(p, id);

        int good = it && mm_score_is_good(&scores[r],
                                          (size_t)(it - p->items));

        mm_buf_addc(out, good ? 'r' : it ? 'w'
                                         : '-');
    }
}

/* The first run that said something about an item; n_runs: none did. */
static size_t first_said(const struct mm_predictions *runs, size_t n_runs,
                         const char *id)
{
    size_t r = 0;

    while (r < n_runs && !mm_predictions_find(&runs[r], id))
        r++;
    return r;
}

/* missing: why there are no pictures; NULL where there are. */
static int add_item(struct mm_buf *out, const struct mm_item *it,
                    const char *missing, const struct mm_score *scores,
                    size_t n_runs, size_t first, struct mm_err *err)
{
    mm_buf_adds(out, "<li data-r=\"");
    add_marks(out, scores, n_runs, it->id);
    mm_buf_adds(out, "\">\n");
    for (size_t i = 0; !missing && i < it->n_pictures; i++)
        add_picture(out, it->pictures[i]);
    if (missing) {
        mm_buf_adds(out, "<em>");
        mm_markup_text(out, missing);
        mm_buf_adds(out, "</em>\n");
    }
    if (*it->question) {
        mm_buf_adds(out, "<p>");
        mm_markup_text(out, it->question);
        mm_buf_adds(out, "</p>\n");
    }
    mm_buf_adds(out, "<dl>\n");
    for (size_t r = 0; r < n_runs; r++)
        if (add_prediction(out, &scores[r], it->id, err) < 0)
            return -1;
    if (add_truth(out, &scores[first], it->id, err) < 0)
        return -1;
    mm_buf_adds(out, "<small>");
    mm_markup_text(out, it->id);
    mm_buf_adds(out, "</small></dl></li>\n");
    return 0;
}

/* How many items of the data something was said about; -1. */
static int64_t count_said(const struct mm_predictions *runs, size_t n_runs,
                          struct mm_source *data, struct mm_err *err)
{
    struct mm_item it = { 0 };
    int64_t count = 0;
    int result = 0;

    for (size_t i = 0; result >= 0 && i < mm_source_count(data); i++) {
        result = mm_source_load_text(data, i, &it, err);
        count += result == 0 && first_said(runs, n_runs, it.id) < n_runs;
    }
    mm_item_release(&it);
    return result < 0 ? -1 : count;
}

/* Item i with its pictures, or (1, and err says why) without; 2: no item. */
static int load(struct mm_source *data, size_t i, struct mm_item *it,
                struct mm_err *err)
{
    struct mm_err none;
    int result = mm_source_load(data, i, it, err);

    if (result <= 0)
        return result;
    result = mm_source_load_text(data, i, it, &none);
    if (result < 0)
        *err = none;
    return result < 0 ? -1 : 1 + result;
}

static int add_items(struct mm_buf *out, const struct mm_predictions *runs,
                     const struct mm_score *scores, size_t n_runs,
                     struct mm_source *data, size_t limit, struct mm_err *err)
{
    struct mm_item it = { 0 };
    struct mm_err why;
    int64_t said = count_said(runs, n_runs, data, err);
    size_t shown = 0, seen = 0, missing = 0;
    int result = said < 0 ? -1 : 0;

    if (said == 0)
        return mm_fail(err, MM_EDATA, "'%s' has none of the items of '%s'; is "
                                      "it the data that was asked about?",
                       mm_source_name(data), runs[0].path);

    for (size_t i = 0; result >= 0 && shown < limit &&
                       i < mm_source_count(data);
         i++) {
        size_t first;

        if ((result = load(data, i, &it, &why)) < 0)
            *err = why;
        if (result < 0 || result > 1 ||
            (first = first_said(runs, n_runs, it.id)) == n_runs)
            continue;
        /* item number seen of all is the next of limit evenly spread ones */
        if (seen++ * limit < shown * (size_t)said)
            continue;
        if (result == 1 && missing++ == 0)
            mm_log(MM_LOG_WARN, "item '%s': %s", it.id, why.msg);
        result = add_item(out, &it, result == 1 ? why.msg : NULL, scores,
                          n_runs, first, err);
        shown++;
    }
    if (result >= 0 && missing)
        mm_log(MM_LOG_WARN, "%zu of %zu items are shown without their pictures",
               missing, shown);
    mm_item_release(&it);
    return result < 0 ? -1 : 0;
}

/* Which scores these answers made, and on how many items. */
static void add_scores(struct mm_buf *out, const struct mm_score *scores,
                       size_t n)
{
    mm_buf_adds(out, "<table><tr><th>run<th>task<th>metric<th>score<th>s.e."
                     "<th>items\n");
    for (size_t i = 0; i < n; i++) {
        const struct mm_score *s = &scores[i];

        mm_buf_adds(out, "<tr><td>");
        mm_markup_text(out, s->label);
        mm_buf_adds(out, "<td>");
        mm_markup_text(out, s->task);
        mm_buf_addf(out, "<td>%s:%s<td>%.2f<td>", s->metric, s->flavour,
                    s->value);
        if (!isnan(s->error))
            mm_buf_addf(out, "%.2f", s->error);
        mm_buf_addf(out, "<td>%zu", s->n);
        if (s->expected)
            mm_buf_addf(out, " of %zu", s->expected);
        mm_buf_addf(out, "%s\n", s->partial ? " (partial)" : "");
    }
    mm_buf_adds(out, "</table>\n");
}

static void add_form(struct mm_buf *out, const struct mm_score *scores,
                     size_t n)
{
    mm_buf_addf(out, "<form hidden data-page=\"%d\"><select name=\"show\">"
                     "<option value=\"all\">all<option value=\"w\">wrong"
                     "<option value=\"r\">right",
                PAGE);
    if (n > 1)
        mm_buf_adds(out, "<option value=\"differ\">right and wrong");
    mm_buf_adds(out, "</select><select name=\"run\">"
                     "<option value=\"-1\">any run");
    for (size_t i = 0; i < n; i++) {
        mm_buf_addf(out, "<option value=\"%zu\">", i);
        mm_markup_text(out, scores[i].label);
    }
    mm_buf_adds(out, "</select><input name=\"find\" type=\"search\" "
                     "placeholder=\"find\">"
                     "<button type=\"button\" name=\"back\">&larr;</button>"
                     "<output name=\"where\"></output>"
                     "<button type=\"button\" name=\"next\">&rarr;</button>"
                     "</form>\n");
}

int mm_sheet_write(struct mm_buf *out, const char *title,
                   const struct mm_predictions *runs,
                   const struct mm_score *scores, size_t n_runs,
                   struct mm_source *data, size_t limit, struct mm_err *err)
{
    mm_buf_adds(out, "<!doctype html>\n<meta charset=\"utf-8\">\n<title>");
    mm_markup_text(out, title);
    mm_buf_addf(out, "</title>\n<style>%s</style>\n<h1>", style);
    mm_markup_text(out, title);
    mm_buf_adds(out, "</h1>\n");
    add_scores(out, scores, n_runs);
    add_form(out, scores, n_runs);
    mm_buf_adds(out, "<ul>\n");
    if (add_items(out, runs, scores, n_runs, data, limit, err) < 0)
        return -1;
    mm_buf_addf(out, "</ul>\n<script>%s</script>\n", script);
    return mm_buf_check(out, err);
}
