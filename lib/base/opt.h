/*
 * opt.h - one table per program gives parsing, --help, range checks, the
 * configuration file, the environment and --print-config
 *
 * Where a value comes from, the last one wins:
 *   default < --preset < file (-c) < environment MM1_KEY < command line.
 * An ini file has a section [common] and one per program ([mm1-mix]); its keys
 * are the long options.  In a program's own section a key that none of its
 * verbs knows is MM_ECONFIG, with a suggestion; in [common] and in the
 * environment, which all programs share, it is somebody else's.
 */
#ifndef MM_BASE_OPT_H
#define MM_BASE_OPT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"

enum mm_opt_type {
    MM_OPT_FLAG,   /* int: 0 or 1; --name, --no-name, key = yes|no */
    MM_OPT_INT,    /* int64_t */
    MM_OPT_SIZE,   /* int64_t; K M G (1024) and KB MB GB (1000) */
    MM_OPT_NUM,    /* double */
    MM_OPT_STR,    /* const char *, NULL when unset */
    MM_OPT_CHOICE, /* int: the index in choices */
    MM_OPT_LIST    /* struct mm_strs: may be given several times */
};

struct mm_strs {
    size_t n;
    const char **v;
};

enum {
    MM_OPT_QUIET = 1 /* changes no result: left out of the stamp */
};

/*
 * One row.  offset is the field in the program's options struct; def is the
 * default as text (NULL: zero).  min < max bounds INT, SIZE and NUM.  choices
 * is "a|b|c".  A row with name NULL ends the table.
 */
struct mm_opt {
    char letter; /* 0: none */
    const char *name;
    enum mm_opt_type type;
    size_t offset;
    const char *arg; /* its name in the help: "file" */
    const char *def;
    const char *help;
    double min, max;
    const char *choices;
    unsigned flags;
};

/* The first member of every options struct. */
struct mm_common {
    struct mm_strs config; /* -c: files, later ones win */
    const char *preset;    /* --preset */
    int64_t threads;       /* -j, 0: all cores */
    int quiet, verbose;    /* -q, -v */
    const char *log;       /* --log */
    int print_config, help, version;
};

/*
 * One way to use a program.  A program without verbs has one, name NULL; one
 * without a name after others is meant when the first word names none.
 */
struct mm_verb {
    const char *name;
    const char *operands; /* for the help: "source=weight ..." */
    const char *summary;
    const struct mm_opt *opts;
    size_t options_bytes; /* of the struct that begins with mm_common */
    int (*run)(const void *options, int argc, char **argv,
               struct mm_err *err);
};

struct mm_program {
    const char *name; /* "mm1-mix" */
    const char *summary;
    const struct mm_verb *verbs; /* ends with a row whose run is NULL */
    /* ini text of a preset, or NULL; the function may be NULL */
    const char *(*preset)(const char *name);
    /*
     * Fill in what a verb's options leave to a preset or a rule, as far as
     * they alone decide it, for --print-config; or NULL
     */
    int (*resolve)(const struct mm_verb *verb, void *options,
                   struct mm_err *err);
};

/* What was parsed; options points to the verb's struct. */
struct mm_opts {
    const struct mm_program *program;
    const struct mm_verb *verb; /* NULL: --help or --version without a verb */
    void *options;
    int argc; /* operands */
    char **argv;
    const char **origin; /* per row of common + verb table; private */
    char **owned;        /* strings that files and presets brought; private */
    size_t n_owned, owned_cap;
};

/* argv[0] is skipped.  Operands may stand between options; "--" ends them. */
int mm_opts_parse(struct mm_opts *o, const struct mm_program *program,
                  int argc, char **argv, struct mm_err *err);
void mm_opts_release(struct mm_opts *o);

/* The text of --help for a verb, or for the program when verb is NULL. */
void mm_opts_help(struct mm_buf *out, const struct mm_program *program,
                  const struct mm_verb *verb);

/*
 * Every key with its value and origin, itself a valid configuration file; what
 * a preset or a rule makes of it stands beside the origin.  -1 when these
 * refuse the options, and the rest is printed all the same.
 */
int mm_opts_print(struct mm_buf *out, const struct mm_opts *o,
                  struct mm_err *err);

/* The options that change results, as one JSON object. */
void mm_opts_json(struct mm_jw *w, const struct mm_opts *o);

/* The nearest word to a mistyped one among n, or NULL when none is near. */
const char *mm_suggest(const char *word, const char *const *words, size_t n);

#endif
