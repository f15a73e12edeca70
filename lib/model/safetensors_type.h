/*
 * safetensors_type.h - the dtypes of safetensors; for safetensors*.c only
 */
#ifndef MM_MODEL_SAFETENSORS_TYPE_H
#define MM_MODEL_SAFETENSORS_TYPE_H

#include <stddef.h>
#include <stdint.h>

struct mm_st_type;

const struct mm_st_type *mm_st_type_find(const char *name, size_t len);
unsigned mm_st_type_bits(const struct mm_st_type *t);

/* n numbers of this type at `from` as float32; NULL: we cannot read it. */
typedef void mm_st_convert(float *to, const void *from, size_t n);
mm_st_convert *mm_st_type_convert(const struct mm_st_type *t);

#endif
