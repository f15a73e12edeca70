/*
 * layout_clean.c - texts as a harness cleans them
 *
 * lm-evaluation-harness, tasks/hellaswag/utils.py: strip; " [title]" becomes
 * ". "; what stands in brackets goes; two spaces become one.
 */
#include <string.h>

#include "eval/layout.h"
#include "eval/space.h"

/* Each `from` becomes `to`, once from left to right. */
static void replace(struct mm_buf *out, const char *s, const char *from,
                    const char *to)
{
    const char *at;

    while ((at = strstr(s, from)) != NULL) {
        mm_buf_add(out, s, (size_t)(at - s));
        mm_buf_adds(out, to);
        s = at + strlen(from);
    }
    mm_buf_adds(out, s);
}

/*
 * "[...]" within a line, the shortest; the dot of a regex does not match a
 * newline.
 */
static void drop_brackets(struct mm_buf *out, const char *s)
{
    while (*s) {
        const char *close = *s == '[' ? strpbrk(s, "]\n") : NULL;

        if (close && *close == ']')
            s = close + 1;
        else
            mm_buf_addc(out, *s++);
    }
    mm_buf_add(out, "", 0);
}

void mm_layout_clean(struct mm_buf *out, const char *s)
{
    struct mm_buf a = { 0 }, b = { 0 };
    const char *end = s + strlen(s);

    mm_strip(&s, &end);
    mm_buf_add(&b, s, (size_t)(end - s));
    replace(&a, b.data ? b.data : "", " [title]", ". ");
    mm_buf_clear(&b);
    drop_brackets(&b, a.data ? a.data : "");
    replace(out, b.data ? b.data : "", "  ", " ");
    mm_buf_add(out, "", 0);
    mm_buf_release(&a);
    mm_buf_release(&b);
}
