/*
 * test_html.c - HTML: tokens, references, encodings, pages; hostile pages take
 * time in proportion to their length
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "data/html.h"
#include "data/html_page.h"

/* ---- tokens ---- */

/* The tokens of a page as a line: <name> </name> 'text' */
static void tokens(struct mm_buf *out, const char *page)
{
    struct mm_html h;
    enum mm_html_type type;

    mm_buf_clear(out);
    mm_buf_adds(out, "");
    mm_html_begin(&h, page, strlen(page));
    while ((type = mm_html_next(&h)) != MM_HTML_END) {
        if (type == MM_HTML_TEXT)
            mm_buf_addf(out, "%s'%.*s'", mm_html_is_raw(&h) ? "raw" : "",
                        (int)h.text_len, h.text);
        else
            mm_buf_addf(out, type == MM_HTML_OPEN ? "<%s>" : "</%s>", h.name);
    }
}

static void test_tokens(void **state)
{
    static const char *const cases[][2] = {
        { "", "" },
        { "a<B c=d>e</b f>g", "'a'<b>'e'</b>'g'" },
        { "a < b <3 <", "'a < b <3 <'" },
        { "<p title=\"a>b\">x", "<p>'x'" },
        { "<p title='a>b'>x", "<p>'x'" },
        { "<p a\"b>x", "<p>'x'" },
        { "<p a=b\"c>x", "<p>'x'" },
        { "<p a = >x", "<p>'x'" },
        { "<br/>x<br />", "<br>'x'<br>" },
        { "x<p title=\"never closed>", "'x'" },
        { "x<p", "'x'" },
        { "x</", "'x'" },
        { "x</>y</ z>w", "'x''y''w'" },
        { "<!-- a > -- b -->c<!---->d<!-->e<!--f--!>g<!--h",
          "'c''d''e''g'" },
        { "<!DOCTYPE html><?php a ?>b<![CDATA[c]]>d", "'b''d'" },
        { "<script>if (a</b>c) \"</scriptx>\"</SCRIPT >d",
          "<script>raw'if (a</b>c) \"</scriptx>\"'</script>'d'" },
        { "<style></style>a<title>b<i>c",
          "<style></style>'a'<title>raw'b<i>c'" },
        { "<script/>a</script>b", "<script>raw'a'</script>'b'" },
        { "<?xml version='1.0'?><script/>a", "<script>'a'" },
        { "<averyveryverylongname>a", "<>'a'" },
    };
    struct mm_buf out = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tokens(&out, cases[i][0]);
        assert_string_equal(out.data, cases[i][1]);
    }
    mm_buf_release(&out);
}

static void test_attributes(void **state)
{
    const char *page = "<img SRC='a&amp;b' alt = x=\"y  data-src=no src=c "
                       "empty ='' last/>";
    struct mm_html h;
    struct mm_buf v = { 0 };

    (void)state;
    mm_html_begin(&h, page, strlen(page));
    assert_int_equal(mm_html_next(&h), MM_HTML_OPEN);
    assert_int_equal(mm_html_attribute(&h, "src", &v), 1);
    assert_string_equal(v.data, "a&b");
    assert_int_equal(mm_html_attribute(&h, "alt", &v), 1);
    assert_string_equal(v.data, "x=\"y");
    assert_int_equal(mm_html_attribute(&h, "empty", &v), 1);
    assert_int_equal(v.len, 0);
    assert_int_equal(mm_html_attribute(&h, "last", &v), 1);
    assert_int_equal(mm_html_attribute(&h, "rc", &v), 0);
    mm_buf_release(&v);
}

static void test_references(void **state)
{
    static const char *const cases[][2] = {
        { "a&lt;b&GT;c&amp;lt;", "a<b>c&lt;" },
        { "&#65;&#x42;&#X63", "ABc" },
        { "&#0;&#xD800;&#x110000;&#99999999999999999999;",
          "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
        { "&#150;&#x99;", "\xe2\x80\x93\xe2\x84\xa2" },
        { "&hellip;&CounterClockwiseContourIntegral;",
          "\xe2\x80\xa6\xe2\x88\xb3" },
        { "&copy &copy2 ?a=1&copy=2 &hellip x", "\xc2\xa9 &copy2 "
                                                "?a=1&copy=2 &hellip x" },
        { "&&#;&#x;&;& &nosuch; &", "&&#;&#x;&;& &nosuch; &" },
        { "&fjlig;&NotEqualTilde;", "fj\xe2\x89\x82\xcc\xb8" },
    };
    struct mm_buf out = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mm_buf_clear(&out);
        mm_html_decode(&out, cases[i][0], strlen(cases[i][0]));
        assert_string_equal(out.data, cases[i][1]);
    }
    mm_buf_release(&out);
}

static void test_encodings(void **state)
{
#define CASE(a, b)          \
    {                       \
        a, sizeof(a) - 1, b \
    }
    static const struct {
        const char *in;
        size_t n;
        const char *out;
    } cases[] = {
        CASE("caf\xc3\xa9", "caf\xc3\xa9"),
        CASE("caf\xe9 \x93q\x94", "caf\xc3\xa9 \xe2\x80\x9cq\xe2\x80\x9d"),
        CASE("<meta charset=utf-8>\xe9", "<meta charset=utf-8>\xef\xbf\xbd"),
        CASE("<META CHARSET = \"KOI8-R\">\xc1",
             "<META CHARSET = \"KOI8-R\">\xd0\xb0"),
        CASE("<?xml version='1.0' encoding='ISO-8859-1'?>\xe4",
             "<?xml version='1.0' encoding='ISO-8859-1'?>\xc3\xa4"),
        CASE("<meta charset=shift_jis>\x83\x65\x81",
             "<meta charset=shift_jis>\xe3\x83\x86\xef\xbf\xbd"),
        CASE("<meta charset=../../x>\xe9", "<meta charset=../../x>\xc3\xa9"),
        CASE("\xef\xbb\xbfx\xff", "x\xef\xbf\xbd"),
        CASE("\xff\xfe"
             "a\0\xe9\0",
             "a\xc3\xa9"),
        CASE("\xfe\xff\0a\xd8\0\0b", "a\xef\xbf\xbd"),
    };
    struct mm_buf out = { 0 };
    struct mm_err err;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mm_buf_clear(&out);
        assert_int_equal(mm_html_to_utf8(&out, cases[i].in, cases[i].n, &err),
                         0);
        assert_memory_equal(out.data, cases[i].out, strlen(cases[i].out));
    }
    mm_buf_release(&out);
}

/* ---- pages ---- */

/* A page as a line: texts, [address|alternative] */
static void page_text(struct mm_buf *out, const char *html)
{
    struct mm_page page = { 0 };
    struct mm_err err;

    mm_buf_clear(out);
    mm_buf_adds(out, "");
    assert_int_equal(mm_page_parse(&page, html, strlen(html), "nav,x", &err),
                     0);
    for (size_t i = 0; i < page.n; i++) {
        const struct mm_page_part *p = &page.parts[i];

        mm_buf_addf(out, p->is_picture ? "[%.*s|%.*s]" : "%.*s", (int)p->len,
                    page.bytes.data + p->begin, (int)p->alt_len,
                    page.bytes.data + p->alt);
    }
    mm_page_release(&page);
}

static void test_pages(void **state)
{
    static const char *const cases[][2] = {
        { "<p>a  b\n<p>c<br>d</p>e", "a b\n\nc\nd\n\ne" },
        { "<b>a</b>b <i> c</i>", "ab c" },
        { "a&nbsp;&#160; b<div></div><div>c", "a b\n\nc" },
        { "<img src=a alt='b c'>d<img src=''><img>", "[a|b c]d" },
        { "<div class='q X'>no<img src=a><div>no</div></div>yes", "yes" },
        { "<div role=navigation>no</div><p class=x>yes", "yes" },
        { "<nav>no<div>no</nav>yes</div>", "yes" },
        { "<nav>no<nav>no</nav>no</nav>yes</nav>too", "yes\n\ntoo" },
        { "<header>no</header><main><header>yes</header></main>", "yes" },
        { "<script>no</script><style>no</style><textarea>no</textarea>a",
          "a" },
        { "<pre>a\n   b\n\n\n\tc </pre>d  e", "a\n   b\n\n        c\n\nd e" },
        { "<table><tr><td>1<td>2<tr><td>3</table>", "1 2\n3" },
        { "<div/>a</div>", "a" },
        { "a\x01\x7f<p>b", "a\n\nb" },
    };
    struct mm_buf out = { 0 };
    struct mm_page page = { 0 };
    struct mm_err err;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        page_text(&out, cases[i][0]);
        assert_string_equal(out.data, cases[i][1]);
    }
    assert_int_equal(mm_page_parse(&page, "no tag", 6, "", &err), -1);
    assert_int_equal(err.code, MM_EDATA);
    mm_page_release(&page);
    assert_int_equal(mm_page_parse(&page, "<b>a\0b", 6, "", &err), -1);
    assert_int_equal(err.code, MM_EDATA);
    mm_page_release(&page);
    mm_buf_release(&out);
}

/*
 * Beyond the depth, elements are text of the one at the end of it: an end tag
 * there closes nothing that was opened before.
 */
static void test_depth(void **state)
{
    struct mm_buf html = { 0 }, out = { 0 };

    (void)state;
    for (int i = 0; i < MM_PAGE_DEPTH; i++)
        mm_buf_adds(&html, i ? "<div>" : "<section>");
    mm_buf_adds(&html, "<nav>a</nav>b<div>c</div>d");
    for (int i = 0; i < MM_PAGE_DEPTH; i++)
        mm_buf_adds(&html, i < MM_PAGE_DEPTH - 1 ? "</div>" : "</section>");
    mm_buf_adds(&html, "<nav>no</nav>e");
    page_text(&out, html.data);
    assert_string_equal(out.data, "a\n\nb\n\nc\n\nd\n\ne");
    mm_buf_release(&html);
    mm_buf_release(&out);
}

/* ---- hostile pages ---- */

/* Patterns that fill a page: one, then the other. */
static const char *const attacks[][2] = {
    { "<i>", "</b>" },
    { "<div>", "</p>" },
    { "<div>", "</section>" },
    { "<ul><li>", "<nav>" },
    { "<b i>", "<b i" },
    { "<!--", "<!-" },
    { "&", "&amp" },
    { "<p a", "=" },
    { " a=b", " a='" },
    { "<", "</" },
    { "<script>", "</script" },
    { "<table><tr><td>", "</table>" },
    { "<nav>", "</nav></div>" },
    { "<pre> \n", " " },
    { "<title>", "<" },
    { "<img src=a alt=b>", "x " },
};

static void fill(struct mm_buf *html, const char *const pattern[2], size_t n)
{
    mm_buf_clear(html);
    mm_buf_adds(html, "<p ");
    while (html->len < n / 2)
        mm_buf_adds(html, pattern[0]);
    while (html->len < n)
        mm_buf_adds(html, pattern[1]);
}

/* The least processor time of a few rounds, in seconds. */
static double cost(const struct mm_buf *html)
{
    double least = 1e9;

    for (int round = 0; round < 3; round++) {
        struct mm_page page = { 0 };
        struct mm_err err;
        double begin = mm_clock_seconds(CLOCK_THREAD_CPUTIME_ID), s;

        assert_int_equal(mm_page_parse(&page, html->data, html->len, "nav",
                                       &err) == 0 ||
                             err.code == MM_EDATA,
                         1);
        s = mm_clock_seconds(CLOCK_THREAD_CPUTIME_ID) - begin;
        mm_page_release(&page);
        least = s < least ? s : least;
    }
    return least;
}

/*
 * Sixteen times the bytes are sixteen times the work, and 256 times for what
 * is quadratic.  tests/long counts instructions.
 */
static void test_linear(void **state)
{
    struct mm_buf html = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++) {
        double small, large;

        fill(&html, attacks[i], 1 << 15);
        small = cost(&html);
        fill(&html, attacks[i], 1 << 19);
        large = cost(&html);
        if (large > 64 * (small + 1e-5))
            fail_msg("%s %s: %g s for 32 KB, %g s for 512 KB", attacks[i][0],
                     attacks[i][1], small, large);
    }
    mm_buf_release(&html);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_attributes),
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_encodings),
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_linear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
