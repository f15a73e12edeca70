/*
 * opt.c - from argv, environment, files and presets to an options struct
 *
 * The command line is first collected as (row, text) pairs, because it names
 * the files and the preset that come before it.  Then the layers are applied
 * in order of precedence, twice when a preset turned up on the way.
 */
#include "base/opt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ini.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/opt_table.h"

#define MAX_CONFIG ((size_t)1 << 20)

struct pair {
    size_t row;
    const char *text;
};

struct parse {
    struct mm_opts *o;
    int argc, i; /* the command line, and where we are in it */
    char **argv;
    struct pair *pairs;
    size_t n_pairs, pairs_cap;
    size_t operands_cap;
    const char *origin; /* of the layer that is applied now */
    size_t layer;       /* its number; a list starts over in each layer */
    size_t *set_in;     /* per row: the layer that set it last */
    struct mm_err *err;
};

/* ---- collecting the command line ---- */

static int needs_value(struct parse *p, const char *dashes, const char *name)
{
    return mm_fail(p->err, MM_EUSAGE, "option '%s%s' needs a value", dashes,
                   name);
}

static int unknown_option(struct parse *p, const char *name)
{
    const char *near = mm_opt_suggest(p->o->verb, name);

    if (near)
        return mm_fail(p->err, MM_EUSAGE,
                       "unknown option '--%s'; did you mean '--%s'?", name,
                       near);
    return mm_fail(p->err, MM_EUSAGE, "unknown option '--%s'", name);
}

static int collect(struct parse *p, size_t row, const char *text)
{
    if (mm_grow(&p->pairs, &p->pairs_cap, p->n_pairs + 1, sizeof *p->pairs,
                p->err) < 0)
        return -1;
    p->pairs[p->n_pairs++] = (struct pair){ row, text };
    return 0;
}

static int add_operand(struct parse *p, char *word)
{
    struct mm_opts *o = p->o;

    if (mm_grow(&o->argv, &p->operands_cap, (size_t)o->argc + 1,
                sizeof *o->argv, p->err) < 0)
        return -1;
    o->argv[o->argc++] = word;
    return 0;
}

/* --name, --name=text, --name text, --no-name */
static int long_option(struct parse *p, const char *word)
{
    const char *eq = strchr(word, '=');
    size_t n = eq ? (size_t)(eq - word) : strlen(word);
    int row = mm_opt_find(p->o->verb, word, n);
    const struct mm_opt *opt;

    if (row < 0 && !eq && strncmp(word, "no-", 3) == 0) {
        row = mm_opt_find(p->o->verb, word + 3, n - 3);
        if (row >= 0 && mm_opt_row(p->o->verb, (size_t)row)->type ==
                            MM_OPT_FLAG)
            return collect(p, (size_t)row, "no");
        row = -1;
    }
    if (row < 0) {
        char name[64] = { 0 };

        memcpy(name, word, n < sizeof name ? n : sizeof name - 1);
        return unknown_option(p, name);
    }
    opt = mm_opt_row(p->o->verb, (size_t)row);
    if (eq)
        return collect(p, (size_t)row, eq + 1);
    if (opt->type == MM_OPT_FLAG)
        return collect(p, (size_t)row, "yes");
    if (p->i + 1 >= p->argc)
        return needs_value(p, "--", opt->name);
    return collect(p, (size_t)row, p->argv[++p->i]);
}

/* -a, -abc, -n text, -ntext */
static int short_options(struct parse *p, const char *letters)
{
    for (; *letters; letters++) {
        int row = mm_opt_letter(p->o->verb, *letters);
        char name[2] = { *letters, '\0' };

        if (row < 0)
            return mm_fail(p->err, MM_EUSAGE, "unknown option '-%s'", name);
        if (mm_opt_row(p->o->verb, (size_t)row)->type == MM_OPT_FLAG) {
            if (collect(p, (size_t)row, "yes") < 0)
                return -1;
            continue;
        }
        if (letters[1])
            return collect(p, (size_t)row, letters + 1);
        if (p->i + 1 >= p->argc)
            return needs_value(p, "-", name);
        return collect(p, (size_t)row, p->argv[++p->i]);
    }
    return 0;
}

static int collect_all(struct parse *p)
{
    int ended = 0, result = 0;

    for (; result == 0 && p->i < p->argc; p->i++) {
        char *word = p->argv[p->i];

        if (!ended && strcmp(word, "--") == 0)
            ended = 1;
        else if (!ended && strncmp(word, "--", 2) == 0)
            result = long_option(p, word + 2);
        else if (!ended && word[0] == '-' && word[1])
            result = short_options(p, word + 1);
        else
            result = add_operand(p, word);
    }
    return result;
}

/* ---- applying the layers ---- */

static const char *own(struct mm_opts *o, const char *text, struct mm_err *err)
{
    char *copy;

    if (mm_grow(&o->owned, &o->owned_cap, o->n_owned + 1, sizeof *o->owned,
                err) < 0 ||
        !(copy = mm_strdup(text, err)))
        return NULL;
    o->owned[o->n_owned++] = copy;
    return copy;
}

static int apply(struct parse *p, size_t row, const char *text)
{
    struct mm_opts *o = p->o;
    const struct mm_opt *opt = mm_opt_row(o->verb, row);
    int fresh = p->set_in[row] != p->layer;
    const char *kept = own(o, text, p->err);

    o->origin[row] = p->origin;
    p->set_in[row] = p->layer;
    return kept ? mm_opt_set(opt, (char *)o->options + opt->offset, kept,
                             fresh, p->err)
                : -1;
}

static void begin_layer(struct parse *p, const char *origin)
{
    p->origin = origin;
    p->layer++;
}

static int apply_defaults(struct parse *p)
{
    begin_layer(p, "default");
    for (size_t i = 0; mm_opt_row(p->o->verb, i); i++) {
        const struct mm_opt *opt = mm_opt_row(p->o->verb, i);

        if (opt->def && apply(p, i, opt->def) < 0)
            return -1;
        p->o->origin[i] = p->origin;
    }
    return 0;
}

static int apply_key(void *ctx, const char *section, const char *key,
                     const char *value, size_t line, struct mm_err *err)
{
    struct parse *p = ctx;
    const struct mm_program *program = p->o->program;
    int ours = strcmp(section, program->name) == 0 || !*section;
    int row;
    const char *near;

    (void)line;
    if (!ours && strcmp(section, "common") != 0)
        return 0;
    row = mm_opt_find(p->o->verb, key, strlen(key));
    if (strcmp(key, "config") == 0)
        return mm_fail(err, MM_ECONFIG, "a configuration file cannot name "
                                        "another; give -c twice");
    if (row >= 0)
        return apply(p, (size_t)row, value);
    if (!ours)
        return 0; /* another program's */
    for (const struct mm_verb *v = program->verbs; v->run; v++)
        if (mm_opt_find(v, key, strlen(key)) >= 0)
            return 0; /* another verb's */
    near = mm_opt_suggest(p->o->verb, key);
    if (near)
        return mm_fail(err, MM_ECONFIG,
                       "unknown key '%s'; did you mean '%s'?", key, near);
    return mm_fail(err, MM_ECONFIG, "unknown key '%s'", key);
}

static int apply_ini(struct parse *p, const char *text, size_t n,
                     const char *name)
{
    begin_layer(p, own(p->o, name, p->err));
    if (!p->origin || mm_ini_parse(text, n, name, apply_key, p, p->err) < 0) {
        if (p->err->code == MM_EUSAGE)
            p->err->code = MM_ECONFIG;
        return -1;
    }
    return 0;
}

static int apply_file(struct parse *p, const char *path)
{
    struct mm_buf text = { 0 };
    int result = mm_read_file(path, &text, MAX_CONFIG, p->err);

    if (result == 0)
        result = apply_ini(p, text.data, text.len,
                           strcmp(path, "-") ? path : "standard input");
    mm_buf_release(&text);
    return result;
}

static int apply_preset(struct parse *p, const char *name)
{
    const struct mm_program *program = p->o->program;
    const char *text = program->preset ? program->preset(name) : NULL;
    char where[64];

    if (!text)
        return mm_fail(p->err, MM_EUSAGE, "there is no preset '%s'%s%s", name,
                       program->preset ? "; the manual names those of "
                                       : ", and no other for ",
                       program->name);
    snprintf(where, sizeof where, "preset %s", name);
    return apply_ini(p, text, strlen(text), where);
}

static int apply_environment(struct parse *p)
{
    begin_layer(p, "environment");
    for (size_t i = 0; mm_opt_row(p->o->verb, i); i++) {
        char name[64];
        const char *value;

        mm_opt_environment(mm_opt_row(p->o->verb, i), name, sizeof name);
        value = getenv(name);
        if (!value || !*value)
            continue;
        if (apply(p, i, value) < 0) {
            p->err->code = MM_ECONFIG;
            return mm_fail_in(p->err, "%s", name);
        }
    }
    return 0;
}

static int apply_command_line(struct parse *p)
{
    begin_layer(p, "command line");
    for (size_t i = 0; i < p->n_pairs; i++)
        if (apply(p, p->pairs[i].row, p->pairs[i].text) < 0)
            return -1;
    return 0;
}

/* The files that the environment and the command line name. */
static int apply_files(struct parse *p)
{
    const struct mm_common *common = p->o->options;
    struct mm_strs files;

    if (apply_environment(p) < 0 || apply_command_line(p) < 0)
        return -1;
    files = common->config;
    if (files.n == 0)
        return 0;
    for (size_t i = 0; i < files.n; i++)
        if (apply_file(p, files.v[i]) < 0)
            return -1;
    return 0;
}

static int apply_layers(struct parse *p, const char *preset)
{
    if (apply_defaults(p) < 0 || (preset && apply_preset(p, preset) < 0) ||
        apply_files(p) < 0 || apply_environment(p) < 0)
        return -1;
    return apply_command_line(p);
}

/* ---- the whole ---- */

static const struct mm_verb *find_verb(const struct mm_program *program,
                                       const char *name)
{
    for (const struct mm_verb *v = program->verbs; v->run; v++)
        if (!v->name || (name && strcmp(v->name, name) == 0))
            return v;
    return NULL;
}

static int unknown_verb(struct parse *p, const char *word)
{
    const char *names[32], *near;
    size_t n = 0;

    for (const struct mm_verb *v = p->o->program->verbs; v->run && n < 32; v++)
        names[n++] = v->name;
    near = mm_suggest(word, names, n);
    if (near)
        return mm_fail(p->err, MM_EUSAGE,
                       "there is no verb '%s'; did you mean '%s'?", word,
                       near);
    return mm_fail(p->err, MM_EUSAGE, "there is no verb '%s'", word);
}

/* The verb is the first word; --help and --version may stand alone. */
static int choose_verb(struct parse *p)
{
    const struct mm_program *program = p->o->program;
    const char *word = p->i < p->argc ? p->argv[p->i] : NULL;

    p->o->verb = find_verb(program, word);
    if (p->o->verb) {
        p->i += p->o->verb->name != NULL;
        return 1;
    }
    if (word && (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 ||
                 strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0)) {
        p->o->verb = program->verbs;
        p->argc = p->i + 1;
        return 0;
    }
    if (word)
        return unknown_verb(p, word);
    return mm_fail(p->err, MM_EUSAGE, "what to do? name a verb");
}

static int parse_all(struct parse *p)
{
    struct mm_opts *o = p->o;
    int chosen = choose_verb(p);
    const struct mm_common *common;

    if (chosen < 0)
        return -1;
    o->options = mm_alloc(1, o->verb->options_bytes, p->err);
    o->origin = mm_alloc(mm_opt_rows(o->verb), sizeof *o->origin, p->err);
    p->set_in = mm_alloc(mm_opt_rows(o->verb), sizeof *p->set_in, p->err);
    if (!o->options || !o->origin || !p->set_in || collect_all(p) < 0 ||
        apply_layers(p, NULL) < 0)
        return -1;
    common = o->options;
    if (common->preset && apply_layers(p, common->preset) < 0)
        return -1;
    if (!chosen)
        o->verb = NULL;
    return 0;
}

int mm_opts_parse(struct mm_opts *o, const struct mm_program *program,
                  int argc, char **argv, struct mm_err *err)
{
    struct parse p = { .o = o, .argc = argc, .argv = argv, .i = 1, .err = err };
    int result;

    *o = (struct mm_opts){ .program = program };
    result = parse_all(&p);
    free(p.pairs);
    free(p.set_in);
    if (result < 0)
        mm_opts_release(o);
    return result;
}

void mm_opts_release(struct mm_opts *o)
{
    const struct mm_verb *verb = o->verb ? o->verb : o->program->verbs;

    for (size_t i = 0; o->options && mm_opt_row(verb, i); i++) {
        const struct mm_opt *opt = mm_opt_row(verb, i);

        if (opt->type == MM_OPT_LIST)
            free(((struct mm_strs *)(void *)((char *)o->options +
                                             opt->offset))
                     ->v);
    }
    for (size_t i = 0; i < o->n_owned; i++)
        free(o->owned[i]);
    free(o->owned);
    free(o->options);
    free(o->origin);
    free(o->argv);
    *o = (struct mm_opts){ 0 };
}
