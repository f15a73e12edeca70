/*
 * io.h - files: whole reads, buffered streams, outputs that appear whole or
 * not at all
 *
 * All file traffic of the library goes through the table mm_io, so that tests
 * can make the n-th call fail or cut the power.  The programs in build/fault
 * read MM1_FAULT=n and make the n-th call fail with EIO, and write the name of
 * the call to the file MM1_FAULT_LOG; with MM1_FAULT_HANG=call none of that
 * name ever returns.
 * Others do not know the variables.
 */
#ifndef MM_BASE_IO_H
#define MM_BASE_IO_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/* The system calls; each means what POSIX says it means. */
struct mm_io_table {
    int (*open)(const char *path, int flags, mode_t mode);
    int (*close)(int fd);
    ssize_t (*read)(int fd, void *p, size_t n);
    ssize_t (*write)(int fd, const void *p, size_t n);
    ssize_t (*pread)(int fd, void *p, size_t n, off_t at);
    off_t (*lseek)(int fd, off_t at, int whence);
    int (*ftruncate)(int fd, off_t size);
    int (*fsync)(int fd);
    int (*rename)(const char *from, const char *to);
    int (*unlink)(const char *path);
    int (*mkdir)(const char *path, mode_t mode);
};

extern struct mm_io_table mm_io;

/* ---- input ---- */

struct mm_in; /* a file or standard input, buffered */

/* path "-" is standard input.  NULL with the error filled in. */
struct mm_in *mm_in_open(const char *path, struct mm_err *err);
void mm_in_close(struct mm_in *in); /* NULL is nothing to do */

/* Up to n bytes; 0 only at the end of the input; -1. */
ssize_t mm_in_read(struct mm_in *in, void *p, size_t n, struct mm_err *err);

/* As many of n bytes as there are before the end: short means end; -1. */
ssize_t mm_in_read_full(struct mm_in *in, void *p, size_t n,
                        struct mm_err *err);

/*
 * The next line into line (cleared first), without its newline: 1, 0 at the
 * end, -1.  A line over max bytes is MM_EDATA.
 */
int mm_in_line(struct mm_in *in, struct mm_buf *line, size_t max,
               struct mm_err *err);

/* Can the next line be had, or the end, without waiting for somebody? */
int mm_in_ready(const struct mm_in *in);

/* n bytes at offset at, all of them or -1.  Files only. */
int mm_in_pread(struct mm_in *in, void *p, size_t n, uint64_t at,
                struct mm_err *err);

int mm_in_is_file(const struct mm_in *in);      /* seekable? */
uint64_t mm_in_size(const struct mm_in *in);    /* of a file */
uint64_t mm_in_offset(const struct mm_in *in);  /* bytes handed out so far */
const char *mm_in_name(const struct mm_in *in); /* for messages */

/* Append the whole of a file (or "-") to b; over max is MM_EDATA. */
int mm_read_file(const char *path, struct mm_buf *b, size_t max,
                 struct mm_err *err);

/* ---- output ---- */

struct mm_out; /* a file that appears when it is complete, or stdout */

/*
 * Writes go to "path.tmp.PID" until mm_out_commit().  path "-" is standard
 * output; there, and on a device or named pipe, nothing can be taken back.
 */
struct mm_out *mm_out_open(const char *path, struct mm_err *err);
int mm_out_write(struct mm_out *out, const void *p, size_t n,
                 struct mm_err *err);

/*
 * Flush, fsync, rename to the final name, fsync the directory; frees out in
 * any case.  On failure nothing stands under the final name but what stood
 * there before; only when the directory cannot be synced, which comes last,
 * the new file stands there whole, and the message says that it may be lost.
 */
int mm_out_commit(struct mm_out *out, struct mm_err *err);

/*
 * Several of them: all get their names or none does, unless a file of the
 * second name cannot be put in the place of another after the first was.
 * Frees them in any case.
 */
int mm_out_commit_all(struct mm_out *const *outs, size_t n,
                      struct mm_err *err);
void mm_out_discard(struct mm_out *out); /* removes it; NULL: nothing */

/*
 * Removes "path.tmp.PID" of processes that were killed: there is none of that
 * number here, and nobody holds the file's lock, as a writer does; on a file
 * system that keeps locks to each host, another host's writer of the same path
 * is not seen.  mm_out_open() does so.
 */
void mm_remove_stale(const char *path);

/*
 * Removes the unfinished files of all outputs; for the handler of a signal
 * that ends the program (async-signal-safe).
 */
void mm_out_abandon_all(void);

/*
 * Hand what was written to the reader of a pipe now; a file just keeps
 * buffering.
 */
int mm_out_flush(struct mm_out *out, struct mm_err *err);

/* fn sees all bytes from now on, in order, as they are written. */
void mm_out_tap(struct mm_out *out,
                void (*fn)(void *ctx, const void *p, size_t n), void *ctx);

int mm_out_is_terminal(const struct mm_out *out);

/* A whole file at once, atomically. */
int mm_write_file(const char *path, const void *p, size_t n,
                  struct mm_err *err);

/* Append n bytes to path in one write, creating it; for logs. */
int mm_append_file(const char *path, const void *p, size_t n,
                   struct mm_err *err);

/* ---- directories ---- */

int mm_mkdirs(const char *path, struct mm_err *err); /* with its parents */
int mm_fsync_dir(const char *path, struct mm_err *err);
int mm_remove_tree(const char *path, struct mm_err *err);

/* The bytes of the longest leading part of path that is a directory */
size_t mm_dirs_there(const char *path);

/*
 * Tidies up: removes an empty directory and its parents, down to the first
 * `keep` bytes of path or to one that something else was put into; that one
 * stays, which is not an error.
 */
void mm_remove_empty(const char *path, size_t keep);

/* -1 when there is none (no error); else fills in st. */
int mm_stat(const char *path, struct stat *st);

/*
 * The names in a directory, sorted by byte, without "." and "..": n strings
 * and the array are the caller's, see mm_names_free().
 */
int mm_list_dir(const char *path, char ***names, size_t *n,
                struct mm_err *err);
void mm_names_free(char **names, size_t n);

#endif
