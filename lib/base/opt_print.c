/*
 * opt_print.c - options as help, as a configuration file, as JSON
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/opt_table.h"

static const void *field_of(const struct mm_opts *o, const struct mm_opt *opt)
{
    return (const char *)o->options + opt->offset;
}

/* "  -s, --seed=n          " */
static void help_names(struct mm_buf *out, const struct mm_opt *opt)
{
    size_t begin = out->len;

    if (opt->letter)
        mm_buf_addf(out, "  -%c, --%s", opt->letter, opt->name);
    else
        mm_buf_addf(out, "      --%s", opt->name);
    if (opt->type != MM_OPT_FLAG)
        mm_buf_addf(out, "=%s", opt->arg ? opt->arg : "value");
    do
        mm_buf_addc(out, ' ');
    while (!out->failed && out->len - begin < 28);
}

/* The choices: after the help, or on more lines where they are many. */
static void help_choices(struct mm_buf *out, const struct mm_opt *opt)
{
    const size_t most = 72;
    size_t n = strlen(opt->choices), line = strlen(opt->help);

    mm_buf_adds(out, " (");
    for (const char *p = opt->choices; *p;) {
        size_t k = strcspn(p, "|") + 1;

        k = k < strlen(p) ? k : strlen(p);
        if (line + n > most && line + k > most) {
            mm_buf_addf(out, "\n%28s", "");
            line = 0;
        }
        mm_buf_add(out, p, k);
        line += k;
        n -= k;
        p += k;
    }
    mm_buf_addc(out, ')');
}

static void help_row(struct mm_buf *out, const struct mm_opt *opt)
{
    help_names(out, opt);
    mm_buf_adds(out, opt->help);
    if (opt->choices)
        help_choices(out, opt);
    if (opt->def && *opt->def)
        mm_buf_addf(out, " [%s]", opt->def);
    mm_buf_addc(out, '\n');
}

/* The other ways to use a program that has a way without a verb. */
static void help_others(struct mm_buf *out, const struct mm_program *program)
{
    mm_buf_adds(out, "\nverbs:\n");
    for (const struct mm_verb *v = program->verbs; v->run; v++)
        if (v->name)
            mm_buf_addf(out, "  %-12s %s\n", v->name, v->summary);
    mm_buf_addf(out, "\nTry '%s verb --help' for the options of a verb.\n",
                program->name);
}

static void help_verb(struct mm_buf *out, const struct mm_program *program,
                      const struct mm_verb *verb)
{
    mm_buf_addf(out, "usage: %s%s%s [options] %s\n%s\n\n", program->name,
                verb->name ? " " : "", verb->name ? verb->name : "",
                verb->operands ? verb->operands : "", verb->summary);
    for (const struct mm_opt *opt = verb->opts; opt && opt->name; opt++)
        help_row(out, opt);
    for (size_t i = 0; mm_opt_row(verb, i) && mm_opt_row(verb, i) != verb->opts;
         i++)
        help_row(out, mm_opt_row(verb, i));
    if (!verb->name && verb != program->verbs)
        help_others(out, program);
}

void mm_opts_help(struct mm_buf *out, const struct mm_program *program,
                  const struct mm_verb *verb)
{
    if (verb || !program->verbs->name) {
        help_verb(out, program, verb ? verb : program->verbs);
        return;
    }
    mm_buf_addf(out, "usage: %s verb [options] ...\n%s\n\n", program->name,
                program->summary);
    for (const struct mm_verb *v = program->verbs; v->run; v++)
        mm_buf_addf(out, "  %-12s %s\n", v->name, v->summary);
    mm_buf_addf(out, "\nTry '%s verb --help' for the options of a verb.\n",
                program->name);
}

/* One key.  made: the field, resolved */
static void print_key(struct mm_buf *out, const struct mm_opt *opt,
                      const char *origin, const void *field, const void *made)
{
    struct mm_buf text = { 0 }, other = { 0 };

    mm_opt_text(&text, opt, field);
    mm_opt_text(&other, opt, made);
    if (text.len == 0 &&
        (opt->type == MM_OPT_STR || opt->type == MM_OPT_LIST))
        mm_buf_addf(out, "# %s is not set\n", opt->name);
    else if (text.failed || other.failed)
        out->failed = 1;
    else if (strcmp(text.data, other.data) != 0)
        mm_buf_addf(out, "# %s, which makes %s\n%s = %s\n", origin,
                    other.data, opt->name, text.data);
    else
        mm_buf_addf(out, "# %s\n%s = %s\n", origin, opt->name, text.data);
    mm_buf_release(&text);
    mm_buf_release(&other);
}

static int is_question(const struct mm_opt *opt)
{
    return !strcmp(opt->name, "help") || !strcmp(opt->name, "version") ||
           !strcmp(opt->name, "print-config") || !strcmp(opt->name, "config");
}

int mm_opts_print(struct mm_buf *out, const struct mm_opts *o,
                  struct mm_err *err)
{
    char *made = mm_alloc(o->verb->options_bytes, 1, err);
    int result = 0;

    if (!made)
        return -1;
    memcpy(made, o->options, o->verb->options_bytes);
    if (o->program->resolve) {
        result = o->program->resolve(o->verb, made, err);
        if (result < 0) /* what is wrong is looked for in what was given */
            memcpy(made, o->options, o->verb->options_bytes);
    }
    mm_buf_addf(out, "[%s]\n", o->program->name);
    for (size_t i = 0; mm_opt_row(o->verb, i); i++) {
        const struct mm_opt *opt = mm_opt_row(o->verb, i);

        if (!is_question(opt))
            print_key(out, opt, o->origin[i], field_of(o, opt),
                      made + opt->offset);
    }
    free(made);
    return result < 0 ? -1 : mm_buf_check(out, err);
}

static void json_list(struct mm_jw *w, const struct mm_strs *list)
{
    mm_jw_open(w, '[');
    for (size_t i = 0; i < list->n; i++)
        mm_jw_str(w, list->v[i]);
    mm_jw_close(w, ']');
}

static void json_field(struct mm_jw *w, const struct mm_opt *opt,
                       const void *field)
{
    struct mm_buf text = { 0 };

    switch (opt->type) {
    case MM_OPT_FLAG:
        mm_jw_bool(w, *(const int *)field);
        break;
    case MM_OPT_INT:
    case MM_OPT_SIZE:
        mm_jw_int(w, *(const int64_t *)field);
        break;
    case MM_OPT_NUM:
        mm_jw_num(w, *(const double *)field);
        break;
    case MM_OPT_LIST:
        json_list(w, field);
        break;
    case MM_OPT_STR:
        mm_jw_str(w, *(const char *const *)field);
        break;
    case MM_OPT_CHOICE:
        mm_opt_text(&text, opt, field);
        mm_jw_strn(w, text.data, text.len);
        break;
    }
    mm_buf_release(&text);
}

void mm_opts_json(struct mm_jw *w, const struct mm_opts *o)
{
    mm_jw_open(w, '{');
    for (size_t i = 0; o->verb && mm_opt_row(o->verb, i); i++) {
        const struct mm_opt *opt = mm_opt_row(o->verb, i);

        if (opt->flags & MM_OPT_QUIET)
            continue;
        mm_jw_key(w, opt->name);
        json_field(w, opt, field_of(o, opt));
    }
    mm_jw_close(w, '}');
}
