/*
 * strings.c - lists of strings in records
 */
#include "eval/strings.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "eval/python.h"

int mm_strings_get(struct mm_strings *s, const struct mm_json *v,
                   struct mm_err *err)
{
    const char *text = mm_json_str(v, NULL);
    size_t at = 0;

    if (!text)
        return mm_record_list(v, &s->v, &s->cap, &s->n, err);
    if (mm_python_list(&s->text, &s->n, text) < 0)
        return 1;
    if (mm_buf_check(&s->text, err) < 0 ||
        mm_grow(&s->v, &s->cap, s->n + 1, sizeof *s->v, err) < 0)
        return -1;
    for (size_t i = 0; i < s->n; i++) {
        s->v[i] = s->text.data + at;
        at += strlen(s->v[i]) + 1;
    }
    return 0;
}

int mm_strings_options(struct mm_strings *s, const struct mm_record *it,
                       struct mm_err *err)
{
    const struct mm_json *v = mm_record_get(it, "options", "choices");

    if (v && v->type != MM_JSON_NULL)
        return mm_strings_get(s, v, err);
    for (char key[] = "A"; key[0] <= 'Z'; key[0]++) {
        const char *option = mm_record_str(it, key, NULL);

        if (!option || !*option || strcmp(option, "nan") == 0)
            break;
        if (mm_grow(&s->v, &s->cap, s->n + 1, sizeof *s->v, err) < 0)
            return -1;
        s->v[s->n++] = option;
    }
    return s->n == 0;
}

void mm_strings_release(struct mm_strings *s)
{
    free(s->v);
    mm_buf_release(&s->text);
}
