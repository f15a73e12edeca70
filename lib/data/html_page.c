/*
 * html_page.c - what a page says
 */
#include "data/html_page.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/html.h"

/* What an element does.  Those with PUSH have an end that matters. */
enum {
    SPACE = MM_PAGE_SPACE, /* breaks before and after it */
    LINE = MM_PAGE_LINE,
    PARAGRAPH = MM_PAGE_PARAGRAPH,
    BREAK = 3, /* mask of the above */
    PUSH = 4,
    SKIP = 8,    /* no content */
    HEADER = 16, /* no content unless inside of MAIN */
    MAIN = 32,
    PRE = 64, /* white space is as written */
    PICTURE = 128
};

struct element {
    const char *name;
    int what;
};

/* Sorted.  What is not here is within a line and does nothing. */
static const struct element elements[] = {
    { "address", PARAGRAPH | PUSH },
    { "article", PARAGRAPH | PUSH | MAIN },
    { "aside", PARAGRAPH | PUSH | SKIP },
    { "audio", PUSH | SKIP },
    { "blockquote", PARAGRAPH | PUSH },
    { "br", LINE },
    { "button", PUSH | SKIP },
    { "canvas", PUSH | SKIP },
    { "caption", PARAGRAPH },
    { "center", PARAGRAPH | PUSH },
    { "dd", LINE },
    { "details", PARAGRAPH | PUSH },
    { "dialog", PARAGRAPH | PUSH | SKIP },
    { "div", PARAGRAPH | PUSH },
    { "dl", PARAGRAPH | PUSH },
    { "dt", LINE },
    { "fieldset", PARAGRAPH | PUSH },
    { "figcaption", PARAGRAPH | PUSH },
    { "figure", PARAGRAPH | PUSH },
    { "footer", PARAGRAPH | PUSH | SKIP },
    { "form", PARAGRAPH | PUSH },
    { "h1", PARAGRAPH },
    { "h2", PARAGRAPH },
    { "h3", PARAGRAPH },
    { "h4", PARAGRAPH },
    { "h5", PARAGRAPH },
    { "h6", PARAGRAPH },
    { "header", PARAGRAPH | PUSH | HEADER },
    { "hr", PARAGRAPH },
    { "img", PICTURE },
    { "li", LINE },
    { "main", PARAGRAPH | PUSH | MAIN },
    { "math", PUSH | SKIP },
    { "menu", PARAGRAPH | PUSH | SKIP },
    { "nav", PARAGRAPH | PUSH | SKIP },
    { "noscript", PUSH | SKIP },
    { "object", PUSH | SKIP },
    { "ol", PARAGRAPH | PUSH },
    { "p", PARAGRAPH },
    { "pre", PARAGRAPH | PUSH | PRE },
    { "section", PARAGRAPH | PUSH | MAIN },
    { "select", PUSH | SKIP },
    { "svg", PUSH | SKIP },
    { "table", PARAGRAPH | PUSH },
    { "td", SPACE },
    { "template", PUSH | SKIP },
    { "th", SPACE },
    { "tr", LINE },
    { "ul", PARAGRAPH | PUSH },
    { "video", PUSH | SKIP },
};

#define N_ELEMENTS (sizeof elements / sizeof *elements)

/* Roles (WAI-ARIA) of parts of a page that are not its content. */
#define SKIP_ROLES "navigation,banner,contentinfo,search,menu,menubar"

struct open {
    unsigned char id, what;
};

struct builder {
    struct mm_page *page;
    struct mm_html html;
    const char *skip_class;
    struct open stack[MM_PAGE_DEPTH];
    size_t depth;
    size_t open[N_ELEMENTS]; /* how many of each are on the stack */
    size_t over[N_ELEMENTS]; /* how many are open beyond its end */
    size_t skip, main, pre;  /* of these kinds on the stack */
    enum mm_page_break due;  /* before the next character */
    size_t indent;           /* spaces after it, in <pre> */
    int in_text;             /* is the last part a text that continues? */
    struct mm_buf scratch;
    size_t tags;
    int failed;
};

void mm_page_release(struct mm_page *page)
{
    mm_buf_release(&page->bytes);
    mm_buf_release(&page->title);
    free(page->parts);
    memset(page, 0, sizeof *page);
}

/* Is word (n bytes) one of the comma-separated words of list? */
static int is_listed(const char *list, const char *word, size_t n)
{
    while (n && *list) {
        size_t len = strcspn(list, ",");

        if (len == n && memcmp(list, word, n) == 0)
            return 1;
        list += len + (list[len] == ',');
    }
    return 0;
}

static int find_element(const char *name)
{
    size_t low = 0, high = N_ELEMENTS;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int c = strcmp(name, elements[mid].name);

        if (c == 0)
            return (int)mid;
        if (c > 0)
            low = mid + 1;
        else
            high = mid;
    }
    return -1;
}

/* ---- text ---- */

static struct mm_page_part *add_part(struct builder *b)
{
    struct mm_page *page = b->page;
    struct mm_err err;

    if (mm_grow(&page->parts, &page->cap, page->n + 1, sizeof *page->parts,
                &err) < 0) {
        b->failed = 1;
        return NULL;
    }
    page->parts[page->n] = (struct mm_page_part){ .begin = page->bytes.len,
                                                  .before = b->due };
    return &page->parts[page->n++];
}

static void end_text(struct builder *b)
{
    struct mm_page *page = b->page;

    if (b->in_text)
        page->parts[page->n - 1].len =
            page->bytes.len - page->parts[page->n - 1].begin;
    b->in_text = 0;
}

static void need(struct builder *b, enum mm_page_break at_least)
{
    if (b->due < at_least)
        b->due = at_least;
}

/* A run without white space, after the break that is due. */
static void add_word(struct builder *b, const char *p, size_t n)
{
    static const char *const breaks[] = { "", " ", "\n", "\n\n" };

    if (b->in_text)
        mm_buf_adds(&b->page->bytes, breaks[b->due]);
    else if (!add_part(b))
        return;
    for (; b->pre && b->indent > 0; b->indent--)
        mm_buf_addc(&b->page->bytes, ' ');
    b->in_text = 1;
    b->due = MM_PAGE_JOINED;
    b->indent = 0;
    mm_buf_add(&b->page->bytes, p, n);
}

/* Bytes of white space at p, U+00A0 and control characters with it; or 0. */
static size_t space_at(const char *p, size_t n)
{
    if ((unsigned char)*p <= ' ' || *p == 0x7f)
        return 1;
    return n > 1 && p[0] == '\xc2' && p[1] == '\xa0' ? 2 : 0;
}

static void add_space(struct builder *b, char c)
{
    if (!b->pre) {
        need(b, MM_PAGE_SPACE);
    } else if (c == '\n') {
        need(b, b->due == MM_PAGE_LINE ? MM_PAGE_PARAGRAPH : MM_PAGE_LINE);
        b->indent = 0;
    } else {
        b->indent += c == '\t' ? 8 : 1;
    }
}

static void add_text(struct builder *b, const char *p, size_t n)
{
    for (size_t i = 0; i < n;) {
        size_t space = space_at(p + i, n - i), from = i;

        if (space) {
            add_space(b, p[i]);
            i += space;
            continue;
        }
        while (i < n && !space_at(p + i, n - i))
            i++;
        add_word(b, p + from, i - from);
    }
}

static void squeeze_title(struct builder *b)
{
    struct mm_buf *title = &b->page->title;
    const char *p = b->scratch.data;
    int due = 0;

    for (size_t i = 0; i < b->scratch.len;) {
        size_t space = space_at(p + i, b->scratch.len - i);

        if (!space) {
            if (due && title->len)
                mm_buf_addc(title, ' ');
            mm_buf_addc(title, p[i]);
        }
        due = space != 0;
        i += space ? space : 1;
    }
}

static void on_text(struct builder *b)
{
    const struct mm_html *h = &b->html;
    int raw = mm_html_is_raw(h), title = raw && strcmp(h->raw, "title") == 0;

    if (b->skip || (raw && (!title || b->page->title.len)))
        return;
    mm_buf_clear(&b->scratch);
    mm_html_decode(&b->scratch, h->text, h->text_len);
    if (title)
        squeeze_title(b);
    else if (b->scratch.len)
        add_text(b, b->scratch.data, b->scratch.len);
}

/* ---- pictures ---- */

static void on_picture(struct builder *b)
{
    struct mm_page *page = b->page;
    struct mm_page_part *part;

    if (!mm_html_attribute(&b->html, "src", &b->scratch) || !b->scratch.len)
        return;
    end_text(b);
    part = add_part(b);
    if (!part)
        return;
    b->due = MM_PAGE_JOINED;
    part->is_picture = 1;
    part->len = b->scratch.len;
    mm_buf_add(&page->bytes, b->scratch.data, b->scratch.len);
    mm_html_attribute(&b->html, "alt", &b->scratch);
    part->alt = page->bytes.len;
    part->alt_len = b->scratch.len;
    if (b->scratch.len)
        mm_buf_add(&page->bytes, b->scratch.data, b->scratch.len);
}

/* ---- elements ---- */

static void count(struct builder *b, struct open o, int add)
{
    size_t one = (size_t)add;

    b->open[o.id] += one;
    b->skip += o.what & SKIP ? one : 0;
    b->main += o.what & MAIN ? one : 0;
    b->pre += o.what & PRE ? one : 0;
}

/* Does the tag's class or role say that it is no content? */
static int is_skipped(struct builder *b)
{
    char *p;

    if (mm_html_attribute(&b->html, "role", &b->scratch) && b->scratch.len &&
        is_listed(SKIP_ROLES, b->scratch.data, b->scratch.len))
        return 1;
    if (!mm_html_attribute(&b->html, "class", &b->scratch) || !b->scratch.len)
        return 0;
    p = b->scratch.data;
    for (size_t i = 0; p[i]; i++)
        if (p[i] >= 'A' && p[i] <= 'Z')
            p[i] = (char)(p[i] + 32);
    while (*p) {
        size_t n = strcspn(p, " \t\r\n\f");

        if (is_listed(b->skip_class, p, n))
            return 1;
        p += n + (p[n] != 0);
    }
    return 0;
}

static int closes_itself(const struct mm_html *h)
{
    return h->attributes_len && h->attributes[h->attributes_len - 1] == '/';
}

static void push(struct builder *b, int id)
{
    struct open o = { (unsigned char)id, 0 };
    int what = elements[id].what;

    if (closes_itself(&b->html))
        return;
    if (b->depth == MM_PAGE_DEPTH) {
        b->over[id]++;
        return;
    }
    if ((what & HEADER && !b->main) || (!b->skip && is_skipped(b)))
        what |= SKIP;
    o.what = (unsigned char)(what & (SKIP | MAIN | PRE));
    b->stack[b->depth++] = o;
    count(b, o, 1);
}

static void on_open(struct builder *b)
{
    int id = find_element(b->html.name);

    b->tags++;
    if (id < 0)
        return;
    if (!b->skip)
        need(b, elements[id].what & BREAK);
    if (elements[id].what & PUSH)
        push(b, id);
    else if (elements[id].what & PICTURE && !b->skip)
        on_picture(b);
}

/*
 * An end tag closes the innermost such element and what is open in it.  It
 * closes nothing when there is none, or when its start was beyond the depth.
 */
static void on_close(struct builder *b)
{
    int id = find_element(b->html.name);
    struct open o;

    b->tags++;
    if (id < 0)
        return;
    if (b->over[id] > 0) {
        b->over[id]--;
    } else if (b->open[id] > 0) {
        do {
            o = b->stack[--b->depth];
            count(b, o, -1);
        } while (o.id != id);
        memset(b->over, 0, sizeof b->over);
    }
    if (!b->skip)
        need(b, elements[id].what & BREAK);
}

int mm_page_parse(struct mm_page *page, const char *p, size_t n,
                  const char *skip_class, struct mm_err *err)
{
    struct builder *b = mm_alloc(1, sizeof *b, err);
    enum mm_html_type type;
    int result = 0;

    if (!b)
        return -1;
    b->page = page;
    b->skip_class = skip_class ? skip_class : "";
    mm_html_begin(&b->html, p, n);
    while ((type = mm_html_next(&b->html)) != MM_HTML_END) {
        if (type == MM_HTML_TEXT)
            on_text(b);
        else if (type == MM_HTML_OPEN)
            on_open(b);
        else
            on_close(b);
    }
    end_text(b);
    if (b->failed || mm_buf_check(&page->bytes, err) < 0 ||
        mm_buf_check(&page->title, err) < 0)
        result = mm_fail(err, MM_ESYS, "out of memory");
    else if (b->tags == 0)
        result = mm_fail(err, MM_EDATA, "%s",
                         n ? "no HTML page: it has no tag"
                           : "an empty file, no HTML page");
    else if (memchr(p, 0, n))
        result = mm_fail(err, MM_EDATA, "no HTML page: it has a NUL byte");
    mm_buf_release(&b->scratch);
    free(b);
    return result;
}
