/*
 * aside.c - the items of a benchmark that are in no headline
 */
#include "eval/aside.h"

#include "eval/metric.h"

/* As a line of predictions would have it, without the prediction. */
static int is_apart(const struct mm_item *it, struct mm_buf *line,
                    int (*apart)(const struct mm_record *),
                    struct mm_err *err)
{
    struct mm_record r = { 0 };
    struct mm_jw w;
    int result;

    mm_buf_clear(line);
    mm_jw_begin(&w, line);
    mm_jw_open(&w, '{');
    mm_jw_put_str(&w, "id", it->id);
    if (it->fields.len) {
        mm_buf_addc(line, ',');
        mm_buf_add(line, it->fields.data, it->fields.len);
    }
    mm_jw_close(&w, '}');
    if (mm_buf_check(line, err) < 0 ||
        mm_json_parse(&r.doc, line->data, line->len, err) < 0)
        return -1;
    result = apart(&r);
    mm_json_release(&r.doc);
    return result;
}

int mm_aside_describe(struct mm_source *s, const char *metric, struct mm_jw *w,
                      struct mm_err *err)
{
    int (*apart)(const struct mm_record *) = mm_metric_apart(metric);
    struct mm_item it = { 0 };
    struct mm_buf line = { 0 };
    int64_t n = 0;
    int result = 0;

    for (size_t i = 0; apart && result >= 0 && i < mm_source_count(s); i++) {
        result = mm_source_load_text(s, i, &it, err);
        if (result == 0 && (result = is_apart(&it, &line, apart, err)) > 0)
            n++;
    }
    mm_item_release(&it);
    mm_buf_release(&line);
    if (result < 0)
        return -1;
    if (n) {
        mm_jw_put_int(w, "aside", n);
    }
    return 0;
}
