/*
 * thought.c - an answer after a chain of thought
 */
#include "eval/thought.h"

#include <string.h>

#include "eval/space.h"

static const char *last_of(const char *text, const char *marker)
{
    const char *last = NULL;

    for (const char *p = strstr(text, marker); p; p = strstr(p + 1, marker))
        last = p;
    return last;
}

int mm_thought_cut(struct mm_buf *text, const char *marker,
                   struct mm_buf *thought)
{
    const char *at = text->data && *marker ? last_of(text->data, marker)
                                           : NULL;
    const char *begin, *end;

    mm_buf_clear(thought);
    mm_buf_add(thought, "", 0);
    if (!at)
        return 0;
    begin = text->data;
    end = at;
    mm_strip(&begin, &end);
    mm_buf_add(thought, begin, (size_t)(end - begin));
    begin = at + strlen(marker);
    while (*begin == ' ' || *begin == '\n')
        begin++;
    end = begin + strcspn(begin, "\n");
    mm_strip(&begin, &end);
    if (end > begin && end[-1] == '.')
        end--;
    text->len = (size_t)(end - begin);
    memmove(text->data, begin, text->len);
    text->data[text->len] = '\0';
    return 1;
}
