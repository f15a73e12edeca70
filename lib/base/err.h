/*
 * err.h - how a function says that it failed
 *
 * A function that can fail takes a struct mm_err as its last argument and
 * returns 0, or -1 (NULL) with the error filled in.  The library never prints
 * and never exits; main() does both.  Breaking a function's contract is a bug
 * in the caller, not an error: those are assert()ed.
 *
 * A message is lower case, says first what failed, quotes the subject, and
 * says what to do where that is not plain: "cannot open 'x': No such file",
 * "'x.tar.zst' was cut short at byte 4096; make it again".
 */
#ifndef MM_BASE_ERR_H
#define MM_BASE_ERR_H

/* The kind of a failure is the exit status that it leads to. */
enum mm_code {
    MM_OK = 0,
    MM_ECHECK = 1,    /* a check says no */
    MM_EUSAGE = 2,    /* wrong command line */
    MM_EDATA = 65,    /* the input is not what it claims to be */
    MM_ENOINPUT = 66, /* an input is missing */
    MM_EINTERNAL = 70,
    MM_ESYS = 71,     /* out of memory, a hang, the system refused */
    MM_EIO = 74,      /* reading or writing failed */
    MM_ESTOP = 75,    /* stopped on request after a good checkpoint */
    MM_EDIVERGE = 76, /* training left the finite numbers */
    MM_EPERM = 77,
    MM_ECONFIG = 78 /* the settings contradict each other */
};

struct mm_err {
    enum mm_code code;
    char msg[512];
};

/* Record a failure.  Returns -1: `return mm_fail(err, ...);` */
int mm_fail(struct mm_err *err, enum mm_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with ": strerror(errno)" appended; the code follows from errno. */
int mm_fail_errno(struct mm_err *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Put context in front of a failure from below.  Returns -1. */
int mm_fail_in(struct mm_err *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
