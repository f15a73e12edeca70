/*
 * json.h - JSON: parse a text into a tree, write a text
 *
 * The parser is strict RFC 8259 with UTF-8 checked, takes (pointer, length),
 * does not recurse, refuses nesting deeper than 128, and uses memory in
 * proportion to the text.  The last of equal keys wins, as in Python's json.
 */
#ifndef MM_BASE_JSON_H
#define MM_BASE_JSON_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum mm_json_type {
    MM_JSON_NULL,
    MM_JSON_FALSE,
    MM_JSON_TRUE,
    MM_JSON_NUMBER,
    MM_JSON_STRING,
    MM_JSON_ARRAY,
    MM_JSON_OBJECT
};

struct mm_json {
    enum mm_json_type type;
    int is_int;      /* a number that is an integer in int64 range */
    int64_t integer; /* its value */
    double number;   /* any number's value */
    const char *str; /* decoded, NUL-terminated */
    size_t len;      /* its bytes */
    const char *key; /* of a member of an object; else NULL */
    size_t key_len;
    size_t n;              /* elements of an array, members of an object */
    struct mm_json *child; /* the first of them */
    struct mm_json *next;  /* next element or member of the parent */
    size_t offset;         /* where in the text it began, for messages */
};

/* Owns the tree and its strings. */
struct mm_json_doc {
    struct mm_json *root;
    size_t lone;           /* lone surrogates: U+FFFD stands for each */
    struct mm_json *nodes; /* private from here */
    size_t n_nodes, nodes_cap;
    char *strings;
};

/* On MM_EDATA the message has line and column.  text may be freed after. */
int mm_json_parse(struct mm_json_doc *doc, const char *text, size_t len,
                  struct mm_err *err);
int mm_json_parse_file(struct mm_json_doc *doc, const char *path,
                       struct mm_err *err);
void mm_json_release(struct mm_json_doc *doc);

/*
 * How many members have a key that a later one of their object has too; *key
 * becomes the first such key.
 */
size_t mm_json_twice(const struct mm_json_doc *doc, const char **key);

/* Member of an object, or NULL (also when v is NULL or no object). */
const struct mm_json *mm_json_get(const struct mm_json *v, const char *key);

/* The value if it has that type, else the default; v may be NULL. */
const char *mm_json_str(const struct mm_json *v, const char *otherwise);
int64_t mm_json_int(const struct mm_json *v, int64_t otherwise);
double mm_json_num(const struct mm_json *v, double otherwise);
int mm_json_bool(const struct mm_json *v, int otherwise);

/* The name of a type for messages: "an array" */
const char *mm_json_type_name(enum mm_json_type t);

/* ---- writing: compact, commas are placed by the writer ---- */

struct mm_jw {
    struct mm_buf *out;
    int comma; /* one is due before the next value */
};

void mm_jw_begin(struct mm_jw *w, struct mm_buf *out);
void mm_jw_open(struct mm_jw *w, char bracket);  /* '{' or '[' */
void mm_jw_close(struct mm_jw *w, char bracket); /* '}' or ']' */
void mm_jw_key(struct mm_jw *w, const char *key);
void mm_jw_str(struct mm_jw *w, const char *s); /* NULL writes null */
void mm_jw_strn(struct mm_jw *w, const char *s, size_t n);
void mm_jw_int(struct mm_jw *w, int64_t v);
void mm_jw_num(struct mm_jw *w, double v); /* shortest text that reads back
                                              equal; not finite: null */
void mm_jw_bool(struct mm_jw *w, int v);
void mm_jw_null(struct mm_jw *w);
void mm_jw_raw(struct mm_jw *w, const char *json, size_t n); /* a whole value */
void mm_jw_value(struct mm_jw *w, const struct mm_json *v);  /* a tree */

/* A member of an object: its key and its value. */
void mm_jw_put_str(struct mm_jw *w, const char *key, const char *s);
void mm_jw_put_strs(struct mm_jw *w, const char *key, const char *const *v,
                    size_t n);
void mm_jw_put_int(struct mm_jw *w, const char *key, int64_t v);
void mm_jw_put_size(struct mm_jw *w, const char *key, uint64_t v);
void mm_jw_put_num(struct mm_jw *w, const char *key, double v);
void mm_jw_put_bool(struct mm_jw *w, const char *key, int v);

#endif
