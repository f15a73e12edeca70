/*
 * tool.c - what every program does around its work
 */
#include "tool.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cpu.h"
#include "base/io.h"
#include "base/log.h"
#include "base/par.h"
#include "base/stamp.h"
#include "base/watchdog.h"

struct talk {
    const char *name;
    const struct mm_common *common;
    int on_terminal, line_open; /* is a progress line on the screen? */
    time_t last_progress;
    int log_failed;
};

static void end_progress(struct talk *t)
{
    if (t->line_open)
        fputs("\r\033[K", stderr);
    t->line_open = 0;
}

/*
 * One line, whatever stands in it: names of files and samples come from
 * elsewhere, and must not break the line or command the terminal.
 */
static void say(const char *program, const char *label, const char *text)
{
    fprintf(stderr, "%s: %s", program, label);
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        fputc(c < 0x20 || c == 0x7f ? '?' : c, stderr);
    }
    fputc('\n', stderr);
}

static void on_message(void *ctx, enum mm_log_level level, const char *text)
{
    static const char *const label[] = { "error: ", "warning: ", "", "" };
    struct talk *t = ctx;

    if (level == MM_LOG_DEBUG && !t->common->verbose)
        return;
    if (level != MM_LOG_ERROR && t->common->quiet)
        return;
    end_progress(t);
    say(t->name, label[level], text);
}

/*
 * One line on a terminal, at most once a second; in a file a line a minute, so
 * that the log of a job shows where it stands.
 */
static void on_progress(void *ctx, const char *text)
{
    struct talk *t = ctx;
    time_t now = time(NULL);

    if (t->common->quiet || now - t->last_progress < (t->on_terminal ? 1 : 60))
        return;
    t->last_progress = now;
    t->line_open = t->on_terminal;
    fprintf(stderr, t->on_terminal ? "\r\033[K%s: %s" : "%s: %s\n", t->name,
            text);
    fflush(stderr);
}

static void on_event(void *ctx, const char *json, size_t n)
{
    struct talk *t = ctx;
    struct mm_buf line = { 0 };
    struct mm_err err;

    if (!t->common->log)
        return;
    mm_buf_add(&line, json, n);
    mm_buf_addc(&line, '\n');
    if (mm_buf_check(&line, &err) < 0 ||
        mm_append_file(t->common->log, line.data, line.len, &err) < 0) {
        if (!t->log_failed++)
            on_message(t, MM_LOG_WARN, err.msg);
    }
    mm_buf_release(&line);
}

static int print(const struct mm_buf *text)
{
    if (text->len)
        fwrite(text->data, 1, text->len, stdout);
    return 0;
}

static int print_version(const struct mm_program *program)
{
    const char *revision = mm_revision();

    printf("%s %s%s%s%s, %s kernels\n", program->name, mm_version(),
           *revision ? " (" : "", revision, *revision ? ")" : "",
           mm_cpu_level_name(mm_cpu_level()));
    return 0;
}

/* What needs no work: --help, --version, --print-config.  1 when answered. */
static int answer(const struct mm_opts *o, struct mm_err *err)
{
    int result = 0;
    const struct mm_common *common = o->options;
    struct mm_buf text = { 0 };

    if (common->version)
        print_version(o->program);
    else if (common->help)
        mm_opts_help(&text, o->program, o->verb);
    else if (common->print_config)
        result = mm_opts_print(&text, o, err);
    else
        return 0;
    print(&text);
    mm_buf_release(&text);
    return result < 0 ? -1 : 1;
}

static int run(const struct mm_opts *o, struct talk *t, struct mm_err *err)
{
    const struct mm_log_sink sink = { on_message, on_progress, on_event, t };
    int answered;

    if (mm_cpu_init(err) < 0)
        return -1;
    answered = answer(o, err);
    if (answered)
        return answered < 0 ? -1 : 0;
    t->common = o->options;
    t->on_terminal = isatty(STDERR_FILENO);
    t->last_progress = time(NULL);
    mm_par_set_threads((int)t->common->threads);
    if (mm_stamp_set(o, err) < 0)
        return -1;
    mm_log_set_sink(&sink);
    if (o->verb->run(o->options, o->argc, o->argv, err) < 0)
        return -1;
    return 0;
}

/*
 * A full disk shows only when bytes are flushed: the last here, others before,
 * of which only the mark is left.
 */
static int close_stdout(struct mm_err *err)
{
    if (ferror(stdout) && errno == 0)
        errno = EIO;
    if (ferror(stdout) || fflush(stdout) != 0 ||
        (fclose(stdout) != 0 && errno != EBADF))
        return mm_fail_errno(err, "cannot write standard output");
    return 0;
}

/* What was not finished goes; then the signal does what it would have done. */
static void on_end(int sig)
{
    mm_out_abandon_all();
    raise(sig); /* SA_RESETHAND: the default action now */
}

/* A signal that is ignored, as under nohup, stays so. */
static void watch_signals(void)
{
    static const int signals[] = { SIGHUP, SIGINT, SIGPIPE, SIGTERM };
    struct sigaction sa = { .sa_handler = on_end,
                            .sa_flags = (int)SA_RESETHAND },
                     old;

    sigemptyset(&sa.sa_mask);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (sigaction(signals[i], NULL, &old) == 0 &&
            old.sa_handler == SIG_DFL)
            sigaction(signals[i], &sa, NULL);
    signal(SIGXFSZ, SIG_IGN); /* a limit on files is an error of write() */
}

static const char *program_name;

/* On the watchdog's thread, while the work holds what it may. */
static void on_hang(const char *what)
{
    char line[512];
    int n = snprintf(line, sizeof line, "%s: %s; the same command goes on "
                                        "from the last checkpoint\n",
                     program_name, what);

    if (write(STDERR_FILENO, line, (size_t)n) < 0)
        _exit(MM_EIO);
    _exit(MM_ESYS);
}

int tool_main(const struct mm_program *program, int argc, char **argv)
{
    struct mm_err err = { MM_EINTERNAL, "unknown failure" };
    struct talk talk = { .name = program->name };
    struct mm_opts o;
    int result, usage;

    program_name = program->name;
    mm_watchdog_on_hang(on_hang);
    watch_signals();
    result = mm_opts_parse(&o, program, argc, argv, &err);
    usage = result < 0 && err.code == MM_EUSAGE;
    if (result == 0) {
        result = run(&o, &talk, &err);
        usage = result < 0 && err.code == MM_EUSAGE;
        if (result == 0)
            result = close_stdout(&err);
        mm_log_set_sink(NULL);
        mm_opts_release(&o);
    }
    end_progress(&talk);
    if (result == 0)
        return 0;
    say(program->name, "", err.msg);
    if (usage)
        fprintf(stderr, "Try '%s --help'.\n", program->name);
    return (int)err.code;
}
