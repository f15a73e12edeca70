/*
 * ptb_link.c - tags, links, addresses, names of files
 */
#include "eval/ptb_scan.h"

/* ---- tags ---- */

/* <!x ...> and <?x ...>: up to the next > of the line */
static size_t declaration(struct ptb_text *s, size_t i)
{
    size_t j = i + 3;

    if (!ptb_is_alpha(ptb_at(s, i + 2)) && ptb_at(s, i + 2) != '-')
        return 0;
    if (j < s->no_greater)
        return 0;
    while (j < s->n && s->t[j] != '>' && s->t[j] != '\n')
        j++;
    if (ptb_at(s, j) == '>')
        return j + 1;
    s->no_greater = j;
    return 0;
}

static size_t tag_name(const struct ptb_text *s, size_t i)
{
    if (!ptb_is_alpha(ptb_at(s, i)))
        return 0;
    while (ptb_is_alnum(ptb_at(s, i)) || ptb_is_in(ptb_at(s, i), ":._-"))
        i++;
    return i;
}

static size_t blanks(const struct ptb_text *s, size_t i)
{
    while (ptb_at(s, i) == ' ')
        i++;
    return i;
}

/* ="..." or nothing; what is quoted may go over the end of the line. */
static size_t tag_value(const struct ptb_text *s, size_t i)
{
    size_t j = blanks(s, i);
    uint32_t quote;

    if (ptb_at(s, j) != '=')
        return i;
    j = blanks(s, j + 1);
    quote = ptb_at(s, j);
    if (quote != '"' && quote != '\'')
        return i;
    for (j++; j < s->n; j++)
        if (s->t[j] == quote)
            return j + 1;
    return i;
}

size_t ptb_tag(struct ptb_text *s, size_t i)
{
    int closing = ptb_at(s, i + 1) == '/';
    size_t j, k;

    if (ptb_is_in(ptb_at(s, i + 1), "!?"))
        return declaration(s, i);
    j = tag_name(s, i + 1 + (size_t)closing);
    while (j && !closing && (k = blanks(s, j)) > j && (k = tag_name(s, k)))
        j = tag_value(s, k);
    if (!j)
        return 0;
    j = blanks(s, j);
    if (!closing && ptb_at(s, j) == '/')
        j = blanks(s, j + 1);
    return ptb_at(s, j) == '>' ? j + 1 : 0;
}

/* ---- links ---- */

static int ends_path(uint32_t c)
{
    return c == PTB_END || ptb_is_in(c, " \t\n\f\r\"<>|()");
}

static int ends_link(uint32_t c)
{
    return ends_path(c) || c == '{' || c == '}';
}

/* At least two characters, the last of them no punctuation. */
static size_t link_rest(const struct ptb_text *s, size_t i,
                        int (*ends)(uint32_t))
{
    size_t j = i;

    while (!ends(ptb_at(s, j)))
        j++;
    while (j > i + 1 && ptb_is_in(s->t[j - 1], ".!?{},-"))
        j--;
    if (j == i + 1 && s->t[i] > 0xffff)
        return j; /* two units of UTF-16 */
    return j > i + 1 ? j : 0;
}

size_t ptb_link(struct ptb_text *s, size_t i)
{
    size_t j = ptb_literal(s, i, "http");

    if (!j)
        return 0;
    j = ptb_literal(s, j + (ptb_literal(s, j, "s") != 0), "://");
    return j ? link_rest(s, j, ends_link) : 0;
}

static size_t path_of(const struct ptb_text *s, size_t i)
{
    size_t j = ptb_at(s, i) == '/' ? link_rest(s, i + 1, ends_path) : 0;

    return j ? j : i;
}

/* www. and parts, the last of 2 to 4 letters; then perhaps a path. */
static size_t www(const struct ptb_text *s, size_t i)
{
    size_t j = ptb_literal(s, i, "www."), best = 0, parts = 0, begin = j;

    for (; j; j++) {
        uint32_t c = ptb_at(s, j);

        if (parts && j == begin) {
            size_t k = j;

            while (k < j + 4 && ptb_is_alpha(ptb_at(s, k)))
                k++;
            if (k >= j + 2) {
                best = path_of(s, k);
                if (best > k)
                    return best;
            }
        }
        if (c == '.' && j > begin) {
            parts++;
            begin = j + 1;
        } else if (ends_link(c) || ptb_is_in(c, ".!?,")) {
            return best;
        }
    }
    return 0;
}

static int is_site_char(uint32_t c)
{
    return c != PTB_END && !(c >= ',' && c <= '_') &&
           !ptb_is_in(c, " \t\n\f\r\"`'<>|!(){}$");
}

/* Walk a run of parts and periods; keep its last period before com, ... */
static void walk_site(struct ptb_text *s, size_t i)
{
    static const char *const names[] = { "com", "net", "org", "edu" };
    struct ptb_run *run = &s->site;

    *run = (struct ptb_run){ .begin = i };
    while (is_site_char(ptb_at(s, i)) ||
           (ptb_at(s, i) == '.' && is_site_char(ptb_at(s, i - 1)))) {
        for (size_t k = 0; s->t[i] == '.' && k < 4; k++)
            if (ptb_literal(s, i + 1, names[k])) {
                run->at = i;
                run->stop = i + 4;
            }
        i++;
    }
    run->end = i;
}

size_t ptb_site(struct ptb_text *s, size_t i)
{
    size_t w = www(s, i), end = 0;

    if (is_site_char(ptb_at(s, i))) {
        if (i < s->site.begin || i >= s->site.end)
            walk_site(s, i);
        if (i < s->site.at)
            end = path_of(s, s->site.stop);
    }
    return w > end ? w : end;
}

static int ends_email(uint32_t c)
{
    return ends_link(c) || c == 0xa0;
}

/* The parts after an @: none of them empty. */
static size_t email_host(const struct ptb_text *s, size_t i, size_t end)
{
    size_t j = i;

    while (j < end && (s->t[j] != '.' || (j > i && s->t[j - 1] != '.')))
        j++;
    while (j > i && s->t[j - 1] == '.')
        j--;
    return j > i ? j : 0;
}

static void walk_email(struct ptb_text *s, size_t i)
{
    struct ptb_run *run = &s->email;
    size_t j = i;

    while (!ends_email(ptb_at(s, j)))
        j++;
    *run = (struct ptb_run){ .begin = i, .end = j };
    while (j > i) {
        j--;
        if (s->t[j] == '@' && (run->stop = email_host(s, j + 1, run->end))) {
            run->at = j;
            return;
        }
    }
}

size_t ptb_email(struct ptb_text *s, size_t i)
{
    size_t j = i, k;

    if (ptb_at(s, i) == '<')
        j = i + 1;
    else if ((k = ptb_literal(s, i, "&lt;")))
        j = k;
    if (!ptb_is_alnum(ptb_at(s, j)))
        return 0;
    if (j < s->email.begin || j >= s->email.end)
        walk_email(s, j);
    if (s->email.at <= j)
        return 0;
    k = s->email.stop;
    if (ptb_at(s, k) == '>')
        return k + 1;
    return k;
}

/* ---- files ---- */

static int is_file_char(uint32_t c)
{
    enum mm_ptb_class class;

    if (c < 128)
        return ptb_is_alnum(c);
    class = ptb_class(c);
    return class == MM_PTB_LETTER || class == MM_PTB_MARK ||
           class == MM_PTB_DIGIT;
}

static size_t file_ending(const struct ptb_text *s, size_t i)
{
    static const char *const endings[] = {
        "bat", "bmp", "c", "class", "cgi", "cpp", "dll", "doc", "docx", "exe",
        "gif", "gz", "h", "htm", "html", "jar", "java", "jpeg", "jpg", "mov",
        "mp3", "pdf", "php", "pl", "png", "ppt", "ps", "py", "sql", "tar",
        "txt", "wav", "x", "xml", "zip"
    };

    for (size_t k = 0; k < sizeof endings / sizeof *endings; k++) {
        size_t j = ptb_literal(s, i, endings[k]);
        uint32_t c = j ? ptb_at(s, j) : 0;

        if (j && (ptb_is_blank(c) || ptb_is_in(c, ".?!,")))
            return j;
    }
    return 0;
}

/* Walk a run of parts and periods; keep its last period before an ending. */
static void walk_file(struct ptb_text *s, size_t i)
{
    struct ptb_run *run = &s->file;
    size_t stop;

    *run = (struct ptb_run){ .begin = i };
    while (is_file_char(ptb_at(s, i)) ||
           (ptb_at(s, i) == '.' && is_file_char(ptb_at(s, i - 1)))) {
        if (s->t[i] == '.' && (stop = file_ending(s, i + 1))) {
            run->at = i;
            run->stop = stop;
        }
        i++;
    }
    run->end = i;
}

size_t ptb_file(struct ptb_text *s, size_t i, size_t *total)
{
    if (!is_file_char(ptb_at(s, i)))
        return 0;
    if (i < s->file.begin || i >= s->file.end)
        walk_file(s, i);
    if (i >= s->file.at)
        return 0;
    *total = s->file.stop + 1;
    return s->file.stop;
}
